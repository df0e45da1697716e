/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka_line.h"
#include "json.h"

#include <stdio.h>
#include <stdlib.h>

#define HEADERS_AT_HAND 64

static int by_name(const void *a, const void *b, void *headers)
{
	const uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	const struct span x = ((const struct kafka_header *)headers)[i].name, y = ((const struct kafka_header *)headers)[j].name;
	const size_t n = x.n < y.n ? x.n : y.n;
	int order = n ? memcmp(x.p, y.p, n) : 0;

	if (order == 0)
		order = (x.n > y.n) - (x.n < y.n);
	return order ? order : (i > j) - (i < j);
}

static void put_text(struct buf *b, struct span text)
{
	if (utf8_valid(text))
		json_put_string(b, text);
	else
		json_put_lossy(b, text, 3 * text.n + 2);
}

static void put_header_value(struct buf *b, struct span value)
{
	if (!value.p) {
		buf_lit(b, "null");
	} else if (utf8_valid(value)) {
		json_put_string(b, value);
	} else {
		buf_lit(b, "{\"base64\":");
		json_put_base64(b, value.p, value.n);
		buf_byte(b, '}');
	}
}

/* One member for each name, in the order of the names; the values of one name in the order of the headers. */
static void put_sorted(struct buf *b, const struct kafka_header *h, const uint32_t *order, size_t n)
{
	for (size_t i = 0; i < n;) {
		size_t end = i + 1;

		while (end < n && span_eq(h[order[i]].name, h[order[end]].name))
			end++;
		if (i)
			buf_byte(b, ',');
		put_text(b, h[order[i]].name);
		buf_byte(b, ':');
		if (end - i > 1)
			buf_byte(b, '[');
		for (size_t k = i; k < end; k++) {
			if (k > i)
				buf_byte(b, ',');
			put_header_value(b, h[order[k]].value);
		}
		if (end - i > 1)
			buf_byte(b, ']');
		i = end;
	}
}

static void put_headers(struct buf *b, const struct kafka_record *r)
{
	uint32_t few[HEADERS_AT_HAND], *order = few;

	if (!r->n_headers)
		return;
	if (r->n_headers > HEADERS_AT_HAND && !(order = malloc(r->n_headers * sizeof(*order)))) {
		b->full = true;
		return;
	}
	for (size_t i = 0; i < r->n_headers; i++)
		order[i] = (uint32_t)i;
	if (r->n_headers > 1)
		qsort_r(order, r->n_headers, sizeof(*order), by_name, (void *)(uintptr_t)r->headers);
	buf_lit(b, ",\"headers\":{");
	put_sorted(b, r->headers, order, r->n_headers);
	buf_byte(b, '}');
	if (order != few)
		free(order);
}

static void put_member(struct buf *b, const char *name, int64_t n)
{
	buf_put(b, name, strlen(name));
	json_put_int64(b, n);
}

static void put_head(struct buf *b, uint64_t id, const struct kafka_record *r, int64_t key_schema, int64_t value_schema)
{
	buf_lit(b, "{\"id\":");
	json_put_uint64(b, id);
	buf_lit(b, ",\"kafka\":{\"topic\":");
	put_text(b, r->topic);
	put_member(b, ",\"partition\":", r->partition);
	put_member(b, ",\"offset\":", r->offset);
	if (r->timestamp >= 0)
		put_member(b, ",\"timestamp\":", r->timestamp);
	if (r->timestamp >= 0 && r->log_append)
		buf_lit(b, ",\"timestampType\":\"log-append\"");
	put_headers(b, r);
	if (key_schema >= 0)
		put_member(b, ",\"keySchema\":", key_schema);
	if (value_schema >= 0)
		put_member(b, ",\"valueSchema\":", value_schema);
	buf_byte(b, '}');
}

static void put_value(struct buf *b, const char *name, const struct kafka_read *read, const struct buf *text)
{
	buf_lit(b, ",\"");
	buf_put(b, name, strlen(name));
	if (read->base64)
		buf_lit(b, "64");
	buf_lit(b, "\":");
	buf_span(b, buf_as_span(text));
}

/* Everything but the last brace; false with why in *read when a key or value can't be read, or it all becomes too long. */
static bool make(struct kafka_lines *l, struct buf *out, uint64_t id, const struct kafka_record *r, struct kafka_read *key,
		 struct kafka_read *value)
{
	const size_t start = out->n;

	buf_reset(&l->key_text);
	buf_reset(&l->value_text);
	buf_reset(&l->types);
	l->key_text.max = l->value_text.max = l->types.max = l->max;
	if (!kafka_value_put(&l->key, r->key, &l->key_text, &l->types, key))
		return false;
	if (!kafka_value_put(&l->value, r->value, &l->value_text, &l->types, value))
		return false;
	put_head(out, id, r, key->schema, value->schema);
	put_value(out, "key", key, &l->key_text);
	put_value(out, "value", value, &l->value_text);
	if (l->types.n) {
		buf_lit(out, ",\"types\":{");
		buf_span(out, buf_as_span(&l->types));
		buf_byte(out, '}');
	}
	if (!out->full && !l->types.full && out->n - start < l->max)
		return true;
	snprintf(value->why, sizeof(value->why), "value: too large for a line of %zu bytes", l->max);
	return false;
}

bool kafka_line(struct kafka_lines *l, struct buf *out, uint64_t id, const struct kafka_record *r, const char **why)
{
	static struct kafka_read key, value;
	const size_t start = out->n;

	key.why[0] = value.why[0] = '\0';
	if (make(l, out, id, r, &key, &value)) {
		buf_lit(out, "}\n");
		return true;
	}
	*why = key.why[0] ? key.why : value.why;
	out->n = start;
	out->full = false;
	put_head(out, id, r, -1, -1);
	if (out->full || out->n - start > l->max / 2) {	/* it is the headers that are too large */
		struct kafka_record bare = *r;

		out->n = start;
		out->full = false;
		bare.n_headers = 0;
		put_head(out, id, &bare, -1, -1);
	}
	buf_lit(out, ",\"error\":");
	json_put_lossy(out, span_of(*why), sizeof(key.why) * 3);
	buf_lit(out, "}\n");
	return false;
}

void kafka_line_dead(struct kafka_lines *l, struct buf *out, uint64_t id, const struct kafka_record *r, struct span reason)
{
	struct kafka_read key, value;
	const size_t start = out->n;

	if (!make(l, out, id, r, &key, &value)) {
		const struct kafka_read bytes = { .base64 = true }, null = { 0 };

		out->n = start;
		out->full = false;
		buf_reset(&l->key_text);
		buf_reset(&l->value_text);
		l->key_text.max = l->value_text.max = 0;
		put_head(out, id, r, -1, -1);
		if (r->key.p)
			json_put_base64(&l->key_text, r->key.p, r->key.n);
		else
			buf_lit(&l->key_text, "null");
		if (r->value.p)
			json_put_base64(&l->value_text, r->value.p, r->value.n);
		else
			buf_lit(&l->value_text, "null");
		out->full |= l->key_text.full || l->value_text.full;
		put_value(out, "key", r->key.p ? &bytes : &null, &l->key_text);
		put_value(out, "value", r->value.p ? &bytes : &null, &l->value_text);
	}
	buf_lit(out, ",\"reason\":");
	buf_span(out, reason.p ? reason : SPAN("\"the sink gave none\""));
	buf_lit(out, "}\n");
}

void kafka_lines_free(struct kafka_lines *l)
{
	buf_free(&l->key_text);
	buf_free(&l->value_text);
	buf_free(&l->types);
}
