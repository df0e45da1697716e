/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FILTER_H
#define FILTER_H

#include "line.h"
#include "log.h"
#include "metrics.h"
#include "reader.h"

/* What filters have, lines on standard input to lines on standard output: the loop, signals, lines that can't be handled, the exit
 * status. One thread. */
struct filter {
	struct reader in;
	struct writer out;
	uint64_t lines, errors;		/* counters of the program's table: lines read, lines refused */
	struct log_limit limit;
	uint64_t missed;
	int status;
};

struct filter_calls {
	void (*line)(void *ctx, struct span line);
	/* A line that is not to be taken; id: of what was read of it. */
	void (*refuse)(void *ctx, struct span id, const char *why);
	void (*reload)(void *ctx);	/* SIGHUP; NULL: nothing to reload */
	const struct metric *metrics;	/* for SIGUSR1 and the end */
	void *ctx;
};

void filter_open(struct filter *f);	/* zeroed before; after the options are parsed */
/* Takes lines until they end, tells the counters and closes both ends. The program's exit status. */
int filter_run(struct filter *f, const struct filter_calls *c);

/* The line can't be handled: an error line (as line_error) and, when it has no id, so that nobody downstream hears of it, the exit
 * status. The caller logs it too. */
void filter_refuse(struct filter *f, struct span id, struct span why);
/* Whether to log what happened to a line, with filter_log: once a second at most, because the error lines say it all and the source
 * keeps them with their records; but of a line without an id nobody else hears, so each of these is told. */
bool filter_may_log(struct filter *f, struct span id);
void filter_log(struct filter *f, struct span id, const char *msg, const char *why);	/* absent id: not said */

#endif
