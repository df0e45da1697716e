/* SPDX-License-Identifier: Apache-2.0 */
#include "headers.h"

/* One header more; its name is put together from two pieces of text. False when there are too many. */
static bool add(struct outgoing *out, const char *prefix, struct span name, struct span raw)
{
	struct buf *b = &out->header_text;
	struct header *h = &out->headers[out->n_headers];
	struct span text = raw;

	if (out->n_headers == HEADERS_MAX)
		return false;
	h->name_at = b->n;
	buf_put(b, prefix, strlen(prefix));
	buf_span(b, name);
	buf_byte(b, '\0');
	h->null = json_type_of(raw) == JSON_NULL;
	if (json_type_of(raw) == JSON_STRING) {
		buf_reset(&out->scratch);
		text = json_text(raw, &out->scratch);
		if (!text.p)
			return false;
	}
	h->value_at = b->n;
	h->value_n = text.n;
	buf_span(b, text);
	out->n_headers++;
	return !b->full;
}

static void add_metadata(struct outgoing *out, const struct record *r, const char *media_type)
{
	const struct { const char *name; struct span raw; } members[] = {
		{ "namespace", r->ns }, { "set", r->set }, { "user-key", r->user_key }, { "digest", r->digest }, { "msg", r->msg },
		{ "gen", r->gen }, { "lut", r->lut }, { "exp", r->exp }, { "durable", r->durable },
	};

	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
		if (members[i].raw.p)
			add(out, "aerospike-", span_of(members[i].name), members[i].raw);
	if (media_type) {
		struct header *h = &out->headers[out->n_headers++];

		h->name_at = out->header_text.n;
		buf_put(&out->header_text, "content-type", sizeof("content-type"));
		h->value_at = out->header_text.n;
		h->value_n = strlen(media_type);
		h->null = false;
		buf_put(&out->header_text, media_type, h->value_n);
	}
}

static const char *add_given(struct outgoing *out, struct span given)
{
	struct buf name = { 0 };
	const char *why = NULL;
	struct json_member m;
	struct json j;

	json_open(&j, given);
	for (json_object(&j); json_member(&j, &m) && !why;) {
		struct span raw, text;

		buf_reset(&name);
		text = json_text((struct span){ m.key.p - 1, m.key.n + 2 }, &name);
		json_value(&j, &raw);
		if (!text.p || memchr(text.p, '\0', text.n))
			why = "to.kafka.headers: a name is not text";
		else if (!add(out, "", text, raw))
			why = "to.kafka.headers: too many, or a value is not Unicode text";
	}
	buf_free(&name);
	return why;
}

const char *headers_make(struct outgoing *out, const struct record *r, bool metadata, struct span given, const char *media_type)
{
	enum json_type type = given.p ? json_type_of(given) : JSON_NULL;

	if (type == JSON_TRUE || type == JSON_FALSE)
		metadata = type == JSON_TRUE;
	else if (type != JSON_OBJECT && type != JSON_NULL)
		return "to.kafka.headers is neither an object nor true or false";
	if (!metadata && type != JSON_OBJECT)
		return NULL;
	buf_reset(&out->header_text);
	if (metadata)
		add_metadata(out, r, media_type);
	return type == JSON_OBJECT ? add_given(out, given) : NULL;
}
