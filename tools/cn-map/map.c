/* SPDX-License-Identifier: Apache-2.0 */
/* A Kafka line becomes a record line. */
#include "mapping.h"

#include "base64.h"

#include <stdarg.h>

#define DIGEST_BYTES 20

enum mapped map_bad(struct mapper *m, const char *fmt, ...)
{
	va_list ap;

	buf_reset(&m->why);
	va_start(ap, fmt);
	buf_vprintf(&m->why, fmt, ap);
	va_end(ap);
	return MAPPED_BAD;
}

/* For a part that must be there. */
static bool lacks(struct mapper *m, const char *what, const struct selector *s)
{
	map_bad(m, "no %s: %s is missing", what, select_name(s));
	return false;
}

static bool unfit(struct mapper *m, const char *what, const struct selector *s, const char *why)
{
	map_bad(m, "the %s: %s %s", what, select_name(s), why);
	return false;
}

static bool is_null(struct span raw)
{
	return !raw.p || json_type_of(raw) == JSON_NULL;
}

/* A header that is no text stands in the line as {"base64":"..."}. */
static void open_base64(struct found *f)
{
	struct json_member m;
	struct span inner;
	struct json j;

	json_open(&j, f->raw);
	for (json_object(&j); json_member(&j, &m);)
		if (json_value(&j, &inner) == JSON_STRING && json_key_is(&m, "base64"))
			*f = (struct found){ inner, true };
}

static struct found find(const struct selector *s, const struct kafka_line *k)
{
	struct found f = select_find(s, k);

	if (s->source == SOURCE_HEADER && f.raw.p && json_type_of(f.raw) == JSON_OBJECT)
		open_base64(&f);
	return f;
}

/* Append the name of a namespace or set as a JSON string. */
static bool put_name(struct mapper *m, struct buf *out, const char *what, const struct selector *s, const struct kafka_line *k,
	size_t min, size_t max)
{
	struct found f = select_find(s, k);
	enum json_type type = json_type_of(f.raw);
	struct span text = f.raw;
	int64_t n;

	if (s->source == SOURCE_STATIC) {
		buf_span(out, f.raw);
		return true;
	}
	if (is_null(f.raw))
		return lacks(m, what, s);
	buf_reset(&m->text);
	if (f.bytes || (type != JSON_STRING && type != JSON_NUMBER) || (type == JSON_NUMBER && !json_int64(f.raw, &n)))
		return unfit(m, what, s, "is neither text nor an integer");
	if (type == JSON_STRING)
		text = json_text(f.raw, &m->text);
	if (!text.p || text.n < min || text.n > max || memchr(text.p, '\0', text.n)) {
		map_bad(m, "the %s: %s is not %zu to %zu bytes of text", what, select_name(s), min, max);
		return false;
	}
	if (type == JSON_NUMBER)
		buf_byte(out, '"');
	buf_span(out, f.raw);
	if (type == JSON_NUMBER)
		buf_byte(out, '"');
	return true;
}

/* Does the line say that the key is bytes? */
static bool hinted_bytes(struct mapper *m, const struct selector *s)
{
	const struct mark *mark;

	buf_reset(&m->path);
	if (s->source == SOURCE_FIELD)
		buf_lit(&m->path, "/value");
	else if (s->source == SOURCE_KEY || s->source == SOURCE_KEY_FIELD)
		buf_lit(&m->path, "/key");
	for (size_t i = 0; i < s->n_tokens; i++)
		types_push(&m->path, s->token[i]);
	mark = types_find(m->copy.hints, buf_as_span(&m->path));
	return mark && mark->kind == MARK_BYTES;
}

static bool put_key(struct mapper *m, struct buf *out, const struct selector *s, const struct kafka_line *k)
{
	struct found f = find(s, k);
	int64_t n;

	if (is_null(f.raw))
		return lacks(m, "key", s);
	buf_lit(out, ",\"userKey\":");
	buf_span(out, f.raw);
	switch (json_type_of(f.raw)) {
	case JSON_STRING:
		if (f.bytes || (m->copy.hints && hinted_bytes(m, s)))
			copy_say(&m->copy, SPAN("userKey"), "blob");
		else if (memchr(f.raw.p, '\\', f.raw.n) && (buf_reset(&m->text), !json_text(f.raw, &m->text).p))
			return unfit(m, "key", s, "has a lone surrogate");
		return true;
	case JSON_NUMBER:
		return json_int64(f.raw, &n) || unfit(m, "key", s, "is no integer of 64 bits");
	case JSON_OBJECT:
		if (s->source == SOURCE_KEY)
			return unfit(m, "key", s, "is an object; key-field:NAME takes a field of it");
		/* fall through */
	default:
		return unfit(m, "key", s, "is neither text nor an integer nor bytes");
	}
}

static bool put_digest(struct mapper *m, struct buf *out, const struct selector *s, const struct kafka_line *k)
{
	struct found f = find(s, k);
	struct span text;

	if (is_null(f.raw))
		return lacks(m, "digest", s);
	buf_reset(&m->text);
	buf_reset(&m->bytes);
	text = json_type_of(f.raw) == JSON_STRING ? json_text(f.raw, &m->text) : (struct span){ NULL, 0 };
	if (!text.p || !base64_decode(&m->bytes, text) || m->bytes.n != DIGEST_BYTES)
		return unfit(m, "digest", s, "is not 20 bytes in base64");
	buf_lit(out, ",\"digest\":");
	buf_span(out, f.raw);
	return true;
}

static bool put_metadata(struct mapper *m, const struct mapping *g, const struct kafka_line *k, struct buf *out, bool is_delete)
{
	int64_t n;

	buf_lit(out, "\"metadata\":{\"namespace\":");
	if (!put_name(m, out, "namespace", &g->ns, k, 1, NAMESPACE_MAX))
		return false;
	if (g->set.source != SOURCE_NONE) {
		size_t before = out->n;

		buf_lit(out, ",\"set\":");
		if (!put_name(m, out, "set", &g->set, k, 0, SET_MAX))
			return false;
		if (out->n == before + 9)	/* "": no set */
			out->n = before;
	}
	if (g->key.source != SOURCE_NONE && !put_key(m, out, &g->key, k))
		return false;
	if (g->digest.source != SOURCE_NONE && !put_digest(m, out, &g->digest, k))
		return false;
	if (is_delete)
		buf_lit(out, ",\"msg\":\"delete\"");
	else
		buf_lit(out, ",\"msg\":\"write\"");
	if (g->lut.source != SOURCE_NONE) {
		struct found f = select_find(&g->lut, k);

		if (is_null(f.raw))
			return lacks(m, "lut", &g->lut);
		if (!json_int64(f.raw, &n) || n < 0)
			return unfit(m, "lut", &g->lut, "is no time in milliseconds");
		buf_lit(out, ",\"lut\":");
		buf_span(out, f.raw);
	}
	buf_byte(out, '}');
	return true;
}

static bool put_value(struct mapper *m, const struct selector *s, struct span bin, struct span hint, struct found f)
{
	struct copier *c = &m->copy;

	if (f.bytes) {
		copy_say_bin(c, bin, "blob");
		buf_span(c->out, f.raw);
		return true;
	}
	if (copy_value(c, bin, hint, f.raw))
		return true;
	struct span at = { c->path.p + c->bin_path, c->path.n - c->bin_path };
	if (s)
		map_bad(m, "the bin \"%.*s\": %s%s%.*s: %s", SPAN_ARG(bin), select_name(s), at.n ? ": at " : "", (int)(at.n < 256 ? at.n : 256),
			at.p, c->why);
	else
		map_bad(m, "the field \"%.*s\"%s%.*s: %s", SPAN_ARG(bin), at.n ? ": at " : "", (int)(at.n < 256 ? at.n : 256), at.p, c->why);
	return false;
}

bool map_is_nothing(struct mapper *m, struct span raw, struct span hint)
{
	const struct mark *mark;

	if (json_type_of(raw) != JSON_NULL || !m->copy.hints)
		return json_type_of(raw) == JSON_NULL;
	mark = types_find(m->copy.hints, hint);
	return !mark || mark->kind != MARK_DOUBLE;
}

static bool is_ruled(const struct mapping *g, struct span name)
{
	for (size_t i = 0; i < g->n_bins; i++)
		if (span_is(name, g->bin[i].name))
			return true;
	return false;
}

/* A field that is left out, or that goes elsewhere because its name is too long for a bin. */
static bool is_left_out(const struct mapping *g, const struct field *f)
{
	for (size_t i = 0; i < g->n_except; i++)
		if (span_is(f->name, g->except[i]))
			return true;
	for (size_t i = 0; i < g->n_bins && f->name.n > BIN_MAX; i++)
		if (g->bin[i].from.source == SOURCE_FIELD && span_eq(g->bin[i].from.token[0], f->name))
			return true;
	return false;
}

static bool put_fields(struct mapper *m, const struct mapping *g, const struct kafka_line *k, struct buf *out, size_t *n)
{
	for (size_t i = 0; i < k->n_fields; i++) {
		const struct field *f = &k->field[i];

		if (m->copy.hints) {
			buf_reset(&m->path);
			buf_lit(&m->path, "/value");
			types_push(&m->path, f->name);
		}
		if (is_left_out(g, f) || is_ruled(g, f->name) || (!g->remove_null && map_is_nothing(m, f->raw, buf_as_span(&m->path))))
			continue;
		if (f->name.n < 1 || f->name.n > BIN_MAX) {
			map_bad(m, "the field \"%.*s\": the name of a bin has 1 to %d bytes; give it another one with --bins",
				f->name.n < 256 ? (int)f->name.n : 256, f->name.p, BIN_MAX);
			return false;
		}
		buf_lit(out, ",\"");
		json_put_escaped(out, f->name);
		buf_lit(out, "\":");
		if (!put_value(m, NULL, f->name, buf_as_span(&m->path), (struct found){ f->raw, false }))
			return false;
		(*n)++;
	}
	return true;
}

static bool put_rules(struct mapper *m, const struct mapping *g, const struct kafka_line *k, struct buf *out, size_t *n)
{
	for (size_t i = 0; i < g->n_bins; i++) {
		const struct bin_rule *rule = &g->bin[i];
		struct found f = find(&rule->from, k);

		if (!f.raw.p || (!g->remove_null && map_is_nothing(m, f.raw, span_of(rule->hint))))
			continue;
		buf_byte(out, ',');
		buf_put(out, rule->label, strlen(rule->label));
		if (!put_value(m, &rule->from, span_of(rule->name), span_of(rule->hint), f))
			return false;
		(*n)++;
	}
	return true;
}

static bool put_bins(struct mapper *m, const struct mapping *g, struct kafka_line *k, struct buf *out)
{
	size_t n = 0, start;

	if (g->all_fields && !k->value_is_object) {
		map_bad(m, k->value64.p ? "the value is not JSON" : "the value is no object, so it has no fields");
		return false;
	}
	buf_lit(out, ",\"bins\":");
	start = out->n;
	if ((g->all_fields && !put_fields(m, g, k, out, &n)) || !put_rules(m, g, k, out, &n))
		return false;
	if (n == 0 || n > BINS_MAX) {
		map_bad(m, n ? "more than 32767 bins" : "no bins: none of the fields is there");
		return false;
	}
	if (!out->full)
		out->p[start] = '{';	/* for the first comma */
	buf_byte(out, '}');
	return true;
}

static bool put_ttl(struct mapper *m, const struct selector *s, const struct kafka_line *k, struct buf *put)
{
	struct found f = select_find(s, k);
	enum json_type type = json_type_of(f.raw);
	struct span text = f.raw;
	int64_t seconds;

	if (is_null(f.raw))
		return true;
	buf_reset(&m->text);
	if (type == JSON_STRING)
		text = json_text(f.raw, &m->text);
	if ((type != JSON_STRING && type != JSON_NUMBER) || f.bytes || !text.p || !ttl_parse(text, &seconds))
		return unfit(m, "ttl", s, "is no time to live: -2, -1, 0, seconds, or a number with S, M, H or D, up to ten years");
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
	if (!put_metadata(m, g, k, out, is_delete) || (!is_delete && !put_bins(m, g, k, out)))
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
