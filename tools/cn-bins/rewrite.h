/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REWRITE_H
#define REWRITE_H

#include "rules.h"

/* Memory for one record at a time; zero it first. */
struct rewrite {
	struct buf bins, types, pointer, scratch;
	struct span *names;	/* of the bins that stay, in `text` */
	size_t n, cap;
	struct buf text;
	uint32_t *seen;		/* a table of places in names, plus 1 */
	size_t seen_size;
	const char *why;
	char shown[128];	/* `why` may stand there */
};

/* The record's bins and types under these rules, in w->bins and w->types, both whole objects; *changed says whether they are others.
 * False with w->why when two bins would have one name, and the like. */
bool rewrite_record(struct rewrite *w, struct rules *rules, const struct record *r, bool *changed);
void rewrite_free(struct rewrite *w);

#endif
