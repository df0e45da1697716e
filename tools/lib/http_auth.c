/* SPDX-License-Identifier: Apache-2.0 */
#include "http_auth.h"
#include "base64.h"
#include "buf.h"
#include "err.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/types.h>

#define SECRETS_MAX 1024

struct secret {
	bool basic;
	struct buf token;	/* basic: base64 of USER:PASSWORD; else the key */
};

struct http_auth {
	size_t n;
	struct secret secret[SECRETS_MAX];
};

static const char *add(struct http_auth *a, struct span line)
{
	struct secret s = { .token.max = 8192 };
	struct span rest;

	if (line.n == 0 || line.p[0] == '#')
		return NULL;
	if (a->n == SECRETS_MAX)
		return "too many secrets";
	s.basic = span_starts(line, "basic ");
	if (!s.basic && !span_starts(line, "api-key "))
		return "neither \"basic USER:PASSWORD\" nor \"api-key KEY\"";
	rest = (struct span){ line.p + (s.basic ? 6 : 8), line.n - (s.basic ? 6 : 8) };
	if (rest.n == 0)
		return "the secret is empty";
	if (s.basic && !memchr(rest.p, ':', rest.n))
		return "no colon between user and password";
	if (s.basic)
		base64_encode(&s.token, rest.p, rest.n);
	else
		buf_span(&s.token, rest);
	if (s.token.full)
		return "the secret is too long";
	a->secret[a->n++] = s;
	return NULL;
}

__attribute__((format(printf, 1, 2)))
static char *text(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		s = NULL;
	va_end(ap);
	return s;
}

static char *load(struct http_auth *a, FILE *f, const char *path)
{
	char *line = NULL, *why = NULL;
	size_t cap = 0, number = 0;
	ssize_t n;

	while (!why && (n = getline(&line, &cap, f)) >= 0) {
		const char *bad;

		number++;
		while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
			n--;
		bad = add(a, (struct span){ line, (size_t)n });
		if (bad)
			why = text("%s:%zu: %s", path, number, bad);
	}
	if (!why && ferror(f))
		why = text("can't read %s: %s", path, strerror(errno));
	if (!why && a->n == 0)
		why = text("%s: holds no secret", path);
	if (line)
		explicit_bzero(line, cap);
	free(line);
	return why;
}

struct http_auth *http_auth_load(const char *path, char **why)
{
	struct http_auth *a;
	FILE *f = fopen(path, "re");

	if (!f) {
		*why = text("can't open %s: %s", path, strerror(errno));
		return NULL;
	}
	a = xcalloc(1, sizeof(*a));
	*why = load(a, f, path);
	fclose(f);
	if (*why) {
		http_auth_free(a);
		return NULL;
	}
	return a;
}

void http_auth_free(struct http_auth *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < a->n; i++) {
		explicit_bzero(a->secret[i].token.p, a->secret[i].token.n);
		buf_free(&a->secret[i].token);
	}
	free(a);
}

static bool same(const struct secret *s, struct span given)
{
	unsigned char differ = 0;

	if (!given.p || given.n != s->token.n)
		return false;
	for (size_t i = 0; i < given.n; i++)
		differ |= (unsigned char)(given.p[i] ^ s->token.p[i]);
	return differ == 0;
}

/* The token behind a scheme's name; absent when it is another scheme. */
static struct span behind(struct span authorization, const char *scheme)
{
	size_t n = strlen(scheme);

	if (!authorization.p || authorization.n <= n || strncasecmp(authorization.p, scheme, n) != 0 || authorization.p[n] != ' ')
		return (struct span){ NULL, 0 };
	while (n < authorization.n && authorization.p[n] == ' ')
		n++;
	return (struct span){ authorization.p + n, authorization.n - n };
}

bool http_auth_ok(const struct http_auth *a, struct span authorization, struct span api_key)
{
	const struct span basic = behind(authorization, "Basic"), bearer = behind(authorization, "Bearer");
	bool ok = false;

	for (size_t i = 0; i < a->n; i++) {
		const struct secret *s = &a->secret[i];

		if (s->basic)
			ok |= same(s, basic);
		else
			ok |= same(s, api_key) || same(s, bearer);
	}
	return ok;
}
