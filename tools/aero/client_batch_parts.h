/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLIENT_BATCH_PARTS_H
#define CLIENT_BATCH_PARTS_H

#include "buf.h"
#include "client_batch.h"

/* The inside of batches. */

/* What goes to one node. */
struct batch_group {
	struct client_request r;
	struct client_batch *b;
	struct batch_group *next;
	struct buf unit;
	char node[17];
	bool single;
	unsigned n;
	uint32_t index[];		/* of its rows */
};

/* Namespace and partition of a row; plain_read: servers before 6.0 can take it in a batch. False when it is no unit of one record. */
bool client_batch_row_parts(struct batch_row *row, bool *plain_read);
/* The group's unit, in the form of old servers or in today's. */
void client_batch_encode(struct batch_group *g, bool old);

#endif
