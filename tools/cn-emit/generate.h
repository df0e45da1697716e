/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GENERATE_H
#define GENERATE_H

#include "buf.h"

#include <stdint.h>

/* Record lines of a small shop, made up: orders, users and events with values of all kinds and sizes; inserts, updates of earlier
 * records and deletes. The same seed and mix give the same bytes on every machine. */
struct generator {
	uint64_t state;			/* of the random numbers */
	uint64_t made;			/* records so far */
	uint32_t known[3];		/* keys given out, for each set */
	unsigned insert, update;	/* percent; the rest are deletes */
};

void generate_open(struct generator *g, uint64_t seed, unsigned insert, unsigned update);
/* Append one line, without its end. id 0 leaves the id out. */
void generate_line(struct generator *g, struct buf *out, uint64_t id);

#endif
