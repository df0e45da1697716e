/* SPDX-License-Identifier: Apache-2.0 */
#include "tree.h"

#include "json.h"
#include "msgpack_read.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const char too_deep[] = "nested too deeply";
static const char too_many[] = "too many values";
static const char too_large[] = "body is too large";

static bool fail(struct tree_reader *r, const char *why)
{
	if (!r->why)
		r->why = why;
	return false;
}

static bool start(struct tree_reader *r)
{
	r->why = NULL;
	r->offset = 0;
	r->nodes = 0;
	if (!r->depth_max || r->depth_max > TREE_DEPTH_MAX)
		r->depth_max = TREE_DEPTH_MAX;
	if (!r->nodes_max)
		r->nodes_max = TREE_NODES_MAX;
	r->open.max = (size_t)r->nodes_max * sizeof(struct tree);
	buf_reset(&r->open);
	return true;
}

void tree_reader_free(struct tree_reader *r)
{
	buf_free(&r->open);
}

static bool count(struct tree_reader *r, uint64_t n)
{
	if (n > r->nodes_max - r->nodes)
		return fail(r, too_many);
	r->nodes += (uint32_t)n;
	return true;
}

/* ---- names that stand in a map twice ---- */

static int key_order(const struct tree *a, const struct tree *b)
{
	int c;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	switch (a->kind) {
	case TREE_STRING:
	case TREE_BYTES:
	case TREE_BIG:
	case TREE_EXT:
		c = memcmp(a->text.p, b->text.p, a->text.n < b->text.n ? a->text.n : b->text.n);
		return c ? c : a->text.n != b->text.n ? (a->text.n < b->text.n ? -1 : 1) : a->ext - b->ext;
	case TREE_INT:
		return (a->i > b->i) - (a->i < b->i);
	case TREE_DOUBLE:
		return memcmp(&a->d, &b->d, sizeof(a->d));
	case TREE_BOOL:
		return a->yes - b->yes;
	case TREE_NIL:
		return 0;
	}
	return a < b ? -1 : a > b;
}

static int pair_order(const void *a, const void *b)
{
	const struct tree *x = *(const struct tree *const *)a, *y = *(const struct tree *const *)b;
	int c = key_order(x, y);

	return c ? c : x < y ? -1 : x > y;
}

enum { GONE = 255 };	/* a kind that no node has: the key of a pair that goes */

/* Few members: look at each pair of keys. Many: sort first, for a body may be all members. Returns how many go. */
static uint32_t mark_few(struct tree *items, uint32_t n)
{
	uint32_t gone = 0;

	for (uint32_t i = 1; i < n; i++)
		for (uint32_t j = 0; j < i; j++)
			if (key_order(&items[2 * j], &items[2 * i]) == 0) {
				items[2 * j + 1] = items[2 * i + 1];
				items[2 * i].kind = GONE;
				gone++;
				break;
			}
	return gone;
}

static bool mark_many(struct tree_reader *r, struct tree *items, uint32_t n, uint32_t *gone)
{
	struct tree **keys = arena_take(r->mem, n * sizeof(*keys)), *first;

	if (!keys)
		return fail(r, too_large);
	for (uint32_t i = 0; i < n; i++)
		keys[i] = &items[2 * (size_t)i];
	qsort(keys, n, sizeof(struct tree *), pair_order);
	first = keys[0];
	for (uint32_t i = 1; i < n; i++) {
		if (key_order(first, keys[i]) != 0) {
			first = keys[i];
			continue;
		}
		first[1] = keys[i][1];
		keys[i]->kind = GONE;
		++*gone;
	}
	return true;
}

static bool drop_twins(struct tree_reader *r, struct tree *items, uint32_t *n)
{
	uint32_t gone = 0, to = 0;

	if (*n <= 8)
		gone = mark_few(items, *n);
	else if (!mark_many(r, items, *n, &gone))
		return false;
	if (!gone)
		return true;
	for (uint32_t i = 0; i < *n; i++)
		if (items[2 * (size_t)i].kind != GONE) {
			items[2 * (size_t)to] = items[2 * (size_t)i];
			items[2 * (size_t)to + 1] = items[2 * (size_t)i + 1];
			to++;
		}
	*n = to;
	return true;
}

/* ---- JSON ---- */

static bool json_node(struct tree_reader *r, struct json *j, unsigned depth, struct tree *t);

/* raw: a string with its quotes. */
static bool text(struct tree_reader *r, struct span raw, struct tree *t)
{
	char *p;
	struct buf into = { 0 };

	t->kind = TREE_STRING;
	if (!memchr(raw.p, '\\', raw.n)) {
		t->text = (struct span){ raw.p + 1, raw.n - 2 };
		return true;
	}
	p = arena_take(r->mem, raw.n);
	if (!p)
		return fail(r, too_large);
	into = (struct buf){ .p = p, .cap = raw.n, .max = raw.n };	/* text is never longer than its escapes */
	t->text = json_text(raw, &into);
	return t->text.p ? true : fail(r, "lone surrogate in a string");
}

static bool is_integer(struct span raw)
{
	for (size_t i = 0; i < raw.n; i++)
		if (raw.p[i] == '.' || (raw.p[i] | 0x20) == 'e')
			return false;
	return true;
}

static bool number(struct tree_reader *r, struct span raw, struct tree *t)
{
	t->kind = TREE_INT;
	if (json_int64(raw, &t->i))
		return true;
	if (is_integer(raw)) {
		t->kind = TREE_BIG;
		t->text = raw;
		return true;
	}
	t->kind = TREE_DOUBLE;
	return json_double(raw, &t->d) ? true : fail(r, "number out of range");
}

static bool push(struct tree_reader *r, const struct tree *t)
{
	buf_put(&r->open, t, sizeof(*t));
	return r->open.full ? fail(r, too_large) : true;
}

/* Take what was pushed since mark out of the stack: these are the container's items. */
static bool close_container(struct tree_reader *r, size_t mark, struct tree *t)
{
	size_t bytes = r->open.n - mark;
	struct tree *items = arena_take(r->mem, bytes);
	uint32_t n = (uint32_t)(bytes / sizeof(*t));

	if (!items)
		return fail(r, too_large);
	if (bytes)
		memcpy(items, r->open.p + mark, bytes);
	r->open.n = mark;
	if (t->kind == TREE_MAP) {
		n /= 2;
		if (n > 1 && !drop_twins(r, items, &n))
			return false;
	}
	t->n = n;
	t->items = items;
	return true;
}

static bool json_list(struct tree_reader *r, struct json *j, unsigned depth, struct tree *t)
{
	size_t mark = r->open.n;
	struct tree item;

	t->kind = TREE_LIST;
	for (json_array(j); json_element(j);)
		if (!json_node(r, j, depth, &item) || !push(r, &item))
			return false;
	return !j->error && close_container(r, mark, t);
}

static bool json_map(struct tree_reader *r, struct json *j, unsigned depth, struct tree *t)
{
	size_t mark = r->open.n;
	struct json_member m;
	struct tree item;

	t->kind = TREE_MAP;
	for (json_object(j); json_member(j, &m);) {
		item = (struct tree){ 0 };
		if (!count(r, 1) || !text(r, (struct span){ m.key.p - 1, m.key.n + 2 }, &item) || !push(r, &item) ||
		    !json_node(r, j, depth, &item) || !push(r, &item))
			return false;
	}
	return !j->error && close_container(r, mark, t);
}

static bool json_node(struct tree_reader *r, struct json *j, unsigned depth, struct tree *t)
{
	enum json_type type = json_peek(j);
	struct span raw;

	*t = (struct tree){ 0 };
	if (!count(r, 1))
		return false;
	if (type == JSON_ARRAY || type == JSON_OBJECT) {
		if (depth == r->depth_max)
			return fail(r, too_deep);
		return type == JSON_ARRAY ? json_list(r, j, depth + 1, t) : json_map(r, j, depth + 1, t);
	}
	switch (json_value(j, &raw)) {
	case JSON_NULL:
		return true;
	case JSON_FALSE:
	case JSON_TRUE:
		t->kind = TREE_BOOL;
		t->yes = type == JSON_TRUE;
		return true;
	case JSON_NUMBER:
		return number(r, raw, t);
	case JSON_STRING:
		return text(r, raw, t);
	default:
		return false;
	}
}

const struct tree *tree_json(struct tree_reader *r, struct span body)
{
	struct tree *root;
	struct json j;

	start(r);
	json_open(&j, body);
	root = arena_take(r->mem, sizeof(*root));
	if (!root)
		fail(r, too_large);
	else if (json_node(r, &j, 0, root) && json_done(&j))
		return root;
	r->offset = json_offset(&j);
	fail(r, j.error);
	return NULL;
}

/* ---- MessagePack ---- */

static bool mp_node(struct tree_reader *r, struct mp *m, unsigned depth, struct tree *t);

/* head: where the container begins, for errors. */
static bool mp_container(struct tree_reader *r, struct mp *m, unsigned depth, struct tree *t, const uint8_t *head)
{
	uint64_t n = t->kind == TREE_MAP ? 2 * (uint64_t)t->n : t->n;
	struct tree *items;

	if (depth == r->depth_max || !count(r, n)) {
		m->p = head;
		return fail(r, too_deep);
	}
	items = arena_take(r->mem, n * sizeof(*items));
	if (!items)
		return fail(r, too_large);
	for (uint64_t i = 0; i < n; i++)
		if (!mp_node(r, m, depth + 1, &items[i]))
			return false;
	if (t->kind == TREE_MAP && t->n > 1 && !drop_twins(r, items, &t->n))
		return false;
	t->items = items;
	return true;
}

/* An integer that int64 can't hold, in digits. */
static bool big(struct tree_reader *r, uint64_t u, struct tree *t)
{
	char *p = arena_take(r->mem, 24);

	if (!p)
		return fail(r, too_large);
	t->kind = TREE_BIG;
	t->text = (struct span){ p, (size_t)snprintf(p, 24, "%" PRIu64, u) };
	return true;
}

static bool mp_node(struct tree_reader *r, struct mp *m, unsigned depth, struct tree *t)
{
	static const uint8_t kinds[] = { [MP_NIL] = TREE_NIL, [MP_FALSE] = TREE_BOOL, [MP_TRUE] = TREE_BOOL, [MP_INT] = TREE_INT,
		[MP_UINT] = TREE_BIG, [MP_FLOAT32] = TREE_DOUBLE, [MP_FLOAT64] = TREE_DOUBLE, [MP_STR] = TREE_STRING, [MP_BIN] = TREE_BYTES,
		[MP_EXT] = TREE_EXT, [MP_ARRAY] = TREE_LIST, [MP_MAP] = TREE_MAP };
	const uint8_t *head = m->p;
	struct mp_item it;

	if (!mp_next(m, &it))
		return false;
	*t = (struct tree){ .kind = kinds[it.kind] };
	switch (it.kind) {
	case MP_NIL:
	case MP_FALSE:
		return true;
	case MP_TRUE:
		t->yes = true;
		return true;
	case MP_INT:
		t->i = it.i;
		return true;
	case MP_UINT:
		return big(r, it.u, t);
	case MP_FLOAT32:
	case MP_FLOAT64:
		t->d = it.d;
		return true;
	case MP_STR:
		if (!utf8_valid(it.data)) {
			m->p = head;
			return fail(r, "invalid UTF-8");
		}
		t->text = it.data;
		return true;
	case MP_EXT:
		t->ext = it.ext;
		t->text = it.data;
		return true;
	case MP_BIN:
		t->text = it.data;
		return true;
	case MP_ARRAY:
	case MP_MAP:
		t->n = it.n;
		return mp_container(r, m, depth, t, head);
	}
	return false;
}

const struct tree *tree_msgpack(struct tree_reader *r, struct span body)
{
	struct tree *root;
	struct mp m;

	start(r);
	mp_open(&m, body.p ? body : SPAN(""));
	root = arena_take(r->mem, sizeof(*root));
	if (!root)
		fail(r, too_large);
	else if (count(r, 1) && mp_node(r, &m, 0, root) && (mp_left(&m) == 0 || fail(r, "unexpected bytes behind the value")))
		return root;
	r->offset = mp_offset(&m);
	fail(r, m.error);
	return NULL;
}
