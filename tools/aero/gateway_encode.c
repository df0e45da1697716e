/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway_value.h"

#include "base64.h"
#include "bytes.h"
#include "wire_put.h"

#include <stdio.h>

static bool unknown_ext(uint8_t ext, struct gateway_error *e)
{
	snprintf(e->text, sizeof(e->text), "Unknown extension type %d", (int8_t)ext);
	return false;
}

static bool items(struct buf *out, const struct tree *v, size_t n, struct gateway_error *e);

static bool element(struct buf *out, const struct tree *v, struct gateway_error *e)
{
	switch (v->kind) {
	case TREE_NIL: wire_put_nil(out); return true;
	case TREE_BOOL: wire_put_bool(out, v->yes); return true;
	case TREE_INT: wire_put_int(out, v->i); return true;
	case TREE_DOUBLE: wire_put_double(out, v->d); return true;
	case TREE_STRING: wire_put_raw(out, PARTICLE_STRING, v->text); return true;
	case TREE_BYTES: wire_put_raw(out, PARTICLE_BLOB, v->text); return true;
	case TREE_LIST:
		wire_put_list(out, v->n);
		return items(out, v, v->n, e);
	case TREE_MAP:
		wire_put_map(out, v->n);
		return items(out, v, 2 * (size_t)v->n, e);
	case TREE_EXT:
		if (v->ext != PARTICLE_GEOJSON)
			return unknown_ext(v->ext, e);
		wire_put_raw(out, PARTICLE_GEOJSON, v->text);
		return true;
	}
	snprintf(e->text, sizeof(e->text), "Integer value too large");
	return false;
}

static bool items(struct buf *out, const struct tree *v, size_t n, struct gateway_error *e)
{
	for (size_t i = 0; i < n; i++)
		if (!element(out, &v->items[i], e))
			return false;
	return true;
}

bool gateway_element(struct buf *out, const struct tree *v, struct gateway_error *e)
{
	size_t before = out->n;

	if (element(out, v, e))
		return true;
	out->n = before;
	return false;
}

static void put_be(struct buf *out, uint64_t v)
{
	uint8_t be[8];

	put_be64(be, v);
	buf_put(out, be, sizeof(be));
}

/* Flags, no cells (whoever stores it computes them), the text. */
static void put_geojson(struct buf *out, struct span text)
{
	buf_put(out, "\0\0", 3);
	buf_span(out, text);
}

bool gateway_particle(struct buf *out, uint8_t *particle, const struct tree *v, bool bool_bin, struct gateway_error *e)
{
	uint64_t bits;

	switch (v->kind) {
	case TREE_NIL:
		*particle = PARTICLE_NULL;
		return true;
	case TREE_BOOL:
		*particle = bool_bin ? PARTICLE_BOOL : PARTICLE_INTEGER;
		if (bool_bin)
			buf_byte(out, v->yes);
		else
			put_be(out, v->yes);
		return true;
	case TREE_INT:
		*particle = PARTICLE_INTEGER;
		put_be(out, (uint64_t)v->i);
		return true;
	case TREE_DOUBLE:
		*particle = PARTICLE_FLOAT;
		memcpy(&bits, &v->d, sizeof(bits));
		put_be(out, bits);
		return true;
	case TREE_STRING:
	case TREE_BYTES:
		*particle = v->kind == TREE_STRING ? PARTICLE_STRING : PARTICLE_BLOB;
		buf_span(out, v->text);
		return true;
	case TREE_EXT:
		if (v->ext != PARTICLE_GEOJSON)
			return unknown_ext(v->ext, e);
		*particle = PARTICLE_GEOJSON;
		put_geojson(out, v->text);
		return true;
	default:
		*particle = v->kind == TREE_LIST ? PARTICLE_LIST : PARTICLE_MAP;
		return gateway_element(out, v, e);
	}
}

/* ---- the shapes of kvs ---- */

bool gateway_base64(struct buf *out, struct span text)
{
	struct buf padded = { 0 };
	bool good;

	if (text.n % 4 < 2)
		return base64_decode(out, text);
	buf_span(&padded, text);
	while (padded.n % 4)
		buf_byte(&padded, '=');
	good = !padded.full && base64_decode(out, buf_as_span(&padded));
	buf_free(&padded);
	return good;
}

static bool typed_fail(struct gateway_error *e, const char *why)
{
	snprintf(e->text, sizeof(e->text), "Error parsing typed bin parameter: %s", why);
	return false;
}

static bool typed(struct buf *out, uint8_t *particle, const struct tree *type, const struct tree *value, struct gateway_error *e)
{
	if (tree_is(type, "BYTE_ARRAY"))
		*particle = PARTICLE_BLOB;
	else if (tree_is(type, "GEO_JSON"))
		*particle = PARTICLE_GEOJSON;
	else
		return typed_fail(e, "type must be BYTE_ARRAY or GEO_JSON");
	if (value->kind != TREE_STRING)
		return typed_fail(e, "value must be a base64 string");
	if (*particle == PARTICLE_GEOJSON)
		put_geojson(out, SPAN(""));
	return gateway_base64(out, value->text) ? true : typed_fail(e, "value is not base64");
}

static bool geojson_object(struct buf *out, uint8_t *particle, const struct tree *v, struct gateway_error *e)
{
	*particle = PARTICLE_GEOJSON;
	put_geojson(out, SPAN(""));
	return tree_put_json(out, v) ? true : typed_fail(e, "GeoJSON holds a value that JSON has not");
}

static bool shape(struct buf *out, uint8_t *particle, const struct tree *v, bool *is_shape, struct gateway_error *e)
{
	const struct tree *type = tree_member(v, "type"), *other;

	*is_shape = true;
	if (type && v->n == 2 && (other = tree_member(v, "value")))
		return typed(out, particle, type, other, e);
	if (type && v->n == 2 && tree_member(v, "coordinates"))
		return geojson_object(out, particle, v, e);
	if (type && v->n == 3 && tree_member(v, "geometry") && tree_member(v, "properties"))
		return geojson_object(out, particle, v, e);
	/* As it is read: {"type":23,"object":"..."}. */
	if (type && v->n == 2 && type->kind == TREE_INT && type->i == PARTICLE_GEOJSON && (other = tree_member(v, "object")) &&
	    other->kind == TREE_STRING) {
		*particle = PARTICLE_GEOJSON;
		put_geojson(out, other->text);
		return true;
	}
	*is_shape = false;
	return true;
}

bool gateway_bin(struct buf *out, uint8_t *particle, struct span bin, const struct tree *v, bool bool_bin, struct gateway_error *e)
{
	size_t before = out->n;
	bool is_shape = false, good = true;

	if (v->kind == TREE_BIG) {
		snprintf(e->text, sizeof(e->text), "Unsupported bin type for key %.*s : %s", (int)(bin.n > 100 ? 100 : bin.n), bin.p,
			tree_kind_text(v));
		return false;
	}
	if (v->kind == TREE_MAP)
		good = shape(out, particle, v, &is_shape, e);
	if (good && !is_shape)
		good = gateway_particle(out, particle, v, bool_bin, e);
	if (!good)
		out->n = before;
	return good;
}
