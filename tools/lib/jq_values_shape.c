/* SPDX-License-Identifier: Apache-2.0 */
#include "jq_values_read.h"

#include "jq_sight.h"
#include "jq_values.h"

/* Records of a set look alike: the same keys in the same order, and many of the same values. So metadata and bins are not built anew
 * for each line. For every shape (run of keys) seen, one object is kept together with the texts that it was made from, and only the
 * values whose text has changed are set. This is always right, because libjq copies an object before writing to it when somebody
 * else holds it too; it is fast because after a route has run, nobody does. */
#define SHAPE_BITS 7
#define SHAPES (1 << SHAPE_BITS)
#define MEMBERS_MAX 32
#define KEY_MAX 24
#define KNOWN_MAX 23

struct member {
	uint8_t n_key, n_known;		/* n_known 0: the value's text is not kept */
	char key[KEY_MAX];
	char known[KNOWN_MAX];		/* the raw text that the value in the object was made from */
	jv name;
};

static struct shape {
	bool used;
	unsigned n;
	jv object;
	struct member members[MEMBERS_MAX];
} shapes[SHAPES];

struct token {
	struct span key, raw;
};

/* Where a string ends, from behind its opening quote: behind its closing one. */
static const char *string_end(const char *p, const char *end)
{
	const char *quote = memchr(p, '"', (size_t)(end - p));

	if (!quote)
		return end;
	if (quote == p || quote[-1] != '\\')
		return quote + 1;
	while (p < end && *p != '"')
		p += *p == '\\' && end - p > 1 ? 2 : 1;
	return p < end ? p + 1 : end;
}

static const char *nested_end(const char *p, const char *end)
{
	unsigned depth = 0;

	while (p < end) {
		char c = *p++;
		if (c == '"')
			p = string_end(p, end);
		else if (c == '{' || c == '[')
			depth++;
		else if ((c == '}' || c == ']') && --depth == 0)
			return p;
	}
	return end;
}

static const char *value_end(const char *p, const char *end)
{
	if (p == end)
		return end;
	if (*p == '"')
		return string_end(p + 1, end);
	if (*p == '{' || *p == '[')
		return nested_end(p, end);
	while (p < end && *p != ',' && *p != '}' && *p != ' ' && *p != '\t' && *p != '\r' && *p != '\n')
		p++;
	return p;
}

static bool wanted(const struct jq_sight_top *only, struct span key)
{
	if (!only || only->whole)
		return true;
	for (size_t i = 0; i < only->n; i++)
		if (span_eq(only->subs[i], key))
			return true;
	return false;
}

/* Cut the object at the cursor into its members that are wanted. Their number, and the cursor behind the object; or -1, and the
 * cursor where it was, when there are too many, a long key or one with escapes. */
static int cut(struct text *t, struct token tokens[MEMBERS_MAX], const struct jq_sight_top *only)
{
	struct text at = { t->p + 1, t->end };
	int n = 0;

	for (;;) {
		text_blanks(&at);
		if (at.p == at.end)
			return -1;
		char c = *at.p++;
		if (c == '}') {
			t->p = at.p;
			return n;
		}
		if (c != '"')
			continue;
		const char *key = at.p, *quote = memchr(key, '"', (size_t)(at.end - key));
		if (n == MEMBERS_MAX || !quote || quote - key > KEY_MAX || memchr(key, '\\', (size_t)(quote - key)))
			return -1;
		tokens[n].key = (struct span){ key, (size_t)(quote - key) };
		at.p = quote + 1;
		text_blanks(&at);
		if (at.p < at.end && *at.p == ':')
			at.p++;
		text_blanks(&at);
		tokens[n].raw.p = at.p;
		at.p = value_end(at.p, at.end);
		tokens[n].raw.n = (size_t)(at.p - tokens[n].raw.p);
		n += wanted(only, tokens[n].key);
	}
}

static bool fits(const struct shape *s, const struct token *tokens, unsigned n)
{
	if (!s->used || s->n != n)
		return false;
	for (unsigned i = 0; i < n; i++)
		if (s->members[i].n_key != tokens[i].key.n || memcmp(s->members[i].key, tokens[i].key.p, tokens[i].key.n) != 0)
			return false;
	return true;
}

static void set_member(struct shape *s, struct member *m, struct span raw)
{
	struct text value = { raw.p, raw.p + raw.n };
	size_t notes = jq_values_notes();

	s->object = jv_object_set(s->object, jv_copy(m->name), jq_values_read_next(&value));
	/* What is noted of a line must be noted of the next one too. */
	m->n_known = raw.n <= KNOWN_MAX && jq_values_notes() == notes ? (uint8_t)raw.n : 0;
	memcpy(m->known, raw.p, m->n_known);
}

static void clear(struct shape *s)
{
	if (!s->used)
		return;
	for (unsigned i = 0; i < s->n; i++)
		jv_free(s->members[i].name);
	jv_free(s->object);
	s->used = false;
}

static void learn(struct shape *s, const struct token *tokens, unsigned n)
{
	clear(s);
	s->object = jv_object();
	s->used = true;
	s->n = n;
	for (unsigned i = 0; i < n; i++) {
		struct member *m = &s->members[i];
		struct text key = { tokens[i].key.p, tokens[i].key.p + tokens[i].key.n + 1 };

		m->n_key = (uint8_t)tokens[i].key.n;
		memcpy(m->key, tokens[i].key.p, tokens[i].key.n);
		m->name = jq_values_read_string(&key, true);
		set_member(s, m, tokens[i].raw);
	}
}

static jv read_shaped(struct text *t, const struct jq_sight_top *only)
{
	struct token tokens[MEMBERS_MAX];
	uint32_t hash = 0;
	int n = cut(t, tokens, only);

	if (n < 0)
		return jq_values_read_next(t);
	for (int i = 0; i < n; i++)
		hash = (hash ^ jq_values_hash(tokens[i].key.p, tokens[i].key.n)) * 2654435761u;
	struct shape *s = &shapes[hash >> (32 - SHAPE_BITS)];
	if (!fits(s, tokens, (unsigned)n)) {
		learn(s, tokens, (unsigned)n);
		jv object = jv_copy(s->object);
		if (jv_object_length(jv_copy(object)) != n)	/* a key that comes twice: leave this to the plain way */
			clear(s);
		return object;
	}
	for (int i = 0; i < n; i++) {
		struct member *m = &s->members[i];
		struct span raw = tokens[i].raw;

		if (m->n_known != raw.n || raw.n == 0 || memcmp(m->known, raw.p, raw.n) != 0)
			set_member(s, m, raw);
	}
	return jv_copy(s->object);
}

/* What the program sees of this member of the record: *only, or all of it when that is NULL. False: nothing. */
static bool look_for(const struct jq_sight *sight, struct span key, const struct jq_sight_top **only)
{
	*only = NULL;
	if (!sight || sight->all || memchr(key.p, '\\', key.n))
		return true;
	for (size_t i = 0; i < sight->n; i++)
		if (span_eq(sight->tops[i].name, key)) {
			*only = &sight->tops[i];
			return true;
		}
	return false;
}

jv jq_values_read_record(struct span line, const struct jq_sight *sight)
{
	struct text t = { line.p, line.p + line.n };
	const struct jq_sight_top *only;
	jv record = jv_object();

	jq_values_note_begin();
	text_blanks(&t);
	t.p += t.p < t.end;	/* the opening brace */
	for (;;) {
		text_blanks(&t);
		if (t.p == t.end)
			return record;
		char c = *t.p++;
		if (c == '}')
			return record;
		if (c != '"')
			continue;
		struct text key = { t.p, t.end };
		t.p = string_end(t.p, t.end);
		bool seen = look_for(sight, (struct span){ key.p, (size_t)(t.p - 1 - key.p) }, &only);
		text_blanks(&t);
		if (t.p < t.end && *t.p == ':')
			t.p++;
		text_blanks(&t);
		if (!seen) {
			t.p = value_end(t.p, t.end);
			continue;
		}
		const char *start = t.p;
		bool is_object = t.p < t.end && *t.p == '{';
		jv value = is_object ? read_shaped(&t, only) : jq_values_read_next(&t);
		if ((is_object && (!only || only->whole)) || jv_get_kind(value) == JV_KIND_ARRAY)
			jq_values_keep(value, (struct span){ start, (size_t)(t.p - start) });
		record = jv_object_set(record, jq_values_read_string(&key, true), value);
	}
}

/* Raw JSON has no bytes 0 and 1: they stand before each member and each member of a member, followed by which one it is. */
static bool put_seen(struct buf *seen, struct text *t, const struct jq_sight *sight, const struct jq_sight_top *only)
{
	struct token tokens[MEMBERS_MAX];
	const char head[2] = { 0, (char)(only - sight->tops) };

	buf_put(seen, head, 2);
	if (*t->p != '{' || only->whole) {
		const char *start = t->p;

		t->p = value_end(t->p, t->end);
		buf_put(seen, start, (size_t)(t->p - start));
		return true;
	}
	int n = cut(t, tokens, only);
	for (int i = 0; i < n; i++)
		for (size_t k = 0; k < only->n; k++)
			if (span_eq(tokens[i].key, only->subs[k])) {
				const char sub[2] = { 1, (char)k };
				buf_put(seen, sub, 2);
				buf_span(seen, tokens[i].raw);
			}
	return n >= 0;
}

bool jq_values_seen(struct buf *seen, struct span line, const struct jq_sight *sight)
{
	struct text t = { line.p, line.p + line.n };
	const struct jq_sight_top *only;

	text_blanks(&t);
	t.p += t.p < t.end;
	for (;;) {
		text_blanks(&t);
		if (t.p == t.end)
			return false;
		char c = *t.p++;
		if (c == '}')
			return true;
		if (c != '"')
			continue;
		const char *key = t.p;
		t.p = string_end(t.p, t.end);
		bool in_sight = look_for(sight, (struct span){ key, (size_t)(t.p - 1 - key) }, &only);
		if (in_sight && !only)
			return false;
		text_blanks(&t);
		if (t.p < t.end && *t.p == ':')
			t.p++;
		text_blanks(&t);
		if (!in_sight)
			t.p = value_end(t.p, t.end);
		else if (t.p == t.end || !put_seen(seen, &t, sight, only))
			return false;
	}
}

void jq_values_forget(void)
{
	for (size_t i = 0; i < SHAPES; i++)
		shapes[i].used = false;
	jq_values_note_forget();
}

void jq_values_free(void)
{
	for (size_t i = 0; i < SHAPES; i++)
		clear(&shapes[i]);
	jq_values_read_free();
}
