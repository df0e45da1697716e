/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RETRY_H
#define RETRY_H

#include <stdbool.h>
#include <stdint.h>

/* When to try again: pauses that double and are jittered, inside a deadline. All times in milliseconds. */
struct retry {
	int64_t first;		/* the pause after the first try, about */
	int64_t max;		/* no pause is longer */
	int64_t deadline;	/* from the first try on; later there is no other */
	uint64_t random;	/* state; retry_open seeds it */
};

void retry_open(struct retry *r, int64_t first, int64_t max, int64_t deadline);
/* The pause after this many tries: between half and the whole of first * 2^(tries-1), at most max. */
int64_t retry_pause(struct retry *r, unsigned tries);
/* After a try that failed, at `now`: when the next one is due; -1 when that would be past the deadline. begun: when the first try was
 * started. asked: what Retry-After wants at least, -1 for nothing. */
int64_t retry_at(struct retry *r, unsigned tries, int64_t begun, int64_t now, int64_t asked);

#endif
