/* SPDX-License-Identifier: Apache-2.0 */
#include "jq_values_read.h"

#include "jq_values.h"
#include "json.h"

#include <math.h>
#include <stdint.h>

/* Short strings come again and again: keys, set names, states. A value of libjq is counted, so one copy serves all, and it brings
 * its hash along. A slot holds the last string that fell on it; `value` owns one reference. */
#define KEPT_SLOTS 1024
#define KEPT_BYTES 24
static struct kept {
	uint8_t n;		/* 0: empty slot */
	bool is_key;
	char text[KEPT_BYTES];
	jv value;
} kept[KEPT_SLOTS];

static struct buf unescaped;	/* strings with escapes are undone here; kept for its memory */

uint32_t jq_values_hash(const char *p, size_t n)
{
	uint64_t a = 0, b = 0;

	if (n >= 8) {
		memcpy(&a, p, 8);
		memcpy(&b, p + n - 8, 8);
		if (n > 16) {
			uint64_t c;
			memcpy(&c, p + 8, 8);
			b += c * UINT64_C(0x9e3779b97f4a7c15);
		}
	} else if (n >= 4) {
		uint32_t x, y;
		memcpy(&x, p, 4);
		memcpy(&y, p + n - 4, 4);
		a = (uint64_t)x << 32 | y;
	} else {
		for (size_t i = 0; i < n; i++)
			a = a << 8 | (unsigned char)p[i];
	}
	a = (a ^ n ^ b * UINT64_C(0xc2b2ae3d27d4eb4f)) * UINT64_C(0x9e3779b97f4a7c15);
	return (uint32_t)(a >> 40);
}

/* libjq's own way to a string checks its UTF-8 once more, at 25 instructions a byte. So let it copy some string of the same length,
 * which it does unchecked, and write the text over that: a new string is nobody else's, and its hash is not computed yet. */
#define FILL_MAX 256
static jv new_string(const char *p, size_t n)
{
	static jv fill[FILL_MAX + 1];	/* by length; owned here, made when first needed */
	static const char blank[FILL_MAX] = { 0 };
	jv s = jv_string_empty((int)n);

	for (size_t rest = n, part; rest; rest -= part) {
		part = rest < FILL_MAX ? rest : FILL_MAX;
		if (jv_get_kind(fill[part]) == JV_KIND_INVALID)
			fill[part] = jv_string_sized(blank, (int)part);
		s = jv_string_concat(s, jv_copy(fill[part]));
	}
	memcpy((char *)(uintptr_t)jv_string_value(s), p, n);
	return s;
}

/* A string without escapes. Keys displace anything, values displace only values: so a stream of ever new values can't push the
 * keys out. */
static jv keep_string(const char *p, size_t n, bool is_key)
{
	if (n == 0 || n > KEPT_BYTES)
		return new_string(p, n);
	struct kept *k = &kept[jq_values_hash(p, n) % KEPT_SLOTS];
	if (k->n == n && memcmp(k->text, p, n) == 0)
		return jv_copy(k->value);
	jv v = new_string(p, n);
	if (k->n && k->is_key && !is_key)
		return v;
	if (k->n)
		jv_free(k->value);
	k->n = (uint8_t)n;
	k->is_key = is_key;
	memcpy(k->text, p, n);
	k->value = jv_copy(v);
	return v;
}

static bool hex4(const char *p, unsigned *code)
{
	*code = 0;
	for (int i = 0; i < 4; i++) {
		char c = p[i] | 0x20;
		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return false;
		*code = *code << 4 | (unsigned)(c <= '9' ? (c & 0xf) : c - 'a' + 10);
	}
	return true;
}

/* A lone surrogate escape is no text; as jq does with half of them, take it for U+FFFD. In place. */
static void mend_surrogates(char *p, char *end)
{
	unsigned code, low;

	for (; end - p >= 6; p++) {
		if (*p != '\\')
			continue;
		p++;
		if (*p != 'u' || end - p < 5 || !hex4(p + 1, &code) || code < 0xd800 || code > 0xdfff)
			continue;
		if (code < 0xdc00 && end - p >= 11 && p[5] == '\\' && p[6] == 'u' && hex4(p + 7, &low) && low >= 0xdc00 && low <= 0xdfff)
			p += 10;
		else
			memcpy(p + 1, "fffd", 4);
	}
}

/* A string with escapes, in its quotes. */
static jv escaped_string(struct span raw)
{
	buf_reset(&unescaped);
	struct span text = json_text(raw, &unescaped);
	if (text.p)
		return new_string(text.p, text.n);
	struct buf mended = { 0 };
	buf_span(&mended, raw);
	if (!mended.full)
		mend_surrogates(mended.p, mended.p + mended.n);
	buf_reset(&unescaped);
	text = json_text(buf_as_span(&mended), &unescaped);
	jv s = text.p ? new_string(text.p, text.n) : jv_string("");
	buf_free(&mended);
	return s;
}

/* The cursor stands behind the opening quote; moves behind the closing one. */
jv jq_values_read_string(struct text *t, bool is_key)
{
	const char *start = t->p;
	const char *quote = memchr(start, '"', (size_t)(t->end - start));

	if (!quote)
		return t->p = t->end, jv_invalid();
	size_t n = (size_t)(quote - start);
	if (!memchr(start, '\\', n)) {
		t->p = quote + 1;
		return keep_string(start, n, is_key);
	}
	const char *p = start;
	while (p < t->end && *p != '"')
		p += *p == '\\' && t->end - p > 1 ? 2 : 1;
	if (p == t->end)
		return t->p = t->end, jv_invalid();
	t->p = p + 1;
	return escaped_string((struct span){ start - 1, (size_t)(t->p - (start - 1)) });
}

static bool is_integer(struct span raw)
{
	for (size_t i = 0; i < raw.n; i++)
		if (raw.p[i] == '.' || (raw.p[i] | 0x20) == 'e')
			return false;
	return true;
}

/* Most numbers are short integers: those need no strtod. */
static jv read_number(struct text *t)
{
	const char *start = t->p, *p = start;
	bool minus = *p == '-';
	int64_t n = 0;

	p += minus;
	while (p < t->end && *p >= '0' && *p <= '9' && p - start < 16)
		n = n * 10 + (*p++ - '0');
	if (p == t->end || (*p != '.' && *p != 'e' && *p != 'E' && (*p < '0' || *p > '9'))) {
		t->p = p > start ? p : t->end;
		if (n >= (int64_t)JQ_EXACT_MAX)
			jq_values_note((struct span){ start, (size_t)(p - start) }, minus ? -(double)n : (double)n);
		return jv_number(minus ? -(double)n : (double)n);
	}
	while (p < t->end && ((*p >= '0' && *p <= '9') || *p == '.' || *p == 'e' || *p == 'E' || *p == '+' || *p == '-'))
		p++;
	t->p = p;
	double d;
	if (!json_double((struct span){ start, (size_t)(p - start) }, &d))
		d = minus ? -HUGE_VAL : HUGE_VAL;	/* past the range: infinite, as jq reads it */
	struct span raw = { start, (size_t)(p - start) };
	if (fabs(d) >= JQ_EXACT_MAX && is_integer(raw))
		jq_values_note(raw, d);
	return jv_number(d);
}

static jv read_array(struct text *t)
{
	jv array = jv_array();

	for (;;) {
		text_blanks(t);
		if (t->p == t->end)
			return array;
		if (*t->p == ']')
			return t->p++, array;
		if (*t->p == ',') {
			t->p++;
			continue;
		}
		array = jv_array_append(array, jq_values_read_next(t));
	}
}

static jv read_object(struct text *t)
{
	jv object = jv_object();

	for (;;) {
		text_blanks(t);
		if (t->p == t->end)
			return object;
		char c = *t->p++;
		if (c == '}')
			return object;
		if (c != '"')
			continue;
		jv key = jq_values_read_string(t, true);
		text_blanks(t);
		if (t->p < t->end && *t->p == ':')
			t->p++;
		jv value = jq_values_read_next(t);
		if (!jv_is_valid(key))
			return jv_free(key), jv_free(value), object;
		object = jv_object_set(object, key, value);
	}
}

jv jq_values_read_next(struct text *t)
{
	text_blanks(t);
	if (t->p == t->end)
		return jv_invalid();
	switch (*t->p) {
	case '"':
		t->p++;
		return jq_values_read_string(t, false);
	case '{':
		t->p++;
		return read_object(t);
	case '[':
		t->p++;
		return read_array(t);
	case 't':
		t->p += t->end - t->p < 4 ? t->end - t->p : 4;
		return jv_true();
	case 'f':
		t->p += t->end - t->p < 5 ? t->end - t->p : 5;
		return jv_false();
	case 'n':
		t->p += t->end - t->p < 4 ? t->end - t->p : 4;
		return jv_null();
	default:
		return read_number(t);
	}
}

void jq_values_read_free(void)
{
	for (size_t i = 0; i < KEPT_SLOTS; i++)
		if (kept[i].n) {
			jv_free(kept[i].value);
			kept[i].n = 0;
		}
	buf_free(&unescaped);
	jq_values_note_free();
}
