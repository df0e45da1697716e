/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SINDEX_SEEN_H
#define SINDEX_SEEN_H

#include "digest.h"

#include <stdbool.h>
#include <stdint.h>

/* The records of a partition that a query has met: one may stand under many values of its list or map, and is given once. Zeroed: empty. */
struct seen {
	uint8_t (*slot)[DIGEST_SIZE];	/* owned */
	bool *used;			/* owned */
	uint32_t n, cap;		/* cap: a power of two, at least twice n */
};

/* 1: it was not there, and is now. 0: it was. -1: no memory. */
int seen_add(struct seen *s, const uint8_t digest[DIGEST_SIZE]);
void seen_reset(struct seen *s);
void seen_free(struct seen *s);

#endif
