/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "buf.h"
#include "client.h"

#include <stdint.h>

#define BINS_MAX 256

enum progress_when { PROGRESS_AUTO, PROGRESS_ALWAYS, PROGRESS_NEVER };

struct options {
	struct client_options client;	/* its texts are argv's or the environment's, the password is ours */
	const char *ns, *set;		/* set NULL: all */
	unsigned first, count;		/* partitions */
	struct span bins[BINS_MAX];	/* point into argv */
	unsigned n_bins;
	bool no_bins, lut;
	struct buf filter;		/* an expression, what --since and --filter come to; empty for none */
	uint64_t rate, max;		/* records/s; records; 0: no limit */
	const char *resume, *acks;	/* files; NULL for none */
	int64_t timeout;		/* ms without any record, from when on it gives up */
	enum progress_when progress;
};

/* Options and environment; dies EX_USAGE when they are wrong. */
void options_parse(struct options *o, int argc, char **argv);

#endif
