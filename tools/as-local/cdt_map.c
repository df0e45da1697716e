/* SPDX-License-Identifier: Apache-2.0 */
#include "cdt_call.h"
#include "result.h"

enum { CREATE_ONLY = 1, UPDATE_ONLY = 2, NO_FAIL = 4, PARTIAL = 8 };

/* Keys are integers, strings and blobs. */
static struct span arg_key(const struct call *k, unsigned i)
{
	struct span key = arg_value(k, i, true);

	return key.p && cdt_is_key(key) ? key : (struct span){ NULL, 0 };
}

static int put_one(struct call *k, struct container *c, struct span key, struct span val, int64_t flags)
{
	uint32_t at;

	if (container_find_key(c, key, &at)) {
		if (flags & CREATE_ONLY)
			return RESULT_ELEMENT_EXISTS;
		c->val[at] = val;
		return RESULT_OK;
	}
	if (flags & UPDATE_ONLY)
		return RESULT_ELEMENT_NOT_FOUND;
	if (!container_grow(c, 1, k->mem))
		return RESULT_SERVER_ERROR;
	container_insert(c, at, key, val);
	return RESULT_OK;
}

static bool copy_of(const struct container *c, struct arena *mem, struct container *copy)
{
	*copy = *c;
	copy->key = arena_take(mem, (c->cap + 1) * sizeof(*copy->key));
	copy->val = arena_take(mem, (c->cap + 1) * sizeof(*copy->val));
	if (!copy->key || !copy->val)
		return false;
	if (c->n) {
		memcpy(copy->key, c->key, c->n * sizeof(*copy->key));
		memcpy(copy->val, c->val, c->n * sizeof(*copy->val));
	}
	return true;
}

/* Put one pair of many behind those that are there, as put_one would. */
static int merge_one(struct container *to, const struct container *items, uint32_t i, bool there, int64_t flags)
{
	if (there && (flags & CREATE_ONLY))
		return RESULT_ELEMENT_EXISTS;
	if (!there && (flags & UPDATE_ONLY))
		return RESULT_ELEMENT_NOT_FOUND;
	to->key[to->n] = items->key[i];
	to->val[to->n++] = items->val[i];
	return RESULT_OK;
}

/* Many pairs: both maps are in the order of their keys, so one walk over both does. */
static int merge(struct call *k, struct container *c, const struct container *items, int64_t flags)
{
	struct container to = { .is_map = true, .flags = c->flags };
	uint32_t at = 0;
	int code;

	if (!container_grow(&to, c->n + items->n, k->mem))
		return RESULT_SERVER_ERROR;
	for (uint32_t i = 0; i < items->n; i++) {
		int order = 1;

		while (at < c->n && (order = cdt_compare(c->key[at], items->key[i])) < 0) {
			to.key[to.n] = c->key[at];
			to.val[to.n++] = c->val[at++];
		}
		code = merge_one(&to, items, i, at < c->n && order == 0, flags);
		if (code == RESULT_OK && at < c->n && order == 0)
			at++;
		if (code != RESULT_OK && !((flags & NO_FAIL) && (flags & PARTIAL)))
			return code;
	}
	for (; at < c->n; at++) {
		to.key[to.n] = c->key[at];
		to.val[to.n++] = c->val[at];
	}
	*c = to;
	return RESULT_OK;
}

/* Put these pairs; order: argument with the order of a map that is new, -1 for none. */
static int put_all(struct call *k, struct container *c, bool *there, const struct container *items, int order_arg, int64_t flags)
{
	bool bad = false;
	int64_t order = order_arg < 0 ? 0 : arg_int_or(k, (unsigned)order_arg, 0, &bad);
	struct container before;
	int code;

	if (bad)
		return RESULT_PARAMETER;
	if (!*there && (flags & UPDATE_ONLY) && !(flags & NO_FAIL))
		return RESULT_ELEMENT_NOT_FOUND;
	if (!*there)
		c->flags = order & MAP_KEY_VALUE_ORDERED;
	if (!copy_of(c, k->mem, &before))
		return RESULT_SERVER_ERROR;
	code = items->n == 1 ? put_one(k, c, items->key[0], items->val[0], flags) : merge(k, c, items, flags);
	if ((code == RESULT_ELEMENT_EXISTS || code == RESULT_ELEMENT_NOT_FOUND) && (flags & NO_FAIL)) {
		*c = before;
		code = RESULT_OK;
	}
	*there = k->changed = true;
	if (code == RESULT_OK)
		result_int(k, c->n);
	return code;
}

static int put(struct call *k, struct container *c, bool *there, int order_arg, int64_t flags)
{
	struct span key = arg_key(k, 0), val = arg_value(k, 1, true);
	struct container items = { .is_map = true, .n = 1, .key = &key, .val = &val };

	return key.p && val.p ? put_all(k, c, there, &items, order_arg, flags) : RESULT_PARAMETER;
}

static int put_items(struct call *k, struct container *c, bool *there, int order_arg, int64_t flags)
{
	struct span map = arg_value(k, 0, true);
	struct container items;

	if (!map.p || !container_open(map, k->mem, &items) || !items.is_map)
		return RESULT_PARAMETER;
	return put_all(k, c, there, &items, order_arg, flags);
}

static int op_put(struct call *k, struct container *c, bool *there)
{
	bool bad = false;
	int64_t flags = arg_int_or(k, 3, 0, &bad);

	return bad ? RESULT_PARAMETER : put(k, c, there, 2, flags);
}

static int op_put_items(struct call *k, struct container *c, bool *there)
{
	bool bad = false;
	int64_t flags = arg_int_or(k, 2, 0, &bad);

	return bad ? RESULT_PARAMETER : put_items(k, c, there, 1, flags);
}

static int op_add(struct call *k, struct container *c, bool *there) { return put(k, c, there, 2, CREATE_ONLY); }
static int op_add_items(struct call *k, struct container *c, bool *there) { return put_items(k, c, there, 1, CREATE_ONLY); }
static int op_replace(struct call *k, struct container *c, bool *there) { return put(k, c, there, -1, UPDATE_ONLY); }
static int op_replace_items(struct call *k, struct container *c, bool *there) { return put_items(k, c, there, -1, UPDATE_ONLY); }

static int op_set_type(struct call *k, struct container *c, bool *there)
{
	int64_t order;

	if (!arg_int(k, 0, &order) || (order & ~INT64_C(0x13)) || (order & 3) == 2)
		return RESULT_PARAMETER;
	c->flags = order & MAP_KEY_VALUE_ORDERED;
	*there = k->changed = true;
	return RESULT_OK;
}

static int add_to(struct call *k, struct container *c, bool *there, int sign)
{
	struct span key = arg_key(k, 0), delta = k->n_args > 1 ? arg_value(k, 1, true) : SPAN("\1"), sum;
	bool bad = false;
	int64_t order = arg_int_or(k, 2, 0, &bad), flags = arg_int_or(k, 3, 0, &bad);
	uint32_t at;
	int code;

	if (!key.p || !delta.p || bad)
		return RESULT_PARAMETER;
	if (element_is_nil(delta))
		delta = SPAN("\1");
	if (!*there)
		c->flags = order & MAP_KEY_VALUE_ORDERED;
	if (!element_add(container_find_key(c, key, &at) ? c->val[at] : SPAN("\xc0"), delta, sign, k->mem, &sum))
		return RESULT_PARAMETER;
	if (at >= c->n || cdt_compare(c->key[at], key) != 0) {	/* a new key takes the type of the delta */
		struct value v;

		if (element_to_value(delta, k->mem, &v) && v.particle == PARTICLE_FLOAT &&
		    !element_add(SPAN("\xcb\0\0\0\0\0\0\0\0"), delta, sign, k->mem, &sum))
			return RESULT_SERVER_ERROR;
	}
	code = put_one(k, c, key, sum, flags);
	if ((code == RESULT_ELEMENT_EXISTS || code == RESULT_ELEMENT_NOT_FOUND) && (flags & NO_FAIL))
		return RESULT_OK;
	*there = k->changed = true;
	k->result = sum;
	return code;
}

static int op_increment(struct call *k, struct container *c, bool *there) { return add_to(k, c, there, 1); }
static int op_decrement(struct call *k, struct container *c, bool *there) { return add_to(k, c, there, -1); }

static int op_clear(struct call *k, struct container *c, bool *there)
{
	if (*there) {
		c->n = 0;
		k->changed = true;
	}
	return RESULT_OK;
}

static int op_size(struct call *k, struct container *c, bool *there)
{
	(void)there;
	result_int(k, c->n);
	return RESULT_OK;
}

static const struct operation_row rows[] = {
	{ 64, 1, 1, true, op_set_type, BY_NONE },
	{ 65, 2, 3, true, op_add, BY_NONE },
	{ 66, 1, 2, true, op_add_items, BY_NONE },
	{ 67, 2, 4, true, op_put, BY_NONE },
	{ 68, 1, 3, true, op_put_items, BY_NONE },
	{ 69, 2, 2, true, op_replace, BY_NONE },
	{ 70, 1, 1, true, op_replace_items, BY_NONE },
	{ 73, 1, 4, true, op_increment, BY_NONE },
	{ 74, 1, 4, true, op_decrement, BY_NONE },
	{ 75, 0, 0, true, op_clear, BY_NONE },
	{ 76, 2, 2, true, NULL, BY_KEY },
	{ 77, 2, 2, true, NULL, BY_INDEX },
	{ 78, 2, 2, true, NULL, BY_VALUE },
	{ 79, 2, 2, true, NULL, BY_RANK },
	{ 81, 2, 2, true, NULL, BY_KEY_LIST },
	{ 82, 2, 2, true, NULL, BY_ALL_VALUE },
	{ 83, 2, 2, true, NULL, BY_VALUE_LIST },
	{ 84, 2, 3, true, NULL, BY_KEY_INTERVAL },
	{ 85, 2, 3, true, NULL, BY_INDEX_RANGE },
	{ 86, 2, 3, true, NULL, BY_VALUE_INTERVAL },
	{ 87, 2, 3, true, NULL, BY_RANK_RANGE },
	{ 88, 3, 4, true, NULL, BY_KEY_REL_INDEX },
	{ 89, 3, 4, true, NULL, BY_VALUE_REL_RANK },
	{ 96, 0, 0, false, op_size, BY_NONE },
	{ 97, 2, 2, false, NULL, BY_KEY },
	{ 98, 2, 2, false, NULL, BY_INDEX },
	{ 99, 2, 2, false, NULL, BY_VALUE },
	{ 100, 2, 2, false, NULL, BY_RANK },
	{ 102, 2, 2, false, NULL, BY_ALL_VALUE },
	{ 103, 2, 3, false, NULL, BY_KEY_INTERVAL },
	{ 104, 2, 3, false, NULL, BY_INDEX_RANGE },
	{ 105, 2, 3, false, NULL, BY_VALUE_INTERVAL },
	{ 106, 2, 3, false, NULL, BY_RANK_RANGE },
	{ 107, 2, 2, false, NULL, BY_KEY_LIST },
	{ 108, 2, 2, false, NULL, BY_VALUE_LIST },
	{ 109, 3, 4, false, NULL, BY_KEY_REL_INDEX },
	{ 110, 3, 4, false, NULL, BY_VALUE_REL_RANK },
};
const struct operation_table map_operations = { rows, sizeof(rows) / sizeof(*rows) };
