/* SPDX-License-Identifier: Apache-2.0 */
#ifndef QUEUE_H
#define QUEUE_H

#include "shards.h"
#include "span.h"

#include <stdint.h>

/* Records on their way, by stream and partition key. Of one key only the first is ever under way (with `loose`: the first ones, in one
 * call), and it stays the first until it is done with; so a record that has to be repeated holds back those behind it, and only those.
 * All times are milliseconds of clock_ms. Nothing here talks to anybody. */
#define STREAM_NAME_MAX 128
#define BATCH_MAX 500

struct key;

struct entry {
	struct entry *behind;			/* in its key */
	struct entry *older, *newer;		/* of all entries */
	struct key *key;
	uint64_t tag;				/* the caller's: the id */
	int64_t deadline;
	size_t size;				/* of data and partition key: what Kinesis counts */
	struct span data, hash_key;		/* hash_key: decimal text, absent for none */
	bool flying;
	bool alone;				/* goes in a call of its own */
};

enum key_state { KEY_READY, KEY_WAITING, KEY_FLYING };

struct key {
	struct key *hash_next;			/* in its bucket */
	struct key *next;			/* among those ready */
	struct stream *stream;
	struct entry *first, *last;
	enum key_state state;
	int64_t ready_at;			/* ready: since; waiting: when it will be */
	size_t heap_at;				/* waiting: where in the heap */
	unsigned tries;				/* of the first entry, without success */
	size_t flying;				/* so many of the first entries are under way */
	unsigned char hash[HASH_SIZE];		/* MD5 */
	struct span text;
};

struct stream {
	struct key *ready, **ready_end;
	size_t n_ready, ready_bytes;
	unsigned calls;				/* under way */
	int64_t not_before;			/* after calls that failed as a whole */
	unsigned tries;
	struct shards shards;
	struct stream *next;
	char name[STREAM_NAME_MAX + 1];
};

struct batch {
	struct stream *stream;
	int n;
	size_t bytes;
	int64_t deadline;			/* the earliest of its entries' */
	struct entry *entry[BATCH_MAX];
};

struct queue {
	size_t entries_max, bytes_max;		/* bounds: see queue_full */
	size_t batch_max, batch_bytes;		/* of one call */
	bool loose;
	int64_t linger;				/* how long a key may wait for company when a call is under way, ms */

	size_t entries, bytes;
	struct entry *oldest, *newest;
	struct key **bucket;
	size_t buckets, keys;
	struct key **heap;			/* waiting keys, the first to be ready on top */
	size_t waiting;
	struct stream *streams;			/* in the order in which they take turns */
	int n_streams;
};

void queue_open(struct queue *q);		/* with the bounds and the rest of the first part set */
void queue_free(struct queue *q);
static inline bool queue_full(const struct queue *q) { return q->entries >= q->entries_max || q->bytes >= q->bytes_max; }

/* Add a record; data, key and hash_key are copied. NULL when out of memory or there are too many streams. */
struct entry *queue_add(struct queue *q, struct span stream, struct span key, struct span hash_key, struct span data, int64_t now);

/* The next call that should be made now, its entries marked as under way; false when there is none. */
bool queue_take(struct queue *q, int64_t now, struct batch *b);
/* When to call queue_take again if nothing else happens; INT64_MAX: no need. */
int64_t queue_due(const struct queue *q, int64_t now);

/* What became of an entry under way: it is done with, or must be repeated, not before the time `at`. The call as a whole ends with
 * stream->calls--. */
void queue_done(struct queue *q, struct entry *e, int64_t now);
void queue_again(struct queue *q, struct entry *e, int64_t at, int64_t now);
/* Take an entry that is not under way out of the queue. */
void queue_drop(struct queue *q, struct entry *e, int64_t now);
/* The oldest entry whose deadline has passed and that is not under way, or NULL. */
struct entry *queue_expired(const struct queue *q, int64_t now);
/* The first deadline of entries that are not under way; INT64_MAX when there is none. */
int64_t queue_deadline(const struct queue *q);

#endif
