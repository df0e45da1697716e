/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLIENT_SCAN_H
#define CLIENT_SCAN_H

#include "buf.h"
#include "client.h"
#include "digest.h"
#include "message.h"

/* Scans, and queries over a secondary index, of a whole namespace or set. What each node owns is asked of it; a partition that moves, or
 * whose node dies, is asked for again where it is now, behind the last record that has come: no record is missing, and none comes twice
 * unless it was written meanwhile. (Index queries of servers before 6.0 can't be resumed: they fail instead.) */

/* Where a scan stands, partition by partition. Zeroed: at the start. Keep it to go on later, after max_records or a failure. */
struct scan_cursor {
	struct scan_mark {
		uint8_t digest[DIGEST_SIZE];	/* of the last record */
		bool done, begun;		/* begun: digest is set */
		uint64_t bval;			/* index queries: as the row told it */
	} partition[CLIENT_PARTITIONS];
};
/* Nothing is left to scan in partitions first .. first + count - 1. */
bool scan_cursor_done(const struct scan_cursor *k, unsigned first, unsigned count);

struct scan_row {
	struct span ns, set, digest;	/* set is absent for records without one */
	struct span key;		/* the stored user key, absent for none; its particle type in key_type */
	uint8_t key_type;
	uint32_t generation, void_time;
	struct message m;		/* stands before the first op: message_next_op */
};

struct client_scan {
	/* The caller's; spans stay in place until done. Zero: none, all, or the default in brackets. */
	struct span ns, set;
	const struct span *bins;	/* only these */
	unsigned n_bins;
	bool no_bins;			/* digests and metadata only */
	struct span filter;		/* expression */
	struct span index_range;	/* field 22 as it goes over the wire: this makes it a query */
	struct span index_name, index_context;
	uint8_t index_type;		/* 0 default, 1 list, 2 map keys, 3 map values */
	unsigned first, count;		/* partitions; count 0: all 4096 */
	uint64_t max_records;		/* in all */
	uint32_t rps;			/* records per second and node */
	unsigned nodes_at_once;		/* [all] */
	int8_t retries;			/* rounds without progress, with longer and longer pauses; -1: none [10, which is 6 s] */
	uint32_t socket_ms;		/* [30000] */
	uint32_t total_ms;		/* [no limit] */
	struct scan_cursor *cursor;	/* NULL: one of its own */
	/* Spans live as long as the call. False: enough; done follows with CLIENT_STOPPED. */
	bool (*row)(struct client_scan *s, const struct scan_row *row);
	/* RESULT_OK also when max_records came; the cursor then tells whether there is more. s is the caller's again. */
	void (*done)(struct client_scan *s, int code);

	/* The scan's own: zero. */
	struct client *client;
	struct scan_group *groups;
	struct scan_cursor *own;
	uint64_t rows, rows_before;
	unsigned attempt;
	int code;
	bool failed, sending, stopped;
	int64_t give_up;
	struct client_timer timer;
	struct client_soon soon;
	struct client_scan *next, **at;	/* among the client's */
};

/* Start; callbacks come from client_run. */
void client_scan(struct client *c, struct client_scan *s);
/* Forget it; nothing is called any more. Not from inside row(). */
void client_scan_cancel(struct client_scan *s);
/* Read no more for now, and go on; from inside row() too, where rows of the unit at hand still come. */
void client_scan_pause(struct client_scan *s);
void client_scan_resume(struct client_scan *s);

/* Field 22 for integers from .. to, both included, and for one string. Appended to out. */
void scan_range_integer(struct buf *out, struct span bin, int64_t from, int64_t to);
void scan_range_string(struct buf *out, struct span bin, struct span value);

#endif
