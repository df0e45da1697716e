/* SPDX-License-Identifier: Apache-2.0 */
/* Which record it is: namespace, set, key or digest. */
#include "map_parts.h"

#include "base64.h"

#define DIGEST_BYTES 20

bool map_lacks(struct mapper *m, const char *what, const struct selector *s)
{
	map_bad(m, "no %s: %s is missing", what, select_name(s));
	return false;
}

bool map_unfit(struct mapper *m, const char *what, const struct selector *s, const char *why)
{
	map_bad(m, "the %s: %s %s", what, select_name(s), why);
	return false;
}

bool map_is_null(struct span raw)
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

struct found map_look(const struct selector *s, const struct kafka_line *k)
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
	if (map_is_null(f.raw))
		return map_lacks(m, what, s);
	buf_reset(&m->text);
	if (f.bytes || (type != JSON_STRING && type != JSON_NUMBER) || (type == JSON_NUMBER && !json_int64(f.raw, &n)))
		return map_unfit(m, what, s, "is neither text nor an integer");
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
	struct found f = map_look(s, k);
	int64_t n;

	if (map_is_null(f.raw))
		return map_lacks(m, "key", s);
	buf_lit(out, ",\"userKey\":");
	buf_span(out, f.raw);
	switch (json_type_of(f.raw)) {
	case JSON_STRING:
		if (f.bytes || (m->copy.hints && hinted_bytes(m, s)))
			copy_say(&m->copy, SPAN("userKey"), "blob");
		else if (memchr(f.raw.p, '\\', f.raw.n) && (buf_reset(&m->text), !json_text(f.raw, &m->text).p))
			return map_unfit(m, "key", s, "has a lone surrogate");
		return true;
	case JSON_NUMBER:
		return json_int64(f.raw, &n) || map_unfit(m, "key", s, "is no integer of 64 bits");
	case JSON_OBJECT:
		if (s->source == SOURCE_KEY)
			return map_unfit(m, "key", s, "is an object; key-field:NAME takes a field of it");
		/* fall through */
	default:
		return map_unfit(m, "key", s, "is neither text nor an integer nor bytes");
	}
}

static bool put_digest(struct mapper *m, struct buf *out, const struct selector *s, const struct kafka_line *k)
{
	struct found f = map_look(s, k);
	struct span text;

	if (map_is_null(f.raw))
		return map_lacks(m, "digest", s);
	buf_reset(&m->text);
	buf_reset(&m->bytes);
	text = json_type_of(f.raw) == JSON_STRING ? json_text(f.raw, &m->text) : (struct span){ NULL, 0 };
	if (!text.p || !base64_decode(&m->bytes, text) || m->bytes.n != DIGEST_BYTES)
		return map_unfit(m, "digest", s, "is not 20 bytes in base64");
	buf_lit(out, ",\"digest\":");
	buf_span(out, f.raw);
	return true;
}

bool map_put_metadata(struct mapper *m, const struct mapping *g, const struct kafka_line *k, struct buf *out, bool is_delete)
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

		if (map_is_null(f.raw))
			return map_lacks(m, "lut", &g->lut);
		if (!json_int64(f.raw, &n) || n < 0)
			return map_unfit(m, "lut", &g->lut, "is no time in milliseconds");
		buf_lit(out, ",\"lut\":");
		buf_span(out, f.raw);
	}
	buf_byte(out, '}');
	return true;
}
