/* SPDX-License-Identifier: Apache-2.0 */
#include "value_walk.h"

#include "json_scan.h"
#include "particle.h"
#include "value_read.h"

/* Lists and maps, element by element, as JSON. */

/* A str or bin element. On the wire its first byte is its particle type. */
static bool put_element_bytes(struct walk *w, const struct place *at, const struct mp_item *it)
{
	struct span s = it->data;

	if (w->connector)
		return value_put_bytes(w, at, it->kind == MP_STR ? PARTICLE_STRING : PARTICLE_BLOB, s);
	if (s.n == 0)
		return walk_fail(w, "string without its type byte");
	return value_put_bytes(w, at, (uint8_t)s.p[0], (struct span){ s.p + 1, s.n - 1 });
}

/* The wire's leading ext element: takes it from the count. Lists have it alone, maps with nil as its value. */
static bool take_order(struct walk *w, uint32_t *n, int *order, bool map)
{
	struct mp_item it;
	uint8_t b;

	if (w->connector || *n == 0 || w->m.p == w->m.end)
		return true;
	b = *w->m.p;
	if (!((b >= 0xc7 && b <= 0xc9) || (b >= 0xd4 && b <= 0xd8)))
		return true;
	if (!walk_next(w, &it))
		return false;
	if (it.ext == 0xff)
		return walk_fail(w, "wildcard or infinity, which no record can hold");
	*order = it.ext;
	--*n;
	if (map && walk_next(w, &it) && it.kind != MP_NIL)
		return walk_fail(w, "order mark of a map without its nil");
	return !w->m.error;
}

static bool list(struct walk *w, const struct place *at, unsigned depth, uint32_t n, int order)
{
	struct place here = { .up = at };

	if (depth > VALUE_DEPTH_MAX)
		return walk_fail(w, "nested too deeply");
	if (!take_order(w, &n, &order, false))
		return false;
	if (order >= 0)
		value_say_order(w, at, false, false, order);
	buf_byte(w->out, '[');
	for (; here.index < n; here.index++) {
		if (here.index)
			buf_byte(w->out, ',');
		if (!value_put_element(w, &here, depth + 1))
			return false;
	}
	buf_byte(w->out, ']');
	return true;
}

/* The text of a map key, absent when it is none: then the map must be written as pairs. */
static struct span key_text(const struct walk *w, const struct mp_item *it)
{
	const struct span none = { NULL, 0 };
	struct span s = it->data;

	if (w->connector)
		return it->kind == MP_STR && utf8_valid(s) ? s : none;
	if ((it->kind != MP_STR && it->kind != MP_BIN) || s.n == 0 || s.p[0] != PARTICLE_STRING)
		return none;
	s = (struct span){ s.p + 1, s.n - 1 };
	return utf8_valid(s) ? s : none;
}

/* Looks at all keys before the first one is written: no value is ever converted twice. Damage is left for the walk to find. */
static bool all_keys_text(const struct walk *w, uint32_t n)
{
	struct mp probe = w->m;
	struct mp_item it;

	while (n--) {
		if (!mp_next(&probe, &it))
			return true;
		if (!key_text(w, &it).p)
			return false;
		if (!mp_skip(&probe))
			return true;
	}
	return true;
}

static bool map_object(struct walk *w, const struct place *at, unsigned depth, uint32_t n)
{
	struct place here = { .up = at };
	struct mp_item it;

	buf_byte(w->out, '{');
	for (uint32_t i = 0; i < n; i++) {
		if (!walk_next(w, &it))
			return false;
		here.key = key_text(w, &it);
		if (i)
			buf_byte(w->out, ',');
		value_put_text(w->out, here.key);
		buf_byte(w->out, ':');
		if (!value_put_element(w, &here, depth + 1))
			return false;
	}
	buf_byte(w->out, '}');
	return true;
}

static bool map_pairs(struct walk *w, const struct place *at, unsigned depth, uint32_t n)
{
	struct place pair = { .up = at }, side = { .up = &pair };

	buf_byte(w->out, '[');
	for (; pair.index < n; pair.index++) {
		if (pair.index)
			buf_byte(w->out, ',');
		buf_byte(w->out, '[');
		side.index = 0;
		if (!value_put_element(w, &side, depth + 1))
			return false;
		buf_byte(w->out, ',');
		side.index = 1;
		if (!value_put_element(w, &side, depth + 1))
			return false;
		buf_byte(w->out, ']');
	}
	buf_byte(w->out, ']');
	return true;
}

static bool map(struct walk *w, const struct place *at, unsigned depth, uint32_t n, int order)
{
	bool pairs;

	if (depth > VALUE_DEPTH_MAX)
		return walk_fail(w, "nested too deeply");
	if (!take_order(w, &n, &order, true))
		return false;
	pairs = !all_keys_text(w, n);
	if (order >= 0 || pairs)
		value_say_order(w, at, true, pairs, order);
	return pairs ? map_pairs(w, at, depth, n) : map_object(w, at, depth, n);
}

bool value_put_element(struct walk *w, const struct place *at, unsigned depth)
{
	struct mp_item it;

	if (!walk_next(w, &it))
		return false;
	switch (it.kind) {
	case MP_NIL:
		buf_lit(w->out, "null");
		return true;
	case MP_FALSE:
		buf_lit(w->out, "false");
		return true;
	case MP_TRUE:
		buf_lit(w->out, "true");
		return true;
	case MP_INT:
		json_put_int64(w->out, it.i);
		return true;
	case MP_UINT:
		json_put_uint64(w->out, it.u);
		return true;
	case MP_FLOAT32:
	case MP_FLOAT64:
		value_put_double(w, at, it.d, it.kind == MP_FLOAT32 && !w->connector);
		return true;
	case MP_STR:
	case MP_BIN:
		return put_element_bytes(w, at, &it);
	case MP_EXT:
		if (!w->connector)
			return walk_fail(w, "ext element that is no order mark");
		return value_put_bytes(w, at, it.ext, it.data);
	case MP_ARRAY:
		return list(w, at, depth, it.n, -1);
	case MP_MAP:
		return map(w, at, depth, it.n, -1);
	}
	return false;
}

bool value_put_container(struct walk *w, enum mp_kind want, int order)
{
	struct mp_item it;

	if (!walk_next(w, &it))
		return false;
	if (it.kind != want)
		return walk_fail(w, want == MP_ARRAY ? "list is no MessagePack array" : "map is no MessagePack map");
	return want == MP_ARRAY ? list(w, NULL, 1, it.n, order) : map(w, NULL, 1, it.n, order);
}
