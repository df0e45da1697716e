/* SPDX-License-Identifier: Apache-2.0 */
/* The values of bins keep their bytes; only names change, and with them the pointers in types. */
#include "rewrite.h"

#include "err.h"
#include "json.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static bool fail(struct rewrite *w, const char *why)
{
	w->why = why;
	return false;
}

static void put_member(struct buf *b, struct span name, struct span value)
{
	if (b->n > 1)
		buf_byte(b, ',');
	json_put_string(b, name);
	buf_byte(b, ':');
	buf_span(b, value);
}

static uint32_t hash(struct span s)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 16777619u;
	return h;
}

static bool grow(struct rewrite *w)
{
	size_t cap = w->cap ? 2 * w->cap : 64;
	struct span *names = realloc(w->names, cap * sizeof(*names));
	uint32_t *seen = realloc(w->seen, 4 * cap * sizeof(*seen));

	if (names)
		w->names = names;
	if (seen)
		w->seen = seen;
	if (!names || !seen)
		return fail(w, "too many bins for memory");
	w->cap = cap;
	w->seen_size = 4 * cap;
	return true;
}

/* Two bins of one name: found when all are there, as the table has to know its size. */
static bool check_names(struct rewrite *w)
{
	memset(w->seen, 0, w->seen_size * sizeof(*w->seen));
	for (size_t i = 0; i < w->n; i++) {
		size_t at = hash(w->names[i]) & (w->seen_size - 1);

		for (; w->seen[at]; at = (at + 1) & (w->seen_size - 1))
			if (span_eq(w->names[w->seen[at] - 1], w->names[i])) {
				snprintf(w->shown, sizeof(w->shown), "two bins would have the name %.*s",
					w->names[i].n < 60 ? (int)w->names[i].n : 60, w->names[i].p);
				return fail(w, w->shown);
			}
		w->seen[at] = (uint32_t)i + 1;
	}
	return true;
}

/* Names that stand as JSON text in w->bins: where they begin is remembered, as the buffer moves while it grows. */
static bool put_bins(struct rewrite *w, struct rules *rules, const struct record *r, bool *changed)
{
	struct json_member m;
	struct json j;

	buf_reset(&w->bins);
	buf_reset(&w->text);
	w->n = 0;
	buf_byte(&w->bins, '{');
	json_open(&j, r->bins);
	for (json_object(&j); json_member(&j, &m);) {
		const struct fate *f = rules_find(rules, m.key, &w->scratch);
		struct span value;

		json_value(&j, &value);
		if (f->why)
			return fail(w, f->why);
		*changed |= f->drop || !span_eq(buf_as_span(&f->name), m.key);
		if (f->drop)
			continue;
		if (w->n == w->cap && !grow(w))
			return false;
		w->names[w->n++] = (struct span){ NULL, f->name.n };
		buf_span(&w->text, buf_as_span(&f->name));
		put_member(&w->bins, buf_as_span(&f->name), value);
	}
	buf_byte(&w->bins, '}');
	if (w->bins.full || w->text.full)
		return fail(w, "too large for memory");
	for (size_t i = 0, at = 0; i < w->n; at += w->names[i++].n)
		w->names[i].p = buf_as_span(&w->text).p + at;
	return true;
}

/* RFC 6901. */
static void escape(struct buf *b, struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '~')
			buf_lit(b, "~0");
		else if (text.p[i] == '/')
			buf_lit(b, "~1");
		else
			buf_byte(b, text.p[i]);
}

static void unescape(struct buf *b, struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '~' && i + 1 < text.n && (text.p[i + 1] == '0' || text.p[i + 1] == '1'))
			buf_byte(b, text.p[++i] == '1' ? '/' : '~');
		else
			buf_byte(b, text.p[i]);
}

/* One member of types: its pointer begins with the name of a bin. */
static bool put_type(struct rewrite *w, struct rules *rules, struct span pointer, struct span value)
{
	const char *slash = pointer.n > 1 ? memchr(pointer.p + 1, '/', pointer.n - 1) : NULL;
	struct span first = { pointer.p + 1, slash ? (size_t)(slash - pointer.p - 1) : pointer.n ? pointer.n - 1 : 0 };
	struct span rest = { slash, slash ? (size_t)(pointer.p + pointer.n - slash) : 0 };
	struct buf name = { 0 };
	const struct fate *f;

	if (!pointer.n || *pointer.p != '/')
		return fail(w, "types has a name that is no JSON Pointer");
	/* As a JSON string, for the table of names is by what stands in the line. */
	buf_reset(&w->scratch);
	unescape(&w->scratch, first);
	json_put_string(&name, buf_as_span(&w->scratch));
	f = rules_find(rules, (struct span){ name.p + 1, name.n - 2 }, &w->scratch);
	if (f->why || f->drop) {
		buf_free(&name);
		return !f->why || fail(w, f->why);
	}
	buf_reset(&w->pointer);
	buf_byte(&w->pointer, '/');
	escape(&w->pointer, buf_as_span(&f->name));
	buf_span(&w->pointer, rest);
	put_member(&w->types, buf_as_span(&w->pointer), value);
	buf_free(&name);
	return true;
}

static bool put_types(struct rewrite *w, struct rules *rules, const struct record *r)
{
	struct json_member m;
	struct json j;

	buf_reset(&w->types);
	buf_byte(&w->types, '{');
	if (r->types.p)
		json_open(&j, r->types);
	for (bool more = r->types.p && json_object(&j); more && json_member(&j, &m);) {
		struct span value, pointer = m.key;
		struct buf text = { 0 };
		bool good;

		json_value(&j, &value);
		if (m.escaped) {
			pointer = json_text((struct span){ m.key.p - 1, m.key.n + 2 }, &text);
			if (!pointer.p)
				return buf_free(&text), fail(w, "types has half a surrogate");
		}
		good = put_type(w, rules, pointer, value);
		buf_free(&text);
		if (!good)
			return false;
	}
	buf_byte(&w->types, '}');
	return !w->types.full || fail(w, "too large for memory");
}

bool rewrite_record(struct rewrite *w, struct rules *rules, const struct record *r, bool *changed)
{
	*changed = false;
	if (!put_bins(w, rules, r, changed) || !*changed)
		return w->why == NULL;
	return (w->n == 0 || check_names(w)) && put_types(w, rules, r);
}

void rewrite_free(struct rewrite *w)
{
	buf_free(&w->bins);
	buf_free(&w->types);
	buf_free(&w->pointer);
	buf_free(&w->scratch);
	buf_free(&w->text);
	free(w->names);
	free(w->seen);
}
