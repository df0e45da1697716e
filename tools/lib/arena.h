/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ARENA_H
#define ARENA_H

#include "span.h"

/* Memory for the length of one request: pieces are taken one after the other and given back all at once. Past its maximum, and when
 * memory is out, arena_take answers NULL and the arena is `full` until the next reset; the request then fails as a whole. */
struct arena_block;
struct arena {
	struct arena_block *block;	/* newest first */
	size_t max;			/* bytes in all; 0 means ARENA_MAX */
	size_t used;
	bool full;
};

#define ARENA_MAX ((size_t)256 << 20)

/* n bytes, aligned for any type, not zeroed. */
void *arena_take(struct arena *a, size_t n);
/* A copy of these bytes. Absent when the arena is full. */
struct span arena_copy(struct arena *a, struct span s);
/* Give back everything; keeps one block for the next request. */
void arena_reset(struct arena *a);
void arena_free(struct arena *a);

#endif
