/* SPDX-License-Identifier: Apache-2.0 */
#include "transform_java.h"

#include "err.h"
#include "json.h"

#include <oniguruma.h>
#include <stdio.h>
#include <stdlib.h>

#define STEPS_MAX 100000	/* of backtracking: a few milliseconds */

struct transform_java {
	OnigRegex regex;
	bool all;
	struct piece { int group; char *text; } *pieces;	/* of the replacement; group -1: text */
	size_t n_pieces;
};

static char *copy(const char *p, size_t n)
{
	char *text = xmalloc(n + 1);

	memcpy(text, p, n);
	text[n] = '\0';
	return text;
}

static void add_piece(struct transform_java *t, int group, const char *text, size_t n)
{
	t->pieces = realloc(t->pieces, (t->n_pieces + 1) * sizeof(*t->pieces));
	if (!t->pieces)
		die(EX_SOFTWARE, "out of memory");
	t->pieces[t->n_pieces++] = (struct piece){ group, group < 0 ? copy(text, n) : NULL };
}

/* $N or ${name}, with p at the dollar. -1: there is no such group. */
static int read_group(const struct transform_java *t, const char **p)
{
	const char *at = *p + 1, *end;
	int groups = onig_number_of_captures(t->regex), group;

	if (*at == '{') {
		end = strchr(at, '}');
		if (!end)
			return -1;
		group = onig_name_to_backref_number(t->regex, (const OnigUChar *)at + 1, (const OnigUChar *)end, NULL);
		*p = end + 1;
		return group > 0 ? group : -1;
	}
	if (*at < '0' || *at > '9')
		return -1;
	/* As many digits as make the number of a group. */
	for (group = *at++ - '0'; *at >= '0' && *at <= '9' && group * 10 + (*at - '0') <= groups; at++)
		group = group * 10 + (*at - '0');
	*p = at;
	return group <= groups ? group : -1;
}

static bool compile_replacement(struct transform_java *t, const char *replacement)
{
	struct buf text = { 0 };
	bool good = true;

	for (const char *p = replacement; *p && good;) {
		if (*p == '$') {
			if (text.n)
				add_piece(t, -1, text.p, text.n);
			buf_reset(&text);
			int group = read_group(t, &p);
			good = group >= 0;
			if (good)
				add_piece(t, group, NULL, 0);
			continue;
		}
		if (*p == '\\' && p[1])
			p++;
		buf_byte(&text, *p++);
	}
	if (text.n)
		add_piece(t, -1, text.p, text.n);
	buf_free(&text);
	return good;
}

struct transform_java *transform_java_new(const char *pattern, const char *replacement, bool all, bool either_case, const char **why)
{
	static char text[ONIG_MAX_ERROR_MESSAGE_LEN];
	static OnigEncoding encodings[] = { ONIG_ENCODING_UTF8 };
	const OnigUChar *p = (const OnigUChar *)pattern;
	struct transform_java *t;
	OnigSyntaxType syntax;
	OnigErrorInfo info;

	*why = "not UTF-8";
	if (!utf8_valid(span_of(pattern)) || !utf8_valid(span_of(replacement)))
		return NULL;
	t = xcalloc(1, sizeof(*t));
	t->all = all;
	onig_initialize(encodings, 1);
	onig_set_retry_limit_in_search(STEPS_MAX);
	/* Oniguruma's Java is an old one, without names for groups. */
	onig_copy_syntax(&syntax, ONIG_SYNTAX_JAVA);
	onig_set_syntax_op2(&syntax, onig_get_syntax_op2(&syntax) | ONIG_SYN_OP2_QMARK_LT_NAMED_GROUP | ONIG_SYN_OP2_ESC_K_NAMED_BACKREF);
	int error = onig_new(&t->regex, p, p + strlen(pattern), ONIG_OPTION_CAPTURE_GROUP | (either_case ? ONIG_OPTION_IGNORECASE : 0),
		ONIG_ENCODING_UTF8, &syntax, &info);
	if (error != ONIG_NORMAL) {
		onig_error_code_to_str((OnigUChar *)text, error, &info);
		*why = text;
		free(t);
		return NULL;
	}
	if (compile_replacement(t, replacement))
		return t;
	*why = "the replacement refers to a group that the expression does not have";
	transform_java_free(t);
	return NULL;
}

void transform_java_free(struct transform_java *t)
{
	for (size_t i = 0; i < t->n_pieces; i++)
		free(t->pieces[i].text);
	free(t->pieces);
	onig_free(t->regex);
	free(t);
}

static void put_replacement(struct buf *out, const struct transform_java *t, const char *name, const OnigRegion *match)
{
	for (size_t i = 0; i < t->n_pieces; i++) {
		int group = t->pieces[i].group;

		if (group < 0)
			buf_put(out, t->pieces[i].text, strlen(t->pieces[i].text));
		else if (group < match->num_regs && match->beg[group] >= 0)
			buf_put(out, name + match->beg[group], (size_t)(match->end[group] - match->beg[group]));
	}
}

static size_t next_character(struct span text, size_t at)
{
	do
		at++;
	while (at < text.n && ((unsigned char)text.p[at] & 0xc0) == 0x80);
	return at;
}

/* Java's replaceAll or replaceFirst. False when a match took too long. */
static bool replace(const struct transform_java *t, struct span name, struct buf *out, OnigRegion *match)
{
	const OnigUChar *start = (const OnigUChar *)name.p, *end = start + name.n;
	size_t done = 0, at = 0;

	while (at <= name.n) {
		int found = onig_search(t->regex, start, end, start + at, end, match, ONIG_OPTION_NONE);

		if (found == ONIG_MISMATCH)
			break;
		if (found < 0)
			return false;
		buf_put(out, name.p + done, (size_t)match->beg[0] - done);
		put_replacement(out, t, name.p, match);
		done = at = (size_t)match->end[0];
		if (!t->all)
			break;
		if (match->beg[0] == match->end[0] && at < name.n)
			at = next_character(name, at);
		else if (match->beg[0] == match->end[0])
			break;
	}
	buf_put(out, name.p + done, name.n - done);
	return true;
}

void transform_java_apply(const struct transform_java *t, struct buf *name)
{
	struct buf out = { .max = name->max };
	OnigRegion *match;

	/* NUL: no name for anything, which is found out later. */
	if (!utf8_valid(buf_as_span(name)) || (name->n && memchr(name->p, '\0', name->n)))
		return;
	match = onig_region_new();
	if (match && replace(t, buf_as_span(name), &out, match)) {
		buf_reset(name);
		buf_span(name, buf_as_span(&out));
		name->full |= out.full;
	}
	if (match)
		onig_region_free(match, 1);
	buf_free(&out);
}
