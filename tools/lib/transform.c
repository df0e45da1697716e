/* SPDX-License-Identifier: Apache-2.0 */
#include "transform.h"

#include "err.h"
#include "transform_java.h"

#include <stdio.h>
#include <stdlib.h>

#define GROUPS 10

/* Cut the next part of s/RE/REPL/ at the delimiter, which stands for itself behind a backslash. NULL when no delimiter comes. */
static char *cut_part(const char **text, char delimiter)
{
	const char *p = *text;
	char *part = xmalloc(strlen(p) + 1), *to = part;

	for (; *p && *p != delimiter; p++) {
		if (*p == '\\' && p[1] == delimiter)
			p++;
		else if (*p == '\\' && p[1])
			*to++ = *p++;
		*to++ = *p;
	}
	*to = '\0';
	if (!*p)
		return free(part), NULL;
	*text = p + 1;
	return part;
}

/* Replace references in place by the bytes 1..10. False when a group is not there. */
static bool compile_replacement(char *text, size_t groups)
{
	char *to = text;

	for (const char *p = text; *p; p++) {
		if ((*p == '\\' || *p == '$') && p[1] >= '0' && p[1] <= '9') {
			size_t group = (size_t)(*++p - '0');
			if (group > groups)
				return false;
			*to++ = (char)(group + 1);
		} else if (*p == '&') {
			*to++ = 1;
		} else {
			if (*p == '\\' && p[1])
				p++;
			*to++ = *p;
		}
	}
	*to = '\0';
	return true;
}

static const char *parse_replace(struct transform *t, const char *text)
{
	static char why[128];
	char delimiter = text[1];
	bool java = text[0] == 'j', either_case = false;

	text += 2;
	char *pattern = cut_part(&text, delimiter);
	if (!pattern)
		return "not of the form s/RE/REPLACEMENT/";
	t->replacement = cut_part(&text, delimiter);
	if (!t->replacement)
		return free(pattern), "not of the form s/RE/REPLACEMENT/";
	for (; *text; text++) {
		if (*text == 'g')
			t->all = true;
		else if (*text == 'i')
			either_case = true;
		else
			return free(pattern), free(t->replacement), "unknown flag: not g or i";
	}
	for (const char *p = t->replacement; *p; p++)
		if ((unsigned char)*p < 0x20)
			return free(pattern), free(t->replacement), "the replacement has control characters";
	if (java) {
		const char *wrong = NULL;
		t->kind = TRANSFORM_JAVA;
		t->java = transform_java_new(pattern, t->replacement, t->all, either_case, &wrong);
		free(pattern);
		free(t->replacement);
		return t->java ? NULL : wrong;
	}
	int error = regcomp(&t->regex, pattern, REG_EXTENDED | (either_case ? REG_ICASE : 0));
	free(pattern);
	if (error) {
		regerror(error, &t->regex, why, sizeof(why));
		return free(t->replacement), why;
	}
	if (!compile_replacement(t->replacement, t->regex.re_nsub))
		return transform_free(t), "the replacement refers to a group that the expression does not have";
	return NULL;
}

const char *transform_parse(struct transform *t, const char *text)
{
	*t = (struct transform){ .kind = TRANSFORM_REPLACE };
	if (strcmp(text, "lowercase") == 0)
		t->kind = TRANSFORM_LOWER;
	else if (strcmp(text, "uppercase") == 0)
		t->kind = TRANSFORM_UPPER;
	else if (strcmp(text, "trim") == 0)
		t->kind = TRANSFORM_TRIM;
	else if ((text[0] == 's' || text[0] == 'j') && text[1] && text[1] != '\\' && !(text[1] >= 'a' && text[1] <= 'z'))
		return parse_replace(t, text);
	else
		return "not lowercase, uppercase, trim, s/RE/REPLACEMENT/ or j/RE/REPLACEMENT/";
	return NULL;
}

void transform_free(struct transform *t)
{
	if (t->kind == TRANSFORM_JAVA)
		transform_java_free(t->java);
	if (t->kind != TRANSFORM_REPLACE)
		return;
	regfree(&t->regex);
	free(t->replacement);
}

static void put_replacement(struct buf *out, const char *replacement, const char *name, const regmatch_t *match)
{
	for (const char *p = replacement; *p; p++) {
		if ((unsigned char)*p > GROUPS) {
			buf_byte(out, *p);
			continue;
		}
		const regmatch_t *m = &match[*p - 1];
		if (m->rm_so >= 0)
			buf_put(out, name + m->rm_so, (size_t)(m->rm_eo - m->rm_so));
	}
}

static void replace(const struct transform *t, struct buf *name)
{
	struct buf out = { .max = name->max };
	regmatch_t match[GROUPS];
	int flags = 0;
	const char *p;

	if (name->n && memchr(name->p, '\0', name->n))	/* no name for anything; dest_check says so */
		return;
	buf_byte(name, '\0');
	if (name->full)
		return;
	for (p = name->p; regexec(&t->regex, p, GROUPS, match, flags) == 0; flags = REG_NOTBOL) {
		buf_put(&out, p, (size_t)match[0].rm_so);
		put_replacement(&out, t->replacement, p, match);
		bool empty = match[0].rm_so == match[0].rm_eo;
		p += match[0].rm_eo;
		if (!t->all || !*p)
			break;
		if (empty)
			buf_byte(&out, *p++);
	}
	buf_put(&out, p, strlen(p));
	buf_reset(name);
	buf_span(name, buf_as_span(&out));
	buf_free(&out);
}

static bool white(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

void transform_apply(const struct transform *t, struct buf *name)
{
	size_t start = 0;

	switch (t->kind) {
	case TRANSFORM_LOWER:
		for (size_t i = 0; i < name->n; i++)
			if (name->p[i] >= 'A' && name->p[i] <= 'Z')
				name->p[i] += 'a' - 'A';
		return;
	case TRANSFORM_UPPER:
		for (size_t i = 0; i < name->n; i++)
			if (name->p[i] >= 'a' && name->p[i] <= 'z')
				name->p[i] -= 'a' - 'A';
		return;
	case TRANSFORM_TRIM:
		while (name->n > 0 && white(name->p[name->n - 1]))
			name->n--;
		while (start < name->n && white(name->p[start]))
			start++;
		if (start > 0)
			memmove(name->p, name->p + start, name->n -= start);
		return;
	case TRANSFORM_REPLACE:
		replace(t, name);
		return;
	case TRANSFORM_JAVA:
		transform_java_apply(t->java, name);
		return;
	}
}
