/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "native.h"
#include "program.h"
#include "scope.h"
#include "sets.h"

#define GROUPS_MAX 1025

struct options {
	struct jq_program_source source;	/* text and file are NULL without a program */
	struct group {
		struct scope scope;	/* whose records it is for; the first one: the rest */
		struct native native;
		bool has_native, has_by;
	} *groups[GROUPS_MAX];
	size_t n_groups;
	struct buf scratch;
	struct sets sets;
	bool check;
};

/* Read the command line; ends the program on a mistake. Clears the environment but for what the programs may see. */
void options_parse(struct options *o, int argc, char **argv);
void options_free(struct options *o);
/* The native route for a record; NULL when there is none. */
struct native *options_native(struct options *o, const struct record *r);

#endif
