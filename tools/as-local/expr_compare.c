/* SPDX-License-Identifier: Apache-2.0 */
#include "expr_eval.h"
#include "cdt.h"
#include "geo.h"

#include <regex.h>
#include <stdlib.h>

/* Parts of expressions that hold two values against each other. */

#define REGEX_MAX 4096
#define REGEX_DEPTH 100
#define REGEX_REPEATS 10000

enum { CODE_EQ = 1, CODE_NE, CODE_GT, CODE_GE, CODE_LT, CODE_LE, CODE_REGEX, CODE_GEO };

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

bool expr_compare_code(struct expr_run *x, int64_t code, uint32_t n, struct term *t)
{
	if (code >= CODE_EQ && code <= CODE_LE)
		*t = comparison(x, code, n);
	else if (code == CODE_REGEX)
		*t = regex(x, n);
	else if (code == CODE_GEO)
		*t = geo(x, n);
	else
		return false;
	return true;
}
