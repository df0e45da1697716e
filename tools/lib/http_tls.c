/* SPDX-License-Identifier: Apache-2.0 */
#include "http.h"
#include "err.h"

#include <stdio.h>
#include <stdlib.h>

#define PEM_MAX (1 << 20)

static char *pem(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text = xmalloc(PEM_MAX + 1);
	size_t n;

	if (!f)
		die(EX_NOINPUT, "can't open %s:", path);
	n = fread(text, 1, PEM_MAX + 1, f);
	if (ferror(f))
		die(EX_IOERR, "can't read %s:", path);
	fclose(f);
	if (n > PEM_MAX)
		die(EX_CONFIG, "%s: longer than 1 MiB", path);
	text[n] = '\0';
	if (!strstr(text, "-----BEGIN "))
		die(EX_CONFIG, "%s: no PEM block in it", path);
	return text;
}

struct http_tls *http_tls_load(const char *cert, const char *key, const char *ca)
{
	struct http_tls *t = xcalloc(1, sizeof(*t));

	t->cert = pem(cert);
	t->key = pem(key ? key : cert);
	t->ca = ca ? pem(ca) : NULL;
	return t;
}

void http_tls_free(struct http_tls *t)
{
	if (!t)
		return;
	if (t->key)
		explicit_bzero(t->key, strlen(t->key));
	free(t->cert);
	free(t->key);
	free(t->ca);
	free(t);
}
