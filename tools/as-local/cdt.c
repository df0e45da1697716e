/* SPDX-License-Identifier: Apache-2.0 */
#include "cdt_call.h"
#include "bytes.h"
#include "result.h"

/* A call: taken apart, walked down its context to the container it means, run there, and the change carried up again. */

#define CONTEXT_MAX 64

enum { CALL_NESTED = 255 };
enum { AT_INDEX = 0, AT_RANK = 1, AT_KEY = 2, AT_VALUE = 3, IN_LIST = 0x10, IN_MAP = 0x20 };
enum { CREATE_UNORDERED = 0x40, CREATE_ORDERED = 0x80, CREATE_BOTH = 0xc0 };

struct step {
	int64_t type;
	struct span value;
};

struct path {
	struct step step[CONTEXT_MAX];
	unsigned n;
};

bool arg_int(const struct call *k, unsigned i, int64_t *out)
{
	return i < k->n_args && element_int(k->arg[i], out);
}

int64_t arg_int_or(const struct call *k, unsigned i, int64_t otherwise, bool *bad)
{
	int64_t n;

	if (i >= k->n_args)
		return otherwise;
	if (element_int(k->arg[i], &n))
		return n;
	*bad = true;
	return otherwise;
}

struct span arg_value(const struct call *k, unsigned i, bool stored)
{
	struct span e = { NULL, 0 };

	if (i >= k->n_args || !cdt_normalise(k->arg[i], stored, k->mem, &e))
		return (struct span){ NULL, 0 };
	return e;
}

bool arg_list(const struct call *k, unsigned i, bool stored, struct container *c)
{
	struct span e = arg_value(k, i, stored);

	return e.p && container_open(e, k->mem, c) && !c->is_map;
}

void result_int(struct call *k, int64_t n)
{
	static struct buf b;

	buf_reset(&b);
	element_put_int(&b, n);
	k->result = arena_copy(k->mem, buf_as_span(&b));
}

static bool take(struct mp *m, struct span *e)
{
	const char *start = (const char *)m->p;

	if (!mp_skip(m))
		return false;
	*e = (struct span){ start, (size_t)((const char *)m->p - start) };
	return true;
}

/* [code, arg ...] */
static bool read_call(struct span text, struct call *k)
{
	struct mp_item it;
	struct mp m;

	mp_open(&m, text);
	if (!mp_next(&m, &it) || it.kind != MP_ARRAY || it.n == 0 || it.n > ARGS_MAX + 1)
		return false;
	k->n_args = it.n - 1;
	if (!mp_next(&m, &it) || it.kind != MP_INT || it.i < 0 || it.i > 255)
		return false;
	k->code = (int)it.i;
	for (unsigned i = 0; i < k->n_args; i++)
		if (!take(&m, &k->arg[i]))
			return false;
	return mp_left(&m) == 0;
}

static bool read_path(struct span text, struct path *path)
{
	struct mp_item it;
	struct mp m;

	mp_open(&m, text);
	if (!mp_next(&m, &it) || it.kind != MP_ARRAY || it.n % 2 || it.n > 2 * CONTEXT_MAX)
		return false;
	path->n = it.n / 2;
	for (unsigned i = 0; i < path->n; i++) {
		if (!mp_next(&m, &it) || it.kind != MP_INT)
			return false;
		path->step[i].type = it.i;
		if (!take(&m, &path->step[i].value))
			return false;
	}
	return true;
}

/* The form of old clients: 00, code, an array of arguments that may be missing. */
static bool read_old(struct span text, struct call *k)
{
	struct mp_item it;
	struct mp m;

	k->code = get_be16(text.p);
	k->n_args = 0;
	if (text.n == 2)
		return true;
	mp_open(&m, (struct span){ text.p + 2, text.n - 2 });
	if (!mp_next(&m, &it) || it.kind != MP_ARRAY || it.n > ARGS_MAX)
		return false;
	k->n_args = it.n;
	for (unsigned i = 0; i < k->n_args; i++)
		if (!take(&m, &k->arg[i]))
			return false;
	return mp_left(&m) == 0;
}

static bool parse(struct span text, struct call *k, struct path *path)
{
	struct span inner;
	struct mp_item it;
	struct mp m;

	path->n = 0;
	if (text.n >= 2 && text.p[0] == 0)
		return read_old(text, k);
	mp_open(&m, text);
	if (!mp_next(&m, &it) || it.kind != MP_ARRAY || it.n == 0)
		return false;
	if (it.n != 3 || !mp_next(&m, &it) || it.kind != MP_INT || it.i != CALL_NESTED)
		return read_call(text, k);
	return take(&m, &inner) && read_path(inner, path) && take(&m, &inner) && mp_left(&m) == 0 && read_call(inner, k);
}

static const struct operation_row *find_row(const struct operation_table *t, int code)
{
	for (unsigned i = 0; i < t->n; i++)
		if (t->row[i].code == code)
			return &t->row[i];
	return NULL;
}

/* The entry that a step of the path names. *missing: there is none, but *at is where one could be made. */
static int find_entry(const struct container *c, const struct step *s, struct arena *mem, uint32_t *at, bool *missing)
{
	struct span v;
	uint32_t *rank;
	int64_t n;

	*missing = false;
	switch (s->type & 0x0f) {
	case AT_INDEX:
	case AT_RANK:
		if (!element_int(s->value, &n))
			return RESULT_PARAMETER;
		if (resolve_index(n, c->n) < 0) {
			*missing = n >= c->n && (s->type & 0x0f) == AT_INDEX;
			*at = *missing && n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
			return *missing ? RESULT_OK : RESULT_OP_NOT_APPLICABLE;
		}
		*at = (uint32_t)resolve_index(n, c->n);
		if ((s->type & 0x0f) == AT_INDEX)
			return RESULT_OK;
		rank = container_ranks(c, mem);
		if (!rank)
			return RESULT_SERVER_ERROR;
		*at = rank[*at];
		return RESULT_OK;
	case AT_KEY:
		if (!c->is_map || !cdt_normalise(s->value, true, mem, &v) || !cdt_is_key(v))
			return RESULT_PARAMETER;
		*missing = !container_find_key(c, v, at);
		return RESULT_OK;
	case AT_VALUE:
		if (!cdt_normalise(s->value, false, mem, &v))
			return RESULT_PARAMETER;
		return container_find_value(c, v, at) ? RESULT_OK : RESULT_OP_NOT_APPLICABLE;
	}
	return RESULT_PARAMETER;
}

/* The container's order, when a step with creation flags makes it. */
static uint8_t created_flags(const struct step *s, bool is_map)
{
	int64_t create = s->type & CREATE_BOTH;

	if (is_map)
		return create == CREATE_BOTH ? MAP_KEY_VALUE_ORDERED : create == CREATE_ORDERED ? MAP_KEY_ORDERED : 0;
	return create == CREATE_BOTH ? LIST_ORDERED : 0;
}

/* Make room for the entry that is missing. */
static int create_entry(struct call *k, struct container *c, const struct step *s, uint32_t *at)
{
	struct span v = { NULL, 0 };

	if (c->is_map && (s->type & 0x0f) == AT_KEY) {
		if (!cdt_normalise(s->value, true, k->mem, &v) || !container_grow(c, 1, k->mem))
			return RESULT_PARAMETER;
		container_insert(c, *at, v, SPAN("\xc0"));
		return RESULT_OK;
	}
	if (c->is_map || (*at > c->n && (s->type & CREATE_BOTH) != CREATE_ORDERED) || *at > c->n + (1u << 20))
		return RESULT_OP_NOT_APPLICABLE;
	if (!container_grow(c, *at + 1 - c->n, k->mem))
		return RESULT_SERVER_ERROR;
	while (c->n <= *at)
		container_insert(c, c->n, (struct span){ NULL, 0 }, SPAN("\xc0"));
	return RESULT_OK;
}

static int close_container(struct call *k, struct container *c, struct span *e)
{
	*e = container_close(c, k->mem);
	return e->p ? RESULT_OK : RESULT_SERVER_ERROR;
}

/* The operation itself, on the element *e (absent: missing). */
static int run(struct call *k, const struct operation_row *row, struct span *e, bool nested)
{
	struct container c = { .is_map = k->is_map };
	bool there = e->p;
	int code;

	if (there && (!container_open(*e, k->mem, &c) || c.is_map != k->is_map))
		return k->mem->full ? RESULT_SERVER_ERROR : RESULT_BIN_TYPE;
	if (!there && !row->modifies)
		return nested ? RESULT_OP_NOT_APPLICABLE : RESULT_OK;
	if (row->run)
		code = row->run(k, &c, &there);
	else
		code = there ? select_run(k, &c, row->by, row->modifies) : RESULT_OK;
	if (code != RESULT_OK || !k->changed)
		return code;
	return there ? close_container(k, &c, e) : RESULT_OK;
}

static int descend(struct call *k, const struct operation_row *row, const struct path *path, unsigned depth, struct span *e)
{
	const struct step *s = &path->step[depth];
	bool is_map, missing, create;
	struct container c;
	struct span child = { NULL, 0 };
	uint32_t at;
	int code;

	if (depth == path->n)
		return run(k, row, e, depth > 0);
	is_map = s->type & IN_MAP;
	create = (s->type & CREATE_BOTH) && row->modifies;
	if (!(s->type & (IN_LIST | IN_MAP)))
		return RESULT_PARAMETER;
	if (e->p) {
		if (!container_open(*e, k->mem, &c) || c.is_map != is_map)
			return RESULT_OP_NOT_APPLICABLE;
	} else {
		if (!create)
			return RESULT_OP_NOT_APPLICABLE;
		c = (struct container){ .is_map = is_map, .flags = created_flags(s, is_map) };
	}
	code = find_entry(&c, s, k->mem, &at, &missing);
	if (code != RESULT_OK)
		return code;
	if (missing) {
		code = create ? create_entry(k, &c, s, &at) : RESULT_OP_NOT_APPLICABLE;
		if (code != RESULT_OK)
			return code;
	} else {
		child = c.val[at];
	}
	code = descend(k, row, path, depth + 1, &child);
	if (code != RESULT_OK || !k->changed || !child.p)
		return code;
	c.val[at] = child;
	if (!container_sort(&c, k->mem))
		return RESULT_SERVER_ERROR;
	return close_container(k, &c, e);
}

bool cdt_walk(struct span e, struct span context, struct arena *mem, struct span *out)
{
	struct path path = { .n = 0 };

	if (context.p && !read_path(context, &path))
		return false;
	for (unsigned i = 0; i < path.n; i++) {
		struct container c;
		bool missing;
		uint32_t at;

		if (!container_open(e, mem, &c) || c.is_map != !!(path.step[i].type & IN_MAP) ||
		    find_entry(&c, &path.step[i], mem, &at, &missing) != RESULT_OK || missing)
			return false;
		e = c.val[at];
	}
	*out = e;
	return true;
}

static int apply(struct value *bin, struct span text, bool modify, struct arena *mem, struct value *result)
{
	struct call k = { .mem = mem };
	const struct operation_row *row;
	struct path path;
	struct span e = { NULL, 0 };
	int code;

	*result = (struct value){ 0 };
	if (!parse(text, &k, &path))
		return RESULT_PARAMETER;
	row = find_row(&list_operations, k.code);
	k.is_map = !row;
	if (!row)
		row = find_row(&map_operations, k.code);
	if (!row)
		return k.code == 254 ? RESULT_PARAMETER : RESULT_BIN_TYPE;
	if (row->modifies != modify || k.n_args < row->min || k.n_args > row->max)
		return RESULT_PARAMETER;
	if (bin->particle) {
		if (bin->particle != PARTICLE_LIST && bin->particle != PARTICLE_MAP)
			return RESULT_BIN_TYPE;
		if (path.n == 0 && bin->particle != (k.is_map ? PARTICLE_MAP : PARTICLE_LIST))
			return RESULT_BIN_TYPE;
		e = bin->data;
	}
	code = descend(&k, row, &path, 0, &e);
	if (code != RESULT_OK)
		return code;
	if (k.changed && e.p) {
		struct mp_item it;
		struct mp m;

		mp_open(&m, e);
		mp_next(&m, &it);
		*bin = (struct value){ it.kind == MP_MAP ? PARTICLE_MAP : PARTICLE_LIST, e };
	}
	if (k.result.p && !element_to_value(k.result, mem, result))
		return RESULT_SERVER_ERROR;
	return RESULT_OK;
}

int cdt_read(const struct value *bin, struct span call, struct arena *mem, struct value *result)
{
	struct value copy = *bin;

	return apply(&copy, call, false, mem, result);
}

int cdt_modify(struct value *bin, struct span call, struct arena *mem, struct value *result)
{
	return apply(bin, call, true, mem, result);
}
