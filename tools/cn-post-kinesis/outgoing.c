/* SPDX-License-Identifier: Apache-2.0 */
#include "outgoing.h"
#include "base64.h"
#include "queue.h"
#include "to_said.h"

#include <stdio.h>

#define KEY_CHARS_MAX 256	/* Kinesis' own limit */

/* What the record's to.kinesis says over the options: raw, absent when it says nothing. */
struct override {
	struct span stream, key, hash_key;
	struct format_said format;
};

static bool fail(struct outgoing *out, bool retry, const char *why)
{
	out->retry = retry;
	snprintf(out->why, sizeof(out->why), "%s", why);
	return false;
}

/* Our member is an object, a string (just the stream), or true. */
static bool read_to(struct outgoing *out, const struct record *r, const struct options *o, struct override *v)
{
	const struct to_member members[] = {
		{ "stream", &v->stream }, { "key", &v->key }, { "explicitHashKey", &v->hash_key }, { NULL, NULL }
	};
	const struct to_sink us = {
		.name = o->to, .members = members, .format = &v->format, .string = &v->stream, .takes_true = true,
		.otherwise = "to.kinesis is neither an object nor the name of a stream nor true",
	};
	const char *why;

	out->not_for_us = !to_said_read(r, &us, &why);
	return !why || fail(out, false, why);
}

static bool is_null(struct span raw)
{
	return !raw.p || json_type_of(raw) == JSON_NULL;
}

static bool stream_valid(struct span t)
{
	if (t.n == 0 || t.n > STREAM_NAME_MAX)
		return false;
	for (size_t i = 0; i < t.n; i++) {
		char c = t.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'))
			return false;
	}
	return true;
}

static bool make_stream(struct outgoing *out, const struct override *v, const struct options *o)
{
	if (is_null(v->stream)) {
		out->stream = span_of(o->stream);
		if (!out->stream.p)
			return fail(out, true, "no stream: the record has no to.kinesis.stream, and there is no --stream");
	} else {
		buf_reset(&out->stream_text);
		out->stream = json_text(v->stream, &out->stream_text);
		if (!out->stream.p)
			return fail(out, false, "to.kinesis.stream is not a string");
	}
	return stream_valid(out->stream) || fail(out, false, "not a stream name: 1 to 128 letters, digits, '.', '_' and '-'");
}

/* The text of a value: a string without quotes, anything else as it is written. */
static bool key_given(struct outgoing *out, struct span raw)
{
	out->key = raw;
	if (json_type_of(raw) != JSON_STRING)
		return true;
	buf_reset(&out->key_text);
	out->key = json_text(raw, &out->key_text);
	return out->key.p || fail(out, false, "the partition key is not Unicode text");
}

/* The record's own, or computed from set and user key. */
static bool digest(struct outgoing *out, const struct record *r)
{
	const char *why;

	buf_reset(&out->key_text);
	if (!format_record_digest(&out->key_text, r, &why))
		return fail(out, false, why);
	out->key = buf_as_span(&out->key_text);
	return out->key.n || fail(out, false, "the digest is empty");
}

static size_t characters(struct span text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++)
		n += ((unsigned char)text.p[i] & 0xc0) != 0x80;
	return n;
}

/* The gateway's mapping template puts a header's value into JSON as it is. */
static bool fits_header(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < ' ' || text.p[i] > '~' || text.p[i] == '"' || text.p[i] == '\\')
			return false;
	return text.p[0] != ' ' && text.p[text.n - 1] != ' ';
}

static bool make_key(struct outgoing *out, const struct record *r, const struct override *v, const struct options *o)
{
	struct span raw = v->key;

	if (is_null(raw)) {
		switch (o->key) {
		case KEY_USER_KEY: raw = r->user_key; break;
		case KEY_SET: raw = r->set; break;
		case KEY_BIN: raw = record_bin(r, span_of(o->key_bin)); break;
		case KEY_DIGEST: break;
		}
	}
	if (is_null(raw) || span_is(raw, "\"\"")) {
		if (!digest(out, r))
			return false;
	} else if (!key_given(out, raw)) {
		return false;
	}
	if (characters(out->key) > KEY_CHARS_MAX)
		return fail(out, false, "the partition key is longer than 256 characters");
	if (o->gateway && !fits_header(out->key))
		return fail(out, false, "the partition key can't stand in a header: only ASCII without '\"', '\\' and control characters can");
	return true;
}

static bool make_hash_key(struct outgoing *out, const struct override *v, const struct options *o)
{
	unsigned char hash[HASH_SIZE];

	out->hash_key = (struct span){ 0 };
	if (is_null(v->hash_key))
		return true;
	if (o->gateway)
		return fail(out, false, "to.kinesis.explicitHashKey: the gateway's mapping has no place for it");
	out->hash_key = v->hash_key;	/* a number, as it is written */
	if (json_type_of(v->hash_key) == JSON_STRING) {
		buf_reset(&out->hash_text);
		out->hash_key = json_text(v->hash_key, &out->hash_text);
	}
	if (!hash_of_decimal(hash, out->hash_key))
		return fail(out, false, "to.kinesis.explicitHashKey is not a number from 0 to 2^128-1");
	return true;
}

static bool make_format(struct outgoing *out, const struct override *v, const struct options *o, enum format *format,
	struct format_options *how)
{
	const char *why = format_said_apply(&v->format, format, how, &out->scratch);

	if (!why && *format == FORMAT_MSGPACK && o->gateway && !o->base64)
		why = "format: the gateway's mapping damages msgpack; see --base64";
	if (!why)
		return true;
	out->retry = false;
	snprintf(out->why, sizeof(out->why), "to.kinesis.%s", why);
	return false;
}

static bool make_data(struct outgoing *out, const struct record *r, enum format format, const struct format_options *how,
	const struct options *o)
{
	const char *why;

	buf_reset(&out->data_text);
	if (!format_write(&out->data_text, r, format, how, &why))
		return fail(out, false, why);
	if (o->base64) {
		buf_reset(&out->scratch);
		base64_encode(&out->scratch, out->data_text.p, out->data_text.n);
		buf_reset(&out->data_text);
		buf_span(&out->data_text, buf_as_span(&out->scratch));
	}
	if (o->newline)
		buf_byte(&out->data_text, '\n');
	out->data = buf_as_span(&out->data_text);
	if (out->data_text.full || out->scratch.full || out->data.n + out->key.n > o->record_max) {
		snprintf(out->why, sizeof(out->why), "record too large: %zu bytes with its key, --record-max is %zu",
			out->data.n + out->key.n, o->record_max);
		return out->retry = false;
	}
	return true;
}

bool outgoing_make(struct outgoing *out, const struct record *r, const struct options *o)
{
	struct override v = { 0 };
	enum format format = o->format;
	struct format_options how = o->format_options;

	out->not_for_us = false;
	if (!read_to(out, r, o, &v) || out->not_for_us)
		return out->not_for_us;
	return make_stream(out, &v, o) && make_key(out, r, &v, o) && make_hash_key(out, &v, o) &&
		make_format(out, &v, o, &format, &how) && make_data(out, r, format, &how, o);
}

void outgoing_free(struct outgoing *out)
{
	buf_free(&out->data_text);
	buf_free(&out->key_text);
	buf_free(&out->stream_text);
	buf_free(&out->hash_text);
	buf_free(&out->scratch);
}
