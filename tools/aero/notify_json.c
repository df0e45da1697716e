/* SPDX-License-Identifier: Apache-2.0 */
#include "notify.h"

#include "base64.h"
#include "json.h"
#include "notify_put.h"
#include "particle.h"
#include "value_read.h"

/* The connectors' json and flat-json. Values are copied as text, so numbers stay exact. What these formats don't tell is lost:
 * strings and blobs inside lists and maps look alike, flat-json has no types at all. */

/* The metadata of a record, raw; what is null or missing is absent. */
struct facts {
	struct span ns, set, user_key, digest, msg, gen, lut, exp, durable;
	bool is_delete;
};

struct json_bin {
	struct span name, type, value, ordered, order;
};

static size_t offset_of(struct span body, struct span part)
{
	return part.p ? (size_t)(part.p - body.p) : 0;
}

static struct span value_or_absent(struct json *j)
{
	struct span raw;

	return json_value(j, &raw) == JSON_NULL ? (struct span){ NULL, 0 } : raw;
}

static bool is(struct span raw, enum json_type type)
{
	return raw.p && json_type_of(raw) == type;
}

/* A raw string against plain ASCII text; one with escapes is never equal. */
static bool string_is(struct span raw, const char *text)
{
	size_t n = strlen(text);

	return raw.n == n + 2 && raw.p[0] == '"' && memcmp(raw.p + 1, text, n) == 0;
}

/* ---- metadata ---- */

static bool put_fact(struct notify *n, struct buf *out, struct span body, struct span raw, void (*put)(struct buf *, int64_t))
{
	int64_t value;

	if (!raw.p)
		return true;
	if (!json_int64(raw, &value))
		return notify_fail(n, "gen, lut or exp is no integer", offset_of(body, raw));
	put(out, value);
	return true;
}

static bool check_facts(struct notify *n, struct facts *f, struct span body)
{
	if (!is(f->ns, JSON_STRING))
		return notify_fail(n, "namespace is no string", offset_of(body, f->ns));
	if (f->set.p && !is(f->set, JSON_STRING))
		return notify_fail(n, "set is no string", offset_of(body, f->set));
	if (f->user_key.p && !is(f->user_key, JSON_STRING) && !is(f->user_key, JSON_NUMBER))
		return notify_fail(n, "user key is neither string nor number", offset_of(body, f->user_key));
	if (!is(f->digest, JSON_STRING))
		return notify_fail(n, "digest is no string", offset_of(body, f->digest));
	f->is_delete = string_is(f->msg, "delete");
	if (!f->is_delete && !string_is(f->msg, "write"))
		return notify_fail(n, "msg is neither write nor delete", offset_of(body, f->msg));
	if (f->durable.p && !is(f->durable, JSON_TRUE) && !is(f->durable, JSON_FALSE))
		return notify_fail(n, "durable is neither true nor false", offset_of(body, f->durable));
	return true;
}

static void put_member(struct buf *out, const char *name, struct span raw)
{
	if (!raw.p)
		return;
	buf_lit(out, ",\"");
	buf_put(out, name, strlen(name));
	buf_lit(out, "\":");
	buf_span(out, raw);
}

/* Everything but the closing brace. */
static bool put_facts(struct notify *n, struct buf *out, struct facts *f, struct span body)
{
	if (!check_facts(n, f, body))
		return false;
	buf_lit(out, "\"metadata\":{\"namespace\":");
	buf_span(out, f->ns);
	if (f->set.n > 2)
		put_member(out, "set", f->set);
	put_member(out, "userKey", f->user_key);
	put_member(out, "digest", f->digest);
	put_member(out, "msg", f->msg);
	if (!put_fact(n, out, body, f->gen, notify_put_gen) || !put_fact(n, out, body, f->lut, notify_put_lut))
		return false;
	if (f->is_delete)
		put_member(out, "durable", f->durable);
	else if (!put_fact(n, out, body, f->exp, notify_put_exp))
		return false;
	return true;
}

/* ---- json: a bin with its type ---- */

/* Something to say of the bin in types. */
static bool say(struct notify *n, struct span name, const char *word)
{
	struct span text;

	buf_reset(&n->text);
	text = json_text(name, &n->text);
	if (!text.p)
		return notify_fail(n, "bin name has half a surrogate pair", 0);
	buf_reset(&n->pointer);
	value_push_name(&n->pointer, text);
	value_put_type(&n->types, buf_as_span(&n->pointer), word);
	return true;
}

static bool put_int(struct notify *n, struct buf *out, const struct json_bin *b)
{
	int64_t value;

	if (!json_int64(b->value, &value))
		return notify_fail(n, "int bin is no 64-bit integer", 0);
	buf_span(out, b->value);
	return true;
}

/* An integral double must look like one: "2" becomes "2.0". JSON has no NaN, so writers quote it. */
static bool put_float(struct notify *n, struct buf *out, const struct json_bin *b)
{
	static const char *const special[] = { "NaN", "Infinity", "-Infinity" };
	char word[32] = "double:";

	if (is(b->value, JSON_NUMBER)) {
		buf_span(out, b->value);
		if (!memchr(b->value.p, '.', b->value.n) && !memchr(b->value.p, 'e', b->value.n) && !memchr(b->value.p, 'E', b->value.n))
			buf_lit(out, ".0");
		return true;
	}
	for (unsigned i = 0; i < 3; i++) {
		if (!string_is(b->value, special[i]))
			continue;
		buf_lit(out, "null");
		strcpy(word + 7, special[i]);
		return say(n, b->name, word);
	}
	return notify_fail(n, "float bin is no number", 0);
}

static bool put_blob(struct notify *n, struct buf *out, const struct json_bin *b, const char *word)
{
	struct span text;

	buf_reset(&n->text);
	text = json_text(b->value, &n->text);
	buf_reset(&n->inflated);
	if (!text.p || !base64_decode(&n->inflated, text))
		return notify_fail(n, "bin of bytes is no base64", 0);
	buf_span(out, b->value);
	return say(n, b->name, word);
}

static bool put_list(struct notify *n, struct buf *out, const struct json_bin *b)
{
	if (!is(b->value, JSON_ARRAY))
		return notify_fail(n, "list bin is no array", 0);
	notify_put_raw(out, b->value);
	return is(b->ordered, JSON_TRUE) ? say(n, b->name, "ordered") : true;
}

static bool put_map(struct notify *n, struct buf *out, const struct json_bin *b)
{
	if (!is(b->value, JSON_OBJECT))
		return notify_fail(n, "map bin is no object", 0);
	notify_put_raw(out, b->value);
	if (!b->order.p || string_is(b->order, "unordered"))
		return true;
	if (string_is(b->order, "key"))
		return say(n, b->name, "key-ordered");
	if (string_is(b->order, "key-value"))
		return say(n, b->name, "key-value-ordered");
	return notify_fail(n, "order of a map is neither key nor key-value", 0);
}

static bool put_geojson(struct notify *n, struct buf *out, const struct json_bin *b)
{
	if (!is(b->value, JSON_OBJECT) && !is(b->value, JSON_STRING))
		return notify_fail(n, "geojson bin is no object", 0);
	notify_put_raw(out, b->value);
	return say(n, b->name, is(b->value, JSON_STRING) ? "geojson-text" : "geojson");
}

static bool put_as_is(struct notify *n, struct buf *out, const struct json_bin *b, enum json_type want, enum json_type or)
{
	if (!is(b->value, want) && !is(b->value, or))
		return notify_fail(n, want == JSON_STRING ? "str bin is no string" : "bool bin is neither true nor false", 0);
	buf_span(out, b->value);
	return true;
}

/* Names that are documented, and those that other generations may use for the same thing. */
static const struct type_name {
	const char *name;
	uint8_t particle;
	const char *word;
} type_names[] = {
	{ "int", PARTICLE_INTEGER, NULL }, { "str", PARTICLE_STRING, NULL }, { "float", PARTICLE_FLOAT, NULL },
	{ "list", PARTICLE_LIST, NULL }, { "map", PARTICLE_MAP, NULL }, { "blob", PARTICLE_BLOB, "blob" },
	{ "geojson", PARTICLE_GEOJSON, NULL }, { "bool", PARTICLE_BOOL, NULL }, { "hll", PARTICLE_HLL, "hll" },
	{ "integer", PARTICLE_INTEGER, NULL }, { "string", PARTICLE_STRING, NULL }, { "double", PARTICLE_FLOAT, NULL },
	{ "boolean", PARTICLE_BOOL, NULL }, { "bytes", PARTICLE_BLOB, "blob" }, { "hyperloglog", PARTICLE_HLL, "hll" },
	{ "java_blob", PARTICLE_JAVA, "bytes:7" }, { "csharp_blob", PARTICLE_CSHARP, "bytes:8" },
	{ "python_blob", PARTICLE_PYTHON, "bytes:9" }, { "ruby_blob", PARTICLE_RUBY, "bytes:10" },
	{ "php_blob", PARTICLE_PHP, "bytes:11" }, { "erlang_blob", PARTICLE_ERLANG, "bytes:12" },
};

static const struct type_name *type_of(struct span raw)
{
	for (size_t i = 0; i < sizeof type_names / sizeof type_names[0]; i++)
		if (string_is(raw, type_names[i].name))
			return &type_names[i];
	return NULL;
}

static bool put_value(struct notify *n, struct buf *out, const struct json_bin *b)
{
	const struct type_name *t = type_of(b->type);

	if (is(b->value, JSON_NULL)) {	/* the bin was removed */
		buf_lit(out, "null");
		return true;
	}
	if (!t)
		return notify_fail(n, "bin of an unknown type", 0);
	switch (t->particle) {
	case PARTICLE_INTEGER:
		return put_int(n, out, b);
	case PARTICLE_FLOAT:
		return put_float(n, out, b);
	case PARTICLE_STRING:
		return put_as_is(n, out, b, JSON_STRING, JSON_STRING);
	case PARTICLE_BOOL:
		return put_as_is(n, out, b, JSON_TRUE, JSON_FALSE);
	case PARTICLE_LIST:
		return put_list(n, out, b);
	case PARTICLE_MAP:
		return put_map(n, out, b);
	case PARTICLE_GEOJSON:
		return put_geojson(n, out, b);
	default:
		return put_blob(n, out, b, t->word);
	}
}

static bool take_bin(struct json *j, struct json_bin *b)
{
	struct json_member m;

	*b = (struct json_bin){ 0 };
	for (json_object(j); json_member(j, &m);) {
		if (json_key_is(&m, "name"))
			json_value(j, &b->name);
		else if (json_key_is(&m, "type"))
			json_value(j, &b->type);
		else if (json_key_is(&m, "value"))
			json_value(j, &b->value);
		else if (json_key_is(&m, "ordered"))
			json_value(j, &b->ordered);
		else if (json_key_is(&m, "order"))
			b->order = value_or_absent(j);
		else
			json_value(j, NULL);
	}
	return !j->error;
}

static bool put_bins(struct notify *n, struct buf *out, struct span bins, struct span body)
{
	struct json_bin b;
	bool first = true;
	struct json j;

	buf_lit(out, ",\"bins\":{");
	json_open(&j, bins);
	for (json_array(&j); json_element(&j);) {
		if (!take_bin(&j, &b))
			break;
		if (!is(b.name, JSON_STRING) || !b.value.p)
			return notify_fail(n, "bin without name or value", offset_of(body, bins) + json_offset(&j));
		if (!first)
			buf_byte(out, ',');
		first = false;
		buf_span(out, b.name);
		buf_byte(out, ':');
		if (!put_value(n, out, &b))
			return notify_fail(n, n->why, offset_of(body, b.value));
	}
	if (!json_done(&j))
		return notify_fail(n, j.error, offset_of(body, bins) + json_offset(&j));
	buf_byte(out, '}');
	return true;
}

static bool take_key(struct notify *n, struct facts *f, struct span key, struct span body)
{
	struct span *part[4] = { &f->ns, &f->set, &f->digest, &f->user_key };
	unsigned count = 0;
	struct json j;

	if (!is(key, JSON_ARRAY))
		return notify_fail(n, "key is no array", offset_of(body, key));
	json_open(&j, key);
	for (json_array(&j); json_element(&j); count++) {
		struct span value = value_or_absent(&j);

		if (count < 4)
			*part[count] = value;
	}
	return count >= 4 ? true : notify_fail(n, "key has less than four elements", offset_of(body, key));
}

bool notify_json(struct notify *n, struct buf *out, struct span body)
{
	struct span key = { 0 }, bins = { 0 };
	struct facts f = { 0 };
	struct json_member m;
	struct json j;

	json_open(&j, body);
	for (json_object(&j); json_member(&j, &m);) {
		struct span value = value_or_absent(&j);

		if (json_key_is(&m, "msg"))
			f.msg = value;
		else if (json_key_is(&m, "key"))
			key = value;
		else if (json_key_is(&m, "gen"))
			f.gen = value;
		else if (json_key_is(&m, "exp"))
			f.exp = value;
		else if (json_key_is(&m, "lut"))
			f.lut = value;
		else if (json_key_is(&m, "durable"))
			f.durable = value;
		else if (json_key_is(&m, "bins"))
			bins = value;
	}
	if (!json_done(&j))
		return notify_fail(n, j.error, json_offset(&j));
	if (!take_key(n, &f, key, body) || !put_facts(n, out, &f, body))
		return false;
	buf_byte(out, '}');
	if (f.is_delete)
		return true;
	if (!is(bins, JSON_ARRAY))
		return notify_fail(n, "bins is no array", offset_of(body, bins));
	if (!put_bins(n, out, bins, body))
		return false;
	notify_put_types(n, out);
	return true;
}

/* ---- flat-json ---- */

static struct span *fact_named(struct facts *f, const struct json_member *m)
{
	const struct { const char *name; struct span *fact; } known[] = {
		{ "namespace", &f->ns }, { "set", &f->set }, { "userKey", &f->user_key }, { "digest", &f->digest }, { "msg", &f->msg },
		{ "gen", &f->gen }, { "lut", &f->lut }, { "exp", &f->exp }, { "durable", &f->durable },
	};

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (json_key_is(m, known[i].name))
			return known[i].fact;
	return NULL;
}

/* Members of the metadata that are none of ours go on behind them. */
static void put_strangers(struct buf *out, struct span metadata)
{
	struct facts unused;
	struct json_member m;
	struct span value;
	struct json j;

	json_open(&j, metadata);
	for (json_object(&j); json_member(&j, &m);) {
		json_value(&j, &value);
		if (fact_named(&unused, &m))
			continue;
		buf_lit(out, ",\"");
		buf_span(out, m.key);
		buf_lit(out, "\":");
		notify_put_raw(out, value);
	}
}

static bool put_flat_metadata(struct notify *n, struct buf *out, struct span metadata, struct facts *f, struct span body)
{
	bool strangers = false;
	struct json_member m;
	struct json j;

	json_open(&j, metadata);
	for (json_object(&j); json_member(&j, &m);) {
		struct span value = value_or_absent(&j), *fact = fact_named(f, &m);

		if (fact)
			*fact = value;
		else
			strangers = true;
	}
	if (!put_facts(n, out, f, body))
		return false;
	if (strangers)
		put_strangers(out, metadata);
	buf_byte(out, '}');
	return true;
}

static void put_flat_bins(const struct notify *n, struct buf *out, struct span body)
{
	struct json_member m;
	struct span value;
	bool first = true;
	struct json j;

	buf_lit(out, ",\"bins\":{");
	json_open(&j, body);
	for (json_object(&j); json_member(&j, &m);) {
		json_value(&j, &value);
		if (json_key_is(&m, n->metadata_key))
			continue;
		if (first)
			buf_byte(out, '"');
		else
			buf_lit(out, ",\"");
		first = false;
		buf_span(out, m.key);
		buf_lit(out, "\":");
		notify_put_raw(out, value);
	}
	buf_byte(out, '}');
}

bool notify_flat_json(struct notify *n, struct buf *out, struct span body)
{
	struct span metadata = { 0 }, value;
	struct facts f = { 0 };
	struct json_member m;
	struct json j;

	json_open(&j, body);
	j.depth = 1;	/* bins stand one level deeper in the line */
	for (json_object(&j); json_member(&j, &m);) {
		json_value(&j, &value);
		if (!json_key_is(&m, n->metadata_key))
			continue;
		if (metadata.p)
			json_fail(&j, "two members of the metadata's name");
		metadata = value;
	}
	j.depth--;
	if (!json_done(&j))
		return notify_fail(n, j.error, json_offset(&j));
	if (!is(metadata, JSON_OBJECT))
		return notify_fail(n, "no metadata object", offset_of(body, metadata));
	if (!put_flat_metadata(n, out, metadata, &f, body))
		return false;
	if (!f.is_delete)
		put_flat_bins(n, out, body);
	return true;
}
