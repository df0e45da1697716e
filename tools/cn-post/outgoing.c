/* SPDX-License-Identifier: Apache-2.0 */
/* From a record to what is sent of it, and where. */
#include "target.h"
#include "to_said.h"

#include <stdio.h>

static bool fail(struct outgoing *out, bool retry, const char *why)
{
	out->retry = retry;
	snprintf(out->why, sizeof(out->why), "%s", why);
	return false;
}

/* Our member is an object, a string (a destination or a URL), or true. */
static bool read_to(struct outgoing *out, const struct record *r, struct to_http *v)
{
	const struct to_member members[] = {
		{ "destination", &v->destination }, { "url", &v->url }, { "path", &v->path }, { "method", &v->method },
		{ "headers", &v->headers }, { NULL, NULL }
	};
	struct span string = { 0 };
	const struct to_sink us = {
		.name = post.options.to, .members = members, .format = &v->format, .string = &string, .takes_true = true,
		.otherwise = "to.http is neither an object nor a destination nor true",
	};
	const char *why;

	out->not_for_us = !to_said_read(r, &us, &why);
	if (string.p)
		*(span_starts(string, "\"http://") || span_starts(string, "\"https://") ? &v->url : &v->destination) = string;
	for (const struct to_member *m = members; m->name; m++)
		if (m->raw->p && json_type_of(*m->raw) == JSON_NULL)
			*m->raw = (struct span){ 0 };
	return !why || fail(out, false, why);
}

static bool make_dest(struct outgoing *out, const struct to_http *v)
{
	struct span name = span_of(post.options.destination);

	if (v->url.p) {
		out->dest = &post.loose;
		return true;
	}
	if (v->destination.p) {
		buf_reset(&out->scratch);
		name = json_text(v->destination, &out->scratch);
		if (!name.p)
			return fail(out, false, "to.http.destination is not a string");
	}
	out->dest = name.p ? dest_find(name) : post.dests;
	if (out->dest)
		return true;
	snprintf(out->why, sizeof(out->why), name.p ? "no destination has the name %.*s" : "the record has no destination, and there is none by default%.*s",
		name.n < 200 ? (int)name.n : 200, name.p ? name.p : "");
	out->retry = true;
	return false;
}

static bool make_format(struct outgoing *out, const struct to_http *v, enum format *format, struct format_options *how)
{
	const char *why = format_said_apply(&v->format, format, how, &out->scratch);

	if (!why && *format == FORMAT_MSGPACK && post.options.batch > 1)
		why = "format: msgpack can't be part of a batch";
	if (!why)
		return true;
	out->retry = false;
	snprintf(out->why, sizeof(out->why), "to.http.%s", why);
	return false;
}

static bool make_body(struct outgoing *out, const struct record *r, enum format format, const struct format_options *how)
{
	const char *why;

	buf_reset(&out->body);
	if (!format_write(&out->body, r, format, how, &why))
		return fail(out, false, why);
	if (format == FORMAT_LINE && post.options.batch == 1)
		buf_byte(&out->body, '\n');
	return true;
}

/* FNV-1a; two keys that collide only wait for one another. */
static uint64_t hash(struct span text)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < text.n; i++)
		h = (h ^ (unsigned char)text.p[i]) * UINT64_C(1099511628211);
	return h ? h : 1;
}

static uint64_t key_of(struct outgoing *out, const struct record *r)
{
	const char *why;

	if (r->digest.n > 2)
		return hash((struct span){ r->digest.p + 1, r->digest.n - 2 });	/* base64: without its quotes as computed below */
	buf_reset(&out->scratch);
	return format_record_digest(&out->scratch, r, &why) ? hash(buf_as_span(&out->scratch)) : 0;
}

bool outgoing_make(struct outgoing *out, const struct record *r)
{
	enum format format = post.options.format;
	struct format_options how = post.options.format_options;
	struct to_http v = { 0 };

	out->not_for_us = false;
	if (!read_to(out, r, &v) || out->not_for_us)
		return out->not_for_us;
	if (!make_dest(out, &v) || !make_format(out, &v, &format, &how) || !make_body(out, r, format, &how) ||
		!target_make(out, r, &v, format))
		return false;
	out->key = key_of(out, r);
	if (out->body.full || out->target.full)
		return fail(out, false, "too large");
	return true;
}

void outgoing_free(struct outgoing *out)
{
	buf_free(&out->body);
	buf_free(&out->target);
	buf_free(&out->scratch);
	buf_free(&out->text);
}
