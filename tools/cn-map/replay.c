/* SPDX-License-Identifier: Apache-2.0 */
/* Values that are records already: in the formats of the outbound connectors, or record lines. */
#include "mapping.h"

#include "base64.h"
#include "record.h"

static const enum notify_format formats[] = {
	[REPLAY_FLAT_JSON] = NOTIFY_FLAT_JSON, [REPLAY_JSON] = NOTIFY_JSON, [REPLAY_MSGPACK] = NOTIFY_MSGPACK,
};

static void put_member(struct buf *out, const char *before, struct span value)
{
	if (!value.p)
		return;
	buf_put(out, before, strlen(before));
	buf_span(out, value);
}

/* The record of the line in the value; its id is that of the Kafka line. */
static bool put_line(const struct mapping *g, struct buf *out, struct span value, bool *is_delete)
{
	struct record r;

	if (!record_parse(value, &r) || r.skip || r.error.p || (!r.bins.p && !r.operate.p && !r.is_delete))
		return false;
	*is_delete = r.is_delete;
	put_member(out, "\"metadata\":", r.metadata);
	put_member(out, ",\"bins\":", r.bins);
	put_member(out, ",\"types\":", r.types);
	put_member(out, ",\"operate\":", r.operate);
	if (!g->put.n)	/* else the options say how */
		put_member(out, ",\"put\":", r.put);
	return true;
}

static bool open_value(struct mapper *m, const struct kafka_line *k, struct span *body)
{
	struct span text;

	*body = k->value;
	if (k->value.p)
		return true;
	buf_reset(&m->text);
	buf_reset(&m->bytes);
	text = json_text(k->value64, &m->text);
	if (!text.p || !base64_decode(&m->bytes, text))
		return false;
	*body = buf_as_span(&m->bytes);
	return true;
}

/* What notify_decode made begins with the metadata; only writes have bins behind it. */
static bool has_bins(struct span members)
{
	const size_t head = sizeof("\"metadata\":") - 1;
	struct json j;

	json_open(&j, (struct span){ members.p + head, members.n - head });
	json_value(&j, NULL);
	return span_starts((struct span){ j.p, (size_t)(j.end - j.p) }, ",\"bins\":");
}

static enum mapped put_record(struct mapper *m, const struct mapping *g, const struct kafka_line *k, struct buf *out)
{
	enum notify_format f = formats[g->replay];
	size_t before = out->n;
	bool is_delete = false;
	struct span body;

	if (!open_value(m, k, &body))
		return map_bad(m, "value64 is no base64");
	if ((g->replay == REPLAY_AUTO || g->replay == REPLAY_LINE) && k->value.p && put_line(g, out, body, &is_delete))
		return is_delete ? MAPPED_DELETE : MAPPED_WRITE;
	if (g->replay == REPLAY_LINE)
		return map_bad(m, "the value is no record line");
	if (g->replay == REPLAY_AUTO)
		f = k->value.p ? notify_json_kind(&m->notify, body) : NOTIFY_MSGPACK;
	if (f != NOTIFY_UNKNOWN && notify_decode(&m->notify, out, f, body, 0))
		return has_bins((struct span){ out->p + before, out->n - before }) ? MAPPED_WRITE : MAPPED_DELETE;
	return map_bad(m, "the value: %s: byte %zu: %s", notify_format_name(f), m->notify.offset, m->notify.why);
}

enum mapped map_replay(struct mapper *m, const struct mapping *g, struct kafka_line *k, struct buf *out)
{
	size_t before = out->n;
	enum mapped mapped;

	map_begin(out, k);
	mapped = put_record(m, g, k, out);
	if (mapped == MAPPED_BAD) {
		out->n = before;
		out->full = false;
		return MAPPED_BAD;
	}
	if (g->put.n) {
		buf_lit(out, ",\"put\":{");
		buf_span(out, buf_as_span(&g->put));
		buf_byte(out, '}');
	}
	map_end(out, k);
	if (!out->full)
		return mapped;
	out->n = before;
	out->full = false;
	return map_bad(m, "the record line would be longer than --line-max");
}
