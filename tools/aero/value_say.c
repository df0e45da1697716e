/* SPDX-License-Identifier: Apache-2.0 */
#include "value_walk.h"

#include "json_scan.h"
#include "particle.h"
#include "value_read.h"

#include <math.h>

/* Values that are no containers as JSON, and the words for what JSON can't tell of them. */

/* GeoJSON becomes part of the line as it stands: levels it may have so that the line keeps under JSON_DEPTH_MAX. */
#define GEOJSON_DEPTH_MAX 64

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

void value_say(struct walk *w, const struct place *at, const char *word)
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
	value_say(w, at, space);
}

void value_say_order(struct walk *w, const struct place *at, bool map, bool pairs, int order)
{
	if (map && order == MAP_KEY_ORDERED)
		value_say(w, at, pairs ? "map key-ordered" : "key-ordered");
	else if (map && order == MAP_KEY_VALUE_ORDERED)
		value_say(w, at, pairs ? "map key-value-ordered" : "key-value-ordered");
	else if (!map && order == LIST_ORDERED)
		value_say(w, at, "ordered");
	else if (order >= 0)
		say_number(w, at, pairs ? "map order:" : "order:", (unsigned)order);
	else if (pairs)
		value_say(w, at, "map");
}

void value_put_double(struct walk *w, const struct place *at, double d, bool narrow)
{
	if (isfinite(d)) {
		json_put_double(w->out, d);
		if (narrow)
			value_say(w, at, "float32");
		return;
	}
	buf_lit(w->out, "null");
	if (isnan(d))
		value_say(w, at, narrow ? "double:NaN float32" : "double:NaN");
	else if (d > 0)
		value_say(w, at, narrow ? "double:Infinity float32" : "double:Infinity");
	else
		value_say(w, at, narrow ? "double:-Infinity float32" : "double:-Infinity");
}

bool value_put_geojson(struct walk *w, const struct place *at, struct span text)
{
	struct span raw;
	struct json j;

	json_open(&j, text);
	j.depth = JSON_DEPTH_MAX - GEOJSON_DEPTH_MAX;
	if (json_value(&j, &raw) == JSON_OBJECT && raw.n == text.n && !memchr(text.p, '\n', text.n)) {
		buf_span(w->out, text);
		value_say(w, at, "geojson");
		return true;
	}
	if (!value_put_text(w->out, text))
		return walk_fail(w, "GeoJSON is not UTF-8");
	value_say(w, at, "geojson-text");
	return true;
}

bool value_put_bytes(struct walk *w, const struct place *at, uint8_t particle, struct span data)
{
	switch (particle) {
	case PARTICLE_STRING:
		if (value_put_text(w->out, data))
			return true;
		json_put_base64(w->out, data.p, data.n);
		value_say(w, at, "string-base64");
		return true;
	case PARTICLE_GEOJSON:
		return value_put_geojson(w, at, data);
	case PARTICLE_BLOB:
		json_put_base64(w->out, data.p, data.n);
		value_say(w, at, "blob");
		return true;
	case PARTICLE_HLL:
		json_put_base64(w->out, data.p, data.n);
		value_say(w, at, "hll");
		return true;
	case PARTICLE_NULL:
	case PARTICLE_INTEGER:
	case PARTICLE_FLOAT:
	case PARTICLE_BOOL:
	case PARTICLE_MAP:
	case PARTICLE_LIST:
		return walk_fail(w, "bytes of a type that is no bytes");
	default:
		json_put_base64(w->out, data.p, data.n);
		say_number(w, at, "bytes:", particle);
		return true;
	}
}
