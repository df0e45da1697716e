/* SPDX-License-Identifier: Apache-2.0 */
#include "expr_eval.h"
#include "bytes.h"
#include "cdt.h"
#include "geo.h"

#include <regex.h>
#include <stdlib.h>

#define DEPTH_MAX 64
#define REGEX_MAX 4096
#define REGEX_DEPTH 100
#define REGEX_REPEATS 10000

enum { CODE_EQ = 1, CODE_NE, CODE_GT, CODE_GE, CODE_LT, CODE_LE, CODE_REGEX, CODE_GEO, CODE_AND = 16, CODE_OR, CODE_NOT, CODE_EXCLUSIVE,
	CODE_COND = 123, CODE_VAR, CODE_LET, CODE_QUOTE, CODE_CALL };

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

/* ---- terms and values ---- */

static struct term term_of_element(struct span e)
{
	struct mp_item it;
	struct mp m;

	mp_open(&m, e);
	if (!mp_next(&m, &it))
		return TERM_U;
	switch (it.kind) {
	case MP_NIL: return (struct term){ .type = TERM_NIL };
	case MP_FALSE: return term_bool(false);
	case MP_TRUE: return term_bool(true);
	case MP_INT: return term_int(it.i);
	case MP_UINT: return term_int((int64_t)it.u);
	case MP_FLOAT32:
	case MP_FLOAT64: return term_float(it.d);
	case MP_ARRAY: return (struct term){ .type = TERM_LIST, .s = e };
	case MP_MAP: return (struct term){ .type = TERM_MAP, .s = e };
	case MP_EXT: return TERM_U;
	default: break;
	}
	if (!it.data.n)
		return TERM_U;
	return (struct term){ .type = it.data.p[0] == PARTICLE_STRING ? TERM_STRING : it.data.p[0] == PARTICLE_GEOJSON ? TERM_GEO :
		it.data.p[0] == PARTICLE_HLL ? TERM_HLL : TERM_BLOB, .s = { it.data.p + 1, it.data.n - 1 } };
}

struct term term_of_value(const struct value *v, struct arena *mem)
{
	struct span e;

	if (!v->particle)
		return TERM_U;
	return value_to_element(v, mem, &e) ? term_of_element(e) : TERM_U;
}

bool term_to_element(const struct term *t, struct arena *mem, struct span *e)
{
	static struct buf b;

	buf_reset(&b);
	switch (t->type) {
	case TERM_NIL: element_put_nil(&b); break;
	case TERM_BOOL: element_put_bool(&b, t->b); break;
	case TERM_INT: element_put_int(&b, t->i); break;
	case TERM_FLOAT: element_put_double(&b, t->d); break;
	case TERM_STRING: element_put_raw(&b, PARTICLE_STRING, t->s); break;
	case TERM_BLOB: element_put_raw(&b, PARTICLE_BLOB, t->s); break;
	case TERM_GEO: element_put_raw(&b, PARTICLE_GEOJSON, t->s); break;
	case TERM_HLL: element_put_raw(&b, PARTICLE_HLL, t->s); break;
	case TERM_LIST:
	case TERM_MAP: return cdt_normalise(t->s, false, mem, e);
	case TERM_UNKNOWN: return false;
	}
	*e = arena_copy(mem, buf_as_span(&b));
	return e->p;
}

bool term_to_value(const struct term *t, struct arena *mem, struct value *v)
{
	struct span e;

	return term_to_element(t, mem, &e) && element_to_value(e, mem, v);
}

/* ---- comparisons and logic ---- */

static int sign_of(double a, double b)
{
	return (a > b) - (a < b);
}

static int order(struct expr_run *x, const struct term *a, const struct term *b)
{
	struct span ea, eb;

	switch (a->type) {
	case TERM_BOOL: return a->b - b->b;
	case TERM_INT: return (a->i > b->i) - (a->i < b->i);
	case TERM_FLOAT: return sign_of(a->d, b->d);
	default:
		if (!term_to_element(a, x->env->mem, &ea) || !term_to_element(b, x->env->mem, &eb))
			return 0;
		return cdt_compare(ea, eb);
	}
}

static struct term comparison(struct expr_run *x, int64_t code, uint32_t n)
{
	struct term a, b;
	int c;

	if (n != 2)
		return expr_bad(x);
	a = expr_term(x);
	b = expr_term(x);
	if (a.type == TERM_UNKNOWN || b.type == TERM_UNKNOWN)
		return TERM_U;
	if (a.type != b.type) {
		if (a.type == TERM_NIL || b.type == TERM_NIL)
			return term_bool(code == CODE_NE);
		return expr_bad(x);
	}
	c = order(x, &a, &b);
	switch (code) {
	case CODE_EQ: return term_bool(c == 0);
	case CODE_NE: return term_bool(c != 0);
	case CODE_GT: return term_bool(c > 0);
	case CODE_GE: return term_bool(c >= 0);
	case CODE_LT: return term_bool(c < 0);
	default: return term_bool(c <= 0);
	}
}

/* regcomp takes stack for every level of parentheses, and memory for every repetition inside of repetitions. */
static bool is_modest(struct span pattern)
{
	unsigned opened = 0, times = 0;
	uint64_t repeats = 1;

	for (size_t i = 0; i < pattern.n; i++) {
		char c = pattern.p[i];

		opened += c == '(';
		if (c >= '0' && c <= '9')
			times = times < 100000 ? 10 * times + (unsigned)(c - '0') : times;
		else if (c == '{')
			times = 0;
		else if (c == '}') {	/* {n}, {n,}, {,n} and {m,n}: the last number is the one that counts */
			repeats *= times ? times : 1;
			times = 0;
		} else if (c == ',' && i + 1 < pattern.n && pattern.p[i + 1] >= '0' && pattern.p[i + 1] <= '9')
			times = 0;
		if (repeats > REGEX_REPEATS)
			return false;
	}
	return pattern.n <= REGEX_MAX && opened <= REGEX_DEPTH;
}

static struct term regex(struct expr_run *x, uint32_t n)
{
	int64_t flags;
	struct span pattern;
	struct term t;
	char *p, *s;
	regex_t re;
	bool match;

	if (n != 3)
		return expr_bad(x);
	flags = expr_int(x);
	pattern = expr_bare(x);
	t = expr_term(x);
	if (x->bad || (t.type != TERM_STRING && t.type != TERM_UNKNOWN))
		return expr_bad(x);
	if (!is_modest(pattern))
		return expr_bad(x);
	p = strndup(pattern.p, pattern.n);
	if (!p || regcomp(&re, p, (flags & 1 ? REG_EXTENDED : 0) | (flags & 2 ? REG_ICASE : 0) | REG_NOSUB |
	    (flags & 8 ? REG_NEWLINE : 0))) {
		free(p);
		return expr_bad(x);
	}
	free(p);
	s = t.type == TERM_STRING ? strndup(t.s.p, t.s.n) : NULL;
	match = s && regexec(&re, s, 0, NULL, 0) == 0;
	free(s);
	regfree(&re);
	return t.type == TERM_UNKNOWN ? TERM_U : term_bool(match);
}

static struct term geo(struct expr_run *x, uint32_t n)
{
	struct geo *a, *b;
	struct term t[2];
	bool in;

	if (n != 2)
		return expr_bad(x);
	t[0] = expr_term(x);
	t[1] = expr_term(x);
	if (t[0].type == TERM_UNKNOWN || t[1].type == TERM_UNKNOWN)
		return TERM_U;
	if (t[0].type != TERM_GEO || t[1].type != TERM_GEO)
		return expr_bad(x);
	a = geo_parse(t[0].s);
	b = geo_parse(t[1].s);
	in = a && b && geo_within(a, b);
	geo_free(a);
	geo_free(b);
	return term_bool(in);
}

/* Truth with unknown: a false decides "and", a true decides "or", whatever else is unknown. */
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
	if (code >= CODE_EQ && code <= CODE_LE)
		return comparison(x, code, n);
	if (code >= CODE_AND && code <= CODE_EXCLUSIVE)
		return logic(x, code, n);
	switch (code) {
	case 0: return n ? expr_bad(x) : TERM_U;
	case CODE_REGEX: return regex(x, n);
	case CODE_GEO: return geo(x, n);
	case CODE_COND: return cond(x, n);
	case CODE_VAR: return variable(x, n);
	case CODE_LET: return let(x, n);
	case CODE_QUOTE: return quoted(x, n);
	case CODE_CALL: return expr_call(x, n);
	}
	if (expr_number_code(x, code, n, &t) || expr_record_code(x, code, n, &t))
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
