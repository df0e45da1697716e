/* SPDX-License-Identifier: Apache-2.0 */
#include "outgoing.h"
#include "headers.h"
#include "key.h"
#include "to_said.h"

#include <stdio.h>

#define TOPIC_NAME_MAX 249	/* Kafka's own limit */

/* What the record's to.kafka says over the options. */
struct override {
	struct span topic, key, partition, deletes, headers;	/* raw; absent when it says nothing */
	struct format_said format;
	bool no_key;							/* "key":null */
};

static bool fail(struct outgoing *out, bool retry, const char *why)
{
	out->retry = retry;
	snprintf(out->why, sizeof(out->why), "%s", why);
	return false;
}

/* Our member is an object, or a string: just the topic. */
static bool read_to(struct outgoing *out, const struct record *r, const struct options *o, struct override *v)
{
	const struct to_member members[] = {
		{ "topic", &v->topic }, { "key", &v->key }, { "partition", &v->partition }, { "deletes", &v->deletes },
		{ "headers", &v->headers }, { NULL, NULL }
	};
	const struct to_sink us = {
		.name = o->to, .members = members, .format = &v->format, .string = &v->topic,
		.otherwise = "to.kafka is neither an object nor the name of a topic",
	};
	const char *why;

	out->not_for_us = !to_said_read(r, &us, &why);
	v->no_key = v->key.p && json_type_of(v->key) == JSON_NULL;
	return !why || fail(out, false, why);
}

static bool is_null(struct span raw)
{
	return !raw.p || json_type_of(raw) == JSON_NULL;
}

static bool topic_valid(struct span t)
{
	if (t.n == 0 || t.n > TOPIC_NAME_MAX || span_is(t, ".") || span_is(t, ".."))
		return false;
	for (size_t i = 0; i < t.n; i++) {
		char c = t.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'))
			return false;
	}
	return true;
}

static bool make_topic(struct outgoing *out, const struct override *v, const struct options *o)
{
	if (is_null(v->topic)) {
		out->topic = span_of(o->topic);
		if (!out->topic.p)
			return fail(out, true, "no topic: the record has no to.kafka.topic, and there is no -t");
	} else {
		buf_reset(&out->topic_text);
		out->topic = json_text(v->topic, &out->topic_text);
		if (!out->topic.p)
			return fail(out, false, "to.kafka.topic is not a string");
	}
	return topic_valid(out->topic) || fail(out, false, "not a topic name: 1 to 249 letters, digits, '.', '_' and '-'");
}

static bool make_partition(struct outgoing *out, const struct override *v)
{
	int64_t n;

	out->partition = RD_KAFKA_PARTITION_UA;
	if (is_null(v->partition))
		return true;
	if (!json_int64(v->partition, &n) || n < 0 || n > INT32_MAX)
		return fail(out, false, "to.kafka.partition is not the number of a partition");
	out->partition = (int32_t)n;
	return true;
}

static bool make_format(struct outgoing *out, const struct override *v, enum format *format, struct format_options *how)
{
	const char *why = format_said_apply(&v->format, format, how, &out->scratch);

	if (!why)
		return true;
	out->retry = false;
	snprintf(out->why, sizeof(out->why), "to.kafka.%s", why);
	return false;
}

static bool make_tombstone(struct outgoing *out, const struct override *v, const struct record *r, bool *tombstone)
{
	if (!is_null(v->deletes)) {
		*tombstone = span_is(v->deletes, "\"tombstone\"");
		if (!*tombstone && !span_is(v->deletes, "\"message\""))
			return fail(out, false, "to.kafka.deletes is neither message nor tombstone");
	}
	*tombstone = *tombstone && r->is_delete;
	if (*tombstone && !out->key.p)
		return fail(out, false, "a tombstone needs a key");
	return true;
}

static bool make_value(struct outgoing *out, const struct record *r, enum format format,
	const struct format_options *how)
{
	const char *why;

	buf_reset(&out->value_text);
	if (!format_write(&out->value_text, r, format, how, &why))
		return fail(out, false, why);
	out->value = buf_as_span(&out->value_text);
	return true;
}

bool outgoing_make(struct outgoing *out, const struct record *r, const struct options *o)
{
	struct override v = { 0 };
	enum format format = o->format;
	struct format_options how = o->format_options;
	bool tombstone = o->tombstones;
	const char *why;

	out->not_for_us = false;
	out->key = out->value = (struct span){ 0 };
	out->n_headers = 0;
	if (!read_to(out, r, o, &v) || out->not_for_us)
		return out->not_for_us;
	if (!make_topic(out, &v, o) || !make_partition(out, &v) || !make_format(out, &v, &format, &how))
		return false;
	if (v.key.p && !v.no_key)
		why = key_given(out, v.key);
	else
		why = v.no_key ? NULL : key_make(out, r, o, format);
	if (why)
		return fail(out, false, why);
	if (!make_tombstone(out, &v, r, &tombstone))
		return false;
	if (!tombstone && !make_value(out, r, format, &how))
		return false;
	why = headers_make(out, r, o->headers, v.headers, tombstone ? NULL : format_media_type(format));
	return why ? fail(out, false, why) : true;
}

void outgoing_free(struct outgoing *out)
{
	buf_free(&out->value_text);
	buf_free(&out->key_text);
	buf_free(&out->topic_text);
	buf_free(&out->header_text);
	buf_free(&out->scratch);
}
