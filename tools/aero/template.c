/* SPDX-License-Identifier: Apache-2.0 */
#include "template.h"

#include "err.h"
#include "format.h"

#include <stdio.h>
#include <stdlib.h>

enum source { LITERAL, NAMESPACE, SET, USER_KEY, DIGEST, MSG, GEN, LUT, EXP, BIN };

struct piece {
	enum source source;
	enum template_missing missing;
	size_t at, n;		/* in the text: what stands there, or the bin's name */
};

struct template {
	struct buf text;
	struct piece *pieces;
	size_t n;
};

int template_missing_of(struct span word)
{
	static const char *const words[] = { "use-digest", "fail", "ignore" };

	for (int w = 0; w < 3; w++) {
		size_t i = 0;

		while (i < word.n && words[w][i]) {
			char c = word.p[i] == '_' ? '-' : word.p[i];

			if (c >= 'A' && c <= 'Z')
				c = (char)(c - 'A' + 'a');
			if (c != words[w][i])
				break;
			i++;
		}
		if (i == word.n && !words[w][i])
			return w;
	}
	return -1;
}

static void add(struct template *t, enum source source, enum template_missing missing, struct span text)
{
	t->pieces = reallocarray(t->pieces, t->n + 1, sizeof(*t->pieces));
	if (!t->pieces)
		die(EX_SOFTWARE, "out of memory");
	t->pieces[t->n++] = (struct piece){ source, missing, t->text.n, text.n };
	buf_span(&t->text, text);
}

/* One character of literal text, at the end of the piece before if that is literal too. */
static void add_literal(struct template *t, const char *c)
{
	if (t->n && t->pieces[t->n - 1].source == LITERAL) {
		buf_byte(&t->text, *c);
		t->pieces[t->n - 1].n++;
	} else {
		add(t, LITERAL, TEMPLATE_FAIL, (struct span){ c, 1 });
	}
}

static const char *add_place(struct template *t, struct span inside, enum template_missing missing)
{
	static const char *const names[] = { "namespace", "set", "userKey", "digest", "msg", "gen", "lut", "exp" };
	const char *bar = memrchr(inside.p, '|', inside.n);

	if (bar) {
		int policy = template_missing_of((struct span){ bar + 1, (size_t)(inside.p + inside.n - bar) - 1 });

		if (policy < 0)
			return "what follows the bar is none of use-digest, fail, ignore";
		missing = (enum template_missing)policy;
		inside.n = (size_t)(bar - inside.p);
	}
	if (span_starts(inside, "bin:") && inside.n > 4) {
		add(t, BIN, missing, (struct span){ inside.p + 4, inside.n - 4 });
		return NULL;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (span_is(inside, names[i])) {
			add(t, (enum source)(NAMESPACE + i), missing, (struct span){ "", 0 });
			return NULL;
		}
	return "in braces stands none of namespace, set, userKey, digest, msg, gen, lut, exp, bin:NAME";
}

static const char *parse(struct template *t, struct span text, enum template_missing missing, size_t *i)
{
	while (*i < text.n) {
		const char *c = text.p + *i, *end;

		if (*c == '\0')
			return "a NUL byte";
		if ((*c == '{' || *c == '}') && *i + 1 < text.n && c[1] == *c) {
			add_literal(t, c);
			*i += 2;
		} else if (*c == '}') {
			return "a } without its {";
		} else if (*c == '{') {
			const char *why;

			end = memchr(c, '}', text.n - *i);
			if (!end)
				return "a { without its }";
			why = add_place(t, (struct span){ c + 1, (size_t)(end - c) - 1 }, missing);
			if (why)
				return why;
			*i += (size_t)(end - c) + 1;
		} else {
			add_literal(t, c);
			*i += 1;
		}
	}
	return t->text.full ? "too long" : NULL;
}

struct template *template_parse(struct span text, enum template_missing missing, const char **why, size_t *offset)
{
	struct template *t = xcalloc(1, sizeof(*t));

	*offset = 0;
	*why = parse(t, text, missing, offset);
	if (!*why)
		return t;
	template_free(t);
	return NULL;
}

void template_free(struct template *t)
{
	if (!t)
		return;
	buf_free(&t->text);
	free(t->pieces);
	free(t);
}

bool template_fixed(const struct template *t)
{
	return t->n == 0 || (t->n == 1 && t->pieces[0].source == LITERAL);
}

/* ---- writing */

static struct span text_of(struct span raw, struct buf *scratch)
{
	switch (raw.p ? json_type_of(raw) : JSON_NULL) {
	case JSON_STRING:
		buf_reset(scratch);
		raw = json_text(raw, scratch);
		return raw.n ? raw : (struct span){ 0 };	/* an empty name would leave nothing to see */
	case JSON_NUMBER:
	case JSON_TRUE:
	case JSON_FALSE:
		return raw;
	default:
		return (struct span){ 0 };
	}
}

static struct span digest(const struct record *r, struct buf *scratch)
{
	const char *why;

	buf_reset(scratch);
	return format_record_digest(scratch, r, &why) ? buf_as_span(scratch) : (struct span){ 0 };
}

static struct span value(const struct template *t, const struct piece *p, const struct record *r, struct buf *scratch)
{
	switch (p->source) {
	case NAMESPACE: return text_of(r->ns, scratch);
	case SET: return text_of(r->set, scratch);
	case USER_KEY: return text_of(r->user_key, scratch);
	case DIGEST: return digest(r, scratch);
	case MSG: return text_of(r->msg, scratch);
	case GEN: return text_of(r->gen, scratch);
	case LUT: return text_of(r->lut, scratch);
	case EXP: return text_of(r->exp, scratch);
	case BIN: return text_of(record_bin(r, (struct span){ t->text.p + p->at, p->n }), scratch);
	case LITERAL: break;
	}
	return (struct span){ 0 };
}

static void put_url(struct buf *out, struct span text)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~') {
			buf_byte(out, (char)c);
		} else {
			buf_byte(out, '%');
			buf_byte(out, hex[c >> 4]);
			buf_byte(out, hex[c & 15]);
		}
	}
}

static const char *what(const struct template *t, const struct piece *p)
{
	static const char *const names[] = { "", "namespace", "set", "user key", "digest", "msg", "generation", "last update time",
		"expiration" };
	static char text[160];

	if (p->source == BIN)
		snprintf(text, sizeof(text), "the record has no bin %.*s that could stand there", p->n < 80 ? (int)p->n : 80, t->text.p + p->at);
	else
		snprintf(text, sizeof(text), "the record has no %s", names[p->source]);
	return text;
}

bool template_write(struct buf *out, const struct template *t, const struct record *r, enum template_use use, bool *retry,
	const char **why)
{
	size_t before = out->n;
	struct buf scratch = { 0 };
	bool path = use == TEMPLATE_URL;

	*why = NULL;
	for (size_t i = 0; i < t->n && !*why; i++) {
		const struct piece *p = &t->pieces[i];
		struct span text = { buf_as_span(&t->text).p + p->at, p->n };

		if (p->source == LITERAL) {
			buf_span(out, text);
			path = path && !memchr(text.p, '?', text.n);
			continue;
		}
		text = value(t, p, r, &scratch);
		if (!text.p && p->missing == TEMPLATE_USE_DIGEST)
			text = digest(r, &scratch);
		*retry = p->missing == TEMPLATE_FAIL;
		if (!text.p)
			*why = what(t, p);
		else if (path && (span_is(text, ".") || span_is(text, "..")))
			*why = "a value of . or .. would lead to another place";
		else if (use == TEMPLATE_URL)
			put_url(out, text);
		else
			buf_span(out, text);
		if (*why && text.p)
			*retry = false;
	}
	if (!*why && (out->full || scratch.full)) {
		*why = "too long";
		*retry = false;
	}
	buf_free(&scratch);
	if (*why)
		out->n = before;
	return !*why;
}
