/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "jq_program.h"
#include "mapping.h"
#include "topics.h"

struct options {
	struct mapping mapping;		/* what the options say */
	bool has_mapping;
	struct topics topics;		/* the mappings to use: that one, or those of a file */
	const char *config;
	struct jq_program_source source;	/* text and file are NULL without a program */
	bool check;
};

/* Read the command line and the configuration file; ends the program on a mistake. */
void options_parse(struct options *o, int argc, char **argv);
void options_free(struct options *o);

#endif
