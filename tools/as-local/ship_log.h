/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHIP_LOG_H
#define SHIP_LOG_H

#include "store.h"

/* The digest log: which records have changed and are not yet shipped. Like the real one it keeps digests, not data: what is shipped is
 * the record as it stands at that moment, so many changes of a hot key become few. Each entry is on disk in the same transaction as
 * the change itself, when there is a data directory. */

struct change {
	struct namespace *ns;
	uint8_t digest[DIGEST_SIZE];
	bool deleted;			/* by a client; a record that is not there for another reason has expired */
	bool durable;			/* and for good */
	bool again;			/* changed while it was under way */
	enum { CHANGE_WAITING, CHANGE_SHIPPING, CHANGE_RESTING } state;
	int64_t due;			/* clock_ms: not before; resting: until then */
	struct change *next_in_bucket;
	struct change *next, *prev;	/* of its queue */
};

/* Start to listen to the store, and bring back what an earlier run had not shipped. */
void ship_log_open(void);
/* The oldest change that may be shipped now, taken out of the queue and marked as under way; NULL when there is none. Changes of this
 * very round stay until ship_log_round, as they are not yet on disk. */
struct change *ship_log_take(void);
void ship_log_round(void);
/* It was taken (done), or must go again after a while. */
void ship_log_done(struct change *c);
void ship_log_retry(struct change *c);
/* When ship_log_take will have something, as clock_ms; INT64_MAX for nothing in sight. */
int64_t ship_log_due(void);
uint64_t ship_log_pending(void);
void ship_log_close(void);	/* before store_close */

#endif
