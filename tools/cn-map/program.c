/* SPDX-License-Identifier: Apache-2.0 */
#include "program.h"

#include "base64.h"
#include "jq_values.h"
#include "record.h"

#define DIGEST_BYTES 20

enum { TAKEN_SKIP, TAKEN_RECORD };

static int take_output(void *ctx, struct buf *text, jv v)
{
	const char *wrong = "is no object; it must be like {\"metadata\":{\"namespace\":\"shop\",\"userKey\":\"o1\"},\"bins\":{}}";
	jv_kind kind = jv_get_kind(v);

	(void)ctx;
	if (kind == JV_KIND_NULL || kind == JV_KIND_FALSE) {
		jv_free(v);
		return TAKEN_SKIP;
	}
	if (kind == JV_KIND_OBJECT)
		wrong = jq_values_write(text, v);
	jv_free(v);
	if (!wrong && text->full)
		wrong = "is too large";
	if (!wrong)
		return TAKEN_RECORD;
	buf_reset(text);
	buf_printf(text, "the program's output %s", wrong);
	return JQ_ERROR;
}

/* The record in the program's output: what record_parse finds, once msg is there. */
static bool open_record(struct mapper *m, struct span text, struct record *r)
{
	struct json_member member;
	struct span value;
	const char *before = "{\"";
	bool has_msg = false;
	struct json j;

	/* Without msg it is a write. A copy with one is what is looked at. */
	buf_reset(&m->record);
	json_open(&j, text);
	for (json_object(&j); json_member(&j, &member);) {
		enum json_type type = json_value(&j, &value);

		buf_put(&m->record, before, strlen(before));
		before = ",\"";
		buf_span(&m->record, member.key);
		buf_lit(&m->record, "\":");
		if (type == JSON_OBJECT && json_key_is(&member, "metadata")) {
			struct json inner;
			struct json_member fact;

			json_open(&inner, value);
			for (json_object(&inner); json_member(&inner, &fact); json_value(&inner, NULL))
				has_msg |= json_key_is(&fact, "msg");
			buf_put(&m->record, value.p, value.n - !has_msg);
			if (!has_msg)
				buf_put(&m->record, value.n > 2 ? ",\"msg\":\"write\"}" : "\"msg\":\"write\"}", value.n > 2 ? 15 : 14);
		} else {
			buf_span(&m->record, value);
		}
	}
	if (*before == '{')
		buf_byte(&m->record, '{');
	buf_byte(&m->record, '}');
	if (record_parse(buf_as_span(&m->record), r) && r->metadata.p)
		return true;
	map_bad(m, "the program's output: %s", r->why ? r->why : "no metadata, so not a record");
	return false;
}

static bool is_name(struct mapper *m, struct span raw, size_t min, size_t max)
{
	struct span text;

	if (!raw.p)
		return min == 0;
	buf_reset(&m->text);
	text = json_text(raw, &m->text);
	return text.p && text.n >= min && text.n <= max && !memchr(text.p, '\0', text.n);
}

static bool check_key(struct mapper *m, const struct record *r)
{
	struct span text;
	int64_t n;

	if (!r->user_key.p && !r->digest.p)
		return map_bad(m, "metadata has neither userKey nor digest"), false;
	if (r->user_key.p && json_type_of(r->user_key) != JSON_STRING && !json_int64(r->user_key, &n))
		return map_bad(m, "metadata.userKey is neither text nor an integer of 64 bits"), false;
	if (!r->digest.p)
		return true;
	buf_reset(&m->text);
	buf_reset(&m->bytes);
	text = json_text(r->digest, &m->text);
	if (!text.p || !base64_decode(&m->bytes, text) || m->bytes.n != DIGEST_BYTES)
		return map_bad(m, "metadata.digest is not 20 bytes in base64"), false;
	return true;
}

static bool check_metadata(struct mapper *m, const struct record *r)
{
	if (!is_name(m, r->ns, 1, NAMESPACE_MAX))
		return map_bad(m, "metadata.namespace is not 1 to %d bytes of text", NAMESPACE_MAX), false;
	if (!is_name(m, r->set, 0, SET_MAX))
		return map_bad(m, "metadata.set is not at most %d bytes of text", SET_MAX), false;
	return check_key(m, r);
}

/* A bin's name as plain text, and its place in types; absent when it can't be one. */
static struct span open_name(struct mapper *m, const struct json_member *member)
{
	struct span name = member->key;

	if (member->escaped) {
		buf_reset(&m->text);
		name = json_text((struct span){ member->key.p - 1, member->key.n + 2 }, &m->text);
	}
	if (!name.p || name.n < 1 || name.n > BIN_MAX) {
		map_bad(m, "the bin \"%.*s\": a name has 1 to %d bytes", member->key.n < 256 ? (int)member->key.n : 256, member->key.p, BIN_MAX);
		return (struct span){ NULL, 0 };
	}
	buf_reset(&m->path);
	types_push(&m->path, name);
	return name;
}

static bool put_bin(struct mapper *m, struct buf *out, struct span key, struct span name, struct span raw)
{
	struct span at;

	buf_lit(out, ",\"");
	buf_span(out, key);
	buf_lit(out, "\":");
	if (copy_value(&m->copy, name, buf_as_span(&m->path), raw))
		return true;
	at = (struct span){ m->copy.path.p + m->copy.bin_path, m->copy.path.n - m->copy.bin_path };
	map_bad(m, "the bin \"%.*s\"%s%.*s: %s", SPAN_ARG(name), at.n ? ": at " : "", (int)(at.n < 256 ? at.n : 256), at.p, m->copy.why);
	return false;
}

static bool put_bins(struct mapper *m, const struct mapping *g, const struct record *r, struct buf *out)
{
	size_t start, n = 0;
	struct json_member member;
	struct json j;

	buf_lit(out, ",\"bins\":");
	start = out->n;
	json_open(&j, r->bins.p ? r->bins : SPAN("{}"));
	for (json_object(&j); json_member(&j, &member);) {
		struct span name = open_name(m, &member), raw;

		json_value(&j, &raw);
		if (!name.p)
			return false;
		if (!g->remove_null && map_is_nothing(m, raw, buf_as_span(&m->path)))
			continue;
		if (!put_bin(m, out, member.key, name, raw))
			return false;
		n++;
	}
	if (n == 0 || n > BINS_MAX)
		return map_bad(m, n ? "more than 32767 bins" : "no bins"), false;
	if (!out->full)
		out->p[start] = '{';	/* for the first comma */
	buf_byte(out, '}');
	return true;
}

/* Members of the output that are not ours go along. */
static void put_others(struct buf *out, struct span text)
{
	static const char *const ours[] = { "id", "kafka", "metadata", "bins", "types", "put", "skip", "error" };
	struct json_member member;
	struct span raw;
	struct json j;

	json_open(&j, text);
	for (json_object(&j); json_member(&j, &member);) {
		bool is_ours = false;

		for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
			is_ours |= json_key_is(&member, ours[i]);
		json_value(&j, &raw);
		if (is_ours)
			continue;
		buf_lit(out, ",\"");
		buf_span(out, member.key);
		buf_lit(out, "\":");
		buf_span(out, raw);
	}
}

/* What the options say to as-put, and over that what the program says. */
static bool put_put(struct mapper *m, const struct mapping *g, struct span text, struct buf *out)
{
	struct json_member member;
	struct span own = { NULL, 0 }, raw;
	struct json j;

	json_open(&j, text);
	for (json_object(&j); json_member(&j, &member);) {
		enum json_type type = json_value(&j, &raw);

		if (!json_key_is(&member, "put") || type == JSON_NULL)
			continue;
		if (type != JSON_OBJECT)
			return map_bad(m, "the program's output: put must be an object"), false;
		own = raw;
	}
	if (own.p) {
		buf_lit(out, ",\"put\":");
		buf_span(out, own);
	} else if (g->put.n) {
		buf_lit(out, ",\"put\":{");
		buf_span(out, buf_as_span(&g->put));
		buf_byte(out, '}');
	}
	return true;
}

static bool put_record(struct mapper *m, const struct mapping *g, struct kafka_line *k, struct span text, const struct record *r,
	struct buf *out)
{
	const struct mark *key;

	if (!types_open(&m->hints, r->types))
		return map_bad(m, "the program's output: %s", m->hints.why), false;
	m->copy.integer_booleans = g->integer_booleans;
	m->copy.plain_maps = g->plain_maps;
	copy_begin(&m->copy, out, &m->hints);
	map_begin(out, k);
	buf_lit(out, "\"metadata\":");
	buf_span(out, r->metadata);
	key = types_find(&m->hints, SPAN("userKey"));
	if (key && key->kind == MARK_BYTES)
		copy_say(&m->copy, SPAN("userKey"), "blob");
	/* Operations take the place of bins, or come on top; they go along as they are. */
	if (!r->is_delete && (r->bins.p || !r->operate.p) && !put_bins(m, g, r, out))
		return false;
	if (m->copy.types.n) {
		buf_lit(out, ",\"types\":{");
		buf_span(out, buf_as_span(&m->copy.types));
		buf_byte(out, '}');
	}
	put_others(out, text);
	if (!put_put(m, g, text, out))
		return false;
	map_end(out, k);
	return !out->full || (map_bad(m, "the record line would be longer than --line-max"), false);
}

enum mapped map_program(struct mapper *m, const struct mapping *g, struct jq_program *jq, struct kafka_line *k, struct buf *out)
{
	size_t before = out->n;
	struct span text;
	struct record r;

	switch (jq_program_run(jq, k->line, take_output, NULL, &text)) {
	case JQ_ERROR:
		return map_bad(m, "%.*s", SPAN_ARG(text));
	case JQ_NOTHING:
	case TAKEN_SKIP:
		return MAPPED_SKIP;
	}
	if (open_record(m, text, &r) && check_metadata(m, &r) && put_record(m, g, k, text, &r, out))
		return r.is_delete ? MAPPED_DELETE : MAPPED_WRITE;
	out->n = before;
	out->full = false;
	return MAPPED_BAD;
}
