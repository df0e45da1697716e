/* SPDX-License-Identifier: Apache-2.0 */
#include "hll.h"
#include "bin.h"
#include "bytes.h"
#include "cdt.h"
#include "element.h"

#include <math.h>

/* HyperLogLog operations (wire reference 6.7). */

#define ARGS_MAX 4
#define SKETCHES_MAX 64

enum { CREATE_ONLY = 1, UPDATE_ONLY = 2, NO_FAIL = 4, ALLOW_FOLD = 8 };
enum { INIT, ADD, UNION, UPDATE_COUNT, FOLD, COUNT = 50, GET_UNION, UNION_COUNT, INTERSECT_COUNT, SIMILARITY, DESCRIBE, MAY_CONTAIN };

struct hll_call {
	int code;
	struct span arg[ARGS_MAX];
	unsigned n_args;
	struct arena *mem;
};

static bool parse(struct span text, struct arena *mem, struct hll_call *k)
{
	struct mp_item it;
	struct mp m;

	*k = (struct hll_call){ .mem = mem };
	mp_open(&m, text);
	if (!mp_next(&m, &it) || it.kind != MP_ARRAY || it.n == 0 || it.n > ARGS_MAX + 1)
		return false;
	k->n_args = it.n - 1;
	if (!mp_next(&m, &it) || it.kind != MP_INT)
		return false;
	k->code = it.i >= 0 && it.i <= MAY_CONTAIN ? (int)it.i : -1;
	for (unsigned i = 0; i < k->n_args; i++) {
		k->arg[i].p = (const char *)m.p;
		if (!mp_skip(&m))
			return false;
		k->arg[i].n = (size_t)((const char *)m.p - k->arg[i].p);
	}
	return mp_left(&m) == 0;
}

static bool int_arg(const struct hll_call *k, unsigned i, int64_t otherwise, int64_t *out)
{
	*out = otherwise;
	return i >= k->n_args || element_int(k->arg[i], out);
}

static bool list_arg(const struct hll_call *k, unsigned i, struct container *c)
{
	struct span e;

	return i < k->n_args && cdt_normalise(k->arg[i], true, k->mem, &e) && container_open(e, k->mem, c) && !c->is_map;
}

static int int_result(struct arena *mem, int64_t n, struct value *result)
{
	char *p = arena_take(mem, 8);

	if (!p)
		return RESULT_SERVER_ERROR;
	put_be64(p, (uint64_t)n);
	*result = (struct value){ PARTICLE_INTEGER, { p, 8 } };
	return RESULT_OK;
}

static struct value value_of(const struct sketch *s)
{
	return (struct value){ PARTICLE_HLL, { (char *)s->p, s->n } };
}

/* The sketches of a list argument. */
static int sketches_arg(const struct hll_call *k, unsigned i, struct sketch *s, unsigned *n)
{
	struct container c;

	if (!list_arg(k, i, &c) || c.n > SKETCHES_MAX - 1)
		return RESULT_PARAMETER;
	for (uint32_t e = 0; e < c.n; e++) {
		struct value v;

		if (!element_to_value(c.val[e], k->mem, &v) || (v.particle != PARTICLE_HLL && v.particle != PARTICLE_BLOB) ||
		    !sketch_open(&s[e], v.data))
			return RESULT_PARAMETER;
	}
	*n = c.n;
	return RESULT_OK;
}

/* New sizes for a sketch that does not exist yet: index bits must be given. */
static int new_sketch(const struct hll_call *k, int64_t index, int64_t minhash, struct sketch *s)
{
	if (index < 0)
		return RESULT_OP_NOT_APPLICABLE;
	if (minhash < 0)
		minhash = 0;
	if (!sketch_sizes_ok(index, minhash))
		return RESULT_PARAMETER;
	return sketch_new(s, (unsigned)index, (unsigned)minhash, k->mem) ? RESULT_OK : RESULT_SERVER_ERROR;
}

static int init(const struct hll_call *k, const struct sketch *old, struct sketch *s)
{
	int64_t index, minhash;

	if (!int_arg(k, 0, -1, &index) || !int_arg(k, 1, -1, &minhash))
		return RESULT_PARAMETER;
	if (old && index < 0)
		index = old->index;
	if (old && minhash < 0)
		minhash = old->minhash;
	return new_sketch(k, index, minhash, s);
}

static int add(const struct hll_call *k, const struct sketch *old, struct sketch *s, struct value *result)
{
	int64_t index, minhash, grown = 0;
	struct container c;
	int code;

	if (!list_arg(k, 0, &c) || !int_arg(k, 1, -1, &index) || !int_arg(k, 2, -1, &minhash))
		return RESULT_PARAMETER;
	if ((index >= 0 || minhash >= 0) && !sketch_sizes_ok(index, minhash < 0 ? 0 : minhash))
		return RESULT_PARAMETER;
	code = old ? (sketch_copy(s, old, k->mem) ? RESULT_OK : RESULT_SERVER_ERROR) : new_sketch(k, index, minhash, s);
	if (code != RESULT_OK)
		return code;
	for (uint32_t i = 0; i < c.n; i++)
		grown += sketch_add(s, c.val[i]);
	return int_result(k->mem, grown, result);
}

/* Merge into one of the smallest sizes among them. */
static int merge(const struct hll_call *k, const struct sketch *from, unsigned n, struct sketch *s)
{
	unsigned index = from[0].index, minhash = from[0].minhash;

	for (unsigned i = 1; i < n; i++) {
		if (from[i].index < index)
			index = from[i].index;
		if (from[i].minhash != minhash)
			minhash = 0;
	}
	if (!sketch_new(s, index, minhash, k->mem))
		return RESULT_SERVER_ERROR;
	for (unsigned i = 0; i < n; i++) {
		struct sketch folded;

		if (!sketch_fold(&folded, &from[i], index, minhash, k->mem))
			return RESULT_SERVER_ERROR;
		sketch_merge(s, &folded);
	}
	return RESULT_OK;
}

static int set_union(const struct hll_call *k, const struct sketch *old, int64_t flags, struct sketch *s)
{
	struct sketch all[SKETCHES_MAX];
	unsigned n, index;
	int code = sketches_arg(k, 0, all, &n);

	if (code != RESULT_OK)
		return code;
	if (n == 0 && !old)
		return RESULT_PARAMETER;
	if (old)
		all[n++] = *old;
	index = all[n - 1].index;
	for (unsigned i = 0; old && i + 1 < n && !(flags & ALLOW_FOLD); i++)
		if (all[i].index < index || all[i].minhash != old->minhash)
			return RESULT_OP_NOT_APPLICABLE;
	return merge(k, all, n, s);
}

static int change(const struct hll_call *k, const struct sketch *old, int64_t flags, struct sketch *s, struct value *result)
{
	int64_t index;

	switch (k->code) {
	case INIT: return init(k, old, s);
	case ADD: return add(k, old, s, result);
	case UNION: return set_union(k, old, flags, s);
	case UPDATE_COUNT:
		if (!sketch_copy(s, old, k->mem))
			return RESULT_SERVER_ERROR;
		sketch_cache(s, sketch_count(s));
		return int_result(k->mem, (int64_t)sketch_cached(s), result);
	default:
		if (!int_arg(k, 0, -1, &index) || !sketch_sizes_ok(index, 0))
			return RESULT_PARAMETER;
		if (index > old->index || old->minhash)
			return RESULT_OP_NOT_APPLICABLE;
		return sketch_fold(s, old, (unsigned)index, 0, k->mem) ? RESULT_OK : RESULT_SERVER_ERROR;
	}
}

int hll_modify(struct value *bin, struct span text, struct arena *mem, struct value *result)
{
	static const struct { uint8_t min, max; int8_t flags; } arity[] = { { 0, 3, 2 }, { 1, 4, 3 }, { 1, 2, 1 }, { 0, 0, -1 }, { 1, 1, -1 } };
	struct sketch old, s = { 0 };
	struct hll_call k;
	int64_t flags = 0;
	int code;

	*result = (struct value){ 0 };
	if (!parse(text, mem, &k) || k.code < 0 || k.code > FOLD || k.n_args < arity[k.code].min || k.n_args > arity[k.code].max ||
	    (arity[k.code].flags >= 0 && !int_arg(&k, (unsigned)arity[k.code].flags, 0, &flags)))
		return RESULT_PARAMETER;
	if (bin->particle && (bin->particle != PARTICLE_HLL || !sketch_open(&old, bin->data)))
		return RESULT_BIN_TYPE;
	if (bin->particle && (flags & CREATE_ONLY))
		return flags & NO_FAIL ? RESULT_OK : RESULT_BIN_EXISTS;
	if (!bin->particle && ((flags & UPDATE_ONLY) || k.code >= UPDATE_COUNT))
		return flags & NO_FAIL ? RESULT_OK : RESULT_BIN_NOT_FOUND;
	code = change(&k, bin->particle ? &old : NULL, flags, &s, result);
	if (code == RESULT_OK)
		*bin = value_of(&s);
	else if ((flags & NO_FAIL) && code == RESULT_OP_NOT_APPLICABLE)
		code = RESULT_OK;
	return code;
}

static uint64_t count_of(const struct sketch *s)
{
	uint64_t cached = sketch_cached(s);

	return cached ? cached : sketch_count(s);
}

/* What two or more have in common: by minhash when all have it, else (of two) by what the union lacks. */
static int common(const struct hll_call *k, const struct sketch *all, unsigned n, double *similarity, uint64_t *count)
{
	bool minhash = all[0].minhash;
	struct sketch u;
	double in_all;
	int code;

	for (unsigned i = 1; i < n; i++)
		minhash &= all[i].minhash == all[0].minhash && all[i].index == all[0].index;
	if (n > 2 && !minhash)
		return RESULT_OP_NOT_APPLICABLE;
	code = merge(k, all, n, &u);
	if (code != RESULT_OK)
		return code;
	if (minhash) {
		*similarity = sketch_similarity(all, n);
		in_all = *similarity * (double)sketch_count(&u);
	} else {
		in_all = (double)sketch_count(&all[0]) + (double)(n > 1 ? sketch_count(&all[1]) : 0) - (double)sketch_count(&u);
		if (in_all < 0)
			in_all = 0;
		*similarity = sketch_count(&u) ? in_all / (double)sketch_count(&u) : 0;
	}
	*count = (uint64_t)(in_all + 0.5);
	return RESULT_OK;
}

static int with_others(const struct hll_call *k, const struct sketch *s, struct value *result)
{
	struct sketch all[SKETCHES_MAX], u;
	double similarity;
	uint64_t count, bits;
	unsigned n;
	char *p;
	int code = sketches_arg(k, 0, all, &n);

	if (code != RESULT_OK)
		return code;
	if (n == 0)
		return RESULT_PARAMETER;
	all[n++] = *s;
	if (k->code == GET_UNION || k->code == UNION_COUNT) {
		code = merge(k, all, n, &u);
		if (code != RESULT_OK)
			return code;
		if (k->code == UNION_COUNT)
			return int_result(k->mem, (int64_t)sketch_count(&u), result);
		*result = value_of(&u);
		return RESULT_OK;
	}
	code = common(k, all, n, &similarity, &count);
	if (code != RESULT_OK)
		return code;
	if (k->code == INTERSECT_COUNT)
		return int_result(k->mem, (int64_t)count, result);
	p = arena_take(k->mem, 8);
	if (!p)
		return RESULT_SERVER_ERROR;
	memcpy(&bits, &similarity, sizeof(bits));
	put_be64(p, bits);
	*result = (struct value){ PARTICLE_FLOAT, { p, 8 } };
	return RESULT_OK;
}

static int describe(const struct hll_call *k, const struct sketch *s, struct value *result)
{
	struct buf b = { 0 };

	element_put_list(&b, 2, 0);
	element_put_int(&b, s->index);
	element_put_int(&b, s->minhash);
	*result = (struct value){ PARTICLE_LIST, arena_copy(k->mem, buf_as_span(&b)) };
	buf_free(&b);
	return result->data.p ? RESULT_OK : RESULT_SERVER_ERROR;
}

static int may_contain(const struct hll_call *k, const struct sketch *s, struct value *result)
{
	struct container c;
	bool all = true;

	if (!list_arg(k, 0, &c))
		return RESULT_PARAMETER;
	for (uint32_t i = 0; i < c.n; i++)
		all &= sketch_may_contain(s, c.val[i]);
	return int_result(k->mem, all, result);
}

int hll_read(const struct value *bin, struct span text, struct arena *mem, struct value *result)
{
	struct hll_call k;
	struct sketch s;

	*result = (struct value){ 0 };
	if (!parse(text, mem, &k) || k.code < COUNT || k.n_args != (k.code != COUNT && k.code != DESCRIBE))
		return RESULT_PARAMETER;
	if (bin->particle != PARTICLE_HLL || !sketch_open(&s, bin->data))
		return RESULT_BIN_TYPE;
	switch (k.code) {
	case COUNT: return int_result(mem, (int64_t)count_of(&s), result);
	case DESCRIBE: return describe(&k, &s, result);
	case MAY_CONTAIN: return may_contain(&k, &s, result);
	default: return with_others(&k, &s, result);
	}
}
