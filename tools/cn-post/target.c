/* SPDX-License-Identifier: Apache-2.0 */
#include "target.h"

#include <stdio.h>
#include <strings.h>

static bool fail(struct outgoing *out, bool retry, const char *where, const char *why)
{
	out->retry = retry;
	snprintf(out->why, sizeof(out->why), "%s%s", where, why);
	return false;
}

const char *target_next(const char **p, const char *end)
{
	const char *text = *p;

	if (text >= end)
		return NULL;
	*p = text + strlen(text) + 1;
	return text;
}

/* A text of to.http without NUL; absent after fail(). */
static struct span text_of(struct outgoing *out, struct span raw, const char *what)
{
	struct span text;

	buf_reset(&out->scratch);
	text = json_text(raw, &out->scratch);
	if (!text.p || !text.n || memchr(text.p, '\0', text.n)) {
		fail(out, false, what, " is not a string of text");
		return (struct span){ 0 };
	}
	return text;
}

static bool put_url(struct outgoing *out, const struct to_http *v)
{
	struct span text = text_of(out, v->url, "to.http.url");
	const char *why;
	size_t at = out->target.n;

	if (!text.p)
		return false;
	buf_span(&out->target, text);
	buf_byte(&out->target, '\0');
	if (out->target.full)
		return true;
	why = fetch_url_wrong(out->target.p + at);
	return !why || fail(out, false, "to.http.url: ", why);
}

static bool put_path(struct outgoing *out, const struct to_http *v)
{
	static const char hex[] = "0123456789ABCDEF";
	struct span text = text_of(out, v->path, "to.http.path");

	if (!text.p)
		return false;
	if (*text.p != '/')
		return fail(out, false, "to.http.path", " does not begin with /");
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c > ' ' && c < 0x7f && !strchr("\"<>\\^`{|}#", c)) {
			buf_byte(&out->target, (char)c);
			continue;
		}
		buf_byte(&out->target, '%');
		buf_byte(&out->target, hex[c >> 4]);
		buf_byte(&out->target, hex[c & 15]);
	}
	buf_byte(&out->target, '\0');
	return true;
}

static bool put_rests(struct outgoing *out, const struct record *r)
{
	for (unsigned i = 0; i < out->dest->n_rests; i++) {
		const char *why;
		bool retry;

		if (!template_write(&out->target, out->dest->rests[i], r, TEMPLATE_URL, &retry, &why))
			return fail(out, retry, "the URL: ", why);
		buf_byte(&out->target, '\0');
	}
	return true;
}

static bool put_method(struct outgoing *out, const struct to_http *v)
{
	struct span text;

	if (v->method.p) {
		text = text_of(out, v->method, "to.http.method");
		if (!text.p)
			return false;
		for (size_t i = 0; i < text.n; i++)
			if (text.p[i] < 'A' || text.p[i] > 'Z')
				return fail(out, false, "to.http.method", " is not a word of capital letters");
		buf_span(&out->target, text);
	} else {
		buf_span(&out->target, span_of(post.options.method));
	}
	buf_byte(&out->target, '\0');
	return true;
}

/* ---- headers */

static bool same_name(struct span a, const char *b)
{
	return a.n == strlen(b) && strncasecmp(a.p, b, a.n) == 0;
}

/* Is this header named in to.http.headers? */
static bool given(struct span headers, const char *name)
{
	struct json_member m;
	struct json j;
	bool found = false;

	if (!headers.p)
		return false;
	json_open(&j, headers);
	for (json_object(&j); json_member(&j, &m); json_value(&j, NULL))
		found |= same_name(m.key, name);
	return found;
}

static void put_header(struct outgoing *out, const char *name, struct span value)
{
	buf_put(&out->target, name, strlen(name) + 1);
	for (size_t i = 0; i < value.n; i++)
		buf_byte(&out->target, value.p[i] ? value.p[i] : ' ');
	buf_byte(&out->target, '\0');
}

static bool put_given(struct outgoing *out, struct span headers)
{
	struct json_member m;
	struct json j;

	json_open(&j, headers);
	for (json_object(&j); json_member(&j, &m);) {
		struct span raw, text;
		char name[128];

		switch (json_value(&j, &raw)) {
		case JSON_NULL:
			continue;	/* only takes the options' one away */
		case JSON_STRING:
			buf_reset(&out->scratch);
			text = json_text(raw, &out->scratch);
			break;
		case JSON_NUMBER: case JSON_TRUE: case JSON_FALSE:
			text = raw;
			break;
		default:
			text = (struct span){ 0 };
		}
		if (m.key.n >= sizeof(name) || !fetch_header_name_valid(m.key) || !text.p)
			return fail(out, false, "to.http.headers", ": a name is no token, or a value is no text");
		memcpy(name, m.key.p, m.key.n);
		name[m.key.n] = '\0';
		put_header(out, name, text);
	}
	return true;
}

static bool has_header(const char *name)
{
	for (int i = 0; i < post.options.n_headers; i++)
		if (strcasecmp(post.options.headers[i].name, name) == 0)
			return true;
	return false;
}

static bool put_headers(struct outgoing *out, const struct record *r, const struct to_http *v, enum format format)
{
	const struct options *o = &post.options;
	const char *why;
	bool retry;

	if (v->headers.p && json_type_of(v->headers) != JSON_OBJECT)
		return fail(out, false, "to.http.headers", " is not an object");
	if (!has_header("Content-Type") && !given(v->headers, "Content-Type"))
		put_header(out, "Content-Type", span_of(options_media_type(o, format)));
	if (o->digest_header && !given(v->headers, "aerospike-digest")) {
		buf_reset(&out->text);
		if (!format_record_digest(&out->text, r, &why))
			return fail(out, false, "aerospike-digest: ", why);
		put_header(out, "aerospike-digest", buf_as_span(&out->text));
	}
	for (int i = 0; i < o->n_headers; i++) {
		if (given(v->headers, o->headers[i].name))
			continue;
		buf_reset(&out->text);
		if (!template_write(&out->text, o->headers[i].value, r, TEMPLATE_TEXT, &retry, &why))
			return fail(out, retry, "a header: ", why);
		put_header(out, o->headers[i].name, buf_as_span(&out->text));
	}
	return !v->headers.p || put_given(out, v->headers);
}

bool target_make(struct outgoing *out, const struct record *r, const struct to_http *v, enum format format)
{
	enum target_url url = v->url.p ? TARGET_URL : v->path.p ? TARGET_PATH : out->dest->n_rests ? TARGET_RESTS : TARGET_FIXED;

	buf_reset(&out->target);
	if (url == TARGET_FIXED && !v->method.p && !v->headers.p && format == post.options.format && post.options.fixed_headers)
		return true;
	buf_byte(&out->target, (char)url);
	buf_byte(&out->target, '\0');
	if (!put_method(out, v))
		return false;
	if ((url == TARGET_URL && !put_url(out, v)) || (url == TARGET_PATH && !put_path(out, v)) ||
		(url == TARGET_RESTS && !put_rests(out, r)))
		return false;
	return put_headers(out, r, v, format);
}
