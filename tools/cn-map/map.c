/* SPDX-License-Identifier: Apache-2.0 */
/* A Kafka line becomes a record line. */
#include "map_parts.h"

#include <stdarg.h>

enum mapped map_bad(struct mapper *m, const char *fmt, ...)
{
	va_list ap;

	buf_reset(&m->why);
	va_start(ap, fmt);
	buf_vprintf(&m->why, fmt, ap);
	va_end(ap);
	return MAPPED_BAD;
}

static bool put_ttl(struct mapper *m, const struct selector *s, const struct kafka_line *k, struct buf *put)
{
	struct found f = select_find(s, k);
	enum json_type type = json_type_of(f.raw);
	struct span text = f.raw;
	int64_t seconds;

	if (map_is_null(f.raw))
		return true;
	buf_reset(&m->text);
	if (type == JSON_STRING)
		text = json_text(f.raw, &m->text);
	if ((type != JSON_STRING && type != JSON_NUMBER) || f.bytes || !text.p || !ttl_parse(text, &seconds))
		return map_unfit(m, "ttl", s, "is no time to live: -2, -1, 0, seconds, or a number with S, M, H or D, up to ten years");
	if (put->n)
		buf_byte(put, ',');
	buf_lit(put, "\"ttl\":");
	json_put_int64(put, seconds);
	return true;
}

static bool put_put(struct mapper *m, const struct mapping *g, const struct kafka_line *k, struct buf *out, bool is_delete)
{
	struct buf *put = &m->bytes;

	buf_reset(put);
	buf_span(put, buf_as_span(&g->put));
	if (!is_delete && g->ttl.source != SOURCE_NONE && !put_ttl(m, &g->ttl, k, put))
		return false;
	if (put->n == 0)
		return true;
	buf_lit(out, ",\"put\":{");
	buf_span(out, buf_as_span(put));
	buf_byte(out, '}');
	return true;
}

void map_begin(struct buf *out, const struct kafka_line *k)
{
	buf_byte(out, '{');
	if (!k->id.p)
		return;
	buf_lit(out, "\"id\":");
	buf_span(out, k->id);
	buf_byte(out, ',');
}

void map_end(struct buf *out, const struct kafka_line *k)
{
	const char *before = ",\"kafka\":{";

#define PUT(member) \
	if (k->member.p) { \
		buf_put(out, before, strlen(before)); \
		buf_lit(out, "\"" #member "\":"); \
		buf_span(out, k->member); \
		before = ","; \
	}
	PUT(topic)
	PUT(partition)
	PUT(offset)
	PUT(timestamp)
#undef PUT
	if (before[1] == '\0')
		buf_byte(out, '}');
	buf_byte(out, '}');
}

static bool put_record(struct mapper *m, const struct mapping *g, struct kafka_line *k, struct buf *out, bool is_delete)
{
	const struct field *twin = k->n_fields ? kafka_line_twin(k) : NULL;

	if (twin) {
		map_bad(m, "the field \"%.*s\" stands there twice", twin->name.n < 256 ? (int)twin->name.n : 256, twin->name.p);
		return false;
	}
	copy_begin(&m->copy, out, &m->hints);
	map_begin(out, k);
	if (!map_put_metadata(m, g, k, out, is_delete) || (!is_delete && !map_put_bins(m, g, k, out)))
		return false;
	if (m->copy.types.n) {
		buf_lit(out, ",\"types\":{");
		buf_span(out, buf_as_span(&m->copy.types));
		buf_byte(out, '}');
	}
	if (!put_put(m, g, k, out, is_delete))
		return false;
	map_end(out, k);
	if (!out->full && !m->copy.types.full && !m->bytes.full)
		return true;
	map_bad(m, "the record line would be longer than --line-max");
	return false;
}

enum mapped map_line(struct mapper *m, const struct mapping *g, struct kafka_line *k, struct buf *out)
{
	bool is_null_value = !k->value.p && !k->value64.p, is_delete = g->deletes;
	size_t before = out->n;

	if (is_null_value && !is_delete) {
		if (g->on_null == NULL_IGNORE || (g->events && g->on_null == NULL_ERROR))	/* behind each delete comes a tombstone */
			return MAPPED_SKIP;
		if (g->on_null == NULL_ERROR)
			return map_bad(m, "the value is null");
		is_delete = true;
	}
	if (g->replay != REPLAY_NONE && !is_null_value)
		return map_replay(m, g, k, out);
	if (g->events && !is_null_value) {
		bool row_is_gone;

		if (!map_open_event(m, k, &row_is_gone))
			return MAPPED_BAD;
		is_delete |= row_is_gone;
	}
	if (!types_open(&m->hints, k->types))
		return map_bad(m, "%s", m->hints.why);
	m->copy.integer_booleans = g->integer_booleans;
	m->copy.plain_maps = g->plain_maps;
	if (put_record(m, g, k, out, is_delete))
		return is_delete ? MAPPED_DELETE : MAPPED_WRITE;
	out->n = before;
	out->full = false;
	return MAPPED_BAD;
}

void mapper_init(struct mapper *m)
{
	*m = (struct mapper){ .why = { .max = 4096 } };
	notify_init(&m->notify);
}

void mapper_free(struct mapper *m)
{
	copy_free(&m->copy);
	types_free(&m->hints);
	notify_free(&m->notify);
	buf_free(&m->text);
	buf_free(&m->bytes);
	buf_free(&m->path);
	buf_free(&m->record);
	buf_free(&m->why);
}
