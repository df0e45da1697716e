/* SPDX-License-Identifier: Apache-2.0 */
#include "types.h"

#include "json.h"
#include "particle.h"

#include <math.h>
#include <stdlib.h>

static bool number_of(struct span word, const char *prefix, unsigned max, unsigned *out)
{
	size_t n = strlen(prefix);
	unsigned value = 0;

	if (!span_starts(word, prefix) || word.n == n || word.n > n + 3)
		return false;
	for (; n < word.n; n++) {
		if (word.p[n] < '0' || word.p[n] > '9')
			return false;
		value = value * 10 + (unsigned)(word.p[n] - '0');
	}
	*out = value;
	return value <= max;
}

static bool bytes(struct mark *m, unsigned particle)
{
	m->kind = MARK_BYTES;
	m->particle = (uint8_t)particle;
	return true;
}

/* Particle types whose value is just bytes. */
static bool is_opaque(unsigned particle)
{
	switch (particle) {
	case PARTICLE_NULL:
	case PARTICLE_INTEGER:
	case PARTICLE_FLOAT:
	case PARTICLE_STRING:
	case PARTICLE_BOOL:
	case PARTICLE_MAP:
	case PARTICLE_LIST:
	case PARTICLE_GEOJSON: return false;
	default: return true;
	}
}

static bool kind(struct mark *m, enum mark_kind k, double number)
{
	m->kind = k;
	m->number = number;
	return true;
}

static bool order(struct mark *m, unsigned flags)
{
	m->order = (int)flags;
	return true;
}

static bool mark_word(struct mark *m, struct span w)
{
	unsigned n;

	if (span_is(w, "blob"))
		return bytes(m, PARTICLE_BLOB);
	if (span_is(w, "hll"))
		return bytes(m, PARTICLE_HLL);
	if (number_of(w, "bytes:", 255, &n) && is_opaque(n))
		return bytes(m, n);
	if (span_is(w, "geojson"))
		return kind(m, MARK_GEOJSON, 0);
	if (span_is(w, "geojson-text"))
		return kind(m, MARK_GEOJSON_TEXT, 0);
	if (span_is(w, "string-base64"))
		return kind(m, MARK_STRING, 0);
	if (span_is(w, "double:NaN"))
		return kind(m, MARK_DOUBLE, (double)NAN);
	if (span_is(w, "double:Infinity"))
		return kind(m, MARK_DOUBLE, (double)INFINITY);
	if (span_is(w, "double:-Infinity"))
		return kind(m, MARK_DOUBLE, -(double)INFINITY);
	if (span_is(w, "float32"))
		return kind(m, MARK_FLOAT32, 0);
	if (span_is(w, "map"))
		return kind(m, MARK_PAIRS, 0);
	if (span_is(w, "ordered"))
		return order(m, LIST_ORDERED);
	if (span_is(w, "key-ordered"))
		return order(m, MAP_KEY_ORDERED);
	if (span_is(w, "key-value-ordered"))
		return order(m, MAP_KEY_VALUE_ORDERED);
	if (number_of(w, "order:", 255, &n))
		return order(m, n);
	return false;
}

static bool mark_of(struct span words, struct mark *m)
{
	*m = (struct mark){ .order = -1, .words = words };
	for (;;) {
		const char *blank = memchr(words.p, ' ', words.n);
		struct span w = { words.p, blank ? (size_t)(blank - words.p) : words.n };

		if (!mark_word(m, w))
			return false;
		if (!blank)
			return true;
		words = (struct span){ blank + 1, words.n - w.n - 1 };
	}
}

static int compare(struct span a, struct span b)
{
	int c = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);

	return c ? c : (a.n > b.n) - (a.n < b.n);
}

static int compare_entries(const void *a, const void *b)
{
	return compare(((const struct types_entry *)a)->pointer, ((const struct types_entry *)b)->pointer);
}

static bool add(struct types *t, struct span pointer, const struct mark *m)
{
	if (t->n == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 16;
		struct types_entry *e = reallocarray(t->entry, cap, sizeof(*e));

		if (!e) {
			t->why = "out of memory";
			return false;
		}
		t->entry = e;
		t->cap = cap;
	}
	t->entry[t->n++] = (struct types_entry){ pointer, *m };
	t->reshape |= m->kind == MARK_PAIRS || m->kind == MARK_DOUBLE;
	return true;
}

bool types_open(struct types *t, struct span raw)
{
	struct json j;
	struct json_member m;
	struct span value, words;
	struct mark mark;
	bool sorted = true;

	t->n = 0;
	t->reshape = false;
	t->why = NULL;
	if (!raw.p || raw.n <= 2)
		return true;
	/* Unescaped text is never longer than the escaped, so spans into this buffer stay good while it fills. */
	buf_reset(&t->text);
	if (!buf_reserve(&t->text, raw.n)) {
		t->why = "types too large";
		return false;
	}
	json_open(&j, raw);
	for (json_object(&j); json_member(&j, &m);) {
		struct span pointer = m.escaped ? json_text((struct span){ m.key.p - 1, m.key.n + 2 }, &t->text) : m.key;

		words = json_value(&j, &value) == JSON_STRING ? json_text(value, &t->text) : (struct span){ 0 };
		if (!pointer.p || !words.p || !mark_of(words, &mark)) {
			t->why = "unknown word in types";
			return false;
		}
		if (!add(t, pointer, &mark))
			return false;
		sorted = sorted && (t->n < 2 || compare_entries(&t->entry[t->n - 2], &t->entry[t->n - 1]) <= 0);
	}
	if (!json_done(&j)) {
		t->why = "types is no object";
		return false;
	}
	if (!sorted)
		qsort(t->entry, t->n, sizeof(*t->entry), compare_entries);
	return true;
}

void types_free(struct types *t)
{
	free(t->entry);
	buf_free(&t->text);
	*t = (struct types){ 0 };
}

/* Index of the first entry that does not come before the pointer. */
static size_t lower_bound(const struct types *t, struct span pointer)
{
	size_t low = 0, high = t->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (compare(t->entry[mid].pointer, pointer) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct mark *types_find(const struct types *t, struct span pointer)
{
	size_t i = lower_bound(t, pointer);

	return i < t->n && span_eq(t->entry[i].pointer, pointer) ? &t->entry[i].mark : NULL;
}

bool types_below(const struct types *t, struct span pointer)
{
	/* "/m-x" sorts between "/m" and "/m/k": search for what begins with the pointer and a slash. */
	size_t low = 0, high = t->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		struct span p = t->entry[mid].pointer;
		int c = compare((struct span){ p.p, p.n < pointer.n ? p.n : pointer.n }, pointer);

		if (c == 0 && p.n > pointer.n)
			c = (unsigned char)p.p[pointer.n] - '/';
		else if (c == 0)
			c = -1;
		if (c == 0)
			return true;
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

void types_push(struct buf *pointer, struct span key)
{
	buf_byte(pointer, '/');
	if (!memchr(key.p, '~', key.n) && !memchr(key.p, '/', key.n)) {
		buf_span(pointer, key);
		return;
	}
	for (size_t i = 0; i < key.n; i++) {
		if (key.p[i] == '~')
			buf_lit(pointer, "~0");
		else if (key.p[i] == '/')
			buf_lit(pointer, "~1");
		else
			buf_byte(pointer, key.p[i]);
	}
}

void types_push_index(struct buf *pointer, size_t index)
{
	buf_byte(pointer, '/');
	json_put_uint64(pointer, index);
}
