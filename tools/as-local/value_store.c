/* SPDX-License-Identifier: Apache-2.0 */
#include "bin.h"
#include "bytes.h"
#include "cdt.h"
#include "geo.h"
#include "hll.h"
#include "msgpack_read.h"

/* Do the bytes hold what the particle type says? */
static bool is_container(const struct value *v)
{
	struct mp_item it;
	struct mp m;

	mp_open(&m, v->data);
	return mp_next(&m, &it) && it.kind == (v->particle == PARTICLE_LIST ? MP_ARRAY : MP_MAP);
}

/* Flags (1: a region), number of cells, cells, text. Cells are the client's to send and the server's to ignore: a point gets its own,
 * regions get none here. */
static int store_geojson(struct value *v, struct arena *mem)
{
	bool is_point;
	struct span text;
	struct geo *shape;
	uint64_t cell = 0;
	size_t head;
	char *p;

	if (v->data.n < 3)
		return RESULT_PARAMETER;
	head = 3 + 8 * (size_t)get_be16(v->data.p + 1);
	if (head > v->data.n)
		return RESULT_PARAMETER;
	text = (struct span){ v->data.p + head, v->data.n - head };
	shape = geo_parse(text);
	if (!shape)
		return RESULT_BAD_GEOJSON;
	is_point = geo_is_point(shape, &cell);
	geo_free(shape);
	head = is_point ? 11 : 3;
	p = arena_take(mem, head + text.n);
	if (!p)
		return RESULT_SERVER_ERROR;
	p[0] = !is_point;
	put_be16(p + 1, is_point);
	if (is_point)
		put_be64(p + 3, cell);
	memcpy(p + head, text.p, text.n);
	v->data = (struct span){ p, head + text.n };
	return RESULT_OK;
}

int value_store(struct value *v, struct arena *mem)
{
	char *p;

	switch (v->particle) {
	case PARTICLE_INTEGER:
		if (v->data.n == 8)
			return RESULT_OK;
		if (v->data.n != 1 && v->data.n != 2 && v->data.n != 4)
			return RESULT_PARAMETER;
		p = arena_take(mem, 8);
		if (!p)
			return RESULT_SERVER_ERROR;
		memset(p, 0, 8);	/* zero-extended, as the real server does */
		memcpy(p + 8 - v->data.n, v->data.p, v->data.n);
		v->data = (struct span){ p, 8 };
		return RESULT_OK;
	case PARTICLE_FLOAT:
		return v->data.n == 8 ? RESULT_OK : RESULT_PARAMETER;
	case PARTICLE_BOOL:
		return v->data.n == 1 && (unsigned char)v->data.p[0] <= 1 ? RESULT_OK : RESULT_PARAMETER;
	case PARTICLE_STRING:
	case PARTICLE_BLOB:
	case PARTICLE_JAVA:
	case PARTICLE_CSHARP:
	case PARTICLE_PYTHON:
	case PARTICLE_RUBY:
	case PARTICLE_PHP:
	case PARTICLE_ERLANG:
		return RESULT_OK;
	case PARTICLE_HLL:
		return sketch_open(&(struct sketch){ 0 }, v->data) ? RESULT_OK : RESULT_PARAMETER;
	case PARTICLE_GEOJSON:
		return store_geojson(v, mem);
	case PARTICLE_LIST:
	case PARTICLE_MAP:
		if (!is_container(v) || !cdt_normalise_written(v->data, mem, &v->data))
			return RESULT_SERVER_ERROR;
		return RESULT_OK;
	default:
		return RESULT_PARAMETER;
	}
}
