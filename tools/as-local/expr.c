/* SPDX-License-Identifier: Apache-2.0 */
#include "expr_eval.h"

#define DEPTH_MAX 64

enum { CODE_AND = 16, CODE_OR, CODE_NOT, CODE_EXCLUSIVE, CODE_COND = 123, CODE_VAR, CODE_LET, CODE_QUOTE, CODE_CALL };

struct term expr_bad(struct expr_run *x)
{
	x->bad = true;
	return TERM_U;
}

struct span expr_bare(struct expr_run *x)
{
	struct mp_item it;

	if (!mp_next(&x->m, &it) || (it.kind != MP_STR && it.kind != MP_BIN)) {
		x->bad = true;
		return (struct span){ NULL, 0 };
	}
	return it.data;
}

int64_t expr_int(struct expr_run *x)
{
	struct mp_item it;

	if (!mp_next(&x->m, &it) || it.kind != MP_INT) {
		x->bad = true;
		return 0;
	}
	return it.i;
}

static void skip(struct expr_run *x)
{
	if (!mp_skip(&x->m))
		x->bad = true;
}

static struct term logic(struct expr_run *x, int64_t code, uint32_t n)
{
	unsigned trues = 0, falses = 0, unknowns = 0;

	if (n == 0 || (code == CODE_NOT && n != 1))
		return expr_bad(x);
	for (uint32_t i = 0; i < n && !x->bad; i++) {
		struct term t = expr_term(x);

		if (t.type == TERM_UNKNOWN)
			unknowns++;
		else if (t.type != TERM_BOOL)
			return expr_bad(x);
		else if (t.b)
			trues++;
		else
			falses++;
	}
	switch (code) {
	case CODE_AND: return falses ? term_bool(false) : unknowns ? TERM_U : term_bool(true);
	case CODE_OR: return trues ? term_bool(true) : unknowns ? TERM_U : term_bool(false);
	case CODE_NOT: return unknowns ? TERM_U : term_bool(falses);
	default: return unknowns ? TERM_U : term_bool(trues == 1);
	}
}

static struct term cond(struct expr_run *x, uint32_t n)
{
	struct term result = TERM_U;
	bool decided = false;

	if (n % 2 == 0)
		return expr_bad(x);
	for (; n > 1; n -= 2) {
		struct term c;

		if (decided) {
			skip(x);
			skip(x);
			continue;
		}
		c = expr_term(x);
		if (c.type != TERM_BOOL && c.type != TERM_UNKNOWN)
			return expr_bad(x);
		if (c.type == TERM_BOOL && !c.b) {
			skip(x);
			continue;
		}
		decided = true;
		if (c.type == TERM_UNKNOWN)
			skip(x);
		else
			result = expr_term(x);
	}
	if (decided)
		skip(x);
	else
		result = expr_term(x);
	return result;
}

static struct term let(struct expr_run *x, uint32_t n)
{
	unsigned outer = x->n_vars;
	struct term t;

	if (n % 2 == 0)
		return expr_bad(x);
	for (; n > 1; n -= 2) {
		struct span name = expr_bare(x);

		t = expr_term(x);
		if (x->bad || x->n_vars == VARIABLES_MAX)
			return expr_bad(x);
		x->var[x->n_vars].name = name;
		x->var[x->n_vars++].value = t;
	}
	t = expr_term(x);
	x->n_vars = outer;
	return t;
}

static struct term variable(struct expr_run *x, uint32_t n)
{
	struct span name = n == 1 ? expr_bare(x) : (struct span){ NULL, 0 };

	for (unsigned i = x->n_vars; i-- > 0;)
		if (name.p && span_eq(x->var[i].name, name))
			return x->var[i].value;
	return expr_bad(x);
}

static struct term quoted(struct expr_run *x, uint32_t n)
{
	const char *start = (const char *)x->m.p;

	if (n != 1 || !mp_skip(&x->m))
		return expr_bad(x);
	return (struct term){ .type = TERM_LIST, .s = { start, (size_t)((const char *)x->m.p - start) } };
}

static struct term coded(struct expr_run *x, uint32_t n)
{
	int64_t code = expr_int(x);
	struct term t = TERM_U;

	n--;
	if (x->bad)
		return TERM_U;
	if (code >= CODE_AND && code <= CODE_EXCLUSIVE)
		return logic(x, code, n);
	switch (code) {
	case 0: return n ? expr_bad(x) : TERM_U;
	case CODE_COND: return cond(x, n);
	case CODE_VAR: return variable(x, n);
	case CODE_LET: return let(x, n);
	case CODE_QUOTE: return quoted(x, n);
	case CODE_CALL: return expr_call(x, n);
	}
	if (expr_compare_code(x, code, n, &t) || expr_number_code(x, code, n, &t) || expr_record_code(x, code, n, &t))
		return t;
	return expr_bad(x);
}

struct term expr_term(struct expr_run *x)
{
	const char *start = (const char *)x->m.p;
	struct mp_item it;
	struct term t;

	if (x->bad || ++x->depth > DEPTH_MAX)
		return expr_bad(x);
	if (!mp_next(&x->m, &it)) {
		t = expr_bad(x);
	} else if (it.kind == MP_ARRAY) {
		t = it.n ? coded(x, it.n) : expr_bad(x);
	} else {
		if (it.kind == MP_MAP) {
			x->m.p = (const uint8_t *)start;
			skip(x);
		}
		t = term_of_element((struct span){ start, (size_t)((const char *)x->m.p - start) });
	}
	x->depth--;
	return t;
}

/* ---- from outside ---- */

static struct term run(struct span expr, const struct expr_env *env, bool *bad)
{
	static struct expr_run x;	/* a kilobyte or three of variables: not on the stack of every request */
	struct expr_run outer = x;
	struct term t;

	x = (struct expr_run){ .env = env };
	mp_open(&x.m, expr);
	t = expr_term(&x);
	*bad = x.bad || mp_left(&x.m);
	x = outer;
	return t;
}

int expr_filter(struct span expr, const struct expr_env *env)
{
	bool bad;
	struct term t = run(expr, env, &bad);

	if (bad || (t.type != TERM_BOOL && t.type != TERM_UNKNOWN))
		return RESULT_PARAMETER;
	return t.type == TERM_BOOL && t.b ? RESULT_OK : RESULT_FILTERED_OUT;
}

int expr_value(struct span expr, const struct expr_env *env, struct value *result, bool *known)
{
	bool bad;
	struct term t = run(expr, env, &bad);

	*result = (struct value){ 0 };
	if (bad)
		return RESULT_PARAMETER;
	*known = t.type != TERM_UNKNOWN && term_to_value(&t, env->mem, result);
	return RESULT_OK;
}

/* [expression, flags] */
static bool split(struct span call, struct span *expr, int64_t *flags)
{
	struct mp_item it;
	struct mp m;

	mp_open(&m, call);
	if (!mp_next(&m, &it) || it.kind != MP_ARRAY || it.n != 2)
		return false;
	expr->p = (const char *)m.p;
	if (!mp_skip(&m))
		return false;
	expr->n = (size_t)((const char *)m.p - expr->p);
	if (!mp_next(&m, &it) || it.kind != MP_INT)
		return false;
	*flags = it.i;
	return mp_left(&m) == 0;
}

enum { CREATE_ONLY = 1, UPDATE_ONLY = 2, ALLOW_DELETE = 4, POLICY_NO_FAIL = 8, EVAL_NO_FAIL = 0x10 };

int expr_read(struct span call, const struct expr_env *env, struct value *result)
{
	struct span expr;
	int64_t flags;
	bool known;
	int code;

	*result = (struct value){ 0 };
	if (!split(call, &expr, &flags) || (flags & ~(int64_t)EVAL_NO_FAIL))
		return RESULT_PARAMETER;
	code = expr_value(expr, env, result, &known);
	if (code == RESULT_OK && !known && !(flags & EVAL_NO_FAIL))
		return RESULT_OP_NOT_APPLICABLE;
	return code;
}

int expr_modify(struct span call, const struct expr_env *env, struct value *bin)
{
	struct value result;
	struct span expr;
	int64_t flags;
	bool known;
	int code;

	if (!split(call, &expr, &flags) || (flags & (CREATE_ONLY | UPDATE_ONLY)) == (CREATE_ONLY | UPDATE_ONLY))
		return RESULT_PARAMETER;
	if ((flags & CREATE_ONLY) && bin->particle)
		return flags & POLICY_NO_FAIL ? RESULT_OK : RESULT_BIN_EXISTS;
	if ((flags & UPDATE_ONLY) && !bin->particle)
		return flags & POLICY_NO_FAIL ? RESULT_OK : RESULT_BIN_NOT_FOUND;
	code = expr_value(expr, env, &result, &known);
	if (code != RESULT_OK)
		return code;
	if (!known)
		return flags & EVAL_NO_FAIL ? RESULT_OK : RESULT_OP_NOT_APPLICABLE;
	if (!result.particle && !(flags & ALLOW_DELETE))
		return flags & POLICY_NO_FAIL ? RESULT_OK : RESULT_OP_NOT_APPLICABLE;
	*bin = result;
	return RESULT_OK;
}
