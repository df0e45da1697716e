/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLIENT_BATCH_H
#define CLIENT_BATCH_H

#include "client.h"

/* Many single-record requests at once: rows are split by node, sent as one batch to each, and what can be repeated is repeated row by row.
 * A node that gets one row, or a node older than 6.0 for rows that write, gets the row as a request of its own. */

#define BATCH_ROWS 5000		/* in one unit; more are sent in several */

/* A row is a whole unit of one record as client_message.h encodes it. Everything is the caller's and stays in place until done. */
struct batch_row {
	struct span unit;
	bool write, idempotent;		/* as in a struct client_request */
	/* The batch's own: zero. */
	bool answered, in_doubt, again;
	uint8_t attempt, column;
	uint16_t partition;
	struct span ns;
};

struct client_batch {
	struct batch_row *rows;
	unsigned n;
	int8_t retries;			/* as in a struct client_request; so are ... */
	uint32_t socket_ms, total_ms;	/* ... these. total_ms 0 means no end to trying: name one */
	bool not_inline, inline_device;	/* the node works on it in the thread that read it: not for data in memory; for data on devices, too */
	/* Once for each row, in any order. body: the row's own message (message_open), absent when there is none; lives as long as the call. */
	void (*row)(struct client_batch *b, unsigned index, int code, bool in_doubt, struct span body);
	void (*done)(struct client_batch *b);	/* after the last row; from then on b is the caller's */
	/* The batch's own: zero. */
	struct client *client;
	struct batch_group *groups;
	unsigned n_answered;
	int64_t give_up;
	struct client_timer timer;
	struct client_soon soon;
	struct client_batch *next, **at;	/* among the client's */
	bool sending;
};

/* Start. Callbacks come from client_run. A row that is no unit of one record fails with RESULT_PARAMETER. */
void client_batch(struct client *c, struct client_batch *b);
/* Forget it; nothing is called any more. Not from inside row(). */
void client_batch_cancel(struct client_batch *b);

#endif
