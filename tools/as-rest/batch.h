/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BATCH_H
#define BATCH_H

#include "client_batch.h"
#include "key.h"
#include "rest.h"
#include "tree.h"

/* A batch between its reading (batch_read.c) and its answer (batch.c). */
struct entry {
	struct span ns, set;		/* set absent for none */
	uint8_t keytype;
	struct span user_key;		/* as text */
	struct record_key key;
	int code;			/* of the result */
	bool in_doubt;
	struct span body;		/* in the arena; absent for none */
};

struct batch {
	struct client_batch batch;
	struct request *r;
	struct entry *entries;
	int64_t now;			/* seconds since 1970, for times to live */
};

/* One entry of the body: *e, and its unit appended to r->unit. False: the request has failed. */
bool batch_read(struct request *r, const struct tree *t, struct entry *e, struct batch_row *row);

#endif
