/* SPDX-License-Identifier: Apache-2.0 */
#include "pack.h"

#include "base64.h"
#include "particle.h"
#include "value.h"

static int write_out(void *out, const char *p, size_t n)
{
	buf_put(out, p, n);
	return 0;	/* the buffer remembers when it is full */
}

void pack_open(struct packer *k, struct buf *out, const struct types *types, bool wire)
{
	msgpack_packer_init(&k->mp, out, write_out);
	k->out = out;
	k->types = types && types->n ? types : NULL;
	k->wire = wire;
	k->why = NULL;
	k->offset = 0;
}

void pack_free(struct packer *k)
{
	buf_free(&k->path);
	buf_free(&k->text);
	buf_free(&k->bytes);
}

void pack_fail(struct packer *k, const char *why)
{
	if (!k->why)
		k->why = why;
}

const struct mark *pack_bin(struct packer *k, struct span name)
{
	if (!k->types)
		return NULL;
	buf_reset(&k->path);
	types_push(&k->path, name);
	return types_find(k->types, buf_as_span(&k->path));
}

bool pack_is_float(struct span raw)
{
	for (size_t i = 0; i < raw.n; i++)
		if (raw.p[i] == '.' || (raw.p[i] | 0x20) == 'e')
			return true;
	return false;
}

uint8_t pack_particle_of(const struct mark *m, struct span raw)
{
	switch (m ? m->kind : MARK_NONE) {
	case MARK_BYTES: return m->particle;
	case MARK_STRING: return PARTICLE_STRING;
	case MARK_GEOJSON:
	case MARK_GEOJSON_TEXT: return PARTICLE_GEOJSON;
	case MARK_DOUBLE: return PARTICLE_FLOAT;
	case MARK_PAIRS: return PARTICLE_MAP;
	case MARK_FLOAT32:
	case MARK_NONE: break;
	}
	switch (json_type_of(raw)) {
	case JSON_NUMBER: return pack_is_float(raw) ? PARTICLE_FLOAT : PARTICLE_INTEGER;
	case JSON_STRING: return PARTICLE_STRING;
	case JSON_FALSE:
	case JSON_TRUE: return PARTICLE_BOOL;
	case JSON_ARRAY: return PARTICLE_LIST;
	case JSON_OBJECT: return PARTICLE_MAP;
	default: return PARTICLE_NULL;
	}
}

struct span pack_bytes(struct packer *k, const struct mark *m, struct span raw)
{
	struct span text;

	if (m && m->kind == MARK_GEOJSON)
		return raw;
	buf_reset(&k->text);
	text = json_text(raw, &k->text);
	if (!text.p) {
		pack_fail(k, json_type_of(raw) == JSON_STRING ? "lone surrogate in a string" : "types wants a string here");
		return text;
	}
	if (!m || (m->kind != MARK_BYTES && m->kind != MARK_STRING))
		return text;
	buf_reset(&k->bytes);
	if (!base64_decode(&k->bytes, text)) {
		pack_fail(k, "types wants base64 here");
		return (struct span){ 0 };
	}
	return buf_as_span(&k->bytes);
}

void pack_text(struct packer *k, struct span text)
{
	msgpack_pack_str(&k->mp, text.n);
	buf_span(k->out, text);
}

void pack_blob(struct packer *k, const void *p, size_t n)
{
	msgpack_pack_bin(&k->mp, n);
	buf_put(k->out, p, n);
}

void pack_number(struct packer *k, struct span raw)
{
	int64_t i;
	uint64_t u;
	double d;

	if (json_int64(raw, &i))
		msgpack_pack_int64(&k->mp, i);
	else if (json_uint64(raw, &u))
		msgpack_pack_uint64(&k->mp, u);
	else if (!pack_is_float(raw))
		pack_fail(k, "integer needs more than 64 bits");
	else if (json_double(raw, &d))
		msgpack_pack_double(&k->mp, d);
	else
		pack_fail(k, "number out of range");
}

/* Bytes of a particle type as an element. */
static void tagged(struct packer *k, uint8_t particle, struct span bytes)
{
	if (!bytes.p)
		return;
	if (k->wire) {
		msgpack_pack_str(&k->mp, bytes.n + 1);
		buf_byte(k->out, (char)particle);
		buf_span(k->out, bytes);
	} else if (particle == PARTICLE_STRING) {
		pack_text(k, bytes);
	} else if (particle == PARTICLE_BLOB) {
		pack_blob(k, bytes.p, bytes.n);
	} else {
		msgpack_pack_ext(&k->mp, bytes.n, (int8_t)particle);
		buf_span(k->out, bytes);
	}
}

/* A container's count is known at its end: one byte is left for its head, and the few that have more than 15 elements are moved
 * to make room for a longer one. */
static size_t container_begin(struct packer *k)
{
	size_t at = k->out->n;

	buf_byte(k->out, 0);
	return at;
}

void pack_close(struct packer *k, size_t at, bool map, uint32_t count)
{
	size_t more = count <= 15 ? 0 : count <= 0xffff ? 2 : 4;
	unsigned char *p;

	if (k->out->full)
		return;
	if (more && !buf_reserve(k->out, more))
		return;
	p = (unsigned char *)k->out->p + at;
	if (!more) {
		*p = (unsigned char)((map ? 0x80 : 0x90) | count);
		return;
	}
	memmove(p + 1 + more, p + 1, k->out->n - at - 1);
	k->out->n += more;
	*p++ = (unsigned char)(0xdc + (map ? 2 : 0) + (more == 4));
	for (size_t i = more; i-- > 0; )
		*p++ = (unsigned char)(count >> (8 * i));
}

static void order_element(struct packer *k, const struct mark *m, bool map, uint32_t *count)
{
	if (!k->wire || !m || m->order < 0)
		return;
	buf_lit(k->out, "\xc7\x00");
	buf_byte(k->out, (char)m->order);
	if (map)
		buf_byte(k->out, (char)0xc0);
	(*count)++;
}

static void cut_path(struct packer *k, size_t n)
{
	if (k->types)
		k->path.n = n;
}

static void list(struct packer *k, struct json *j, const struct mark *m, unsigned depth)
{
	size_t at = container_begin(k), top = k->path.n;
	uint32_t count = 0, index = 0;

	order_element(k, m, false, &count);
	for (json_array(j); json_element(j); count++) {
		if (k->types)
			types_push_index(&k->path, index++);
		pack_value(k, j, depth);
		cut_path(k, top);
	}
	pack_close(k, at, false, count);
}

static void pair(struct packer *k, struct json *j, unsigned depth)
{
	size_t top = k->path.n;
	unsigned i = 0;

	if (json_peek(j) != JSON_ARRAY) {
		json_fail(j, "types wants [key, value] pairs here");
		return;
	}
	for (json_array(j); json_element(j); i++) {
		if (k->types)
			types_push_index(&k->path, i);
		pack_value(k, j, depth);
		cut_path(k, top);
	}
	if (i != 2)
		json_fail(j, "types wants [key, value] pairs here");
}

static void map_of_pairs(struct packer *k, struct json *j, const struct mark *m, unsigned depth)
{
	size_t at = container_begin(k), top = k->path.n;
	uint32_t count = 0, index = 0;

	order_element(k, m, true, &count);
	for (json_array(j); json_element(j); count++) {
		if (k->types)
			types_push_index(&k->path, index++);
		pair(k, j, depth);
		cut_path(k, top);
	}
	pack_close(k, at, true, count);
}

static void map(struct packer *k, struct json *j, const struct mark *m, unsigned depth)
{
	size_t at = container_begin(k), top = k->path.n;
	struct json_member member;
	uint32_t count = 0;

	order_element(k, m, true, &count);
	for (json_object(j); json_member(j, &member); count++) {
		struct span key = member.key;

		if (member.escaped) {
			buf_reset(&k->text);
			key = json_text((struct span){ key.p - 1, key.n + 2 }, &k->text);
			if (!key.p) {
				json_fail(j, "lone surrogate in a map key");
				return;
			}
		}
		tagged(k, PARTICLE_STRING, key);
		if (k->types)
			types_push(&k->path, key);
		pack_value(k, j, depth);
		cut_path(k, top);
	}
	pack_close(k, at, true, count);
}

static void float32(struct packer *k, struct span raw)
{
	double d;

	if (!json_double(raw, &d))
		pack_fail(k, "types wants a number here");
	else if (k->wire)
		msgpack_pack_float(&k->mp, (float)d);
	else
		msgpack_pack_double(&k->mp, d);		/* the connectors know 64 bits only */
}

static void scalar(struct packer *k, const struct mark *m, enum json_type type, struct span raw)
{
	switch (m ? m->kind : MARK_NONE) {
	case MARK_BYTES:
		tagged(k, m->particle, pack_bytes(k, m, raw));
		return;
	case MARK_GEOJSON:
	case MARK_GEOJSON_TEXT:
		tagged(k, PARTICLE_GEOJSON, pack_bytes(k, m, raw));
		return;
	case MARK_DOUBLE:
		if (type != JSON_NULL)
			pack_fail(k, "types wants null here");
		msgpack_pack_double(&k->mp, m->number);
		return;
	case MARK_FLOAT32:
		float32(k, raw);
		return;
	case MARK_PAIRS:
		pack_fail(k, "types wants [key, value] pairs here");
		return;
	default:
		break;
	}
	switch (type) {
	case JSON_NULL: msgpack_pack_nil(&k->mp); break;
	case JSON_FALSE: msgpack_pack_false(&k->mp); break;
	case JSON_TRUE: msgpack_pack_true(&k->mp); break;
	case JSON_NUMBER: pack_number(k, raw); break;
	default: tagged(k, PARTICLE_STRING, pack_bytes(k, m, raw)); break;
	}
}

/* A container, with the lookups turned off when types says nothing of what is in it. */
static void container(struct packer *k, struct json *j, const struct mark *m, enum json_type type, unsigned depth)
{
	const struct types *types = k->types;

	if (depth >= VALUE_DEPTH_MAX) {
		json_fail(j, "nested too deep");
		return;
	}
	if (types && !types_below(types, buf_as_span(&k->path)))
		k->types = NULL;
	if (m && m->kind == MARK_PAIRS && type == JSON_ARRAY)
		map_of_pairs(k, j, m, depth + 1);
	else if (type == JSON_ARRAY)
		list(k, j, m, depth + 1);
	else
		map(k, j, m, depth + 1);
	k->types = types;
}

void pack_value(struct packer *k, struct json *j, unsigned depth)
{
	const struct mark *m = k->types ? types_find(k->types, buf_as_span(&k->path)) : NULL;
	enum json_type type = json_peek(j);
	bool is_container = type == JSON_ARRAY || type == JSON_OBJECT;

	if (is_container && (!m || m->kind == MARK_NONE || (m->kind == MARK_PAIRS && type == JSON_ARRAY))) {
		container(k, j, m, type, depth);
	} else {
		struct span raw;

		type = json_value(j, &raw);
		if (type != JSON_BAD)
			scalar(k, m, type, raw);
	}
	if (k->why && !j->error) {
		json_fail(j, k->why);	/* ends all walks at this place */
		k->offset = json_offset(j);
	} else if (j->error && !k->why) {
		k->why = j->error;
		k->offset = json_offset(j);
	}
}
