/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka_value.h"
#include "json.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define FRAME 5		/* a zero byte and a schema id */

struct job {
	const struct kafka_reader *reader;
	struct buf *out, *types;
	struct kafka_read *r;
};

static bool fail(struct job *job, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static bool fail(struct job *job, const char *fmt, ...)
{
	char text[250];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	snprintf(job->r->why, sizeof(job->r->why), "%s: %s", job->reader->key ? "key" : "value", text);
	return false;
}

/* One value and nothing else, without the white space around it; it will stand one level down in its line. */
static bool is_json(struct span bytes, struct span *raw, struct json *j)
{
	json_open(j, bytes);
	j->depth = 1;
	json_value(j, raw);
	if (j->error)
		return false;
	j->depth = 0;
	return json_done(j);
}

static void put_verbatim(struct job *job, struct span raw)
{
	size_t start = job->out->n;

	buf_span(job->out, raw);
	if (!job->out->full && json_type_of(raw) >= JSON_ARRAY)
		json_blank_line_ends(job->out->p + start, job->out->n - start);
}

static bool put_base64(struct job *job, struct span bytes)
{
	json_put_base64(job->out, bytes.p, bytes.n);
	job->r->base64 = true;
	return true;
}

static bool put_text(struct job *job, struct span bytes)
{
	json_put_string(job->out, bytes);
	return true;
}

/* With the place at the front of why already. */
static struct typed typed(struct job *job)
{
	struct typed t = { .out = job->out, .types = job->types, .decimal = job->reader->decimal, .why = job->r->why,
		.why_size = sizeof(job->r->why) };

	typed_open(&t, job->reader->key ? "/key" : "/value");
	return t;
}

static bool put_envelope(struct job *job, struct span raw)
{
	struct typed t = typed(job);
	bool good = connect_unwrap(job->reader->connect, raw, &t);

	typed_close(&t);
	return good;
}

static bool put_avro(struct job *job, const struct avro_json *schema, struct span bytes)
{
	struct typed t = typed(job);
	bool good = avro_json_put(schema, bytes, &t);

	typed_close(&t);
	return good;
}

static bool framed(struct span bytes)
{
	return bytes.n > FRAME && bytes.p[0] == '\0';
}

static uint32_t frame_id(struct span bytes)
{
	const unsigned char *p = (const unsigned char *)bytes.p;

	return (uint32_t)p[1] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 8 | p[4];
}

/* Behind the frame: Avro by its schema where there is one, else JSON. Some bytes are both, and the schema knows. *known: it was one
 * of them. */
static bool put_framed(struct job *job, struct span bytes, bool *known)
{
	const struct span body = { bytes.p + FRAME, bytes.n - FRAME };
	const uint32_t id = frame_id(bytes);
	const struct avro_json *schema;
	char why[200];
	struct span raw;
	struct json j;

	*known = true;
	job->r->schema = id;
	schema = schemas_get(job->reader->schemas, id, why, sizeof(why));
	if (schema)
		return put_avro(job, schema, body);
	if (is_json(body, &raw, &j)) {
		put_verbatim(job, raw);
		return true;
	}
	*known = false;
	job->r->schema = -1;
	if (why[0])
		return fail(job, "framed with schema id %" PRIu32 ": %s", id, why);
	return fail(job, "framed with schema id %" PRIu32 ", for which there is no schema", id);
}

static bool put_auto_value(struct job *job, struct span bytes)
{
	struct span raw;
	struct json j;
	bool known;

	if (framed(bytes))
		return put_framed(job, bytes, &known);
	if (!is_json(bytes, &raw, &j))
		return put_base64(job, bytes);
	if (json_type_of(raw) == JSON_OBJECT && connect_is_envelope(raw))
		return put_envelope(job, raw);
	put_verbatim(job, raw);
	return true;
}

/* Text that people would take for text. */
static bool is_text(struct span bytes)
{
	for (size_t i = 0; i < bytes.n; i++)
		if ((unsigned char)bytes.p[i] < 0x20 || bytes.p[i] == 0x7f)
			return false;
	return utf8_valid(bytes);
}

static bool put_auto_key(struct job *job, struct span bytes)
{
	struct span raw;
	struct json j;
	bool known, good;

	if (framed(bytes)) {
		good = put_framed(job, bytes, &known);
		if (known)
			return good;
		job->r->why[0] = '\0';
	}
	if (bytes.n && strchr(" \t\r\n{[\"", bytes.p[0]) && bytes.p[0] && is_json(bytes, &raw, &j) && json_type_of(raw) >= JSON_STRING) {
		if (json_type_of(raw) == JSON_OBJECT && connect_is_envelope(raw))
			return put_envelope(job, raw);
		put_verbatim(job, raw);
		return true;
	}
	return is_text(bytes) ? put_text(job, bytes) : put_base64(job, bytes);
}

static bool put_json(struct job *job, struct span bytes, bool envelope)
{
	struct span raw;
	struct json j;

	if (!is_json(bytes, &raw, &j))
		return fail(job, "byte %zu: not JSON: %s", json_offset(&j), j.error);
	if (envelope)
		return put_envelope(job, raw);
	put_verbatim(job, raw);
	return true;
}

static bool put_integer(struct job *job, struct span bytes, size_t size)
{
	uint64_t n = 0;

	if (bytes.n != size)
		return fail(job, "has %zu bytes, an int%zu has %zu", bytes.n, 8 * size, size);
	for (size_t i = 0; i < size; i++)
		n = n << 8 | (unsigned char)bytes.p[i];
	json_put_int64(job->out, size == 4 ? (int32_t)(uint32_t)n : (int64_t)n);
	return true;
}

static bool put(struct job *job, struct span bytes)
{
	bool known;

	switch (job->reader->format) {
	case KAFKA_AUTO: return job->reader->key ? put_auto_key(job, bytes) : put_auto_value(job, bytes);
	case KAFKA_JSON: return put_json(job, bytes, false);
	case KAFKA_CONNECT: return put_json(job, bytes, true);
	case KAFKA_WIRE: return framed(bytes) ? put_framed(job, bytes, &known) : fail(job, "not framed with a schema id");
	case KAFKA_AVRO: return put_avro(job, schemas_one(job->reader->schemas), bytes);
	case KAFKA_STRING: return utf8_valid(bytes) ? put_text(job, bytes) : fail(job, "not UTF-8");
	case KAFKA_BYTES: return put_base64(job, bytes);
	case KAFKA_INT32: return put_integer(job, bytes, 4);
	case KAFKA_INT64: return put_integer(job, bytes, 8);
	}
	return false;
}

bool kafka_value_put(const struct kafka_reader *reader, struct span bytes, struct buf *out, struct buf *types, struct kafka_read *r)
{
	struct job job = { reader, out, types, r };

	r->base64 = false;
	r->schema = -1;
	r->why[0] = '\0';
	if (!bytes.p) {
		buf_lit(out, "null");
		return true;
	}
	return put(&job, bytes) && (!out->full || fail(&job, "too large for a line"));
}
