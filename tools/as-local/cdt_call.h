/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CDT_CALL_H
#define CDT_CALL_H

#include "cdt.h"
#include "element.h"

/* Inside the list and map operations: a call taken apart, and what each operation sees. */

#define ARGS_MAX 8

struct call {
	int code;
	bool is_map;			/* an operation of maps */
	struct span arg[ARGS_MAX];	/* arguments of the operation, not yet in stored form */
	unsigned n_args;
	struct arena *mem;
	struct span result;		/* an element; absent for none */
	bool gone;			/* the container as a whole is to go away */
	bool changed;
};

/* An operation on its container. c is empty and *there false when the container is missing; the operation then makes it, by setting
 * *there, or leaves it missing. Answers a result code. */
typedef int operation(struct call *k, struct container *c, bool *there);

/* Ways to select; each answers a result code. */
enum select_by { BY_NONE, BY_INDEX, BY_RANK, BY_KEY, BY_VALUE, BY_ALL_VALUE, BY_VALUE_LIST, BY_KEY_LIST, BY_INDEX_RANGE, BY_RANK_RANGE,
	BY_VALUE_INTERVAL, BY_KEY_INTERVAL, BY_VALUE_REL_RANK, BY_KEY_REL_INDEX };

/* Each has a function of its own, or gets or removes (when it modifies) what it selects. */
struct operation_row {
	uint8_t code, min, max;		/* arguments */
	bool modifies;
	operation *run;
	enum select_by by;		/* where run is NULL */
};
struct operation_table {
	const struct operation_row *row;
	unsigned n;
};
extern const struct operation_table list_operations, map_operations;

/* Arguments. */
bool arg_int(const struct call *k, unsigned i, int64_t *out);
int64_t arg_int_or(const struct call *k, unsigned i, int64_t otherwise, bool *bad);
/* The argument in stored form; wildcards allowed where stored is false. Absent when it is not valid. */
struct span arg_value(const struct call *k, unsigned i, bool stored);
/* A list argument's elements. */
bool arg_list(const struct call *k, unsigned i, bool stored, struct container *c);
void result_int(struct call *k, int64_t n);
/* element + sign * delta: integers wrap, doubles stay doubles, nil counts as 0. False when one of them is no number. */
bool element_add(struct span e, struct span delta, int sign, struct arena *mem, struct span *sum);

/* Entries of a container that an operation speaks of: entry numbers in `at`, in the order in which they are given back. */
struct selection {
	uint32_t *at;
	uint32_t n;
	bool single;		/* one element was asked for */
	bool by_rank;		/* `at` is in rank order */
	bool descending;	/* values are given back from the last to the first */
};
/* Return types (wire reference 6.3). */
enum { RT_NONE, RT_INDEX, RT_REVERSE_INDEX, RT_RANK, RT_REVERSE_RANK, RT_COUNT, RT_KEY, RT_VALUE, RT_PAIRS, RT_INDEX_RANGE,
	RT_REVERSE_INDEX_RANGE, RT_RANK_RANGE, RT_REVERSE_RANK_RANGE, RT_EXISTS, RT_UNORDERED_MAP = 16, RT_ORDERED_MAP = 17 };
#define RT_INVERTED 0x10000

int select_entries(struct call *k, const struct container *c, enum select_by by, unsigned first_arg, struct selection *s);
/* From a selection and the return type to the result. */
int select_result(struct call *k, const struct container *c, int64_t rt, struct selection *s);
void select_remove(struct container *c, const struct selection *s, struct arena *mem);
/* The whole of a get_by_... or remove_by_...: return type is argument 0. */
int select_run(struct call *k, struct container *c, enum select_by by, bool remove);

/* A range in terms of n entries: negative starts count from the end, what lies outside is cut off. count < 0: to the end. */
void clamp_range(int64_t start, int64_t count, uint32_t n, uint32_t *from, uint32_t *to);
/* -1 when the index does not exist. */
int64_t resolve_index(int64_t index, uint32_t n);

#endif
