/* SPDX-License-Identifier: Apache-2.0 */
/* Operations from their trees: which one, has it what it needs and nothing else, and the ops that it becomes. */
#include "ops_parts.h"

#include "cdt_request.h"
#include "gateway_value.h"
#include "result.h"
#include "wire_put.h"

#include <stdarg.h>
#include <stdio.h>

#define OPS_MAX 32767	/* of one request; the server takes 32,768, signed */

bool op_fail(struct ops *o, const char *fmt, ...)
{
	va_list ap;

	if (o->why[0])
		return false;
	va_start(ap, fmt);
	vsnprintf(o->why, sizeof(o->why), fmt, ap);
	va_end(ap);
	return false;
}

void ops_free(struct ops *o)
{
	buf_free(&o->bytes);
}

const struct tree *op_member(const struct op_request *r, const char *name)
{
	const struct tree *v = tree_member(r->members, name);

	return v && v->kind == TREE_NIL ? NULL : v;
}

bool op_word(const struct op_word *words, const struct tree *v, int *value)
{
	for (; words->text; words++)
		if (tree_is(v, words->text)) {
			*value = words->value;
			return true;
		}
	return false;
}

static const char *bin_member(const struct op_request *r)
{
	return r->v == OPS_V1 ? "bin" : "binName";
}

/* ---- are all members there, and no others? ---- */

static bool takes(const struct op_request *r, const struct tree *key)
{
	const struct operation *op = r->op;

	if (!(op->flags & OP_NO_BIN) && tree_is(key, bin_member(r)))
		return true;
	/* v1 passes over a context that says nothing to the operation. */
	if ((op->flags & OP_CONTEXT || r->v == OPS_V1) && tree_is(key, "ctx"))
		return true;
	if (r->v == OPS_V2 && (tree_is(key, "type") || (op->flags & OP_INVERTED && tree_is(key, "inverted"))))
		return true;
	for (unsigned i = 0; i < OP_MEMBERS && op->members[i]; i++) {
		const struct op_member *m = &op_members[op->members[i] & MEMBER_INDEX];

		if (m->name && (r->v == OPS_V2 || !(op->members[i] & MEMBER_V2)) && tree_is(key, op_member_name(m, r->v)))
			return true;
	}
	return false;
}

static bool check_members(const struct op_request *r)
{
	const struct operation *op = r->op;

	if (!(op->flags & (OP_NO_BIN | OP_BIN_OPTIONAL)) && !tree_member(r->members, bin_member(r)))
		return op_fail(r->o, "Missing required key: %s", bin_member(r));
	for (unsigned i = 0; i < OP_MEMBERS && op->members[i]; i++) {
		const struct op_member *m = &op_members[op->members[i] & MEMBER_INDEX];

		if (m->name && !(op->members[i] & MEMBER_OPTIONAL) && !tree_member(r->members, op_member_name(m, r->v)))
			return op_fail(r->o, "Missing required key: %s", op_member_name(m, r->v));
	}
	for (uint32_t i = 0; i < r->members->n; i++) {
		const struct tree *key = tree_key(r->members, i);

		if (key->kind != TREE_STRING)
			return op_fail(r->o, "Illegal key for operation: a key must be a string");
		if (!takes(r, key))
			return op_fail(r->o, "Illegal key for operation: %.*s", SHOWN(key->text));
	}
	return true;
}

/* ---- the ops ---- */

static bool take_bin(struct op_request *r, struct span *bin)
{
	const struct tree *v = tree_member(r->members, bin_member(r));

	*bin = (struct span){ 0 };
	if (r->op->flags & OP_NO_BIN || (!v && r->op->flags & OP_BIN_OPTIONAL))
		return true;
	if (v->kind == TREE_NIL && r->op->flags & OP_BIN_OPTIONAL)
		return true;
	if (v->kind != TREE_STRING)
		return op_fail(r->o, r->v == OPS_V1 ? "bin must be string" : "binName must be string");
	*bin = v->text;
	if (bin->n <= BIN_NAME_MAX)
		return true;
	r->o->code = RESULT_BIN_NAME;
	return op_fail(r->o, "Bin name length greater than %d characters: %.*s", BIN_NAME_MAX, SHOWN(*bin));
}

static bool finish_op(struct op_request *r, struct message_writer *w, size_t mark)
{
	message_end_op(w, mark);
	return w->out->full ? op_fail(r->o, "Operations are too large") : true;
}

/* What a create operation or-s into the last step of its path: the order of what is made on the way. */
static uint32_t create_flags(const struct op_request *r)
{
	const struct op_member *m = &op_members[r->op->members[0] & MEMBER_INDEX];
	const struct tree *pad = op_member(r, "pad");
	int order = 0;

	op_word(m->words, tree_member(r->members, op_member_name(m, r->v)), &order);
	if (m->words == op_map_orders)
		return order == 0 ? STEP_CREATE : order == 1 ? STEP_CREATE_KEY_ORDERED : STEP_CREATE_KEY_VALUE_ORDERED;
	if (order)
		return STEP_CREATE_ORDERED;
	return pad && (pad->kind == TREE_BOOL ? pad->yes : tree_is(pad, "true")) ? STEP_CREATE_PADDED : STEP_CREATE;
}

/* [code, args], or [255, path, [code, args]]. */
static bool put_call(struct op_request *r)
{
	struct buf *out = &r->o->bytes;
	const struct tree *ctx = r->op->flags & OP_CONTEXT ? op_member(r, "ctx") : NULL;
	unsigned steps = 0;
	size_t begin = out->n, mark;

	if (ctx) {
		wire_put_list(out, 3);
		wire_put_int(out, 255);
		if (!ops_path(out, ctx, r->op->flags & OP_CREATES ? create_flags(r) : 0, &steps, r->o->why, sizeof(r->o->why)))
			return false;
		if (!steps)
			out->n = begin;
	}
	mark = cdt_begin(out, NULL, 0, r->op->code);
	for (unsigned i = 0; i < OP_MEMBERS && r->op->members[i]; i++) {
		const struct op_member *m = &op_members[r->op->members[i] & MEMBER_INDEX];
		const struct tree *v = m->name ? tree_member(r->members, op_member_name(m, r->v)) : NULL;

		if (v && v->kind == TREE_NIL && (m->kind != KIND_VALUE || r->op->members[i] & MEMBER_OPTIONAL)) {
			if (!(r->op->members[i] & MEMBER_OPTIONAL))
				return op_fail(r->o, "%s must not be null", op_member_name(m, r->v));
			v = NULL;
		}
		if (!op_put_member(r, m, v))
			return false;
	}
	cdt_end(out, mark, r->args);
	return true;
}

/* The value of a write, an increment, an append. */
static bool put_particle(struct op_request *r, struct message_writer *w, struct span bin)
{
	const struct tree *v = tree_member(r->members, op_members[r->op->members[0]].name);
	enum op_kind kind = op_members[r->op->members[0]].kind;
	struct buf *out = w->out;
	struct gateway_error e;
	uint8_t particle = 0;
	size_t mark = message_begin_op(w, r->op->op, 0, bin), head = mark;
	bool good;

	if (v->kind == TREE_NIL && (r->v == OPS_V1 || kind != KIND_VALUE))
		return op_fail(r->o, "Missing value key");
	if (kind == KIND_NUMBER && v->kind != TREE_INT && v->kind != TREE_DOUBLE && v->kind != TREE_BIG)
		return op_fail(r->o, "incr is not numeric");
	/* JSON has no bytes: {"type": "BYTE_ARRAY", "value": ...} is one way to append some. */
	good = kind == KIND_TEXT && v->kind == TREE_MAP ? gateway_bin(out, &particle, bin, v, r->bool_bins, &e) :
		gateway_particle(out, &particle, v, r->bool_bins, &e);
	if (!good)
		return op_fail(r->o, "%s", e.text);
	if (kind == KIND_TEXT && particle != PARTICLE_STRING && particle != PARTICLE_BLOB)
		return op_fail(r->o, "value must be a string");
	if (!out->full)
		out->p[head + 5] = (char)particle;
	return finish_op(r, w, mark);
}

static bool put_op(struct op_request *r, struct message_writer *w)
{
	struct ops *o = r->o;
	struct span bin;
	size_t mark;

	if (!take_bin(r, &bin))
		return false;
	o->all_results |= r->op->flags & OP_ALL_RESULTS;
	switch (r->op->op) {
	case OP_INCREMENT:
	case OP_APPEND:
	case OP_PREPEND:
	case OP_WRITE:
		o->writes = true;
		return put_particle(r, w, bin);
	case OP_READ:
		o->reads = true;
		if (r->op->flags & OP_NO_BIN) {
			o->header = true;	/* no op of its own: the answer's head says it */
			return true;
		}
		o->all |= !bin.p;
		return finish_op(r, w, message_begin_op(w, OP_READ, 0, bin));
	case OP_TOUCH:
	case OP_DELETE_ALL:
		o->writes = true;
		return finish_op(r, w, message_begin_op(w, r->op->op, 0, bin));
	}
	o->reads |= op_reads(r->op);
	o->writes |= !op_reads(r->op);
	mark = message_begin_op(w, r->op->op, PARTICLE_BLOB, bin);
	return put_call(r) && finish_op(r, w, mark);
}

/* {"operation": ..., "opValues": {...}} */
static bool find_v1(struct op_request *r, const struct tree *t)
{
	static const char *const names[] = { "operation", "opValues", NULL };
	const struct tree *name, *odd;

	if (t->kind != TREE_MAP)
		return op_fail(r->o, "Operation must be an object");
	name = tree_member(t, "operation");
	r->members = tree_member(t, "opValues");
	if (!name || name->kind != TREE_STRING)
		return op_fail(r->o, "Operation must contain the \"operation\" field");
	if (!r->members || r->members->kind != TREE_MAP)
		return op_fail(r->o, "Operation must contain the \"opValues\" field");
	odd = tree_unknown(t, names);
	if (odd)
		return op_fail(r->o, "Unrecognized field of an operation: %.*s", SHOWN(odd->kind == TREE_STRING ? odd->text : SPAN("not a string")));
	r->op = op_find(name->text, OPS_V1);
	return r->op ? true : op_fail(r->o, "Invalid operation: %.*s", SHOWN(name->text));
}

/* {"type": ..., ...} */
static bool find_v2(struct op_request *r, const struct tree *t)
{
	const struct tree *name;

	if (t->kind != TREE_MAP)
		return op_fail(r->o, "Operation must be an object");
	name = tree_member(t, "type");
	r->members = t;
	if (!name || name->kind != TREE_STRING)
		return op_fail(r->o, "Operation must contain the \"type\" field");
	r->op = op_find(name->text, OPS_V2);
	return r->op ? true : op_fail(r->o, "Invalid operation: %.*s", SHOWN(name->text));
}

bool ops_read(struct ops *o, const struct tree *list, enum ops_version v, bool bool_bins)
{
	struct message_writer w = { .out = &o->bytes };

	if (list->kind != TREE_LIST) {
		o->unreadable = true;
		return op_fail(o, "Operations must be a list");
	}
	if (list->n > OPS_MAX)
		return op_fail(o, "More than %d operations", OPS_MAX);
	for (uint32_t i = 0; i < list->n; i++) {
		struct op_request r = { .o = o, .v = v, .bool_bins = bool_bins };

		if (!(v == OPS_V1 ? find_v1(&r, &list->items[i]) : find_v2(&r, &list->items[i]))) {
			o->unreadable = true;
			return false;
		}
		if (!check_members(&r) || !put_op(&r, &w))
			return false;
	}
	o->n += w.n_ops;
	if (o->n || o->header)
		return true;
	o->code = RESULT_PARAMETER;
	return op_fail(o, "No operations were specified");
}

bool ops_read_body(struct ops *o, const struct tree *body, enum ops_version v, bool msgpack, bool bool_bins)
{
	static const char *const names[] = { "opsList", NULL };
	const struct tree *list = body, *odd;

	if (v == OPS_V2) {
		list = tree_member(body, "opsList");
		if (!list)
			return op_fail(o, "opsList is missing");
		odd = tree_unknown(body, names);
		if (odd)
			return op_fail(o, "Unrecognized field beside opsList");
	}
	if (ops_read(o, list, v, bool_bins))
		return true;
	if (v == OPS_V1 && msgpack && o->unreadable)
		snprintf(o->why, sizeof(o->why), "Invalid msgpack representation");
	return false;
}

void ops_unit(const struct ops *o, struct buf *unit, struct command *c)
{
	struct command_writer w;

	if (!o->n && o->header) {
		c->respond_all = false;
		command_exists(unit, c);
		return;
	}
	c->respond_all = (c->respond_all || o->all_results) && !o->all;
	command_begin(&w, unit, c);
	command_ops(&w, buf_as_span(&o->bytes), o->n, o->reads, o->writes, o->all);
	command_end(&w);
}
