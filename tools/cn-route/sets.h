/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SETS_H
#define SETS_H

#include "record.h"

/* --only-set and --skip-set: which sets are wanted at all. The name of no bytes stands for records without a set. */
#define SETS_MAX 256

struct sets {
	struct span only[SETS_MAX], skip[SETS_MAX];
	size_t n_only, n_skip;
	struct buf scratch;
};

bool sets_wanted(struct sets *s, const struct record *r);

#endif
