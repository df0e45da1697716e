/* SPDX-License-Identifier: Apache-2.0 */
#include "putrecords.h"
#include "json.h"

bool putrecords_body(struct buf *out, const struct batch *b)
{
	buf_lit(out, "{\"StreamName\":\"");
	buf_span(out, span_of(b->stream->name));	/* its characters need no escapes */
	buf_lit(out, "\",\"Records\":[");
	for (int i = 0; i < b->n; i++) {
		const struct entry *e = b->entry[i];

		if (i)
			buf_byte(out, ',');
		buf_lit(out, "{\"Data\":");
		json_put_base64(out, e->data.p, e->data.n);
		buf_lit(out, ",\"PartitionKey\":");
		json_put_string(out, e->key->text);
		if (e->hash_key.p) {
			buf_lit(out, ",\"ExplicitHashKey\":\"");
			buf_span(out, e->hash_key);
			buf_byte(out, '"');
		}
		buf_byte(out, '}');
	}
	buf_lit(out, "]}");
	return !out->full;
}

/* Escapes stay: names and numbers have none, and texts are for people. */
static struct span string(struct json *j)
{
	struct span raw = { 0 };

	if (json_value(j, &raw) != JSON_STRING)
		return (struct span){ 0 };
	return (struct span){ raw.p + 1, raw.n - 2 };
}

static void one(struct json *j, struct put_result *r)
{
	struct json_member m;

	*r = (struct put_result){ 0 };
	for (json_object(j); json_member(j, &m);) {
		if (json_key_is(&m, "ShardId"))
			r->shard = string(j);
		else if (json_key_is(&m, "SequenceNumber"))
			r->sequence = string(j);
		else if (json_key_is(&m, "ErrorCode"))
			r->error = string(j);
		else if (json_key_is(&m, "ErrorMessage"))
			r->message = string(j);
		else
			json_value(j, NULL);
	}
}

bool putrecords_answer(struct span body, int n, struct put_result *results)
{
	struct json_member m;
	struct json j;
	int got = 0;

	json_open(&j, body);
	for (json_object(&j); json_member(&j, &m);) {
		if (!json_key_is(&m, "Records")) {
			json_value(&j, NULL);
			continue;
		}
		for (json_array(&j); json_element(&j);) {
			if (got == n)
				json_fail(&j, "more results than records");
			else
				one(&j, &results[got++]);
		}
	}
	return json_done(&j) && got == n;
}

void putrecord_answer(struct span body, struct put_result *result)
{
	struct json j;

	json_open(&j, body);
	one(&j, result);
	if (!json_done(&j))
		*result = (struct put_result){ 0 };
}
