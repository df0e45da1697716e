/* SPDX-License-Identifier: Apache-2.0 */
#include "notification.h"
#include "base64.h"
#include "json.h"

#include <strings.h>

#define TYPE_MAX 256	/* bytes in the line; a longer one is cut */

/* The media type alone, without parameters and blanks. */
static struct span media(struct span type)
{
	const char *semicolon = type.p ? memchr(type.p, ';', type.n) : NULL;

	if (semicolon)
		type.n = (size_t)(semicolon - type.p);
	while (type.n && (type.p[type.n - 1] == ' ' || type.p[type.n - 1] == '\t'))
		type.n--;
	return type;
}

static bool is(struct span s, const char *name)
{
	return s.n == strlen(name) && strncasecmp(s.p, name, s.n) == 0;
}

static bool says_json(struct span type)
{
	return is(type, "application/json") || is(type, "text/json") ||
		(type.n > 5 && strncasecmp(type.p + type.n - 5, "+json", 5) == 0);
}

static bool says_binary(struct span type)
{
	return is(type, "application/octet-stream") || is(type, "application/x-msgpack") || is(type, "application/msgpack") ||
		is(type, "application/vnd.msgpack");
}

static bool valid(struct span text)
{
	struct json j;

	json_open(&j, text);
	json_value(&j, NULL);
	return json_done(&j);
}

static bool is_json(const struct notification *n)
{
	const struct span type = media(n->type);

	if (n->body.n == 0 || (type.p && says_binary(type)))
		return false;
	if (!(type.p && says_json(type)) && n->body.p[0] != '{' && n->body.p[0] != '[')
		return false;
	return valid(n->body);
}

static void put_path(struct buf *out, struct span path)
{
	static const char hex[] = "0123456789ABCDEF";

	if (utf8_valid(path)) {
		json_put_string(out, path);
		return;
	}
	buf_byte(out, '"');
	for (size_t i = 0; i < path.n; i++) {
		const unsigned char c = (unsigned char)path.p[i];

		if (c < 0x80)
			json_put_escaped(out, (struct span){ path.p + i, 1 });
		else
			buf_put(out, (char[]){ '%', hex[c >> 4], hex[c & 15] }, 3);
	}
	buf_byte(out, '"');
}

void notification_line(struct buf *out, const struct notification *n)
{
	buf_lit(out, "{\"id\":");
	json_put_uint64(out, n->id);
	buf_lit(out, ",\"at\":");
	json_put_int64(out, n->at);
	buf_lit(out, ",\"path\":");
	put_path(out, n->path);
	if (n->type.p) {
		buf_lit(out, ",\"type\":");
		if (n->type.n <= TYPE_MAX / 2 && utf8_valid(n->type))
			json_put_string(out, n->type);
		else
			json_put_lossy(out, n->type, TYPE_MAX);
	}
	if (is_json(n)) {
		size_t start;

		buf_lit(out, ",\"body\":");
		start = out->n;
		buf_span(out, n->body);
		if (!out->full)
			json_blank_line_ends(out->p + start, out->n - start);
		buf_lit(out, "}\n");
	} else {
		buf_lit(out, ",\"body64\":\"");
		base64_encode(out, n->body.p, n->body.n);
		buf_lit(out, "\"}\n");
	}
}

size_t notification_size_max(const struct notification *n)
{
	/* A byte of the path takes up to six (a control byte as \u00XX). */
	return 128 + 6 * n->path.n + 3 * TYPE_MAX + BASE64_SIZE(n->body.n);
}
