/* SPDX-License-Identifier: Apache-2.0 */
#include "value.h"

#include "bytes.h"
#include "json_scan.h"
#include "particle.h"
#include "value_read.h"

#include <math.h>

/* GeoJSON becomes part of the line as it stands: levels it may have so that the line keeps under JSON_DEPTH_MAX. */
#define GEOJSON_DEPTH_MAX 64

/* Where we are in the bin: frames on the C stack, from which a pointer is only made when there is something to say of the place. */
struct place {
	const struct place *up;		/* NULL: the bin itself */
	struct span key;		/* of a map; absent: index counts */
	uint32_t index;
};

struct walk {
	struct buf *out, *types, *pointer;
	struct mp m;
	const uint8_t *at;		/* the element that was read last, for errors */
	bool connector;			/* the connectors' dialect, else the wire's */
	const char *why;
};

static bool element(struct walk *w, const struct place *at, unsigned depth);

static bool fail(struct walk *w, const char *why)
{
	if (!w->why)
		w->why = why;
	return false;
}

static bool next(struct walk *w, struct mp_item *it)
{
	w->at = w->m.p;
	return mp_next(&w->m, it);
}

bool value_put_text(struct buf *out, struct span text)
{
	const char *end = text.p + text.n;
	char *to;

	if (json_skip_plain(text.p, end) < end) {
		if (!utf8_valid(text))
			return false;
		json_put_string(out, text);
		return true;
	}
	to = buf_reserve(out, text.n + 2);
	if (!to)
		return true;
	to[0] = '"';
	memcpy(to + 1, text.p, text.n);
	to[text.n + 1] = '"';
	out->n += text.n + 2;
	return true;
}

void value_push_name(struct buf *pointer, struct span name)
{
	char *to = buf_reserve(pointer, 2 * name.n + 1);

	if (!to)
		return;
	*to++ = '/';
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (c == '~' || c == '/') {
			*to++ = '~';
			c = c == '~' ? '0' : '1';
		}
		*to++ = c;
	}
	pointer->n = (size_t)(to - pointer->p);
}

void value_put_type(struct buf *types, struct span pointer, const char *word)
{
	if (types->n)
		buf_byte(types, ',');
	json_put_string(types, pointer);
	buf_lit(types, ":\"");
	buf_put(types, word, strlen(word));
	buf_byte(types, '"');
}

static void push_place(struct buf *pointer, const struct place *at)
{
	if (!at)
		return;
	push_place(pointer, at->up);
	if (at->key.p) {
		value_push_name(pointer, at->key);
	} else {
		buf_byte(pointer, '/');
		json_put_uint64(pointer, at->index);
	}
}

static void say(struct walk *w, const struct place *at, const char *word)
{
	size_t mark = w->pointer->n;

	push_place(w->pointer, at);
	value_put_type(w->types, buf_as_span(w->pointer), word);
	w->pointer->n = mark;
}

static void say_number(struct walk *w, const struct place *at, const char *word, unsigned n)
{
	struct buf text = { 0 };
	char space[32];

	text.p = space;
	text.cap = sizeof space;
	buf_put(&text, word, strlen(word));
	json_put_uint64(&text, n);
	buf_byte(&text, '\0');
	say(w, at, space);
}

static void say_order(struct walk *w, const struct place *at, bool map, bool pairs, int order)
{
	if (map && order == MAP_KEY_ORDERED)
		say(w, at, pairs ? "map key-ordered" : "key-ordered");
	else if (map && order == MAP_KEY_VALUE_ORDERED)
		say(w, at, pairs ? "map key-value-ordered" : "key-value-ordered");
	else if (!map && order == LIST_ORDERED)
		say(w, at, "ordered");
	else if (order >= 0)
		say_number(w, at, pairs ? "map order:" : "order:", (unsigned)order);
	else if (pairs)
		say(w, at, "map");
}

static void put_double(struct walk *w, const struct place *at, double d, bool narrow)
{
	if (isfinite(d)) {
		json_put_double(w->out, d);
		if (narrow)
			say(w, at, "float32");
		return;
	}
	buf_lit(w->out, "null");
	if (isnan(d))
		say(w, at, narrow ? "double:NaN float32" : "double:NaN");
	else if (d > 0)
		say(w, at, narrow ? "double:Infinity float32" : "double:Infinity");
	else
		say(w, at, narrow ? "double:-Infinity float32" : "double:-Infinity");
}

static bool put_geojson(struct walk *w, const struct place *at, struct span text)
{
	struct span raw;
	struct json j;

	json_open(&j, text);
	j.depth = JSON_DEPTH_MAX - GEOJSON_DEPTH_MAX;
	if (json_value(&j, &raw) == JSON_OBJECT && raw.n == text.n && !memchr(text.p, '\n', text.n)) {
		buf_span(w->out, text);
		say(w, at, "geojson");
		return true;
	}
	if (!value_put_text(w->out, text))
		return fail(w, "GeoJSON is not UTF-8");
	say(w, at, "geojson-text");
	return true;
}

/* What is bytes with a particle type: everything but numbers and containers. */
static bool put_bytes(struct walk *w, const struct place *at, uint8_t particle, struct span data)
{
	switch (particle) {
	case PARTICLE_STRING:
		if (value_put_text(w->out, data))
			return true;
		json_put_base64(w->out, data.p, data.n);
		say(w, at, "string-base64");
		return true;
	case PARTICLE_GEOJSON:
		return put_geojson(w, at, data);
	case PARTICLE_BLOB:
		json_put_base64(w->out, data.p, data.n);
		say(w, at, "blob");
		return true;
	case PARTICLE_HLL:
		json_put_base64(w->out, data.p, data.n);
		say(w, at, "hll");
		return true;
	case PARTICLE_NULL:
	case PARTICLE_INTEGER:
	case PARTICLE_FLOAT:
	case PARTICLE_BOOL:
	case PARTICLE_MAP:
	case PARTICLE_LIST:
		return fail(w, "bytes of a type that is no bytes");
	default:
		json_put_base64(w->out, data.p, data.n);
		say_number(w, at, "bytes:", particle);
		return true;
	}
}

/* A str or bin element. On the wire its first byte is its particle type. */
static bool put_element_bytes(struct walk *w, const struct place *at, const struct mp_item *it)
{
	struct span s = it->data;

	if (w->connector)
		return put_bytes(w, at, it->kind == MP_STR ? PARTICLE_STRING : PARTICLE_BLOB, s);
	if (s.n == 0)
		return fail(w, "string without its type byte");
	return put_bytes(w, at, (uint8_t)s.p[0], (struct span){ s.p + 1, s.n - 1 });
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
	if (!next(w, &it))
		return false;
	if (it.ext == 0xff)
		return fail(w, "wildcard or infinity, which no record can hold");
	*order = it.ext;
	--*n;
	if (map && next(w, &it) && it.kind != MP_NIL)
		return fail(w, "order mark of a map without its nil");
	return !w->m.error;
}

static bool list(struct walk *w, const struct place *at, unsigned depth, uint32_t n, int order)
{
	struct place here = { .up = at };

	if (depth > VALUE_DEPTH_MAX)
		return fail(w, "nested too deeply");
	if (!take_order(w, &n, &order, false))
		return false;
	if (order >= 0)
		say_order(w, at, false, false, order);
	buf_byte(w->out, '[');
	for (; here.index < n; here.index++) {
		if (here.index)
			buf_byte(w->out, ',');
		if (!element(w, &here, depth + 1))
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
		if (!next(w, &it))
			return false;
		here.key = key_text(w, &it);
		if (i)
			buf_byte(w->out, ',');
		value_put_text(w->out, here.key);
		buf_byte(w->out, ':');
		if (!element(w, &here, depth + 1))
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
		if (!element(w, &side, depth + 1))
			return false;
		buf_byte(w->out, ',');
		side.index = 1;
		if (!element(w, &side, depth + 1))
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
		return fail(w, "nested too deeply");
	if (!take_order(w, &n, &order, true))
		return false;
	pairs = !all_keys_text(w, n);
	if (order >= 0 || pairs)
		say_order(w, at, true, pairs, order);
	return pairs ? map_pairs(w, at, depth, n) : map_object(w, at, depth, n);
}

static bool element(struct walk *w, const struct place *at, unsigned depth)
{
	struct mp_item it;

	if (!next(w, &it))
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
		put_double(w, at, it.d, it.kind == MP_FLOAT32 && !w->connector);
		return true;
	case MP_STR:
	case MP_BIN:
		return put_element_bytes(w, at, &it);
	case MP_EXT:
		if (!w->connector)
			return fail(w, "ext element that is no order mark");
		return put_bytes(w, at, it.ext, it.data);
	case MP_ARRAY:
		return list(w, at, depth, it.n, -1);
	case MP_MAP:
		return map(w, at, depth, it.n, -1);
	}
	return false;
}

/* A container as a bin of its own. order: flags that stand outside, -1 for none. */
static bool container(struct walk *w, enum mp_kind want, int order)
{
	struct mp_item it;

	if (!next(w, &it))
		return false;
	if (it.kind != want)
		return fail(w, want == MP_ARRAY ? "list is no MessagePack array" : "map is no MessagePack map");
	return want == MP_ARRAY ? list(w, NULL, 1, it.n, order) : map(w, NULL, 1, it.n, order);
}

static bool put_integer(struct walk *w, struct span v)
{
	uint64_t n = 0;

	if (v.n == 8) {
		n = get_be64(v.p);
	} else {
		if (v.n < 1 || v.n > 8)
			return fail(w, "integer is not 1 to 8 bytes long");
		/* The server extends short integers by zeros, so they are never negative. */
		for (size_t i = 0; i < v.n; i++)
			n = n << 8 | (uint8_t)v.p[i];
	}
	json_put_int64(w->out, (int64_t)n);
	return true;
}

static bool put_float(struct walk *w, struct span v)
{
	uint64_t bits;
	double d;

	if (v.n != 8)
		return fail(w, "double is not 8 bytes long");
	bits = get_be64(v.p);
	memcpy(&d, &bits, sizeof d);
	put_double(w, NULL, d, false);
	return true;
}

static bool put_bool(struct walk *w, struct span v)
{
	if (v.n != 1 || (uint8_t)v.p[0] > 1)
		return fail(w, "bool is not one byte of 0 or 1");
	if (v.p[0])
		buf_lit(w->out, "true");
	else
		buf_lit(w->out, "false");
	return true;
}

/* Flags, number of cells, the cells (made by the server, no part of the value), the text. */
static bool put_geojson_particle(struct walk *w, struct span v)
{
	size_t head;

	if (v.n < 3)
		return fail(w, "GeoJSON is shorter than its head");
	head = 3 + 8 * (size_t)get_be16(v.p + 1);
	if (head > v.n)
		return fail(w, "GeoJSON is shorter than its cells");
	return put_geojson(w, NULL, (struct span){ v.p + head, v.n - head });
}

static bool put_container(struct walk *w, enum mp_kind want)
{
	if (!container(w, want, -1))
		return false;
	w->at = w->m.p;
	return w->m.p == w->m.end ? true : fail(w, "bytes behind the value");
}

static bool put_particle(struct walk *w, uint8_t particle, struct span v)
{
	switch (particle) {
	case PARTICLE_NULL:
		if (v.n)
			return fail(w, "null with a value");
		buf_lit(w->out, "null");
		return true;
	case PARTICLE_INTEGER:
		return put_integer(w, v);
	case PARTICLE_FLOAT:
		return put_float(w, v);
	case PARTICLE_BOOL:
		return put_bool(w, v);
	case PARTICLE_GEOJSON:
		return put_geojson_particle(w, v);
	case PARTICLE_LIST:
		return put_container(w, MP_ARRAY);
	case PARTICLE_MAP:
		return put_container(w, MP_MAP);
	default:
		return put_bytes(w, NULL, particle, v);
	}
}

/* After the walk: cut back what a failed one has left, and say why. */
static bool finish(struct walk *w, bool ok, size_t out, size_t types, size_t pointer, struct value_error *e)
{
	w->pointer->n = pointer;
	if (ok && !w->out->full && !w->types->full && !w->pointer->full)
		return true;
	if (ok)
		w->why = "value is too large";
	*e = (struct value_error){ w->why ? w->why : w->m.error, w->why ? (size_t)(w->at - w->m.start) : mp_offset(&w->m) };
	w->out->n = out;
	w->types->n = types;
	return false;
}

bool value_particle_to_json(struct buf *out, struct buf *types, struct buf *pointer, uint8_t particle, struct span value,
	struct value_error *e)
{
	struct walk w = { .out = out, .types = types, .pointer = pointer };
	size_t o = out->n, t = types->n, p = pointer->n;

	mp_open(&w.m, value);
	w.at = w.m.start;
	return finish(&w, put_particle(&w, particle, value), o, t, p, e);
}

/* ---- the connectors' MessagePack ---- */

static bool put_scalar(struct walk *w, uint8_t particle)
{
	const uint8_t *before = w->m.p;
	struct mp_item it;

	if (!next(w, &it))
		return false;
	switch (particle) {
	case PARTICLE_NULL:
		if (it.kind == MP_NIL)
			break;
		return fail(w, "bin of type 0 with a value");
	case PARTICLE_INTEGER:
		if (it.kind == MP_INT || it.kind == MP_UINT)
			break;
		return fail(w, "INTEGER bin is no integer");
	case PARTICLE_FLOAT:
		if (it.kind == MP_FLOAT32 || it.kind == MP_FLOAT64)
			break;
		return fail(w, "DOUBLE bin is no float");
	case PARTICLE_BOOL:
		if (it.kind == MP_INT && (it.i == 0 || it.i == 1))
			return put_bool(w, it.i ? SPAN("\1") : SPAN("\0"));
		if (it.kind == MP_TRUE || it.kind == MP_FALSE)
			break;
		return fail(w, "BOOLEAN bin is no bool");
	default:
		if (it.kind != MP_STR && it.kind != MP_BIN)
			return fail(w, "bin of bytes is neither bin nor str");
		return put_bytes(w, NULL, particle, it.data);
	}
	w->m.p = before;
	return element(w, NULL, 0);
}

static bool put_typed(struct walk *w, uint8_t particle, uint8_t flags)
{
	struct mp_item it;

	if (w->m.p < w->m.end && *w->m.p == 0xc0) {	/* the bin was removed, whatever its type was */
		buf_lit(w->out, "null");
		return next(w, &it);
	}
	if (particle == PARTICLE_LIST || particle == PARTICLE_MAP)
		return container(w, particle == PARTICLE_LIST ? MP_ARRAY : MP_MAP, flags ? flags : -1);
	return put_scalar(w, particle);
}

bool value_msgpack_to_json(struct buf *out, struct buf *types, struct buf *pointer, uint8_t particle, uint8_t flags, struct mp *m,
	struct value_error *e)
{
	struct walk w = { .out = out, .types = types, .pointer = pointer, .m = *m, .connector = true };
	size_t o = out->n, t = types->n, p = pointer->n;
	bool ok;

	w.at = m->p;
	ok = put_typed(&w, particle, flags);
	m->p = w.m.p;
	return finish(&w, ok, o, t, p, e);
}
