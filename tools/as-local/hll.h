/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HLL_H
#define HLL_H

#include "arena.h"
#include "span.h"

#include <stdint.h>

/* A sketch (wire reference 3.9): 2^index registers of 6 + minhash bits each, packed from the most significant bit, behind a head of
 * 11 bytes: flags, index bits, minhash bits, cached count (little endian; 0: none). */
struct sketch {
	unsigned index, minhash;
	uint8_t *p;		/* the whole value */
	uint32_t n;
};
#define SKETCH_HEAD 11

bool sketch_open(struct sketch *s, struct span value);		/* false: no valid sketch */
bool sketch_sizes_ok(int64_t index, int64_t minhash);
bool sketch_new(struct sketch *s, unsigned index, unsigned minhash, struct arena *mem);
bool sketch_copy(struct sketch *s, const struct sketch *from, struct arena *mem);
bool sketch_add(struct sketch *s, struct span element);		/* true when a register grew */
/* With fewer index bits, and without minhash when `minhash` is 0. */
bool sketch_fold(struct sketch *s, const struct sketch *from, unsigned index, unsigned minhash, struct arena *mem);
void sketch_merge(struct sketch *s, const struct sketch *with);	/* equal sizes */
uint64_t sketch_count(const struct sketch *s);
uint64_t sketch_cached(const struct sketch *s);
void sketch_cache(struct sketch *s, uint64_t count);
bool sketch_may_contain(const struct sketch *s, struct span element);
/* Share of registers that agree in all sketches of those used in any; all of equal sizes with minhash bits. */
double sketch_similarity(const struct sketch *s, unsigned n);

#endif
