/* SPDX-License-Identifier: Apache-2.0 */
/* What goes into requests: header lines and URLs. */
#include "fetch.h"

#include "err.h"

#include <stdio.h>
#include <stdlib.h>

static void append(struct curl_slist **list, const char *line)
{
	struct curl_slist *longer = curl_slist_append(*list, line);

	if (!longer)
		die(EX_SOFTWARE, "out of memory");
	*list = longer;
}

struct curl_slist *fetch_headers(void)
{
	struct curl_slist *list = NULL;

	append(&list, "Accept:");
	append(&list, "Expect:");
	return list;
}

bool fetch_header_name_valid(struct span name)
{
	if (!name.n)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.p[i];
		bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

		if (!c || (!alphanumeric && !strchr("!#$%&'*+-.^_`|~", c)))
			return false;
	}
	return true;
}

static bool blank(char c)
{
	return (unsigned char)c <= ' ' || c == 0x7f;
}

bool fetch_header_add(struct curl_slist **list, struct span name, struct span value)
{
	struct buf line = { 0 };
	struct curl_slist *longer = NULL;

	if (!fetch_header_name_valid(name))
		return false;
	while (value.n && blank(value.p[0]))
		value = (struct span){ value.p + 1, value.n - 1 };
	while (value.n && blank(value.p[value.n - 1]))
		value.n--;
	buf_span(&line, name);
	if (value.n)
		buf_lit(&line, ": ");
	else
		buf_byte(&line, ';');	/* libcurl's way to say: there, and empty */
	for (size_t i = 0; i < value.n; i++)
		buf_byte(&line, blank(value.p[i]) ? ' ' : value.p[i]);
	buf_byte(&line, '\0');
	if (!line.full)
		longer = curl_slist_append(*list, line.p);
	buf_free(&line);
	if (longer)
		*list = longer;
	return longer;
}

void fetch_headers_file(struct curl_slist **list, const char *path)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	unsigned number = 0;
	size_t cap = 0;
	ssize_t n;

	if (!f)
		die(EX_CONFIG, "can't open %s:", path);
	while ((n = getline(&line, &cap, f)) > 0) {
		char *colon = strchr(line, ':');

		number++;
		while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
			line[--n] = '\0';
		if (n == 0 || line[0] == '#')
			continue;
		if (!colon || !fetch_header_add(list, (struct span){ line, (size_t)(colon - line) }, span_of(colon + 1)))
			die(EX_CONFIG, "%s: line %u is no header (Name: value)", path, number);
	}
	if (ferror(f))
		die(EX_CONFIG, "can't read %s:", path);
	free(line);
	fclose(f);
}

const char *fetch_url_wrong(const char *url)
{
	CURLU *u = curl_url();
	char *scheme = NULL, *user = NULL, *host = NULL;
	const char *why = NULL;

	if (!u || curl_url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) || curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) ||
		curl_url_get(u, CURLUPART_HOST, &host, 0))
		why = "not a URL";
	else if (strcmp(scheme, "http") && strcmp(scheme, "https"))
		why = "not an http or https URL";
	else if (!curl_url_get(u, CURLUPART_USER, &user, 0))
		why = "secrets don't belong into the URL";
	curl_free(scheme);
	curl_free(user);
	curl_free(host);
	curl_url_cleanup(u);
	return why;
}
