/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MEMORY_H
#define MEMORY_H

#include "span.h"

#include <stdint.h>

/* Which sinks have a record that was nacked because others don't: the source will send it again, under another id. Of each key (namespace
 * and digest) the last version is kept, as a hash of all that its line says but for the id; so whatever else the record may have been
 * in between, what is found is what the sinks got last. Bounded in number, the oldest goes first, and in age. One thread. */
#define MEMORY_HASH 16

struct memory_slot {
	uint64_t key;		/* 0: free */
	uint32_t next;		/* in its bucket; 0: the end, else the slot's index plus one */
	uint32_t has;		/* a bit for each sink */
	int64_t until;
	unsigned char hash[MEMORY_HASH];
};

struct memory {
	struct memory_slot *slot;
	uint32_t *bucket;
	size_t n, at, used;	/* slots; the next to be written; those in use */
	size_t mask;
	int64_t age;
};

/* n may be 0: nothing is remembered. age: ms. */
void memory_open(struct memory *m, size_t n, int64_t age);
void memory_free(struct memory *m);
/* The line is head, an id, and tail. */
void memory_put(struct memory *m, uint64_t key, struct span head, struct span tail, uint32_t has, int64_t now);
/* Which sinks have it; 0 when nothing is known. Whatever is remembered of this key is forgotten: the line is on its way now. */
uint32_t memory_take(struct memory *m, uint64_t key, struct span head, struct span tail, int64_t now);

#endif
