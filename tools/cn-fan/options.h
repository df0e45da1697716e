/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OUTLETS_MAX 32

struct options {
	const char *names[OUTLETS_MAX];	/* malloc'ed */
	const char *commands[OUTLETS_MAX];
	unsigned n;
	size_t window;			/* lines under way at most */
	size_t remember;		/* partial failures kept in mind at most; 0: none */
	int64_t remember_for;		/* ms */
	int64_t dead_after, silent_after;	/* ms */
	bool skip_unknown, verbose;
};

/* Dies EX_USAGE when they are wrong. */
void options_parse(struct options *o, int argc, char **argv);

#endif
