/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BODY_H
#define BODY_H

#include "client_batch.h"
#include "rest.h"
#include "tree.h"

/* What the handlers of operations and batches share. */

/* The body as a tree. NULL: the request has failed, with this message if it is not NULL, else with what is wrong and where. */
const struct tree *body_read(struct request *r, const char *message);
/* Take from a command what only speaks of writes. */
void body_read_command(struct command *c);
/* A batch of these rows, whose units stand in r->unit behind each other: of each unit only the length is known yet. */
void body_batch(struct request *r, struct client_batch *b, struct batch_row *rows, unsigned n);

#endif
