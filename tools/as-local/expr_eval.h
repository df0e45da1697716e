/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EXPR_EVAL_H
#define EXPR_EVAL_H

#include "element.h"
#include "expr.h"

/* Inside the evaluator. A term is what a part of an expression comes to; a cursor reads the expression's MessagePack from front to
 * back, and every part either is evaluated or passed over. */

enum term_type { TERM_NIL, TERM_BOOL, TERM_INT, TERM_STRING, TERM_LIST, TERM_MAP, TERM_BLOB, TERM_FLOAT, TERM_GEO, TERM_HLL, TERM_UNKNOWN };

struct term {
	enum term_type type;
	union {
		bool b;
		int64_t i;
		double d;
	};
	struct span s;		/* string, blob, geo text, HLL; list and map: the whole element */
};

#define VARIABLES_MAX 64
struct expr_run {
	const struct expr_env *env;
	struct mp m;
	bool bad;			/* malformed: the request fails as a whole */
	unsigned depth, n_vars;
	struct { struct span name; struct term value; } var[VARIABLES_MAX];
};

struct term expr_term(struct expr_run *x);
struct term expr_bad(struct expr_run *x);
/* n parts that follow, from an expression's code on; each file knows some codes and answers false for others. */
bool expr_compare_code(struct expr_run *x, int64_t code, uint32_t n, struct term *t);
bool expr_number_code(struct expr_run *x, int64_t code, uint32_t n, struct term *t);
bool expr_record_code(struct expr_run *x, int64_t code, uint32_t n, struct term *t);
struct term expr_call(struct expr_run *x, uint32_t n);

struct term term_of_element(struct span e);
bool term_to_value(const struct term *t, struct arena *mem, struct value *v);
struct term term_of_value(const struct value *v, struct arena *mem);
bool term_to_element(const struct term *t, struct arena *mem, struct span *e);

/* A bare str of the expression: names and patterns. Absent and bad when there is none. */
struct span expr_bare(struct expr_run *x);
int64_t expr_int(struct expr_run *x);

#define TERM_U ((struct term){ .type = TERM_UNKNOWN })
static inline struct term term_int(int64_t i) { return (struct term){ .type = TERM_INT, .i = i }; }
static inline struct term term_bool(bool b) { return (struct term){ .type = TERM_BOOL, .b = b }; }
static inline struct term term_float(double d) { return (struct term){ .type = TERM_FLOAT, .d = d }; }

#endif
