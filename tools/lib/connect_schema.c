/* SPDX-License-Identifier: Apache-2.0 */
#include "connect_schema.h"
#include "json.h"

#include <string.h>

#define DEPTH_MAX 64
#define FIELDS_MAX 1000	/* of one struct */

struct reading {
	struct arena *arena;
	const char *why;
	unsigned depth;
};

static void *fail(struct reading *r, const char *why)
{
	if (!r->why)
		r->why = why;
	return NULL;
}

static struct connect_node *read_node(struct reading *r, struct span text);

static struct span plain(struct reading *r, struct span raw)
{
	struct buf scratch = { 0 };
	struct span text = json_text(raw, &scratch), kept = { 0 };

	if (!text.p)
		fail(r, "a name in the schema is no text");
	else if (text.p >= raw.p && text.p < raw.p + raw.n)
		kept = text;	/* had no escapes */
	else if (!(kept = arena_copy(r->arena, text)).p)
		fail(r, "the schema is too large");
	buf_free(&scratch);
	return kept;
}

/* A field is a schema with a name more. */
static struct span field_name(struct span text)
{
	struct span raw = { 0 };
	struct json_member m;
	struct json j;

	json_open(&j, text);
	for (json_object(&j); json_member(&j, &m);)
		json_value(&j, json_key_is(&m, "field") ? &raw : NULL);
	return raw;
}

static bool read_fields(struct reading *r, struct connect_node *n, struct span text)
{
	size_t count = 0;
	struct json j;

	json_open(&j, text);
	for (json_array(&j); json_element(&j); count++)
		json_value(&j, NULL);
	if (j.error || count > FIELDS_MAX)
		return fail(r, j.error ? "a struct's fields are no list" : "a struct has too many fields");
	n->fields = arena_take(r->arena, count * sizeof(*n->fields) + 1);
	if (!n->fields)
		return fail(r, "the schema is too large");
	json_open(&j, text);
	for (json_array(&j); json_element(&j);) {
		struct connect_field *f = &n->fields[n->n_fields];
		struct span raw;

		json_value(&j, &raw);
		f->name = plain(r, field_name(raw));
		f->node = r->why ? NULL : read_node(r, raw);
		if (!f->node)
			return false;
		n->n_fields++;
	}
	return true;
}

static bool kind_of(struct span type, enum connect_kind *kind)
{
	static const struct { const char *name; enum connect_kind kind; } kinds[] = {
		{ "boolean", CONNECT_BOOLEAN }, { "int8", CONNECT_INT8 }, { "int16", CONNECT_INT16 }, { "int32", CONNECT_INT32 },
		{ "int64", CONNECT_INT64 }, { "float", CONNECT_FLOAT }, { "double", CONNECT_FLOAT }, { "bytes", CONNECT_BYTES },
		{ "string", CONNECT_STRING }, { "array", CONNECT_ARRAY }, { "map", CONNECT_MAP }, { "struct", CONNECT_STRUCT },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (type.n >= 2 && span_is((struct span){ type.p + 1, type.n - 2 }, kinds[i].name)) {
			*kind = kinds[i].kind;
			return true;
		}
	return false;
}

/* {"scale":"2"}; the value is a string, but a number is understood too. */
static int scale_of(struct reading *r, struct span parameters)
{
	struct json_member m;
	struct json j;
	int64_t scale = INT64_MAX;

	json_open(&j, parameters);
	for (json_object(&j); json_member(&j, &m);) {
		struct span raw;
		bool is_scale = json_key_is(&m, "scale");

		if (json_value(&j, &raw) == JSON_STRING)
			raw = (struct span){ raw.p + 1, raw.n - 2 };
		if (is_scale && !json_int64(raw, &scale))
			scale = INT64_MAX;
	}
	if (scale < -1000 || scale > 1000) {
		fail(r, "a Decimal without a scale");
		return 0;
	}
	return (int)scale;
}

struct members {
	struct span type, name, parameters, fields, items, keys, values;
};

static void read_members(struct connect_node *n, struct members *has, struct span text)
{
	struct json_member m;
	struct json j;

	json_open(&j, text);
	for (json_object(&j); json_member(&j, &m);) {
		struct span raw;
		struct span *to = json_key_is(&m, "type") ? &has->type : json_key_is(&m, "name") ? &has->name :
			json_key_is(&m, "parameters") ? &has->parameters : json_key_is(&m, "fields") ? &has->fields :
			json_key_is(&m, "items") ? &has->items : json_key_is(&m, "keys") ? &has->keys :
			json_key_is(&m, "values") ? &has->values : NULL;
		bool optional = json_key_is(&m, "optional"), fallback = json_key_is(&m, "default");
		enum json_type type = json_value(&j, &raw);

		if (to)
			*to = raw;
		if (optional)
			n->optional = type == JSON_TRUE;
		if (fallback && type != JSON_NULL)
			n->fallback = raw;
	}
}

static struct connect_node *fill(struct reading *r, struct connect_node *n, const struct members *has)
{
	if (!kind_of(has->type, &n->kind))
		return fail(r, "a schema without a type that is known");
	switch (n->kind) {
	case CONNECT_BYTES:
		if (!span_is(has->name, "\"org.apache.kafka.connect.data.Decimal\""))
			return n;
		n->kind = CONNECT_DECIMAL;
		n->scale = scale_of(r, has->parameters);
		break;
	case CONNECT_ARRAY:
		n->items = read_node(r, has->items);
		break;
	case CONNECT_MAP:
		n->keys = read_node(r, has->keys);
		n->items = r->why ? NULL : read_node(r, has->values);
		break;
	case CONNECT_STRUCT:
		read_fields(r, n, has->fields);
		break;
	default:
		break;
	}
	return r->why ? NULL : n;
}

static struct connect_node *read_node(struct reading *r, struct span text)
{
	struct connect_node *n;
	struct members has = { 0 };

	if (json_type_of(text) != JSON_OBJECT)
		return fail(r, "a schema that is no object");
	if (r->depth == DEPTH_MAX)
		return fail(r, "the schema is nested too deeply");
	n = arena_take(r->arena, sizeof(*n));
	if (!n)
		return fail(r, "the schema is too large");
	memset(n, 0, sizeof(*n));
	read_members(n, &has, text);
	r->depth++;
	n = fill(r, n, &has);
	r->depth--;
	return n;
}

struct connect_node *connect_schema_read(struct arena *arena, struct span text, const char **why)
{
	struct reading r = { .arena = arena };
	struct connect_node *n = read_node(&r, text);

	*why = r.why;
	return n;
}
