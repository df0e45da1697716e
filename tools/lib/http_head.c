/* SPDX-License-Identifier: Apache-2.0 */
#include "http.h"

#include <strings.h>

static bool is(const char *key, size_t n, const char *name, size_t name_n)
{
	return n == name_n && strncasecmp(key, name, n) == 0;
}
#define IS(literal) is(key, n, "" literal, sizeof(literal) - 1)

static bool number(struct span s, uint64_t *out)
{
	uint64_t v = 0;

	if (s.n == 0 || s.n > 18)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(s.p[i] - '0');
	}
	*out = v;
	return true;
}

/* A blank before the colon, a bare CR: libmicrohttpd takes them for parts of a name and a value, others for the end of them. */
static bool sound(const char *key, size_t n, struct span value)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)key[i] <= ' ' || key[i] == 0x7f)
			return false;
	for (size_t i = 0; i < value.n; i++)
		if (((unsigned char)value.p[i] < ' ' && value.p[i] != '\t') || value.p[i] == 0x7f)
			return false;
	return n > 0;
}

static enum MHD_Result header(void *ctx, enum MHD_ValueKind kind, const char *key, size_t n, const char *value, size_t value_n)
{
	struct http_head *h = ctx;
	const struct span v = { value ? value : "", value_n };

	(void)kind;
	if (!sound(key, n, v)) {
		h->bad = "a header has a blank or a control character where none may be";
	} else if (IS("Content-Length")) {
		if (h->has_length)
			h->bad = "more than one Content-Length";
		else if (!number(v, &h->length))
			h->bad = "Content-Length is not a number";
		h->has_length = true;
	} else if (IS("Transfer-Encoding")) {
		if (h->chunked || v.n != 7 || strncasecmp(v.p, "chunked", 7) != 0)
			h->bad = "Transfer-Encoding is not chunked";
		h->chunked = true;
	} else if (IS("Content-Type")) {
		h->type = v;
	} else if (IS("Accept")) {
		h->accept = v;
	} else if (IS("Origin")) {
		h->origin = v;
	} else if (IS("Access-Control-Request-Method")) {
		h->cors_method = v;
	} else if (IS("Access-Control-Request-Headers")) {
		h->cors_headers = v;
	} else if (IS("Authorization")) {
		if (h->authorization.p)
			h->bad = "more than one Authorization";
		h->authorization = v;
	} else if (IS("X-Api-Key")) {
		h->api_key = v;
	} else if (IS("Expect")) {
		h->expect = true;
	} else if (IS("Host")) {
		if (h->host)
			h->bad = "more than one Host";
		h->host = true;
	}
	return MHD_YES;
}

/* Two servers that read a different end of a request out of the same bytes can be played against each other, so what could be
 * read in two ways is refused. */
void http_head_read(struct MHD_Connection *c, struct http_head *h)
{
	*h = (struct http_head){ 0 };
	MHD_get_connection_values_n(c, MHD_HEADER_KIND, header, h);
	if (h->chunked && h->has_length)
		h->bad = "both Transfer-Encoding and Content-Length";
}
