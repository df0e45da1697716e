/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLIENT_SCAN_PARTS_H
#define CLIENT_SCAN_PARTS_H

#include "client_scan.h"

/* The inside of scans: what is asked of one node. */
struct scan_group {
	struct client_request r;
	struct client_scan *s;
	struct scan_group *next;
	struct buf unit;
	char node[17];
	bool whole;			/* an index query of old servers: no partitions */
	uint64_t share, rows;		/* of max_records; 0: no limit */
	unsigned n;
	uint16_t partition[];		/* with GONE when the node has said that it is not there */
};
#define GONE 0x8000

static inline struct scan_cursor *scan_cursor(const struct client_scan *s)
{
	return s->cursor ? s->cursor : s->own;
}

/* The request's unit, into g->unit (client_scan_unit.c). */
void client_scan_encode(struct scan_group *g);

#endif
