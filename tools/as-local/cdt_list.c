/* SPDX-License-Identifier: Apache-2.0 */
#include "cdt_call.h"
#include "bytes.h"
#include "result.h"

enum { ADD_UNIQUE = 1, INSERT_BOUNDED = 2, NO_FAIL = 4, PARTIAL = 8 };
enum { SORT_DESCENDING = 1, SORT_DROP_DUPLICATES = 2 };
#define PADDING_MAX (1u << 20)	/* nils that one call may add */

static bool ordered(const struct container *c)
{
	return c->flags & LIST_ORDERED;
}

/* A missing list is made, by the order argument at i. */
static int make(struct call *k, struct container *c, bool *there, unsigned i)
{
	bool bad = false;
	int64_t order = arg_int_or(k, i, 0, &bad);

	if (bad)
		return RESULT_PARAMETER;
	if (!*there) {
		*there = true;
		c->flags = order & LIST_ORDERED;
	}
	k->changed = true;
	return RESULT_OK;
}

static bool contains(const struct container *c, struct span v)
{
	uint32_t at;

	return container_find_value(c, v, &at);
}

/* What of the items the list takes: with ADD_UNIQUE only what it does not have. */
static int choose(struct call *k, const struct container *c, struct container *items, int64_t flags)
{
	bool *again = items->n == 1 ? arena_take(k->mem, 1) : container_duplicates(c, items->val, items->n, k->mem);
	uint32_t n = 0;

	if (!again)
		return RESULT_SERVER_ERROR;
	if (items->n == 1)
		again[0] = contains(c, items->val[0]);
	for (uint32_t i = 0; i < items->n; i++) {
		if (!again[i])
			items->val[n++] = items->val[i];
		else if (!(flags & NO_FAIL) || !(flags & PARTIAL))
			return RESULT_ELEMENT_EXISTS;
	}
	items->n = n;
	return RESULT_OK;
}

/* Add these (which are the call's own), as the flags want it; at: where unordered lists take them. */
static int add_all(struct call *k, struct container *c, uint32_t at, struct container *items, int64_t flags)
{
	int code = flags & ADD_UNIQUE ? choose(k, c, items, flags) : RESULT_OK;

	if (code != RESULT_OK)
		return code;
	if (!container_grow(c, items->n, k->mem))
		return RESULT_SERVER_ERROR;
	if (ordered(c) && items->n == 1)
		container_find_value(c, items->val[0], &at);
	container_insert_all(c, at, items->val, items->n);
	if (ordered(c) && items->n > 1 && !container_sort(c, k->mem))
		return RESULT_SERVER_ERROR;
	return RESULT_OK;
}

static int finish_add(struct call *k, struct container *c, int code, int64_t flags, const struct container *before)
{
	if ((code == RESULT_ELEMENT_EXISTS || code == RESULT_OP_NOT_APPLICABLE) && (flags & NO_FAIL)) {
		*c = *before;
		code = RESULT_OK;
	}
	if (code == RESULT_OK)
		result_int(k, c->n);
	return code;
}

/* An independent copy: entries may be shifted in the original. */
static bool copy_of(const struct container *c, struct arena *mem, struct container *copy)
{
	*copy = *c;
	copy->val = arena_take(mem, (c->cap + 1) * sizeof(*copy->val));
	if (copy->val && c->n)
		memcpy(copy->val, c->val, c->n * sizeof(*copy->val));
	return copy->val;
}

static int append_items(struct call *k, struct container *c, bool *there, struct container *items)
{
	bool bad = false;
	int64_t flags = arg_int_or(k, 2, 0, &bad);
	struct container before;
	int code = make(k, c, there, 1);

	if (code != RESULT_OK || bad)
		return RESULT_PARAMETER;
	if (!copy_of(c, k->mem, &before))
		return RESULT_SERVER_ERROR;
	return finish_add(k, c, add_all(k, c, c->n, items, flags), flags, &before);
}

static int op_append(struct call *k, struct container *c, bool *there)
{
	struct span v = arg_value(k, 0, true);
	struct container items = { .n = 1, .val = &v };

	return v.p ? append_items(k, c, there, &items) : RESULT_PARAMETER;
}

static int op_append_items(struct call *k, struct container *c, bool *there)
{
	struct container items;

	return arg_list(k, 0, true, &items) ? append_items(k, c, there, &items) : RESULT_PARAMETER;
}

/* Nils up to this size. */
static int pad(struct call *k, struct container *c, int64_t n)
{
	if (n - c->n > PADDING_MAX || !container_grow(c, n > c->n ? (uint32_t)(n - c->n) : 0, k->mem))
		return RESULT_OP_NOT_APPLICABLE;
	while (c->n < n)
		container_insert(c, c->n, (struct span){ NULL, 0 }, SPAN("\xc0"));
	return RESULT_OK;
}

/* Where index points for an insertion: from the end when negative, padded when past it. */
static int place(struct call *k, struct container *c, int64_t index, int64_t flags, uint32_t *at)
{
	if (index < 0)
		index += c->n;
	if (index < 0 || ((flags & INSERT_BOUNDED) && index > c->n))
		return RESULT_OP_NOT_APPLICABLE;
	*at = (uint32_t)index;
	return pad(k, c, index);
}

static int insert_items(struct call *k, struct container *c, bool *there, struct container *items)
{
	bool bad = false;
	int64_t index, flags = arg_int_or(k, 2, 0, &bad);
	struct container before;
	uint32_t at = 0;
	int code;

	if (bad || !arg_int(k, 0, &index))
		return RESULT_PARAMETER;
	if (ordered(c))
		return RESULT_OP_NOT_APPLICABLE;
	*there = k->changed = true;
	if (!copy_of(c, k->mem, &before))
		return RESULT_SERVER_ERROR;
	code = place(k, c, index, flags, &at);
	if (code == RESULT_OK)
		code = add_all(k, c, at, items, flags);
	return finish_add(k, c, code, flags, &before);
}

static int op_insert(struct call *k, struct container *c, bool *there)
{
	struct span v = arg_value(k, 1, true);
	struct container items = { .n = 1, .val = &v };

	return v.p ? insert_items(k, c, there, &items) : RESULT_PARAMETER;
}

static int op_insert_items(struct call *k, struct container *c, bool *there)
{
	struct container items;

	return arg_list(k, 1, true, &items) ? insert_items(k, c, there, &items) : RESULT_PARAMETER;
}

static int op_set(struct call *k, struct container *c, bool *there)
{
	struct span v = arg_value(k, 1, true);
	bool bad = false;
	int64_t index, flags = arg_int_or(k, 2, 0, &bad);
	struct container before;
	uint32_t at = 0;
	int code;

	if (!v.p || bad || !arg_int(k, 0, &index))
		return RESULT_PARAMETER;
	if (ordered(c))
		return RESULT_OP_NOT_APPLICABLE;
	if (!copy_of(c, k->mem, &before))
		return RESULT_SERVER_ERROR;
	code = place(k, c, index, flags, &at);
	if (code == RESULT_OK && (flags & ADD_UNIQUE) && contains(c, v))
		code = RESULT_ELEMENT_EXISTS;
	if (code == RESULT_OK)
		code = pad(k, c, (int64_t)at + 1);
	if (code != RESULT_OK) {
		*c = before;
		return flags & NO_FAIL ? RESULT_OK : code;
	}
	c->val[at] = v;
	*there = k->changed = true;
	return RESULT_OK;
}

static int op_set_type(struct call *k, struct container *c, bool *there)
{
	int64_t order;

	if (!arg_int(k, 0, &order) || (order & ~INT64_C(0x11)))
		return RESULT_PARAMETER;
	*there = k->changed = true;
	c->flags = order & LIST_ORDERED;
	return container_sort(c, k->mem) ? RESULT_OK : RESULT_SERVER_ERROR;
}

static int take_out(struct call *k, struct container *c, bool one, bool count)
{
	bool bad = false;
	int64_t index, n = one ? 1 : arg_int_or(k, 1, -1, &bad);
	struct selection s = { .single = one && !count };
	uint32_t from, to;

	if (!arg_int(k, 0, &index) || bad)
		return RESULT_PARAMETER;
	if (one && resolve_index(index, c->n) < 0)
		return RESULT_OP_NOT_APPLICABLE;
	clamp_range(index, n, c->n, &from, &to);
	s.n = to - from;
	s.at = arena_take(k->mem, (s.n + 1) * sizeof(*s.at));
	if (!s.at)
		return RESULT_SERVER_ERROR;
	for (uint32_t i = 0; i < s.n; i++)
		s.at[i] = from + i;
	bad = select_result(k, c, count ? RT_COUNT : RT_VALUE, &s) != RESULT_OK;
	select_remove(c, &s, k->mem);
	k->changed = true;
	return bad ? RESULT_SERVER_ERROR : RESULT_OK;
}

static int op_pop(struct call *k, struct container *c, bool *there) { return *there ? take_out(k, c, true, false) : RESULT_OK; }
static int op_pop_range(struct call *k, struct container *c, bool *there) { return *there ? take_out(k, c, false, false) : RESULT_OK; }
static int op_remove(struct call *k, struct container *c, bool *there) { return *there ? take_out(k, c, true, true) : RESULT_OK; }
static int op_remove_range(struct call *k, struct container *c, bool *there) { return *there ? take_out(k, c, false, true) : RESULT_OK; }

static int op_trim(struct call *k, struct container *c, bool *there)
{
	int64_t index, count;
	uint32_t from, to, n = c->n;

	if (!arg_int(k, 0, &index) || !arg_int(k, 1, &count))
		return RESULT_PARAMETER;
	if (!*there)
		return RESULT_OK;
	clamp_range(index, count, c->n, &from, &to);
	memmove(c->val, c->val + from, (to - from) * sizeof(*c->val));
	c->n = to - from;
	k->changed = true;
	result_int(k, (int64_t)n - c->n);
	return RESULT_OK;
}

static int op_clear(struct call *k, struct container *c, bool *there)
{
	if (*there) {
		c->n = 0;
		k->changed = true;
	}
	return RESULT_OK;
}

static bool as_double(const struct value *v, double *d)
{
	uint64_t bits;

	if (v->particle != PARTICLE_INTEGER && v->particle != PARTICLE_FLOAT)
		return false;
	bits = get_be64(v->data.p);
	if (v->particle == PARTICLE_FLOAT)
		memcpy(d, &bits, sizeof(*d));
	else
		*d = (double)(int64_t)bits;
	return true;
}

/* What a double becomes in an integer element; the C language leaves open what lies outside. */
static int64_t truncated(double d)
{
	return d >= 9223372036854775808.0 ? INT64_MAX : d > -9223372036854775808.0 ? (int64_t)d : INT64_MIN;
}

bool element_add(struct span e, struct span delta, int sign, struct arena *mem, struct span *sum)
{
	static struct buf b;
	struct value x, y;
	double v, by;

	if (!element_to_value(e, mem, &x) || !element_to_value(delta, mem, &y))
		return false;
	if (!x.particle)
		x = (struct value){ PARTICLE_INTEGER, SPAN("\0\0\0\0\0\0\0\0") };
	if (!as_double(&x, &v) || !as_double(&y, &by))
		return false;
	buf_reset(&b);
	if (x.particle == PARTICLE_INTEGER && y.particle == PARTICLE_INTEGER) {
		uint64_t d = get_be64(y.data.p);

		element_put_int(&b, (int64_t)(get_be64(x.data.p) + (sign < 0 ? -d : d)));
	} else if (x.particle == PARTICLE_INTEGER) {
		element_put_int(&b, truncated(v + sign * by));
	} else {
		element_put_double(&b, v + sign * by);
	}
	*sum = arena_copy(mem, buf_as_span(&b));
	return sum->p;
}

static int op_increment(struct call *k, struct container *c, bool *there)
{
	struct span delta = k->n_args > 1 ? arg_value(k, 1, true) : SPAN("\1"), sum;
	bool bad = false;
	int64_t index, flags = arg_int_or(k, 3, 0, &bad);
	uint32_t at = 0;
	int code;

	if (!delta.p || bad || !arg_int(k, 0, &index))
		return RESULT_PARAMETER;
	code = make(k, c, there, 2);
	if (code == RESULT_OK)
		code = place(k, c, index, flags, &at);
	if (code == RESULT_OK)
		code = pad(k, c, (int64_t)at + 1);
	if (code != RESULT_OK)
		return code;
	if (!element_add(c->val[at], delta, 1, k->mem, &sum))
		return RESULT_PARAMETER;
	k->result = sum;	/* also when the list stays as it is, as the real server has it */
	if ((flags & ADD_UNIQUE) && contains(c, sum)) {
		k->changed = false;
		return flags & NO_FAIL ? RESULT_OK : RESULT_ELEMENT_EXISTS;
	}
	c->val[at] = sum;
	return container_sort(c, k->mem) ? RESULT_OK : RESULT_SERVER_ERROR;
}

static int op_sort(struct call *k, struct container *c, bool *there)
{
	bool bad = false;
	int64_t flags = arg_int_or(k, 0, 0, &bad);
	uint8_t was = c->flags;
	uint32_t n = 0;

	if (bad)
		return RESULT_PARAMETER;
	if (!*there)
		return RESULT_BIN_TYPE;
	c->flags |= LIST_ORDERED;
	if (!container_sort(c, k->mem))
		return RESULT_SERVER_ERROR;
	c->flags = was;
	for (uint32_t i = 0; i < c->n; i++)
		if (!(flags & SORT_DROP_DUPLICATES) || i == 0 || cdt_compare(c->val[n - 1], c->val[i]) != 0)
			c->val[n++] = c->val[i];
	c->n = n;
	for (uint32_t i = 0; (flags & SORT_DESCENDING) && i < n / 2; i++) {
		struct span t = c->val[i];

		c->val[i] = c->val[n - 1 - i];
		c->val[n - 1 - i] = t;
	}
	k->changed = true;
	return RESULT_OK;
}

static int op_size(struct call *k, struct container *c, bool *there)
{
	(void)there;
	result_int(k, c->n);
	return RESULT_OK;
}

static int op_get(struct call *k, struct container *c, bool *there)
{
	int64_t index;

	(void)there;
	if (!arg_int(k, 0, &index))
		return RESULT_PARAMETER;
	index = resolve_index(index, c->n);
	if (index < 0)
		return RESULT_OP_NOT_APPLICABLE;
	k->result = c->val[index];
	return RESULT_OK;
}

static int op_get_range(struct call *k, struct container *c, bool *there)
{
	struct selection s;
	int code = select_entries(k, c, BY_INDEX_RANGE, 0, &s);

	(void)there;
	return code == RESULT_OK ? select_result(k, c, RT_VALUE, &s) : code;
}

static const struct operation_row rows[] = {
	{ 0, 1, 1, true, op_set_type, BY_NONE },
	{ 1, 1, 3, true, op_append, BY_NONE },
	{ 2, 1, 3, true, op_append_items, BY_NONE },
	{ 3, 2, 3, true, op_insert, BY_NONE },
	{ 4, 2, 3, true, op_insert_items, BY_NONE },
	{ 5, 1, 1, true, op_pop, BY_NONE },
	{ 6, 1, 2, true, op_pop_range, BY_NONE },
	{ 7, 1, 1, true, op_remove, BY_NONE },
	{ 8, 1, 2, true, op_remove_range, BY_NONE },
	{ 9, 2, 3, true, op_set, BY_NONE },
	{ 10, 2, 2, true, op_trim, BY_NONE },
	{ 11, 0, 0, true, op_clear, BY_NONE },
	{ 12, 1, 4, true, op_increment, BY_NONE },
	{ 13, 0, 1, true, op_sort, BY_NONE },
	{ 16, 0, 0, false, op_size, BY_NONE },
	{ 17, 1, 1, false, op_get, BY_NONE },
	{ 18, 1, 2, false, op_get_range, BY_NONE },
	{ 19, 2, 2, false, NULL, BY_INDEX },
	{ 20, 2, 2, false, NULL, BY_VALUE },
	{ 21, 2, 2, false, NULL, BY_RANK },
	{ 22, 2, 2, false, NULL, BY_ALL_VALUE },
	{ 23, 2, 2, false, NULL, BY_VALUE_LIST },
	{ 24, 2, 3, false, NULL, BY_INDEX_RANGE },
	{ 25, 2, 3, false, NULL, BY_VALUE_INTERVAL },
	{ 26, 2, 3, false, NULL, BY_RANK_RANGE },
	{ 27, 3, 4, false, NULL, BY_VALUE_REL_RANK },
	{ 32, 2, 2, true, NULL, BY_INDEX },
	{ 33, 2, 2, true, NULL, BY_VALUE },
	{ 34, 2, 2, true, NULL, BY_RANK },
	{ 35, 2, 2, true, NULL, BY_ALL_VALUE },
	{ 36, 2, 2, true, NULL, BY_VALUE_LIST },
	{ 37, 2, 3, true, NULL, BY_INDEX_RANGE },
	{ 38, 2, 3, true, NULL, BY_VALUE_INTERVAL },
	{ 39, 2, 3, true, NULL, BY_RANK_RANGE },
	{ 40, 3, 4, true, NULL, BY_VALUE_REL_RANK },
};
const struct operation_table list_operations = { rows, sizeof(rows) / sizeof(*rows) };
