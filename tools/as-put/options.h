/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "client.h"
#include "policy.h"

#include <stdint.h>

enum newer { NEWER_OFF, NEWER_LUT, NEWER_BIN };
#define BATCH_MAX 1000
#define TIMEOUT_NEVER INT64_MAX

struct options {
	struct client_options client;	/* its texts are argv's or the environment's, the password is ours */
	const char *ns, *set;		/* go before the metadata; NULL: the metadata's */
	struct policy policy;		/* of lines that have none of their own */
	uint8_t generation;		/* enum command_generation */
	enum newer newer;
	struct span newer_bin;
	bool verbose;
	size_t window;			/* lines under way at most */
	unsigned batch;			/* records in one request at most; 1: no batches */
	int64_t timeout;		/* ms for a record, from its line to its answer; TIMEOUT_NEVER */
};

/* Options and environment; dies EX_USAGE when they are wrong. */
void options_parse(struct options *o, int argc, char **argv);

#endif
