/* SPDX-License-Identifier: Apache-2.0 */
#include "copy.h"

#include "value.h"

#include <stdlib.h>

struct piece {
	struct span name;	/* plain text */
	size_t at, n;		/* `"name":value` in out */
	size_t types_at, types_n;	/* what types says of it, each entry with the comma before it */
};

static bool fail(struct copier *c, const char *why)
{
	if (!c->why)
		c->why = why;
	return false;
}

static void say(struct copier *c, struct span path, struct span words)
{
	if (c->types.n)
		buf_byte(&c->types, ',');
	buf_byte(&c->types, '"');
	json_put_escaped(&c->types, path);
	buf_lit(&c->types, "\":\"");
	buf_span(&c->types, words);
	buf_byte(&c->types, '"');
}

static bool copy_number(struct copier *c, struct span raw)
{
	bool real = false, exponent = false;
	int64_t i;
	double d;

	for (size_t n = 0; n < raw.n; n++) {
		real |= raw.p[n] == '.';
		exponent |= (raw.p[n] | 0x20) == 'e';
	}
	if (!real && !exponent) {
		if (raw.n > 18 && !json_int64(raw, &i))
			return fail(c, "an integer that needs more than 64 bits");
	} else if ((exponent || raw.n > 300) && !json_double(raw, &d)) {
		return fail(c, "a number out of range");
	}
	buf_span(c->out, raw);
	return true;
}

static bool copy_string(struct copier *c, struct span raw)
{
	buf_span(c->out, raw);
	if (!memchr(raw.p, '\\', raw.n))
		return true;
	buf_reset(&c->sorted);
	return json_text(raw, &c->sorted).p || fail(c, "a lone surrogate in a string");
}

static bool copy_scalar(struct copier *c, struct span raw, enum json_type type)
{
	switch (type) {
	case JSON_NUMBER:
		return copy_number(c, raw);
	case JSON_STRING:
		return copy_string(c, raw);
	case JSON_TRUE:
	case JSON_FALSE:
		if (c->integer_booleans)
			buf_byte(c->out, type == JSON_TRUE ? '1' : '0');
		else
			buf_span(c->out, raw);
		return true;
	default:
		buf_span(c->out, raw);
		return true;
	}
}

static bool walk(struct copier *c, struct json *j, unsigned depth);

/* Down to a member (name) or an element (index) and up again. A scalar needs no path but when it fails. */
static bool walk_down(struct copier *c, struct json *j, unsigned depth, const struct span *name, size_t index)
{
	size_t top = c->path.n, hint_top = c->hint_path.n;
	enum json_type type = json_peek(j);

	if (!c->hints && type != JSON_ARRAY && type != JSON_OBJECT) {
		struct span raw;

		json_value(j, &raw);
		if (copy_scalar(c, raw, type))
			return true;
	} else {
		if (name)
			types_push(&c->path, *name);
		else
			types_push_index(&c->path, index);
		if (c->hints && name)
			types_push(&c->hint_path, *name);
		else if (c->hints)
			types_push_index(&c->hint_path, index);
		if (!walk(c, j, depth))
			return false;
		c->path.n = top;
		c->hint_path.n = hint_top;
		return true;
	}
	if (name)
		types_push(&c->path, *name);
	else
		types_push_index(&c->path, index);
	return false;
}

static bool walk_array(struct copier *c, struct json *j, unsigned depth)
{
	size_t index = 0;

	buf_byte(c->out, '[');
	for (json_array(j); json_element(j); index++) {
		if (index)
			buf_byte(c->out, ',');
		if (!walk_down(c, j, depth, NULL, index))
			return false;
	}
	buf_byte(c->out, ']');
	return true;
}

/* Strings are ordered as servers order them: byte by byte, and the shorter first. */
static int compare_names(struct span a, struct span b)
{
	int order = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);

	return order ? order : (a.n > b.n) - (a.n < b.n);
}

static int compare_pieces(const void *a, const void *b)
{
	return compare_names(((const struct piece *)a)->name, ((const struct piece *)b)->name);
}

static bool piece_new(struct copier *c, struct span name)
{
	if (c->n_pieces == c->cap) {
		size_t cap = c->cap ? c->cap * 2 : 64;
		struct piece *more = reallocarray(c->piece, cap, sizeof(*more));

		if (!more)
			return fail(c, "out of memory");
		c->piece = more;
		c->cap = cap;
	}
	c->piece[c->n_pieces++] = (struct piece){ .name = name, .at = c->out->n, .types_at = c->types.n };
	return true;
}

/* The values of the pieces, and what types says of them, in the order that the pieces have now. An object that is put in order has an entry
 * in types itself, so that there is a comma before each of theirs. */
static bool rearrange(struct copier *c, const struct piece *p, size_t n, size_t begin, size_t types_begin)
{
	buf_reset(&c->sorted);
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_byte(&c->sorted, ',');
		buf_put(&c->sorted, c->out->p + p[i].at, p[i].n);
	}
	if (c->sorted.full)
		return fail(c, "too large");
	memcpy(c->out->p + begin, c->sorted.p, c->sorted.n);
	buf_reset(&c->sorted);
	for (size_t i = 0; i < n; i++)
		buf_put(&c->sorted, c->types.p + p[i].types_at, p[i].types_n);
	if (c->sorted.full)
		return fail(c, "too large");
	if (c->sorted.n)
		memcpy(c->types.p + types_begin, c->sorted.p, c->sorted.n);
	return true;
}

/* The members from `first` on came in another order than that of their names. */
static bool put_in_order(struct copier *c, size_t first)
{
	struct piece *p = c->piece + first;
	size_t n = c->n_pieces - first, begin = p[0].at, types_begin = p[0].types_at;

	qsort(p, n, sizeof(*p), compare_pieces);
	for (size_t i = 1; i < n; i++)
		if (span_eq(p[i - 1].name, p[i].name)) {
			types_push(&c->path, p[i].name);
			return fail(c, "stands there twice");
		}
	return c->plain_maps || c->out->full || c->types.full || rearrange(c, p, n, begin, types_begin);
}

/* A member's name as plain text, good until the value is copied. */
static struct span plain_name(struct copier *c, const struct json *j, const struct json_member *m)
{
	struct span name = m->key;

	if (!m->escaped)
		return name;
	if (!c->names.n && !buf_reserve(&c->names, (size_t)(j->end - j->start)))
		return fail(c, "too large"), (struct span){ NULL, 0 };
	name = json_text((struct span){ m->key.p - 1, m->key.n + 2 }, &c->names);
	if (!name.p)
		fail(c, "a lone surrogate in a name");
	return name;
}

static bool walk_object(struct copier *c, struct json *j, unsigned depth)
{
	size_t first = c->n_pieces;
	struct json_member m;
	bool sorted = true;

	buf_byte(c->out, '{');
	for (json_object(j); json_member(j, &m);) {
		struct span name = plain_name(c, j, &m);
		size_t mine = c->n_pieces;

		if (!name.p)
			return false;
		if (mine > first) {
			sorted = sorted && compare_names(c->piece[mine - 1].name, name) < 0;
			buf_byte(c->out, ',');
		}
		if (!piece_new(c, name))
			return false;
		buf_byte(c->out, '"');
		buf_span(c->out, m.key);
		buf_lit(c->out, "\":");
		if (!walk_down(c, j, depth, &name, 0))
			return false;
		c->piece[mine].n = c->out->n - c->piece[mine].at;
		c->piece[mine].types_n = c->types.n - c->piece[mine].types_at;
	}
	if (!sorted && !put_in_order(c, first))
		return false;
	c->n_pieces = first;
	buf_byte(c->out, '}');
	return true;
}

/* What the line says of this place, passed on. True when the value is not to be looked into. */
static bool take_hint(struct copier *c, enum json_type type, bool *said)
{
	const struct mark *mark = types_find(c->hints, buf_as_span(&c->hint_path));

	if (!mark)
		return false;
	say(c, buf_as_span(&c->path), mark->words);
	*said = true;
	return mark->kind != MARK_NONE && !(mark->kind == MARK_PAIRS && type == JSON_ARRAY);
}

static bool walk(struct copier *c, struct json *j, unsigned depth)
{
	enum json_type type = json_peek(j);
	bool said = false, whole = c->hints && take_hint(c, type, &said);
	struct span raw;

	if (whole || (type != JSON_ARRAY && type != JSON_OBJECT)) {
		json_value(j, &raw);
		if (!whole)
			return copy_scalar(c, raw, type);
		buf_span(c->out, raw);
		return true;
	}
	if (depth == VALUE_DEPTH_MAX)
		return fail(c, "nested too deep");
	if (type == JSON_ARRAY)
		return walk_array(c, j, depth + 1);
	if (!said && !c->plain_maps)
		say(c, buf_as_span(&c->path), SPAN("key-ordered"));
	return walk_object(c, j, depth + 1);
}

void copy_begin(struct copier *c, struct buf *out, const struct types *hints)
{
	c->out = out;
	c->hints = hints && hints->n ? hints : NULL;
	c->why = NULL;
	buf_reset(&c->types);
}

bool copy_value(struct copier *c, struct span bin, struct span hint, struct span raw)
{
	enum json_type type = json_type_of(raw);
	struct json j;

	buf_reset(&c->path);
	if (!c->hints && type != JSON_ARRAY && type != JSON_OBJECT && copy_scalar(c, raw, type))
		return true;
	types_push(&c->path, bin);
	c->bin_path = c->path.n;
	if (c->why)
		return false;
	buf_reset(&c->hint_path);
	buf_span(&c->hint_path, hint);
	buf_reset(&c->names);
	c->n_pieces = 0;
	json_open(&j, raw);
	if (!walk(c, &j, 0))
		return false;
	return !j.error || fail(c, j.error);
}

void copy_say(struct copier *c, struct span path, const char *words)
{
	say(c, path, span_of(words));
}

void copy_say_bin(struct copier *c, struct span bin, const char *words)
{
	buf_reset(&c->path);
	types_push(&c->path, bin);
	copy_say(c, buf_as_span(&c->path), words);
}

void copy_free(struct copier *c)
{
	buf_free(&c->hint_path);
	buf_free(&c->types);
	buf_free(&c->path);
	buf_free(&c->names);
	buf_free(&c->sorted);
	free(c->piece);
	*c = (struct copier){ 0 };
}
