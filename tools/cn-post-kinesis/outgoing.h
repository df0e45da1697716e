/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OUTGOING_H
#define OUTGOING_H

#include "buf.h"
#include "options.h"
#include "record.h"

/* A record on its way to be a Kinesis record. Owns the buffers, keeps them from record to record; zero it at the start. Spans point
 * into them, into the record line or into the options, and are good until the next call. */
struct outgoing {
	struct span stream, key;
	struct span hash_key;		/* absent: none */
	struct span data;
	bool not_for_us;		/* `to` speaks of other sinks only */
	bool retry;			/* when it fails: can it succeed later? */
	char why[320];			/* when it fails */

	struct buf data_text, key_text, stream_text, hash_text, scratch;
};

/* Work out stream, partition key and data. False when that can't be done, with why and retry set. */
bool outgoing_make(struct outgoing *out, const struct record *r, const struct options *o);
void outgoing_free(struct outgoing *out);

#endif
