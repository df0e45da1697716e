/* SPDX-License-Identifier: Apache-2.0 */
#include "avro_json_schema.h"
#include "json.h"

#include <string.h>

#define DEPTH_MAX 64
#define PARTS_MAX 100000

struct named {
	struct named *next;
	struct span name;		/* with its namespace */
	struct avro_node *node;
};

struct reading {
	struct arena *arena;
	struct named *named;
	const char *why;
	unsigned depth;
};

static void *fail(struct reading *r, const char *why)
{
	if (!r->why)
		r->why = why;
	return NULL;
}

static void *take(struct reading *r, size_t n)
{
	void *p = arena_take(r->arena, n ? n : 1);

	if (!p)
		return fail(r, "the schema is too large");
	memset(p, 0, n);
	return p;
}

/* A raw string as text in the arena. */
static struct span text_of(struct reading *r, struct span raw)
{
	struct buf scratch = { 0 };
	struct span text = json_type_of(raw) == JSON_STRING ? json_text(raw, &scratch) : (struct span){ 0 }, kept = { 0 };

	if (!text.p)
		fail(r, "a name is no text");
	else if (!(kept = arena_copy(r->arena, text)).p)
		fail(r, "the schema is too large");
	buf_free(&scratch);
	return kept;
}

static struct avro_node *read_node(struct reading *r, struct span raw, struct span ns);

static bool primitive(struct span name, enum avro_kind *kind)
{
	static const char *const names[] = {
		[AVRO_NULL] = "null", [AVRO_BOOLEAN] = "boolean", [AVRO_INT] = "int", [AVRO_LONG] = "long", [AVRO_FLOAT] = "float",
		[AVRO_DOUBLE] = "double", [AVRO_BYTES] = "bytes", [AVRO_STRING] = "string",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (span_is(name, names[i])) {
			*kind = (enum avro_kind)i;
			return true;
		}
	return false;
}

/* "Name" in a namespace, or "its.own.Name". */
static struct span full_name(struct reading *r, struct span name, struct span ns)
{
	char *p;

	if (ns.n == 0 || memchr(name.p, '.', name.n))
		return name;
	p = take(r, ns.n + 1 + name.n);
	if (!p)
		return (struct span){ 0 };
	memcpy(p, ns.p, ns.n);
	p[ns.n] = '.';
	memcpy(p + ns.n + 1, name.p, name.n);
	return (struct span){ p, ns.n + 1 + name.n };
}

static struct span namespace_of(struct span full)
{
	const char *dot = memrchr(full.p, '.', full.n);

	return dot ? (struct span){ full.p, (size_t)(dot - full.p) } : SPAN("");
}

static struct avro_node *by_name(struct reading *r, struct span name, struct span ns)
{
	struct span full;
	struct avro_node *node;
	enum avro_kind kind;

	if (primitive(name, &kind)) {
		node = take(r, sizeof(*node));
		if (node)
			node->kind = kind;
		return node;
	}
	full = full_name(r, name, ns);
	for (const struct named *n = r->named; n && full.p; n = n->next)
		if (span_eq(n->name, full))
			return n->node;
	return fail(r, "a type that the schema does not define");
}

struct members {
	struct span type, name, ns, fields, symbols, items, values, size, logical, scale;
};

static void read_members(struct members *has, struct span raw)
{
	struct json_member m;
	struct json j;

	json_open(&j, raw);
	for (json_object(&j); json_member(&j, &m);) {
		struct span *to = json_key_is(&m, "type") ? &has->type : json_key_is(&m, "name") ? &has->name :
			json_key_is(&m, "namespace") ? &has->ns : json_key_is(&m, "fields") ? &has->fields :
			json_key_is(&m, "symbols") ? &has->symbols : json_key_is(&m, "items") ? &has->items :
			json_key_is(&m, "values") ? &has->values : json_key_is(&m, "size") ? &has->size :
			json_key_is(&m, "logicalType") ? &has->logical : json_key_is(&m, "scale") ? &has->scale : NULL;

		json_value(&j, to);
	}
}

static size_t count(struct reading *r, struct span raw)
{
	struct json j;
	size_t n = 0;

	json_open(&j, raw);
	for (json_array(&j); json_element(&j); n++)
		json_value(&j, NULL);
	if (j.error || n > PARTS_MAX)
		fail(r, j.error ? "a list is missing" : "too many fields, symbols or branches");
	return r->why ? 0 : n;
}

/* Fields of a record, or symbols of an enum, which have no parts. */
static void read_list(struct reading *r, struct avro_node *node, struct span raw, struct span ns)
{
	const bool record = node->kind == AVRO_RECORD;
	size_t n = count(r, raw);
	struct json j;

	node->names = take(r, n * sizeof(*node->names));
	node->parts = take(r, record ? n * sizeof(struct avro_node *) : 0);
	json_open(&j, raw);
	for (json_array(&j); !r->why && json_element(&j); node->n++) {
		struct members has = { 0 };
		struct span element;

		json_value(&j, &element);
		if (record)
			read_members(&has, element);
		node->names[node->n] = text_of(r, record ? has.name : element);
		if (record && !r->why)
			node->parts[node->n] = read_node(r, has.type, ns);
	}
}

static void read_branches(struct reading *r, struct avro_node *node, struct span raw, struct span ns)
{
	size_t n = count(r, raw);
	struct json j;

	node->parts = take(r, n * sizeof(struct avro_node *));
	json_open(&j, raw);
	for (json_array(&j); !r->why && json_element(&j); node->n++) {
		struct span element;

		json_value(&j, &element);
		node->parts[node->n] = read_node(r, element, ns);
	}
}

static void read_one(struct reading *r, struct avro_node *node, struct span raw, struct span ns)
{
	node->parts = take(r, sizeof(struct avro_node *));
	if (node->parts)
		node->parts[0] = read_node(r, raw, ns);
	node->n = 1;
}

/* Give it its name before its fields are read: they may speak of it. Returns the namespace that holds inside. */
static struct span define(struct reading *r, struct avro_node *node, const struct members *has, struct span ns)
{
	struct named *n = take(r, sizeof(*n));
	struct span name = text_of(r, has->name);

	if (has->ns.p && !r->why)
		ns = text_of(r, has->ns);
	if (r->why)
		return ns;
	*n = (struct named){ .next = r->named, .name = full_name(r, name, ns), .node = node };
	if (n->name.p)
		r->named = n;
	return n->name.p ? namespace_of(n->name) : ns;
}

static void read_logical(struct reading *r, struct avro_node *node, const struct members *has)
{
	int64_t scale = 0;

	if (!span_is(has->logical, "\"decimal\""))
		return;
	if (has->scale.p && (!json_int64(has->scale, &scale) || scale < 0 || scale > 1000)) {
		fail(r, "a decimal with a wrong scale");
		return;
	}
	node->decimal = true;
	node->scale = (int)scale;
}

static void read_complex(struct reading *r, struct avro_node *node, struct span type, const struct members *has, struct span ns)
{
	uint64_t size;

	if (span_is(type, "record") || span_is(type, "error")) {
		node->kind = AVRO_RECORD;
		ns = define(r, node, has, ns);
		read_list(r, node, has->fields, ns);
	} else if (span_is(type, "enum")) {
		node->kind = AVRO_ENUM;
		define(r, node, has, ns);
		read_list(r, node, has->symbols, ns);
	} else if (span_is(type, "fixed")) {
		node->kind = AVRO_FIXED;
		define(r, node, has, ns);
		if (!json_uint64(has->size, &size) || size > (uint64_t)1 << 30)
			fail(r, "a fixed without a size");
		node->size = r->why ? 0 : (size_t)size;
		read_logical(r, node, has);
	} else if (span_is(type, "array") || span_is(type, "map")) {
		node->kind = span_is(type, "map") ? AVRO_MAP : AVRO_ARRAY;
		read_one(r, node, node->kind == AVRO_MAP ? has->values : has->items, ns);
	} else {
		*node = (struct avro_node){ 0 };
		fail(r, "a type that is not known");
	}
}

static struct avro_node *read_object(struct reading *r, struct span raw, struct span ns)
{
	struct members has = { 0 };
	struct avro_node *node;
	struct span type;

	read_members(&has, raw);
	if (json_type_of(has.type) != JSON_STRING)	/* {"type":{"type":...}}, {"type":[...]} */
		return has.type.p ? read_node(r, has.type, ns) : fail(r, "a schema without a type");
	type = text_of(r, has.type);
	node = take(r, sizeof(*node));
	if (r->why)
		return NULL;
	if (primitive(type, &node->kind))
		node->kind == AVRO_BYTES ? read_logical(r, node, &has) : (void)0;
	else if (!has.fields.p && !has.symbols.p && !has.size.p && !has.items.p && !has.values.p)
		return by_name(r, type, ns);
	else
		read_complex(r, node, type, &has, ns);
	return node;
}

static struct avro_node *read_node(struct reading *r, struct span raw, struct span ns)
{
	struct avro_node *node = NULL;

	if (r->depth == DEPTH_MAX)
		return fail(r, "the schema is nested too deeply");
	r->depth++;
	switch (json_type_of(raw)) {
	case JSON_STRING: {
		struct span name = text_of(r, raw);

		node = name.p ? by_name(r, name, ns) : NULL;
		break;
	}
	case JSON_ARRAY:
		node = take(r, sizeof(*node));
		if (node) {
			node->kind = AVRO_UNION;
			read_branches(r, node, raw, ns);
		}
		break;
	case JSON_OBJECT:
		node = read_object(r, raw, ns);
		break;
	default:
		fail(r, "a schema that is neither a name nor an object nor a union");
	}
	r->depth--;
	return r->why ? NULL : node;
}

struct avro_node *avro_json_schema(struct arena *arena, struct span text, const char **why)
{
	struct reading r = { .arena = arena };
	struct span raw = { 0 };
	struct avro_node *node;
	struct json j;

	json_open(&j, text);
	json_value(&j, &raw);
	if (!json_done(&j)) {
		*why = j.error;
		return NULL;
	}
	node = read_node(&r, raw, SPAN(""));
	*why = r.why;
	return node;
}
