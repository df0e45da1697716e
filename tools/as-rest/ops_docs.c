/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue of operations as documents: schemas for OpenAPI, and mdoc for the man page. */
#include "ops.h"

#include <stdio.h>

static void put_text(struct answer *a, struct span name, const char *text)
{
	answer_key(a, name);
	answer_text(a, span_of(text));
}

static void put_enum(struct answer *a, const struct op_word *words)
{
	answer_map(a, 0);
	put_text(a, SPAN("type"), "string");
	answer_key(a, SPAN("enum"));
	answer_list(a, 0);
	for (; words->text; words++)
		answer_text(a, span_of(words->text));
	answer_list_end(a);
	answer_map_end(a);
}

static void put_list_of(struct answer *a, const struct op_word *words)
{
	answer_map(a, 0);
	put_text(a, SPAN("type"), "array");
	answer_key(a, SPAN("items"));
	put_enum(a, words);
	answer_map_end(a);
}

static const char *const kind_schemas[] = {
	[KIND_VALUE] = "{\"description\":\"Any value.\",\"nullable\":true}",
	[KIND_TEXT] = "{\"type\":\"string\"}",
	[KIND_INT] = "{\"type\":\"integer\",\"format\":\"int32\"}",
	[KIND_LONG] = "{\"type\":\"integer\",\"format\":\"int64\"}",
	[KIND_NUMBER] = "{\"type\":\"number\"}",
	[KIND_BOOL] = "{\"type\":\"boolean\"}",
	[KIND_LIST] = "{\"type\":\"array\",\"items\":{}}",
	[KIND_MAP] = "{\"type\":\"object\",\"additionalProperties\":{}}",
	[KIND_BYTES] = "{\"type\":\"string\",\"format\":\"byte\"}",
	[KIND_BYTES_LIST] = "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"format\":\"byte\"}}",
	[KIND_LIST_POLICY] = "{\"$ref\":\"#/components/schemas/ListPolicy\"}",
	[KIND_MAP_POLICY] = "{\"$ref\":\"#/components/schemas/MapPolicy\"}",
};

static void put_member(struct answer *a, const struct op_member *m, enum ops_version v)
{
	answer_key(a, span_of(op_member_name(m, v)));
	if (m->kind == KIND_WORDS && v == OPS_V2)
		put_list_of(a, m->words);
	else if (m->words)
		put_enum(a, m->words);
	else
		answer_raw(a, span_of(kind_schemas[m->kind]));
}

/* Of the i-th member; NULL at the end, and one without a name for what is no member of this version. */
static const struct op_member *member_at(const struct operation *op, unsigned i, enum ops_version v)
{
	static const struct op_member none;

	if (i == OP_MEMBERS || !op->members[i])
		return NULL;
	return v == OPS_V1 && op->members[i] & MEMBER_V2 ? &none : &op_members[op->members[i] & MEMBER_INDEX];
}

static const char *bin_name(enum ops_version v)
{
	return v == OPS_V1 ? "bin" : "binName";
}

static void put_members(struct answer *a, const struct operation *op, enum ops_version v)
{
	const struct op_member *m;

	if (!(op->flags & OP_NO_BIN)) {
		answer_key(a, span_of(bin_name(v)));
		answer_raw(a, SPAN("{\"type\":\"string\"}"));
	}
	for (unsigned i = 0; (m = member_at(op, i, v)); i++)
		if (m->name)
			put_member(a, m, v);
	if (op->flags & OP_INVERTED && v == OPS_V2) {
		answer_key(a, SPAN("inverted"));
		answer_raw(a, SPAN("{\"type\":\"boolean\"}"));
	}
	if (op->flags & OP_CONTEXT) {
		answer_key(a, SPAN("ctx"));
		answer_raw(a, SPAN("{\"$ref\":\"#/components/schemas/Context\"}"));
	}
}

/* The names behind those that are required anyway; a list of none is not allowed. */
static void put_required(struct answer *a, const struct operation *op, enum ops_version v)
{
	const struct op_member *m;
	bool any = v == OPS_V2 || !(op->flags & (OP_NO_BIN | OP_BIN_OPTIONAL));

	for (unsigned i = 0; !any && (m = member_at(op, i, v)); i++)
		any = m->name && !(op->members[i] & MEMBER_OPTIONAL);
	if (!any)
		return;
	answer_key(a, SPAN("required"));
	answer_list(a, 0);
	if (v == OPS_V2)
		answer_text(a, SPAN("type"));
	if (!(op->flags & (OP_NO_BIN | OP_BIN_OPTIONAL)))
		answer_text(a, span_of(bin_name(v)));
	for (unsigned i = 0; (m = member_at(op, i, v)); i++)
		if (m->name && !(op->members[i] & MEMBER_OPTIONAL))
			answer_text(a, span_of(op_member_name(m, v)));
	answer_list_end(a);
}

static void put_name(struct answer *a, const char *name)
{
	answer_map(a, 0);
	put_text(a, SPAN("type"), "string");
	answer_key(a, SPAN("enum"));
	answer_list(a, 1);
	answer_text(a, span_of(name));
	answer_list_end(a);
	answer_map_end(a);
}

static void put_v1(struct answer *a, const struct operation *op)
{
	answer_raw(a, SPAN("{\"type\":\"object\",\"required\":[\"operation\",\"opValues\"],\"additionalProperties\":false,\"description\":"));
	a->comma = false;
	answer_text(a, span_of(op->help));
	answer_key(a, SPAN("properties"));
	answer_map(a, 2);
	answer_key(a, SPAN("operation"));
	put_name(a, op_name(op, OPS_V1));
	answer_key(a, SPAN("opValues"));
	answer_map(a, 0);
	put_text(a, SPAN("type"), "object");
	put_required(a, op, OPS_V1);
	answer_key(a, SPAN("properties"));
	answer_map(a, 0);
	put_members(a, op, OPS_V1);
	answer_map_end(a);
	answer_map_end(a);
	answer_map_end(a);
	answer_map_end(a);
}

static void put_v2(struct answer *a, const struct operation *op)
{
	answer_raw(a, SPAN("{\"type\":\"object\",\"additionalProperties\":false,\"description\":"));
	a->comma = false;
	answer_text(a, span_of(op->help));
	put_required(a, op, OPS_V2);
	answer_key(a, SPAN("properties"));
	answer_map(a, 0);
	answer_key(a, SPAN("type"));
	put_name(a, op_name(op, OPS_V2));
	put_members(a, op, OPS_V2);
	answer_map_end(a);
	answer_map_end(a);
}

static void put_policy(struct answer *a, struct span name, const struct op_word *orders, const struct op_word *flags, const struct op_word *modes)
{
	answer_key(a, name);
	answer_map(a, 2);
	put_text(a, SPAN("type"), "object");
	answer_key(a, SPAN("properties"));
	answer_map(a, 0);
	answer_key(a, SPAN("order"));
	put_enum(a, orders);
	answer_key(a, SPAN("writeFlags"));
	put_list_of(a, flags);
	if (modes) {
		answer_key(a, SPAN("writeMode"));
		put_enum(a, modes);
	}
	answer_map_end(a);
	answer_map_end(a);
}

/* Lists of any of a version's operations. */
static void put_any(struct answer *a, enum ops_version v)
{
	char ref[128];

	answer_map(a, 2);
	put_text(a, SPAN("type"), "array");
	answer_key(a, SPAN("items"));
	answer_map(a, 1);
	answer_key(a, SPAN("oneOf"));
	answer_list(a, 0);
	for (const struct operation *op = operations; op->name; op++) {
		snprintf(ref, sizeof(ref), "{\"$ref\":\"#/components/schemas/%s.v%d\"}", op_name(op, v), v);
		answer_raw(a, span_of(ref));
	}
	answer_list_end(a);
	answer_map_end(a);
	answer_map_end(a);
}

void ops_schemas(struct answer *a)
{
	char name[80];

	answer_key(a, SPAN("Operations"));
	put_any(a, OPS_V1);
	answer_key(a, SPAN("OperationListV2"));
	put_any(a, OPS_V2);
	answer_key(a, SPAN("OperationsV2"));
	answer_raw(a, SPAN("{\"type\":\"object\",\"required\":[\"opsList\"],\"additionalProperties\":false,\"properties\":"
		"{\"opsList\":{\"$ref\":\"#/components/schemas/OperationListV2\"}}}"));
	put_policy(a, SPAN("ListPolicy"), op_list_orders, op_list_flags, NULL);
	put_policy(a, SPAN("MapPolicy"), op_map_orders, op_map_flags, op_map_modes);
	answer_key(a, SPAN("Context"));
	answer_raw(a, SPAN("{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"type\"],\"properties\":{\"type\":{\"type\":\"string\",\"enum\":"
		"[\"listIndex\",\"listIndexCreate\",\"listRank\",\"listValue\",\"mapIndex\",\"mapRank\",\"mapKey\",\"mapKeyCreate\",\"mapValue\"]},"
		"\"index\":{\"type\":\"integer\",\"format\":\"int32\"},\"rank\":{\"type\":\"integer\",\"format\":\"int32\"},\"value\":{},\"key\":{},"
		"\"order\":{\"type\":\"string\"},\"pad\":{\"type\":\"boolean\"}}}}"));
	for (const struct operation *op = operations; op->name; op++) {
		snprintf(name, sizeof(name), "%s.v1", op_name(op, OPS_V1));
		answer_key(a, span_of(name));
		put_v1(a, op);
		snprintf(name, sizeof(name), "%s.v2", op_name(op, OPS_V2));
		answer_key(a, span_of(name));
		put_v2(a, op);
	}
}

/* ---- mdoc ---- */

/* Each sentence on a line of its own. */
static void print_sentences(const char *text)
{
	for (const char *end; (end = strstr(text, ". ")); text = end + 2)
		printf("%.*s\n", (int)(end - text) + 1, text);
	printf("%s\n", text);
}

/* ctx and inverted, which many have, are told of once in the page itself. */
void ops_print(void)
{
	const struct op_member *m;

	printf(".Bl -tag -width Ds -compact\n");
	for (const struct operation *op = operations; op->name; op++) {
		printf(".It Ic %s", op->name);
		if (op->flags & OP_BIN_OPTIONAL)
			printf(" Op Cm bin");
		for (unsigned i = 0; (m = member_at(op, i, OPS_V2)); i++)
			if (m->name)
				printf(" %sCm %s", op->members[i] & MEMBER_OPTIONAL ? "Op " : "", m->name);
		printf("\n");
		print_sentences(op->help);
		if (op->name2)
			printf("The name in v2 is\n.Ic %s .\n", op->name2);
		for (unsigned i = 0; (m = member_at(op, i, OPS_V2)); i++)
			if (m->name2)
				printf(".Cm %s\nis\n.Cm %s\nin v2.\n", m->name, m->name2);
			else if (op->members[i] & MEMBER_V2)
				printf("Only v2 has\n.Cm %s .\n", m->name);
	}
	printf(".El\n");
}
