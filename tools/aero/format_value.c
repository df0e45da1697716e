/* SPDX-License-Identifier: Apache-2.0 */
#include "format_parts.h"

#include "value.h"

/* Values that JSON can't say as the record line holds them: maps of pairs become objects, null doubles become strings. */

static void copy(struct formatter *f, struct json *j, unsigned depth);

static const struct mark *mark_here(struct formatter *f)
{
	return f->pack.types ? types_find(f->pack.types, buf_as_span(&f->pack.path)) : NULL;
}

static void put_special(struct buf *out, double d)
{
	buf_span(out, d != d ? SPAN("\"NaN\"") : d > 0 ? SPAN("\"Infinity\"") : SPAN("\"-Infinity\""));
}

static void copy_object(struct formatter *f, struct json *j, unsigned depth)
{
	struct buf *path = &f->pack.path;
	size_t top = path->n;
	struct json_member m;
	bool first = true;

	buf_byte(f->out, '{');
	for (json_object(j); json_member(j, &m); first = false) {
		struct span key = m.escaped ? format_text(f, (struct span){ m.key.p - 1, m.key.n + 2 }) : m.key;

		if (!first)
			buf_byte(f->out, ',');
		buf_byte(f->out, '"');
		buf_span(f->out, m.key);
		buf_lit(f->out, "\":");
		if (key.p)
			types_push(path, key);
		copy(f, j, depth + 1);
		path->n = top;
	}
	buf_byte(f->out, '}');
}

static void copy_array(struct formatter *f, struct json *j, unsigned depth)
{
	struct buf *path = &f->pack.path;
	size_t top = path->n, index = 0;

	buf_byte(f->out, '[');
	for (json_array(j); json_element(j); index++) {
		if (index)
			buf_byte(f->out, ',');
		types_push_index(path, index);
		copy(f, j, depth + 1);
		path->n = top;
	}
	buf_byte(f->out, ']');
}

/* A key of a map of pairs: a string stays, anything else becomes the text of its JSON. */
static void copy_key(struct formatter *f, struct json *j, unsigned depth)
{
	size_t at = f->out->n;
	struct buf text = { 0 };

	if (json_peek(j) == JSON_STRING) {
		copy(f, j, depth);
		return;
	}
	if (f->opt->keep_map_keys) {
		json_fail(j, "a map key is no string");
		return;
	}
	copy(f, j, depth);
	if (f->out->full || f->out->p[at] == '"')
		return;
	buf_put(&text, f->out->p + at, f->out->n - at);
	f->out->n = at;
	json_put_string(f->out, buf_as_span(&text));
	buf_free(&text);
}

static void copy_pair(struct formatter *f, struct json *j, unsigned depth)
{
	struct buf *path = &f->pack.path;
	size_t top = path->n;
	unsigned i = 0;

	if (json_peek(j) != JSON_ARRAY) {
		json_fail(j, "types wants [key, value] pairs here");
		return;
	}
	for (json_array(j); json_element(j); i++) {
		types_push_index(path, i);
		if (i == 0) {
			copy_key(f, j, depth + 1);
			buf_byte(f->out, ':');
		} else {
			copy(f, j, depth + 1);
		}
		path->n = top;
	}
	if (i != 2)
		json_fail(j, "types wants [key, value] pairs here");
}

static void copy_pairs(struct formatter *f, struct json *j, unsigned depth)
{
	struct buf *path = &f->pack.path;
	size_t top = path->n, index = 0;

	buf_byte(f->out, '{');
	for (json_array(j); json_element(j); index++) {
		if (index)
			buf_byte(f->out, ',');
		types_push_index(path, index);
		copy_pair(f, j, depth);
		path->n = top;
	}
	buf_byte(f->out, '}');
}

static void copy(struct formatter *f, struct json *j, unsigned depth)
{
	const struct mark *m = mark_here(f);
	enum json_type type = json_peek(j);
	bool plain = !m || m->kind == MARK_NONE;
	struct span raw;

	if (depth > VALUE_DEPTH_MAX) {
		json_fail(j, "nested too deep");
	} else if (m && m->kind == MARK_PAIRS && type == JSON_ARRAY) {
		copy_pairs(f, j, depth);
	} else if (plain && (type == JSON_OBJECT || type == JSON_ARRAY) &&
		types_below(f->pack.types, buf_as_span(&f->pack.path))) {
		if (type == JSON_OBJECT)
			copy_object(f, j, depth);
		else
			copy_array(f, j, depth);
	} else if (json_value(j, &raw) == JSON_BAD) {
		return;
	} else if (m && m->kind == MARK_DOUBLE && type == JSON_NULL) {
		put_special(f->out, m->number);
	} else if (m && (m->kind == MARK_PAIRS || m->kind == MARK_DOUBLE)) {
		json_fail(j, "not what types says");
	} else {
		buf_span(f->out, raw);
	}
}

void format_json_value(struct formatter *f, const struct bin *bin)
{
	struct json j;

	if (!f->types.reshape) {
		buf_span(f->out, bin->raw);
		return;
	}
	pack_bin(&f->pack, bin->name);
	json_open(&j, bin->raw);
	copy(f, &j, 0);
	if (j.error)
		format_fail(f, bin->name, j.error);
}
