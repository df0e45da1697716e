/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "native.h"
#include "program.h"
#include "sets.h"

struct options {
	struct jq_program_source source;	/* text and file are NULL without a program */
	struct native native;
	bool has_native, has_by;
	struct sets sets;
	bool check;
};

/* Read the command line; ends the program on a mistake. Clears the environment but for what the programs may see. */
void options_parse(struct options *o, int argc, char **argv);
void options_free(struct options *o);

#endif
