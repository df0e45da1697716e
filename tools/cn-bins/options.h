/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "rules.h"

#define GROUPS_MAX 1025

struct options {
	struct rules *groups[GROUPS_MAX];	/* the first: for records that no other is for */
	size_t n_groups;
	struct buf scratch;
};

void options_parse(struct options *o, int argc, char **argv);
void options_free(struct options *o);
/* The rules for a record. */
struct rules *options_rules(struct options *o, const struct record *r);

#endif
