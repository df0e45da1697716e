/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The last-update time of what has passed lately, by namespace and digest. Two tables take turns: what is in the older one is forgotten
 * when the newer one is ttl old, or full. So an entry is kept for one to two ttl, and memory is bounded: 32 bytes an entry, and twice
 * as many of them as `max`, half of which may be free. */
struct memory {
	int64_t ttl;			/* ms */
	size_t max;			/* entries of a table */
	struct memory_table {
		struct memory_entry *entries;
		size_t size, n;		/* size is a power of two or 0 */
		int64_t born;		/* clock_ms */
	} now, before;
	uint64_t early;			/* so often a table was full before its time */
};

/* Whether this is as new as, or newer than, all that has passed; then it is remembered. namespace_hash tells namespaces apart. */
bool memory_newest(struct memory *m, const unsigned char digest[20], uint32_t namespace_hash, int64_t lut, int64_t now);
void memory_free(struct memory *m);

#endif
