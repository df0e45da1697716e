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

/* Put these pairs; order: argument with the order of a map that is new, -1 for none. */
static int put_all(struct call *k, struct container *c, bool *there, const struct container *items, int order_arg, int64_t flags)
{
	bool bad = false;
	int64_t order = order_arg < 0 ? 0 : arg_int_or(k, (unsigned)order_arg, 0, &bad);
	struct container before;
	int code = RESULT_OK;

	if (bad)
		return RESULT_PARAMETER;
	if (!*there && (flags & UPDATE_ONLY) && !(flags & NO_FAIL))
		return RESULT_ELEMENT_NOT_FOUND;
	if (!*there)
		c->flags = order & MAP_KEY_VALUE_ORDERED;
	if (!copy_of(c, k->mem, &before))
		return RESULT_SERVER_ERROR;
	for (uint32_t i = 0; i < items->n && code == RESULT_OK; i++) {
		code = put_one(k, c, items->key[i], items->val[i], flags);
		if ((code == RESULT_ELEMENT_EXISTS || code == RESULT_ELEMENT_NOT_FOUND) && (flags & NO_FAIL) && (flags & PARTIAL))
			code = RESULT_OK;
	}
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

#define GET(name, by) static int op_get_##name(struct call *k, struct container *c, bool *there) \
	{ (void)there; return select_run(k, c, by, false); }
#define REMOVE(name, by) static int op_remove_##name(struct call *k, struct container *c, bool *there) \
	{ return *there ? select_run(k, c, by, true) : RESULT_OK; }
#define BOTH(name, by) GET(name, by) REMOVE(name, by)
BOTH(by_key, BY_KEY)
BOTH(by_index, BY_INDEX)
BOTH(by_value, BY_VALUE)
BOTH(by_rank, BY_RANK)
BOTH(by_key_list, BY_KEY_LIST)
BOTH(all_by_value, BY_ALL_VALUE)
BOTH(by_value_list, BY_VALUE_LIST)
BOTH(by_key_interval, BY_KEY_INTERVAL)
BOTH(by_index_range, BY_INDEX_RANGE)
BOTH(by_value_interval, BY_VALUE_INTERVAL)
BOTH(by_rank_range, BY_RANK_RANGE)
BOTH(by_key_rel_index, BY_KEY_REL_INDEX)
BOTH(by_value_rel_rank, BY_VALUE_REL_RANK)

const struct operation_row map_operations[] = {
	{ 64, 1, 1, true, true, op_set_type },
	{ 65, 2, 3, true, true, op_add },
	{ 66, 1, 2, true, true, op_add_items },
	{ 67, 2, 4, true, true, op_put },
	{ 68, 1, 3, true, true, op_put_items },
	{ 69, 2, 2, true, true, op_replace },
	{ 70, 1, 1, true, true, op_replace_items },
	{ 73, 1, 4, true, true, op_increment },
	{ 74, 1, 4, true, true, op_decrement },
	{ 75, 0, 0, true, true, op_clear },
	{ 76, 2, 2, true, true, op_remove_by_key },
	{ 77, 2, 2, true, true, op_remove_by_index },
	{ 78, 2, 2, true, true, op_remove_by_value },
	{ 79, 2, 2, true, true, op_remove_by_rank },
	{ 81, 2, 2, true, true, op_remove_by_key_list },
	{ 82, 2, 2, true, true, op_remove_all_by_value },
	{ 83, 2, 2, true, true, op_remove_by_value_list },
	{ 84, 2, 3, true, true, op_remove_by_key_interval },
	{ 85, 2, 3, true, true, op_remove_by_index_range },
	{ 86, 2, 3, true, true, op_remove_by_value_interval },
	{ 87, 2, 3, true, true, op_remove_by_rank_range },
	{ 88, 3, 4, true, true, op_remove_by_key_rel_index },
	{ 89, 3, 4, true, true, op_remove_by_value_rel_rank },
	{ 96, 0, 0, true, false, op_size },
	{ 97, 2, 2, true, false, op_get_by_key },
	{ 98, 2, 2, true, false, op_get_by_index },
	{ 99, 2, 2, true, false, op_get_by_value },
	{ 100, 2, 2, true, false, op_get_by_rank },
	{ 102, 2, 2, true, false, op_get_all_by_value },
	{ 103, 2, 3, true, false, op_get_by_key_interval },
	{ 104, 2, 3, true, false, op_get_by_index_range },
	{ 105, 2, 3, true, false, op_get_by_value_interval },
	{ 106, 2, 3, true, false, op_get_by_rank_range },
	{ 107, 2, 2, true, false, op_get_by_key_list },
	{ 108, 2, 2, true, false, op_get_by_value_list },
	{ 109, 3, 4, true, false, op_get_by_key_rel_index },
	{ 110, 3, 4, true, false, op_get_by_value_rel_rank },
	{ 0 }
};
