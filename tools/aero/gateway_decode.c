/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway_value.h"

#include "base64.h"
#include "bytes.h"
#include "msgpack_read.h"

#include <stdio.h>

enum { MAP_RESULT_PAIRS = 0x08 };	/* order flag of a map that keeps the order of its pairs: results only */

struct walk {
	struct answer *a;
	struct mp m;
	const char *why;
};

static bool element(struct walk *w, unsigned depth);

static bool fail(struct walk *w, const char *why)
{
	if (!w->why)
		w->why = why;
	return false;
}

static void put_geojson(struct walk *w, struct span text)
{
	if (w->a->msgpack) {
		answer_ext(w->a, PARTICLE_GEOJSON, text);
		return;
	}
	answer_map(w->a, 2);
	answer_key(w->a, SPAN("type"));
	answer_int(w->a, PARTICLE_GEOJSON);
	answer_key(w->a, SPAN("object"));
	answer_text(w->a, text);
	answer_map_end(w->a);
}

static void put_hll(struct walk *w, struct span bytes)
{
	answer_map(w->a, 3);
	answer_key(w->a, SPAN("type"));
	answer_int(w->a, PARTICLE_HLL);
	answer_key(w->a, SPAN("object"));
	answer_bytes(w->a, bytes);
	answer_key(w->a, SPAN("bytes"));
	answer_bytes(w->a, bytes);
	answer_map_end(w->a);
}

/* What is bytes with a particle type: everything but numbers and containers. */
static bool put_bytes(struct walk *w, uint8_t particle, struct span data)
{
	switch (particle) {
	case PARTICLE_STRING: answer_text(w->a, data); return true;
	case PARTICLE_GEOJSON: put_geojson(w, data); return true;
	case PARTICLE_HLL: put_hll(w, data); return true;
	case PARTICLE_NULL:
	case PARTICLE_INTEGER:
	case PARTICLE_FLOAT:
	case PARTICLE_BOOL:
	case PARTICLE_MAP:
	case PARTICLE_LIST: return fail(w, "bytes of a type that is no bytes");
	default: answer_bytes(w->a, data); return true;
	}
}

/* The leading ext element of ordered lists (alone) and maps (with nil): takes it from the count. */
static bool take_order(struct walk *w, uint32_t *n, uint8_t *flags, bool map)
{
	struct mp ahead = w->m;
	struct mp_item it, nil;

	*flags = 0;
	if (*n == 0 || !mp_next(&ahead, &it) || it.kind != MP_EXT)
		return true;
	if (it.ext == 0xff)
		return fail(w, "wildcard or infinity, which no record can hold");
	if (map && (!mp_next(&ahead, &nil) || nil.kind != MP_NIL))
		return fail(w, "order mark of a map without its nil");
	*flags = it.ext;
	--*n;
	w->m = ahead;
	return true;
}

static bool list(struct walk *w, unsigned depth, uint32_t n)
{
	uint8_t flags;

	if (!take_order(w, &n, &flags, false))
		return false;
	answer_list(w->a, n);
	while (n--)
		if (!element(w, depth + 1))
			return false;
	answer_list_end(w->a);
	return true;
}

/* Keys that are neither strings nor bytes nor containers, as text. */
static void put_scalar_key(struct walk *w, const struct mp_item *it)
{
	char space[64];
	struct buf text = { .p = space, .cap = sizeof(space), .max = sizeof(space) };
	struct answer plain = { .out = &text };

	switch (it->kind) {
	case MP_NIL: answer_null(&plain); break;
	case MP_INT: answer_int(&plain, it->i); break;
	case MP_UINT: answer_uint(&plain, it->u); break;
	case MP_FLOAT32:
	case MP_FLOAT64: answer_double(&plain, it->d); break;
	default: answer_bool(&plain, it->kind == MP_TRUE); break;
	}
	if (space[0] == '"')	/* "NaN" */
		answer_key(w->a, (struct span){ space + 1, text.n - 2 });
	else
		answer_key(w->a, buf_as_span(&text));
}

static void put_base64_key(struct walk *w, struct span bytes)
{
	struct buf text = { 0 };

	base64_encode(&text, bytes.p, bytes.n);
	answer_key(w->a, buf_as_span(&text));
	w->a->out->full |= text.full;
	buf_free(&text);
}

/* JSON has only text for keys. Lists and maps as keys, which servers refuse since 7.1, become base64 of their bytes. */
static bool text_key(struct walk *w)
{
	struct mp before = w->m;
	struct mp_item it;
	struct span s;

	if (!mp_next(&w->m, &it))
		return false;
	if (it.kind == MP_ARRAY || it.kind == MP_MAP || it.kind == MP_EXT) {
		w->m = before;
		if (!mp_skip(&w->m))
			return false;
		put_base64_key(w, (struct span){ (const char *)before.p, (size_t)(w->m.p - before.p) });
	} else if (it.kind == MP_STR || it.kind == MP_BIN) {
		if (it.data.n == 0)
			return fail(w, "string without its type byte");
		s = (struct span){ it.data.p + 1, it.data.n - 1 };
		if (it.data.p[0] == PARTICLE_STRING || it.data.p[0] == PARTICLE_GEOJSON)
			answer_key(w->a, s);
		else
			put_base64_key(w, s);
	} else {
		put_scalar_key(w, &it);
	}
	return true;
}

static bool pair(struct walk *w, unsigned depth)
{
	if (w->a->msgpack ? !element(w, depth + 1) : !text_key(w))
		return false;
	return element(w, depth + 1);
}

static bool map(struct walk *w, unsigned depth, uint32_t n)
{
	uint8_t flags;
	bool pairs;

	if (!take_order(w, &n, &flags, true))
		return false;
	pairs = flags & MAP_RESULT_PAIRS;
	if (pairs)
		answer_list(w->a, n);
	else
		answer_map(w->a, n);
	for (; n; n--) {
		if (pairs)
			answer_map(w->a, 1);
		if (!pair(w, depth))
			return false;
		if (pairs)
			answer_map_end(w->a);
	}
	if (pairs)
		answer_list_end(w->a);
	else
		answer_map_end(w->a);
	return true;
}

static bool element(struct walk *w, unsigned depth)
{
	struct span s;
	struct mp_item it;

	if (!mp_next(&w->m, &it))
		return false;
	switch (it.kind) {
	case MP_NIL: answer_null(w->a); return true;
	case MP_FALSE:
	case MP_TRUE: answer_bool(w->a, it.kind == MP_TRUE); return true;
	case MP_INT: answer_int(w->a, it.i); return true;
	case MP_UINT: answer_uint(w->a, it.u); return true;
	case MP_FLOAT32:
	case MP_FLOAT64: answer_double(w->a, it.d); return true;
	case MP_STR:
	case MP_BIN:
		s = it.data;
		if (s.n == 0)
			return fail(w, "string without its type byte");
		return put_bytes(w, (uint8_t)s.p[0], (struct span){ s.p + 1, s.n - 1 });
	case MP_EXT: return fail(w, "ext element that is no order mark");
	case MP_ARRAY:
	case MP_MAP:
		if (depth > TREE_DEPTH_MAX)
			return fail(w, "nested too deeply");
		return it.kind == MP_ARRAY ? list(w, depth, it.n) : map(w, depth, it.n);
	}
	return false;
}

static bool container(struct walk *w, struct span v, unsigned head)
{
	mp_open(&w->m, v);
	if (v.n == 0 || ((uint8_t)v.p[0] >> 4 != head && ((uint8_t)v.p[0] | 1) != (head == 9 ? 0xdd : 0xdf)))
		return fail(w, head == 9 ? "list is no MessagePack array" : "map is no MessagePack map");
	if (!element(w, 1))
		return false;
	return mp_left(&w->m) == 0 ? true : fail(w, "bytes behind the value");
}

static bool put_number(struct walk *w, uint8_t particle, struct span v)
{
	uint64_t n = 0;
	double d;

	if (particle == PARTICLE_FLOAT ? v.n != 8 : v.n < 1 || v.n > 8)
		return fail(w, "number of a wrong length");
	for (size_t i = 0; i < v.n; i++)	/* short integers are extended by zeros, as the server does */
		n = n << 8 | (uint8_t)v.p[i];
	memcpy(&d, &n, sizeof(d));
	if (particle == PARTICLE_FLOAT)
		answer_double(w->a, d);
	else
		answer_int(w->a, (int64_t)n);
	return true;
}

/* Flags, number of cells, the cells (made by the server, no part of the value), the text. */
static bool put_geojson_particle(struct walk *w, struct span v)
{
	size_t head = v.n < 3 ? SIZE_MAX : 3 + 8 * (size_t)get_be16(v.p + 1);

	if (head > v.n)
		return fail(w, "GeoJSON is shorter than its head");
	put_geojson(w, (struct span){ v.p + head, v.n - head });
	return true;
}

static bool particle_value(struct walk *w, uint8_t particle, struct span v)
{
	switch (particle) {
	case PARTICLE_NULL: answer_null(w->a); return true;
	case PARTICLE_INTEGER:
	case PARTICLE_FLOAT: return put_number(w, particle, v);
	case PARTICLE_BOOL:
		if (v.n != 1)
			return fail(w, "bool is not one byte");
		answer_bool(w->a, v.p[0]);
		return true;
	case PARTICLE_GEOJSON: return put_geojson_particle(w, v);
	case PARTICLE_LIST: return container(w, v, 9);
	case PARTICLE_MAP: return container(w, v, 8);
	default: return put_bytes(w, particle, v);
	}
}

bool gateway_answer(struct answer *a, uint8_t particle, struct span value, struct gateway_error *e)
{
	struct walk w = { .a = a };
	size_t before = a->out->n;
	bool comma = a->comma;

	if (particle_value(&w, particle, value))
		return true;
	snprintf(e->text, sizeof(e->text), "value of particle type %u: %s", particle, w.why ? w.why : w.m.error);
	a->out->n = before;
	a->comma = comma;
	return false;
}
