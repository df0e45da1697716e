/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOTATION_H
#define NOTATION_H

#include "element.h"

#include <ctype.h>
#include <stdlib.h>

/* MessagePack as tests write it down:
 *	nil true false 12 -1 1.5	"text"	x"00ff" blob	h"..." HLL	g"{...}" GeoJSON	b"a" bare str without a type byte
 *	[1, 2]	O[1, 2] ordered		{1: 2} unordered, K{...} by key, V{...} by key and value, P{...} keeps the order it has
 *	* wildcard	INF infinity	<c1 00> these bytes
 * Strings have no escapes but \". */
struct notation {
	const char *p, *end;
	bool bad;
};

static void notation_blanks(struct notation *t)
{
	while (t->p < t->end && isspace((unsigned char)*t->p))
		t->p++;
}

static bool notation_take(struct notation *t, const char *word)
{
	size_t n = strlen(word);

	notation_blanks(t);
	if ((size_t)(t->end - t->p) < n || memcmp(t->p, word, n) != 0)
		return false;
	t->p += n;
	return true;
}

static void notation_hex(struct notation *t, char stop, struct buf *b)
{
	char digits[3] = "";

	while (t->p < t->end && *t->p != stop) {
		if (isspace((unsigned char)*t->p)) {
			t->p++;
			continue;
		}
		if (t->end - t->p < 2) {
			t->bad = true;
			return;
		}
		memcpy(digits, t->p, 2);
		buf_byte(b, (char)strtoul(digits, NULL, 16));
		t->p += 2;
	}
	t->p++;
}

static void notation_text(struct notation *t, struct buf *b)
{
	while (t->p < t->end && *t->p != '"') {
		t->p += *t->p == '\\';
		buf_byte(b, *t->p++);
	}
	t->p++;
}

static void notation_value(struct notation *t, struct buf *out);

static void notation_container(struct notation *t, struct buf *out, bool is_map, uint8_t flags)
{
	const char *stop = is_map ? "}" : "]";
	struct buf inside = { 0 };
	uint32_t n = 0;

	while (!t->bad && !notation_take(t, stop)) {
		if (n++ && !notation_take(t, ","))
			t->bad = true;
		notation_value(t, &inside);
		if (is_map) {
			t->bad |= !notation_take(t, ":");
			notation_value(t, &inside);
		}
	}
	if (is_map)
		element_put_map(out, n, flags);
	else
		element_put_list(out, n, flags);
	buf_span(out, buf_as_span(&inside));
	buf_free(&inside);
}

static void notation_raw(struct notation *t, struct buf *out, uint8_t particle, bool hex)
{
	struct buf b = { 0 };

	if (hex)
		notation_hex(t, '"', &b);
	else
		notation_text(t, &b);
	element_put_raw(out, particle, buf_as_span(&b));
	buf_free(&b);
}

static void notation_number(struct notation *t, struct buf *out)
{
	char word[64] = "", *end;
	size_t n = 0;

	while (t->p + n < t->end && n < sizeof(word) - 1 && (isalnum((unsigned char)t->p[n]) || strchr("+-.", t->p[n])))
		n++;
	memcpy(word, t->p, n);
	t->p += n;
	if (strpbrk(word, ".n"))
		element_put_double(out, strtod(word, &end));
	else if (word[0] == '-')
		element_put_int(out, strtoll(word, &end, 10));
	else
		element_put_uint(out, strtoull(word, &end, 10));
	t->bad |= !n || *end;
}

static void notation_value(struct notation *t, struct buf *out)
{
	static const struct { const char *word, *bytes; size_t n; } words[] = { { "nil", "\xc0", 1 }, { "true", "\xc3", 1 },
		{ "false", "\xc2", 1 }, { "*", "\xd4\xff\0", 3 }, { "INF", "\xd4\xff\1", 3 } };
	static const struct { const char *word; bool is_map; uint8_t flags; } containers[] = { { "[", false, 0 }, { "O[", false, 1 },
		{ "{", true, 0 }, { "K{", true, 1 }, { "V{", true, 3 }, { "P{", true, 8 } };
	static const struct { const char *word; uint8_t particle; bool hex; } raws[] = { { "\"", PARTICLE_STRING, false },
		{ "x\"", PARTICLE_BLOB, true }, { "h\"", PARTICLE_HLL, true }, { "g\"", PARTICLE_GEOJSON, false } };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (notation_take(t, words[i].word)) {
			buf_put(out, words[i].bytes, words[i].n);
			return;
		}
	for (size_t i = 0; i < sizeof(containers) / sizeof(*containers); i++)
		if (notation_take(t, containers[i].word)) {
			notation_container(t, out, containers[i].is_map, containers[i].flags);
			return;
		}
	for (size_t i = 0; i < sizeof(raws) / sizeof(*raws); i++)
		if (notation_take(t, raws[i].word)) {
			notation_raw(t, out, raws[i].particle, raws[i].hex);
			return;
		}
	if (notation_take(t, "b\"")) {
		struct buf b = { 0 };

		notation_text(t, &b);
		buf_byte(out, (char)(0xa0 | b.n));
		buf_span(out, buf_as_span(&b));
		buf_free(&b);
	} else if (notation_take(t, "<")) {
		notation_hex(t, '>', out);
	} else {
		notation_number(t, out);
	}
}

/* The text as MessagePack, appended to out; false when it isn't understood. */
static bool notation_read(struct span text, struct buf *out)
{
	struct notation t = { text.p, text.p + text.n, false };

	notation_value(&t, out);
	notation_blanks(&t);
	return !t.bad && t.p == t.end;
}

#endif
