/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RULES_H
#define RULES_H

#include "scope.h"
#include "transform.h"

/* What becomes of a bin, by its name. The same names come again and again, so what was found out about one is kept in a table. */
#define RULES_NAMES_MAX 4096
#define RULES_TRANSFORMS_MAX 32
#define RULES_CACHE 512
#define RULES_KEEP_MAX 128	/* longest name that is kept, bytes */

struct fate {
	bool used, drop;
	struct buf raw;		/* the name as it stands in the line: the key of the table */
	struct buf name;	/* the new one, plain text */
	const char *why;	/* it can't be one: a static text */
};

struct rules {
	struct scope scope;	/* whose records they are for; the first ones: the rest */
	struct span from[RULES_NAMES_MAX], to[RULES_NAMES_MAX];	/* renamed */
	struct span include[RULES_NAMES_MAX], exclude[RULES_NAMES_MAX];
	size_t n_renames, n_include, n_exclude, n_transforms;
	bool exclude_all;
	struct transform transforms[RULES_TRANSFORMS_MAX];
	struct fate cache[RULES_CACHE], uncached;
};

/* They do something at all. */
bool rules_any(const struct rules *r);
/* The fate of the bin with this name, given as it stands between the quotes in JSON. Good until the next call. */
const struct fate *rules_find(struct rules *r, struct span raw, struct buf *scratch);
void rules_free(struct rules *r);

#endif
