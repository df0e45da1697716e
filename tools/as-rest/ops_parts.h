/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_PARTS_H
#define OPS_PARTS_H

#include "ops.h"

/* What the files that read operations share. */

/* One operation on its way. */
struct op_request {
	struct ops *o;
	const struct operation *op;
	const struct tree *members;	/* opValues, or the whole object of v2 */
	enum ops_version v;
	bool bool_bins;
	unsigned args;			/* of the call, so far */
};

/* Record why, if nothing is recorded yet; answers false. */
bool op_fail(struct ops *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A member that is not there, or null where null says nothing, is NULL. */
const struct tree *op_member(const struct op_request *r, const char *name);
/* Put a member as the call's next argument, or arguments. */
bool op_put_member(struct op_request *r, const struct op_member *m, const struct tree *v);

/* The number of a word, false when there is none. */
bool op_word(const struct op_word *words, const struct tree *v, int *value);

/* Policies: order and write flags. */
struct op_policy {
	int order, flags;
};
bool op_list_policy(struct op_request *r, const struct tree *v, struct op_policy *p);
bool op_map_policy(struct op_request *r, const struct tree *v, struct op_policy *p);

/* For "%.*s" of text that a caller sent: at most 60 bytes. */
#define SHOWN(s) (int)((s).n > 60 ? 60 : (s).n), (s).p

#endif
