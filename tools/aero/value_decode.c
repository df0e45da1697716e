/* SPDX-License-Identifier: Apache-2.0 */
#include "value_walk.h"

#include "bytes.h"
#include "json_scan.h"
#include "particle.h"
#include "value_read.h"

static bool put_integer(struct walk *w, struct span v)
{
	uint64_t n = 0;

	if (v.n == 8) {
		n = get_be64(v.p);
	} else {
		if (v.n < 1 || v.n > 8)
			return walk_fail(w, "integer is not 1 to 8 bytes long");
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
		return walk_fail(w, "double is not 8 bytes long");
	bits = get_be64(v.p);
	memcpy(&d, &bits, sizeof d);
	value_put_double(w, NULL, d, false);
	return true;
}

static bool put_bool(struct walk *w, struct span v)
{
	if (v.n != 1 || (uint8_t)v.p[0] > 1)
		return walk_fail(w, "bool is not one byte of 0 or 1");
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
		return walk_fail(w, "GeoJSON is shorter than its head");
	head = 3 + 8 * (size_t)get_be16(v.p + 1);
	if (head > v.n)
		return walk_fail(w, "GeoJSON is shorter than its cells");
	return value_put_geojson(w, NULL, (struct span){ v.p + head, v.n - head });
}

static bool put_whole(struct walk *w, enum mp_kind want)
{
	if (!value_put_container(w, want, -1))
		return false;
	w->at = w->m.p;
	return w->m.p == w->m.end ? true : walk_fail(w, "bytes behind the value");
}

static bool put_particle(struct walk *w, uint8_t particle, struct span v)
{
	switch (particle) {
	case PARTICLE_NULL:
		if (v.n)
			return walk_fail(w, "null with a value");
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
		return put_whole(w, MP_ARRAY);
	case PARTICLE_MAP:
		return put_whole(w, MP_MAP);
	default:
		return value_put_bytes(w, NULL, particle, v);
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

	if (!walk_next(w, &it))
		return false;
	switch (particle) {
	case PARTICLE_NULL:
		if (it.kind == MP_NIL)
			break;
		return walk_fail(w, "bin of type 0 with a value");
	case PARTICLE_INTEGER:
		if (it.kind == MP_INT || it.kind == MP_UINT)
			break;
		return walk_fail(w, "INTEGER bin is no integer");
	case PARTICLE_FLOAT:
		if (it.kind == MP_FLOAT32 || it.kind == MP_FLOAT64)
			break;
		return walk_fail(w, "DOUBLE bin is no float");
	case PARTICLE_BOOL:
		if (it.kind == MP_INT && (it.i == 0 || it.i == 1))
			return put_bool(w, it.i ? SPAN("\1") : SPAN("\0"));
		if (it.kind == MP_TRUE || it.kind == MP_FALSE)
			break;
		return walk_fail(w, "BOOLEAN bin is no bool");
	default:
		if (it.kind != MP_STR && it.kind != MP_BIN)
			return walk_fail(w, "bin of bytes is neither bin nor str");
		return value_put_bytes(w, NULL, particle, it.data);
	}
	w->m.p = before;
	return value_put_element(w, NULL, 0);
}

static bool put_typed(struct walk *w, uint8_t particle, uint8_t flags)
{
	struct mp_item it;

	if (w->m.p < w->m.end && *w->m.p == 0xc0) {	/* the bin was removed, whatever its type was */
		buf_lit(w->out, "null");
		return walk_next(w, &it);
	}
	if (particle == PARTICLE_LIST || particle == PARTICLE_MAP)
		return value_put_container(w, particle == PARTICLE_LIST ? MP_ARRAY : MP_MAP, flags ? flags : -1);
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
