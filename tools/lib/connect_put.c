/* SPDX-License-Identifier: Apache-2.0 */
#include "connect_schema.h"
#include "base64.h"
#include "json.h"

#include <stdlib.h>

static bool put_integer(struct typed *t, const struct connect_node *n, struct span raw)
{
	static const struct { int64_t min, max; const char *name; } range[] = {
		[CONNECT_INT8] = { INT8_MIN, INT8_MAX, "int8" }, [CONNECT_INT16] = { INT16_MIN, INT16_MAX, "int16" },
		[CONNECT_INT32] = { INT32_MIN, INT32_MAX, "int32" }, [CONNECT_INT64] = { INT64_MIN, INT64_MAX, "int64" },
	};
	int64_t i;

	if (!json_int64(raw, &i) || i < range[n->kind].min || i > range[n->kind].max)
		return typed_fail(t, "not an %s", range[n->kind].name);
	buf_span(t->out, raw);
	return true;
}

/* An integral number is written with a fraction, so that it stays a double. */
static bool put_float(struct typed *t, struct span raw)
{
	if (json_type_of(raw) == JSON_NUMBER) {
		buf_span(t->out, raw);
		if (!memchr(raw.p, '.', raw.n) && !memchr(raw.p, 'e', raw.n) && !memchr(raw.p, 'E', raw.n))
			buf_lit(t->out, ".0");
		return true;
	}
	if (span_is(raw, "\"NaN\""))
		typed_type(t, "double:NaN");
	else if (span_is(raw, "\"Infinity\""))
		typed_type(t, "double:Infinity");
	else if (span_is(raw, "\"-Infinity\""))
		typed_type(t, "double:-Infinity");
	else
		return typed_fail(t, "not a number");
	buf_lit(t->out, "null");
	return true;
}

static bool decode(struct typed *t, struct span raw, struct buf *scratch)
{
	struct buf unescaped = { 0 };
	struct span text = json_type_of(raw) == JSON_STRING ? json_text(raw, &unescaped) : (struct span){ 0 };
	bool good;

	buf_reset(scratch);
	good = text.p && base64_decode(scratch, text);
	buf_free(&unescaped);
	return good || typed_fail(t, "not base64 text");
}

static bool put_bytes(struct typed *t, struct span raw, struct buf *scratch)
{
	if (!decode(t, raw, scratch))
		return false;
	typed_blob(t, buf_as_span(scratch));
	return true;
}

/* As bytes or, with decimal.format=NUMERIC, as a number. */
static bool put_decimal(struct typed *t, const struct connect_node *n, struct span raw, struct buf *scratch)
{
	if (json_type_of(raw) != JSON_NUMBER)
		return decode(t, raw, scratch) && typed_decimal(t, buf_as_span(scratch), n->scale);
	if (t->decimal == DECIMAL_UNSCALED)
		return typed_fail(t, "a Decimal that came as a number can't be written unscaled");
	if (t->decimal == DECIMAL_TEXT)
		buf_byte(t->out, '"');
	buf_span(t->out, raw);
	if (t->decimal == DECIMAL_TEXT)
		buf_byte(t->out, '"');
	return true;
}

static bool put_array(struct typed *t, const struct connect_node *n, struct span raw, struct buf *scratch)
{
	uint64_t index = 0;
	struct json j;
	size_t mark;

	if (json_type_of(raw) != JSON_ARRAY)
		return typed_fail(t, "not an array");
	json_open(&j, raw);
	buf_byte(t->out, '[');
	for (json_array(&j); json_element(&j); index++) {
		struct span element;

		json_value(&j, &element);
		if (index)
			buf_byte(t->out, ',');
		if (!typed_push_index(t, index, &mark))
			return false;
		if (!connect_put(t, n->items, element, scratch))
			return false;
		typed_pop(t, mark);
	}
	buf_byte(t->out, ']');
	return true;
}

/* A name as plain text. Without escapes, which is the rule, no memory is taken. */
static struct span name_of(struct json_member *m, struct buf *scratch)
{
	buf_reset(scratch);
	return m->escaped ? json_text((struct span){ m->key.p - 1, m->key.n + 2 }, scratch) : m->key;
}

static bool put_member(struct typed *t, const struct connect_node *n, struct json_member *m, struct span raw, struct buf *scratch)
{
	struct buf unescaped = { 0 };
	struct span name = name_of(m, &unescaped);
	size_t mark;
	bool good = name.p ? typed_push_name(t, name, &mark) : typed_fail(t, "a name is no text");

	buf_free(&unescaped);
	if (!good)
		return false;
	buf_byte(t->out, '"');
	buf_span(t->out, m->key);
	buf_lit(t->out, "\":");
	if (!connect_put(t, n, raw, scratch))
		return false;
	typed_pop(t, mark);
	return true;
}

static bool put_pairs(struct typed *t, const struct connect_node *n, struct span raw, struct buf *scratch)
{
	uint64_t index = 0;
	struct json j;
	size_t mark, inner;

	json_open(&j, raw);
	typed_type(t, "map");
	buf_byte(t->out, '[');
	for (json_array(&j); json_element(&j); index++) {
		struct span both, key, value;
		struct json p;

		json_value(&j, &both);
		json_open(&p, both);
		if (!json_array(&p) || !json_element(&p) || !json_value(&p, &key) || !json_element(&p) || !json_value(&p, &value) ||
		    json_element(&p) || p.error)
			return typed_fail(t, "a map's entry is no [key, value]");
		if (!typed_push_index(t, index, &mark) || !typed_push_index(t, 0, &inner))
			return false;
		if (index)
			buf_byte(t->out, ',');
		buf_byte(t->out, '[');
		if (!connect_put(t, n->keys, key, scratch))
			return false;
		typed_pop(t, inner);
		buf_byte(t->out, ',');
		if (!typed_push_index(t, 1, &inner) || !connect_put(t, n->items, value, scratch))
			return false;
		typed_pop(t, inner);
		typed_pop(t, mark);
		buf_byte(t->out, ']');
	}
	buf_byte(t->out, ']');
	return true;
}

static bool put_map(struct typed *t, const struct connect_node *n, struct span raw, struct buf *scratch)
{
	struct json_member m;
	struct json j;
	bool comma = false;

	if (json_type_of(raw) == JSON_ARRAY)
		return put_pairs(t, n, raw, scratch);
	if (json_type_of(raw) != JSON_OBJECT || n->keys->kind != CONNECT_STRING)
		return typed_fail(t, "not a map");
	json_open(&j, raw);
	buf_byte(t->out, '{');
	for (json_object(&j); json_member(&j, &m); comma = true) {
		struct span value;

		json_value(&j, &value);
		if (comma)
			buf_byte(t->out, ',');
		if (!put_member(t, n->items, &m, value, scratch))
			return false;
	}
	buf_byte(t->out, '}');
	return true;
}

/* Find what the payload has for each field; members mostly come in the order of the schema, so the search goes on from the last one. */
static bool collect(const struct connect_node *n, struct span raw, struct span *values)
{
	struct buf scratch = { 0 };
	struct json_member m;
	struct json j;
	size_t at = 0;

	json_open(&j, raw);
	for (json_object(&j); json_member(&j, &m);) {
		struct span name = name_of(&m, &scratch);
		size_t tries = 0;

		while (tries < n->n_fields && !span_eq(n->fields[at].name, name)) {
			at = at + 1 < n->n_fields ? at + 1 : 0;
			tries++;
		}
		json_value(&j, tries < n->n_fields ? &values[at] : NULL);
	}
	buf_free(&scratch);
	return !j.error;
}

static bool put_field(struct typed *t, const struct connect_field *f, struct span value, bool *comma, struct buf *scratch)
{
	bool there = value.p && json_type_of(value) != JSON_NULL;
	size_t mark;

	if (!there && f->node->optional && !f->node->fallback.p)
		return true;
	if (!typed_push_name(t, f->name, &mark))
		return false;
	if (*comma)
		buf_byte(t->out, ',');
	*comma = true;
	json_put_string(t->out, f->name);
	buf_byte(t->out, ':');
	if (!connect_put(t, f->node, there ? value : SPAN("null"), scratch))
		return false;
	typed_pop(t, mark);
	return true;
}

/* The fields in the schema's order, those without a value left out; what the schema does not know is dropped, as the converter does. */
static bool put_struct(struct typed *t, const struct connect_node *n, struct span raw, struct buf *scratch)
{
	struct span few[32] = { 0 }, *values = few;
	bool comma = false, good;

	if (json_type_of(raw) != JSON_OBJECT)
		return typed_fail(t, "not a struct");
	if (n->n_fields > sizeof(few) / sizeof(*few) && !(values = calloc(n->n_fields, sizeof(*values))))
		return typed_fail(t, "out of memory");
	good = collect(n, raw, values);
	buf_byte(t->out, '{');
	for (size_t i = 0; good && i < n->n_fields; i++)
		good = put_field(t, &n->fields[i], values[i], &comma, scratch);
	buf_byte(t->out, '}');
	if (values != few)
		free(values);
	return good;
}

bool connect_put(struct typed *t, const struct connect_node *n, struct span raw, struct buf *scratch)
{
	enum json_type type = json_type_of(raw);

	if (t->out->full)
		return typed_fail(t, "too large");
	if (type == JSON_NULL && n->fallback.p)
		type = json_type_of(raw = n->fallback);
	if (type == JSON_NULL) {
		if (!n->optional)
			return typed_fail(t, "is missing");
		buf_lit(t->out, "null");
		return true;
	}
	switch (n->kind) {
	case CONNECT_BOOLEAN:
	case CONNECT_STRING:
		if (n->kind == CONNECT_STRING ? type != JSON_STRING : type != JSON_TRUE && type != JSON_FALSE)
			return typed_fail(t, n->kind == CONNECT_STRING ? "not a string" : "not a boolean");
		buf_span(t->out, raw);
		return true;
	case CONNECT_FLOAT: return put_float(t, raw);
	case CONNECT_BYTES: return put_bytes(t, raw, scratch);
	case CONNECT_DECIMAL: return put_decimal(t, n, raw, scratch);
	case CONNECT_ARRAY: return put_array(t, n, raw, scratch);
	case CONNECT_MAP: return put_map(t, n, raw, scratch);
	case CONNECT_STRUCT: return put_struct(t, n, raw, scratch);
	default: return put_integer(t, n, raw);
	}
}
