/* SPDX-License-Identifier: Apache-2.0 */
/* Members of operations as arguments of calls. */
#include "ops_parts.h"

#include "cdt_request.h"
#include "gateway_value.h"
#include "json.h"
#include "wire_put.h"

#include <strings.h>

static const char *name_of(const struct op_request *r, const struct op_member *m)
{
	return op_member_name(m, r->v);
}

static void put_int(struct op_request *r, int64_t i)
{
	wire_put_int(&r->o->bytes, i);
	r->args++;
}

/* v1 takes integers as text, too. */
static bool take_long(struct op_request *r, const struct op_member *m, const struct tree *v, int64_t *i)
{
	if (v->kind == TREE_INT) {
		*i = v->i;
		return true;
	}
	if (v->kind == TREE_BIG)
		return op_fail(r->o, "%s is too large", name_of(r, m));
	if (r->v == OPS_V1 && v->kind == TREE_STRING && json_int64(v->text, i))
		return true;
	return op_fail(r->o, "%s is not numeric", name_of(r, m));
}

static bool take_int(struct op_request *r, const struct op_member *m, const struct tree *v, int64_t *i)
{
	if (m->kind == KIND_LONG)
		return take_long(r, m, v, i);
	if (v->kind != TREE_INT && v->kind != TREE_BIG)
		return op_fail(r->o, "%s must be an integer", name_of(r, m));
	if (v->kind == TREE_BIG || v->i > INT32_MAX || v->i < INT32_MIN)
		return op_fail(r->o, "%s is too large", name_of(r, m));
	*i = v->i;
	return true;
}

static bool take_bool(struct op_request *r, const struct op_member *m, const struct tree *v, bool *yes)
{
	*yes = false;
	if (!v)
		return true;
	if (v->kind == TREE_BOOL)
		*yes = v->yes;
	else if (r->v == OPS_V1 && (tree_is(v, "true") || tree_is(v, "false")))
		*yes = tree_is(v, "true");
	else
		return op_fail(r->o, "%s must be a boolean", name_of(r, m));
	return true;
}

static bool put_value(struct op_request *r, const struct op_member *m, const struct tree *v)
{
	struct gateway_error e;

	if (!v)
		return true;
	if (m->kind == KIND_LIST && v->kind != TREE_LIST)
		return op_fail(r->o, "%s must be a list", name_of(r, m));
	if (m->kind == KIND_MAP && v->kind != TREE_MAP)
		return op_fail(r->o, "%s must be an object", name_of(r, m));
	if (m->kind == KIND_NUMBER && v->kind != TREE_INT && v->kind != TREE_DOUBLE)
		return op_fail(r->o, v->kind == TREE_BIG ? "%s is too large" : "%s is not numeric", name_of(r, m));
	r->args++;
	return gateway_element(&r->o->bytes, v, &e) ? true : op_fail(r->o, "%s: %s", name_of(r, m), e.text);
}

static bool put_number(struct op_request *r, const struct op_member *m, const struct tree *v)
{
	int64_t i = m->standard;

	if (v && m->kind == KIND_NUMBER)
		return put_value(r, m, v);
	if (v && !take_int(r, m, v, &i))
		return false;
	put_int(r, i);
	return true;
}

static bool put_bool(struct op_request *r, const struct op_member *m, const struct tree *v)
{
	bool yes;

	if (!take_bool(r, m, v, &yes))
		return false;
	wire_put_bool(&r->o->bytes, yes);
	r->args++;
	return true;
}

static bool put_bytes(struct op_request *r, const struct op_member *m, const struct tree *v, uint8_t particle)
{
	struct buf bytes = { 0 };
	bool good = true;

	if (v->kind == TREE_BYTES) {
		wire_put_raw(&r->o->bytes, particle, v->text);
		return true;
	}
	if (v->kind == TREE_STRING)
		good = gateway_base64(&bytes, v->text);
	if (v->kind != TREE_STRING || !good)
		op_fail(r->o, m->kind == KIND_BYTES ? "%s must be base64" : "%s must be a list of base64", name_of(r, m));
	else
		wire_put_raw(&r->o->bytes, particle, buf_as_span(&bytes));
	r->o->bytes.full |= bytes.full;
	buf_free(&bytes);
	return !r->o->why[0];
}

static bool put_hlls(struct op_request *r, const struct op_member *m, const struct tree *v)
{
	if (v->kind != TREE_LIST)
		return op_fail(r->o, "%s must be a list", name_of(r, m));
	wire_put_list(&r->o->bytes, v->n);
	for (uint32_t i = 0; i < v->n; i++)
		if (!put_bytes(r, m, &v->items[i], PARTICLE_HLL))
			return false;
	r->args++;
	return true;
}

static bool take_word(struct op_request *r, const struct op_member *m, const struct tree *v, int *value)
{
	if (v->kind != TREE_STRING)
		return op_fail(r->o, "%s must be a string", name_of(r, m));
	if (op_word(m->words, v, value))
		return true;
	if (m->words == op_list_orders)
		return op_fail(r->o, "Invalid List order: %.*s", SHOWN(v->text));
	if (m->words == op_map_orders)
		return op_fail(r->o, "Invalid Map order: %.*s", SHOWN(v->text));
	return op_fail(r->o, "Invalid %s: %.*s", name_of(r, m), SHOWN(v->text));
}

static bool put_return(struct op_request *r, const struct op_member *m, const struct tree *v)
{
	const struct op_member inverted = { .name = "inverted" };
	bool yes;
	int type;

	if (!take_word(r, m, v, &type) || !take_bool(r, &inverted, op_member(r, "inverted"), &yes))
		return false;
	put_int(r, type | (yes ? RETURN_INVERTED : 0));
	return true;
}

/* v1's sort flags are one word, and any other is none. */
static bool put_words(struct op_request *r, const struct op_member *m, const struct tree *v)
{
	int sum = 0, value;

	if (r->v == OPS_V1) {
		if (v && v->kind != TREE_STRING)
			return op_fail(r->o, "%s must be a string", name_of(r, m));
		if (v && op_word(m->words, v, &value))
			sum = value;
		put_int(r, sum);
		return true;
	}
	if (v && v->kind != TREE_LIST)
		return op_fail(r->o, "%s must be a list", name_of(r, m));
	for (uint32_t i = 0; v && i < v->n; i++) {
		if (!take_word(r, m, &v->items[i], &value))
			return false;
		sum |= value;
	}
	put_int(r, sum);
	return true;
}

/* v1 doesn't mind the case, and takes an unknown word as FAIL. */
static bool put_overflow(struct op_request *r, const struct op_member *m, const struct tree *v)
{
	const struct op_member is_signed = { .name = "signed" };
	int action = 0;
	bool yes;

	if (!take_bool(r, &is_signed, op_member(r, "signed"), &yes))
		return false;
	if (v && r->v == OPS_V1 && v->kind == TREE_STRING) {
		for (const struct op_word *w = m->words; w->text; w++)
			if (v->text.n == strlen(w->text) && strncasecmp(v->text.p, w->text, v->text.n) == 0)
				action = w->value;
	} else if (v && !take_word(r, m, v, &action)) {
		return false;
	}
	put_int(r, action | yes);
	return true;
}

static bool put_list_policy(struct op_request *r, const struct op_member *m, const struct tree *v)
{
	struct op_policy p;

	if (!v)
		return true;
	if (!op_list_policy(r, v, &p))
		return false;
	if (m->put == PUT_LIST_POLICY)
		put_int(r, p.order);
	put_int(r, p.flags);
	return true;
}

static bool put_map_policy(struct op_request *r, const struct op_member *m, const struct tree *v)
{
	struct op_policy p = { 0 };

	if (v && !op_map_policy(r, v, &p))
		return false;
	put_int(r, p.order);
	if (m->put == PUT_MAP_POLICY && p.flags)
		put_int(r, p.flags);
	return true;
}

bool op_put_member(struct op_request *r, const struct op_member *m, const struct tree *v)
{
	bool yes;
	int word;

	switch (m->put) {
	case PUT_NOTHING:
		return m->kind != KIND_BOOL || take_bool(r, m, v, &yes);
	case PUT_VALUE_OR_NIL:
		if (v)
			return put_value(r, m, v);
		wire_put_nil(&r->o->bytes);
		r->args++;
		return true;
	case PUT_VALUE: return put_value(r, m, v);
	case PUT_INT: return v ? put_number(r, m, v) : true;
	case PUT_INT_OR: return put_number(r, m, v);
	case PUT_BOOL: return put_bool(r, m, v);
	case PUT_BYTES:
		r->args++;
		return put_bytes(r, m, v, PARTICLE_BLOB);
	case PUT_HLLS: return put_hlls(r, m, v);
	case PUT_RETURN: return put_return(r, m, v);
	case PUT_WORD:
		if (!take_word(r, m, v, &word))
			return false;
		put_int(r, word);
		return true;
	case PUT_WORDS: return put_words(r, m, v);
	case PUT_LIST_POLICY:
	case PUT_LIST_FLAGS: return put_list_policy(r, m, v);
	case PUT_MAP_POLICY:
	case PUT_MAP_ORDER: return put_map_policy(r, m, v);
	case PUT_SIGNED:
		if (!take_bool(r, m, v, &yes))
			return false;
		if (yes)
			put_int(r, 1);
		return true;
	case PUT_OVERFLOW: return put_overflow(r, m, v);
	case PUT_ZERO:
		put_int(r, 0);
		return true;
	}
	return false;
}
