/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLIENT_RETRY_H
#define CLIENT_RETRY_H

#include <stdbool.h>
#include <stdint.h>

/* Whether a failed attempt is repeated, where, and what is in doubt. Pure: decisions as data. Source: the wire protocol reference, 10.3. */
struct attempt {
	int code;		/* how it ended: a server's result or CLIENT_... (client.h); RESULT_TIMEOUT also for a deadline here */
	bool local;		/* the code is ours, not the server's */
	bool sent;		/* at least a part of it went out */
	bool write, idempotent;
	bool in_doubt;		/* from earlier attempts */
	bool started;		/* a part of the answer is with the caller already */
	unsigned number;	/* of this attempt, from 0 */
	unsigned retries;	/* allowed */
	int64_t left_ms;	/* until the total deadline; 0 or less: passed */
};

enum retry_where { RETRY_NO, RETRY_SAME, RETRY_NEXT };
struct retry_choice {
	enum retry_where where;
	bool in_doubt;		/* of the request as it stands now */
	unsigned pause_ms;	/* before the next attempt, when it goes to the same node */
};
struct retry_choice client_retry_decide(const struct attempt *a);

#endif
