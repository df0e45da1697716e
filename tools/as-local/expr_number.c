/* SPDX-License-Identifier: Apache-2.0 */
#include "expr_eval.h"

#include <math.h>

/* Arithmetic on two integers or two doubles, bits of integers, minimum and maximum (codes 20 to 51). */

enum { ADD = 20, SUB, MUL, DIV, POW, LOG, MOD, ABS, FLOOR, CEIL, TO_INT, TO_FLOAT, INT_AND, INT_OR, INT_XOR, INT_NOT, LSHIFT, RSHIFT,
	ARSHIFT, COUNT, LSCAN, RSCAN, MIN = 50, MAX = 51 };

static struct term fold_int(int64_t code, int64_t a, int64_t b)
{
	uint64_t ua = (uint64_t)a, ub = (uint64_t)b;

	switch (code) {
	case ADD: return term_int((int64_t)(ua + ub));
	case SUB: return term_int((int64_t)(ua - ub));
	case MUL: return term_int((int64_t)(ua * ub));
	case DIV: return b == 0 ? TERM_U : b == -1 ? term_int((int64_t)-ua) : term_int(a / b);
	case MOD: return b == 0 ? TERM_U : b == -1 ? term_int(0) : term_int(a % b);
	case INT_AND: return term_int(a & b);
	case INT_OR: return term_int(a | b);
	case INT_XOR: return term_int(a ^ b);
	case LSHIFT: return term_int(b < 0 || b > 63 ? 0 : (int64_t)(ua << b));
	case RSHIFT: return term_int(b < 0 || b > 63 ? 0 : (int64_t)(ua >> b));
	case ARSHIFT: return term_int(b < 0 || b > 63 ? (a < 0 ? -1 : 0) : a >> b);
	case MIN: return term_int(a < b ? a : b);
	default: return term_int(a > b ? a : b);
	}
}

static struct term fold_float(int64_t code, double a, double b)
{
	switch (code) {
	case ADD: return term_float(a + b);
	case SUB: return term_float(a - b);
	case MUL: return term_float(a * b);
	case DIV: return term_float(a / b);
	case POW: return term_float(pow(a, b));
	case LOG: return term_float(log(a) / log(b));
	case MIN: return term_float(a < b ? a : b);
	default: return term_float(a > b ? a : b);
	}
}

static bool takes_floats(int64_t code)
{
	return (code >= ADD && code <= LOG) || code >= MIN;
}

static bool takes_ints(int64_t code)
{
	return code != POW && code != LOG;
}

static struct term fold(struct expr_run *x, int64_t code, struct term a, struct term b)
{
	if (a.type == TERM_UNKNOWN || b.type == TERM_UNKNOWN)
		return TERM_U;
	if (a.type == TERM_INT && b.type == TERM_INT && takes_ints(code))
		return fold_int(code, a.i, b.i);
	if (a.type == TERM_FLOAT && b.type == TERM_FLOAT && takes_floats(code))
		return fold_float(code, a.d, b.d);
	return expr_bad(x);
}

static struct term n_ary(struct expr_run *x, int64_t code, uint32_t n)
{
	struct term t = expr_term(x);

	if (n == 1 && code == SUB)
		return fold(x, SUB, t.type == TERM_FLOAT ? term_float(0) : term_int(0), t);
	if (n == 1 && code == DIV)
		return fold(x, DIV, t.type == TERM_FLOAT ? term_float(1) : term_int(1), t);
	if (t.type != TERM_INT && t.type != TERM_FLOAT && t.type != TERM_UNKNOWN)
		return expr_bad(x);
	for (; n > 1; n--)
		t = fold(x, code, t, expr_term(x));
	return t;
}

static struct term scan(struct expr_run *x, int64_t code)
{
	struct term t = expr_term(x), want = expr_term(x);

	if (t.type == TERM_UNKNOWN || want.type == TERM_UNKNOWN)
		return TERM_U;
	if (t.type != TERM_INT || want.type != TERM_BOOL)
		return expr_bad(x);
	for (int i = 0; i < 64; i++) {
		int at = code == LSCAN ? i : 63 - i;

		if ((((uint64_t)t.i >> (63 - at)) & 1) == want.b)
			return term_int(at);
	}
	return term_int(-1);
}

static struct term unary(struct expr_run *x, int64_t code)
{
	struct term t = expr_term(x);

	if (t.type == TERM_UNKNOWN)
		return t;
	if (t.type == TERM_INT)
		switch (code) {
		case ABS: return term_int(t.i < 0 ? (int64_t)-(uint64_t)t.i : t.i);
		case TO_FLOAT: return term_float((double)t.i);
		case INT_NOT: return term_int(~t.i);
		case COUNT: return term_int(__builtin_popcountll((uint64_t)t.i));
		}
	if (t.type == TERM_FLOAT)
		switch (code) {
		case ABS: return term_float(fabs(t.d));
		case FLOOR: return term_float(floor(t.d));
		case CEIL: return term_float(ceil(t.d));
		case TO_INT: return t.d >= -0x1p63 && t.d < 0x1p63 ? term_int((int64_t)t.d) : TERM_U;
		}
	return expr_bad(x);
}

bool expr_number_code(struct expr_run *x, int64_t code, uint32_t n, struct term *t)
{
	switch (code) {
	case ADD:
	case SUB:
	case MUL:
	case DIV:
	case INT_AND:
	case INT_OR:
	case INT_XOR:
	case MIN:
	case MAX:
		*t = n ? n_ary(x, code, n) : expr_bad(x);
		return true;
	case POW:
	case LOG:
	case MOD:
	case LSHIFT:
	case RSHIFT:
	case ARSHIFT:
		*t = n == 2 ? n_ary(x, code, n) : expr_bad(x);
		return true;
	case ABS:
	case FLOOR:
	case CEIL:
	case TO_INT:
	case TO_FLOAT:
	case INT_NOT:
	case COUNT:
		*t = n == 1 ? unary(x, code) : expr_bad(x);
		return true;
	case LSCAN:
	case RSCAN:
		*t = n == 2 ? scan(x, code) : expr_bad(x);
		return true;
	}
	return false;
}
