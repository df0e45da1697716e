/* SPDX-License-Identifier: Apache-2.0 */
#include "cdt_call.h"
#include "result.h"

#include <stdlib.h>

int64_t resolve_index(int64_t index, uint32_t n)
{
	if (index < 0)
		index += n;
	return index >= 0 && index < (int64_t)n ? index : -1;
}

void clamp_range(int64_t start, int64_t count, uint32_t n, uint32_t *from, uint32_t *to)
{
	int64_t end;

	if (start < -(INT64_C(1) << 40))
		start = -(INT64_C(1) << 40);
	if (start < 0)
		start += n;
	end = count < 0 || count > (INT64_C(1) << 40) || start > (INT64_C(1) << 40) ? (int64_t)n : start + count;
	if (end > (int64_t)n)
		end = n;
	if (start < 0)
		start = 0;
	*from = (uint32_t)(start < (int64_t)n ? start : n);
	*to = end > (int64_t)*from ? (uint32_t)end : *from;
}

/* Entries from..to of the container's own order, or of the rank order. */
static int take_range(struct call *k, const struct container *c, bool by_rank, uint32_t from, uint32_t to, struct selection *s)
{
	uint32_t *rank = by_rank ? container_ranks(c, k->mem) : NULL;

	s->by_rank = by_rank;
	s->n = to - from;
	s->at = arena_take(k->mem, (s->n + 1) * sizeof(*s->at));
	if (!s->at || (by_rank && !rank))
		return RESULT_SERVER_ERROR;
	for (uint32_t i = 0; i < s->n; i++)
		s->at[i] = by_rank ? rank[from + i] : from + i;
	return RESULT_OK;
}

static int one(struct call *k, const struct container *c, bool by_rank, unsigned arg, struct selection *s)
{
	int64_t index, at;

	s->single = true;
	if (!arg_int(k, arg, &index))
		return RESULT_PARAMETER;
	at = resolve_index(index, c->n);
	if (at < 0)
		return RESULT_OP_NOT_APPLICABLE;
	return take_range(k, c, by_rank, (uint32_t)at, (uint32_t)at + 1, s);
}

static int range(struct call *k, const struct container *c, bool by_rank, unsigned arg, struct selection *s)
{
	uint32_t from, to;
	bool bad = false;
	int64_t start, count = arg_int_or(k, arg + 1, -1, &bad);

	if (!arg_int(k, arg, &start) || bad)
		return RESULT_PARAMETER;
	clamp_range(start, count, c->n, &from, &to);
	/* The real server sorts no more of a list than it must: from the lower end, and then it stands upside down, when that is nearer. */
	s->descending = by_rank && !c->is_map && !(c->flags & LIST_ORDERED) && from <= c->n - to;
	return take_range(k, c, by_rank, from, to, s);
}

/* All entries that a test lets pass, in the container's order. */
static int matching(struct call *k, const struct container *c, bool (*test)(struct span, const void *), const struct span *what,
	const void *ctx, struct selection *s)
{
	s->at = arena_take(k->mem, (c->n + 1) * sizeof(*s->at));
	if (!s->at)
		return RESULT_SERVER_ERROR;
	s->n = 0;
	for (uint32_t i = 0; i < c->n; i++)
		if (test(what[i], ctx))
			s->at[s->n++] = i;
	return RESULT_OK;
}

static bool equal(struct span e, const void *ctx)
{
	return cdt_compare(e, *(const struct span *)ctx) == 0;
}

static bool in_list(struct span e, const void *ctx)
{
	uint32_t at;

	return container_find_value(ctx, e, &at);
}

/* Wildcards are equal to many things, so no order helps to find what they are equal to. */
static bool has_wildcard(const struct container *list)
{
	for (uint32_t i = 0; i < list->n; i++) {
		struct mp_item it;
		struct mp m;

		mp_open(&m, list->val[i]);
		while (mp_left(&m) && mp_next(&m, &it))
			if (it.kind == MP_EXT && it.ext == 0xff)
				return true;
	}
	return false;
}

struct interval {
	struct span begin, end;		/* absent: open */
};

static bool in_interval(struct span e, const void *ctx)
{
	const struct interval *i = ctx;

	return (!i->begin.p || cdt_compare(e, i->begin) >= 0) && (!i->end.p || cdt_compare(e, i->end) < 0);
}

static int interval(struct call *k, const struct container *c, const struct span *what, unsigned arg, struct selection *s)
{
	struct interval i = { .begin = arg_value(k, arg, false) };

	if (!i.begin.p)
		return RESULT_PARAMETER;
	if (element_is_nil(i.begin))
		i.begin.p = NULL;
	if (arg + 1 < k->n_args) {
		i.end = arg_value(k, arg + 1, false);
		if (!i.end.p)
			return RESULT_PARAMETER;
		if (element_is_nil(i.end))
			i.end.p = NULL;
	}
	return matching(k, c, in_interval, what, &i, s);
}

static int by_value(struct call *k, const struct container *c, const struct span *what, unsigned arg, bool first, struct selection *s)
{
	struct span v = arg_value(k, arg, false);
	int code;

	if (!v.p)
		return RESULT_PARAMETER;
	code = matching(k, c, equal, what, &v, s);
	s->single = first;
	if (first && s->n > 1)
		s->n = 1;
	return code;
}

static int by_list(struct call *k, const struct container *c, const struct span *what, unsigned arg, struct selection *s)
{
	struct container list;

	if (!arg_list(k, arg, false, &list))
		return RESULT_PARAMETER;
	list.flags = has_wildcard(&list) ? 0 : LIST_ORDERED;
	if (!container_sort(&list, k->mem))
		return RESULT_SERVER_ERROR;
	return matching(k, c, in_list, what, &list, s);
}

/* Ranks (or indexes) counted from where a value (or key) stands or would stand. */
static int relative(struct call *k, const struct container *c, bool keys, unsigned arg, struct selection *s)
{
	struct span v = arg_value(k, arg, false);
	const struct span *in = keys ? c->key : c->val;
	bool bad = false;
	int64_t offset, count = arg_int_or(k, arg + 2, -1, &bad), start = 0;
	uint32_t from, to;

	if (!v.p || !arg_int(k, arg + 1, &offset) || bad)
		return RESULT_PARAMETER;
	for (uint32_t i = 0; i < c->n; i++)
		start += cdt_compare(in[i], v) < 0;
	if (offset > c->n)	/* far past either end is as good as just past it, and can't overflow */
		offset = c->n;
	if (offset < -(int64_t)c->n - (INT64_C(1) << 40))
		offset = -(int64_t)c->n - (INT64_C(1) << 40);
	start += offset;
	if (start < 0) {	/* before the first: not counted from the end */
		count = count < 0 ? count : count + start > 0 ? count + start : 0;
		start = 0;
	}
	clamp_range(start, count, c->n, &from, &to);
	return take_range(k, c, !keys, from, to, s);
}

int select_entries(struct call *k, const struct container *c, enum select_by by, unsigned arg, struct selection *s)
{
	*s = (struct selection){ 0 };
	switch (by) {
	case BY_NONE: break;
	case BY_INDEX: return one(k, c, false, arg, s);
	case BY_RANK: return one(k, c, true, arg, s);
	case BY_KEY: return by_value(k, c, c->key, arg, true, s);
	case BY_VALUE: return by_value(k, c, c->val, arg, true, s);
	case BY_ALL_VALUE: return by_value(k, c, c->val, arg, false, s);
	case BY_VALUE_LIST: return by_list(k, c, c->val, arg, s);
	case BY_KEY_LIST: return by_list(k, c, c->key, arg, s);
	case BY_INDEX_RANGE: return range(k, c, false, arg, s);
	case BY_RANK_RANGE: return range(k, c, true, arg, s);
	case BY_VALUE_INTERVAL: return interval(k, c, c->val, arg, s);
	case BY_KEY_INTERVAL: return interval(k, c, c->key, arg, s);
	case BY_VALUE_REL_RANK: return relative(k, c, false, arg, s);
	case BY_KEY_REL_INDEX: return relative(k, c, true, arg, s);
	}
	return RESULT_PARAMETER;
}

static int invert(struct call *k, const struct container *c, struct selection *s)
{
	bool *in = arena_take(k->mem, c->n + 1);
	uint32_t *at = arena_take(k->mem, (c->n + 1) * sizeof(*at)), n = 0;

	if (!in || !at)
		return RESULT_SERVER_ERROR;
	memset(in, 0, c->n + 1);
	for (uint32_t i = 0; i < s->n; i++)
		in[s->at[i]] = true;
	for (uint32_t i = 0; i < c->n; i++)
		if (!in[i])
			at[n++] = i;
	s->at = at;
	s->n = n;
	s->by_rank = s->descending = false;
	return RESULT_OK;
}

/* rank[i]: the rank of entry i. */
static uint32_t *rank_of(const struct container *c, struct arena *mem)
{
	uint32_t *order = container_ranks(c, mem), *rank = arena_take(mem, (c->n + 1) * sizeof(*rank));

	if (!order || !rank)
		return NULL;
	for (uint32_t i = 0; i < c->n; i++)
		rank[order[i]] = i;
	return rank;
}

static bool keep(struct call *k, struct buf *b)
{
	k->result = arena_copy(k->mem, buf_as_span(b));
	return !b->full && k->result.p;
}

/* Index or rank numbers, one or a list of them; ranges as [start, count]. */
static int numbers(struct call *k, const struct container *c, int64_t rt, const struct selection *s, struct buf *b)
{
	bool ranks = rt == RT_RANK || rt == RT_REVERSE_RANK || rt == RT_RANK_RANGE || rt == RT_REVERSE_RANK_RANGE;
	bool reverse = rt == RT_REVERSE_INDEX || rt == RT_REVERSE_RANK || rt == RT_REVERSE_INDEX_RANGE || rt == RT_REVERSE_RANK_RANGE;
	uint32_t *rank = ranks ? rank_of(c, k->mem) : NULL;
	uint32_t low = UINT32_MAX;

	if (ranks && !rank)
		return RESULT_SERVER_ERROR;
	if (s->single && s->n == 0) {
		element_put_int(b, -1);
		return RESULT_OK;
	}
	if (!s->single && rt < RT_INDEX_RANGE)
		element_put_list(b, s->n, 0);
	for (uint32_t i = 0; i < s->n; i++) {
		uint32_t at = ranks ? rank[s->at[i]] : s->at[i];

		if (reverse)
			at = c->n - 1 - at;
		if (rt < RT_INDEX_RANGE)
			element_put_int(b, at);
		else if (at < low)
			low = at;
	}
	if (rt >= RT_INDEX_RANGE) {
		element_put_list(b, 2, 0);
		element_put_int(b, s->n ? low : 0);
		element_put_int(b, s->n);
	}
	return RESULT_OK;
}

static void values(const struct container *c, int64_t rt, const struct selection *s, struct buf *b)
{
	const struct span *from = rt == RT_KEY ? c->key : c->val;

	if (!s->single)
		element_put_list(b, s->n, 0);
	for (uint32_t i = 0; i < s->n; i++)
		buf_span(b, from[s->at[s->descending ? s->n - 1 - i : i]]);
}

static void pairs(const struct container *c, int64_t rt, const struct selection *s, struct buf *b)
{
	element_put_map(b, s->n, rt == RT_PAIRS ? 8 : rt == RT_ORDERED_MAP ? MAP_KEY_ORDERED : 0);
	for (uint32_t i = 0; i < s->n; i++) {
		buf_span(b, c->key[s->at[i]]);
		buf_span(b, c->val[s->at[i]]);
	}
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

int select_result(struct call *k, const struct container *c, int64_t rt, struct selection *s)
{
	static struct buf b;
	bool maps_only = rt == RT_KEY || rt == RT_PAIRS || rt == RT_UNORDERED_MAP || rt == RT_ORDERED_MAP;
	int code = RESULT_OK;

	if ((maps_only && !c->is_map) || rt < 0 || rt > RT_ORDERED_MAP || rt == 14 || rt == 15)
		return RESULT_OP_NOT_APPLICABLE;
	if (rt == RT_NONE)
		return RESULT_OK;
	buf_reset(&b);
	if (rt == RT_COUNT)
		element_put_int(&b, s->n);
	else if (rt == RT_EXISTS)
		element_put_bool(&b, s->n != 0);
	else if ((rt == RT_VALUE || rt == RT_KEY) && s->single && s->n == 0)
		return RESULT_OK;
	else if (rt == RT_VALUE || rt == RT_KEY)
		values(c, rt, s, &b);
	else if (maps_only) {
		if (rt == RT_ORDERED_MAP)
			qsort(s->at, s->n, sizeof(*s->at), by_number);
		pairs(c, rt, s, &b);
	} else
		code = numbers(k, c, rt, s, &b);
	if (code == RESULT_OK && !keep(k, &b))
		code = RESULT_SERVER_ERROR;
	return code;
}

void select_remove(struct container *c, const struct selection *s, struct arena *mem)
{
	bool *out = arena_take(mem, c->n + 1);
	uint32_t n = 0;

	if (!out)
		return;
	memset(out, 0, c->n + 1);
	for (uint32_t i = 0; i < s->n; i++)
		out[s->at[i]] = true;
	for (uint32_t i = 0; i < c->n; i++) {
		if (out[i])
			continue;
		c->val[n] = c->val[i];
		if (c->is_map)
			c->key[n] = c->key[i];
		n++;
	}
	c->n = n;
}

int select_run(struct call *k, struct container *c, enum select_by by, bool remove)
{
	struct selection s;
	int64_t rt;
	bool inverted;
	int code;

	if (!arg_int(k, 0, &rt))
		return RESULT_PARAMETER;
	inverted = rt & RT_INVERTED;
	rt &= ~(int64_t)RT_INVERTED;
	code = select_entries(k, c, by, 1, &s);
	if (code != RESULT_OK)
		return code;
	if (inverted && s.single)
		return RESULT_OP_NOT_APPLICABLE;
	if (inverted)
		code = invert(k, c, &s);
	if (code == RESULT_OK)
		code = select_result(k, c, rt, &s);
	if (code == RESULT_OK && remove && s.n) {
		select_remove(c, &s, k->mem);
		k->changed = true;
	}
	return code;
}
