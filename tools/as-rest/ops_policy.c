/* SPDX-License-Identifier: Apache-2.0 */
/* The policies of list and map operations, and their contexts. */
#include "ops_parts.h"

#include "cdt_request.h"
#include "gateway_value.h"
#include "wire_put.h"

#include <stdio.h>

static bool unknown(struct op_request *r, const struct tree *v, const char *const *names, const char *what)
{
	const struct tree *odd = tree_unknown(v, names);

	if (odd)
		op_fail(r->o, "Unrecognized field of %s: %.*s", what, SHOWN(odd->kind == TREE_STRING ? odd->text : SPAN("not a string")));
	return odd;
}

/* v1 must say the order. */
static bool take_order(struct op_request *r, const struct tree *v, const struct op_word *words, const char *missing, const char *invalid, int *order)
{
	const struct tree *o = tree_member(v, "order");

	*order = 0;
	if (!o || o->kind == TREE_NIL)
		return r->v == OPS_V2 ? true : op_fail(r->o, "%s", missing);
	if (o->kind != TREE_STRING)
		return op_fail(r->o, "order must be a string");
	return op_word(words, o, order) ? true : op_fail(r->o, "%s: %.*s", invalid, SHOWN(o->text));
}

/* lenient: a word that is not known is none. */
static bool take_flags(struct op_request *r, const struct tree *v, const struct op_word *words, const char *invalid, bool lenient, int *flags)
{
	const struct tree *f = tree_member(v, "writeFlags");
	int value;

	*flags = 0;
	if (!f || f->kind == TREE_NIL)
		return true;
	if (f->kind != TREE_LIST)
		return op_fail(r->o, "writeFlags must be a list of strings");
	for (uint32_t i = 0; i < f->n; i++) {
		if (f->items[i].kind != TREE_STRING)
			return op_fail(r->o, "writeFlags must be a list of strings");
		if (op_word(words, &f->items[i], &value))
			*flags |= value;
		else if (!lenient)
			return op_fail(r->o, "%s: %.*s", invalid, SHOWN(f->items[i].text));
	}
	return true;
}

bool op_list_policy(struct op_request *r, const struct tree *v, struct op_policy *p)
{
	static const char *const names[] = { "order", "writeFlags", NULL };

	if (v->kind != TREE_MAP)
		return op_fail(r->o, "List Policy must be a map");
	return !unknown(r, v, names, "listPolicy") &&
		take_order(r, v, op_list_orders, "Invalid List Order", "Invalid List order", &p->order) &&
		take_flags(r, v, op_list_flags, "Unknown listWriteFlags", r->v == OPS_V1, &p->flags);
}

bool op_map_policy(struct op_request *r, const struct tree *v, struct op_policy *p)
{
	static const char *const names1[] = { "order", "writeFlags", "writeMode", NULL }, *const names2[] = { "order", "writeFlags", NULL };
	const struct tree *mode;

	if (v->kind != TREE_MAP)
		return op_fail(r->o, "mapPolicy must be an object");
	if (unknown(r, v, r->v == OPS_V1 ? names1 : names2, "mapPolicy") ||
	    !take_order(r, v, op_map_orders, "Map policy must contain an entry for \"order\"", "Invalid map order", &p->order) ||
	    !take_flags(r, v, op_map_flags, "Unknown mapWriteFlags", false, &p->flags))
		return false;
	mode = op_member(&(struct op_request){ .members = v }, "writeMode");
	if (!mode || op_member(&(struct op_request){ .members = v }, "writeFlags"))
		return true;
	if (op_word(op_map_modes, mode, &p->flags))
		return true;
	return op_fail(r->o, "Invalid write mode %.*s", SHOWN(mode->kind == TREE_STRING ? mode->text : SPAN("that is no string")));
}

/* ---- contexts ---- */

static const struct step_type {
	const char *name, *member;
	uint32_t type;
	bool number;			/* the member is an integer of 32 bits, else any value */
	const struct op_word *orders;	/* it is created in one of these */
} step_types[] = {
	{ "listIndex", "index", STEP_LIST_INDEX, true, NULL },
	{ "listIndexCreate", "index", STEP_LIST_INDEX, true, op_list_orders },
	{ "listRank", "rank", STEP_LIST_RANK, true, NULL },
	{ "listValue", "value", STEP_LIST_VALUE, false, NULL },
	{ "mapIndex", "index", STEP_MAP_INDEX, true, NULL },
	{ "mapRank", "rank", STEP_MAP_RANK, true, NULL },
	{ "mapKey", "key", STEP_MAP_KEY, false, NULL },
	{ "mapKeyCreate", "key", STEP_MAP_KEY, false, op_map_orders },
	{ "mapValue", "value", STEP_MAP_VALUE, false, NULL },
	{ NULL, NULL, 0, false, NULL },
};

struct path {
	char *why;
	size_t size;
};

#define PATH_FAIL(p, ...) (snprintf((p)->why, (p)->size, __VA_ARGS__), false)

static bool create_order(struct path *p, const struct tree *step, const struct step_type *t, uint32_t *type)
{
	const struct tree *order = tree_member(step, "order"), *pad = tree_member(step, "pad");
	int value = 0;

	if (order && order->kind != TREE_NIL && !op_word(t->orders, order, &value))
		return PATH_FAIL(p, "Invalid context. order must be one of the orders of a %s", t->orders == op_list_orders ? "list" : "map");
	if (pad && pad->kind != TREE_BOOL && pad->kind != TREE_NIL)
		return PATH_FAIL(p, "Invalid context. pad must be a boolean");
	if (t->orders == op_map_orders)
		*type |= value == 0 ? STEP_CREATE : value == 1 ? STEP_CREATE_KEY_ORDERED : STEP_CREATE_KEY_VALUE_ORDERED;
	else
		*type |= value ? STEP_CREATE_ORDERED : pad && pad->kind == TREE_BOOL && pad->yes ? STEP_CREATE_PADDED : STEP_CREATE;
	return true;
}

static bool put_step(struct path *p, struct buf *out, const struct tree *step, uint32_t create)
{
	const struct tree *name = tree_member(step, "type"), *v, *odd;
	const struct step_type *t = step_types;
	const char *names[5] = { "type" };
	struct gateway_error e;
	uint32_t type;
	unsigned n = 1;

	while (t->name && !tree_is(name, t->name))
		t++;
	if (!t->name)
		return PATH_FAIL(p, "Invalid context. type must be one of listIndex, listIndexCreate, listRank, listValue, mapIndex, mapRank, "
			"mapKey, mapKeyCreate, mapValue");
	names[n++] = t->member;
	if (t->orders)
		names[n++] = "order";
	if (t->orders == op_list_orders)
		names[n++] = "pad";
	odd = tree_unknown(step, names);
	if (odd)
		return PATH_FAIL(p, "Invalid context. Unrecognized field of %s", t->name);
	v = tree_member(step, t->member);
	if (!v || (t->number && v->kind == TREE_NIL))
		return PATH_FAIL(p, "Invalid context. %s is required", t->member);
	if (t->number && (v->kind != TREE_INT || v->i > INT32_MAX || v->i < INT32_MIN))
		return PATH_FAIL(p, "Invalid context. %s must be an integer", t->member);
	type = t->type | create;
	if (t->orders && !create_order(p, step, t, &type))
		return false;
	wire_put_int(out, type);
	return gateway_element(out, v, &e) ? true : PATH_FAIL(p, "Invalid context. %s", e.text);
}

bool ops_path(struct buf *out, const struct tree *ctx, uint32_t create, unsigned *n, char *why, size_t why_size)
{
	struct path p = { why, why_size };

	if (ctx->kind != TREE_LIST)
		return PATH_FAIL(&p, "ctx must be a list");
	*n = ctx->n;
	wire_put_list(out, 2 * ctx->n);
	for (uint32_t i = 0; i < ctx->n; i++)
		if (!put_step(&p, out, &ctx->items[i], i + 1 == ctx->n ? create : 0))
			return false;
	return true;
}
