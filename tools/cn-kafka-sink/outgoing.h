/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OUTGOING_H
#define OUTGOING_H

#include "buf.h"
#include "options.h"
#include "record.h"

#define HEADERS_MAX 64

struct header {
	size_t name_at, value_at;	/* NUL-terminated name, value of value_n bytes in outgoing.header_text */
	size_t value_n;
	bool null;
};

/* A record on its way to be a Kafka message. Owns the buffers, keeps them from record to record; zero it at the start. All spans
 * point into them, into the record line or into the options, and are good until the next call. */
struct outgoing {
	struct span topic;
	int32_t partition;		/* RD_KAFKA_PARTITION_UA: by the key */
	struct span key;		/* absent: none */
	struct span value;		/* absent: tombstone */
	struct header headers[HEADERS_MAX];
	int n_headers;
	bool not_for_us;		/* `to` speaks of other sinks only */
	bool retry;			/* when it fails: can it succeed later? */
	char why[320];			/* when it fails */

	struct buf value_text, key_text, topic_text, header_text, scratch;
};

/* Work out topic, partition, key, value and headers. False when that can't be done, with why and retry set. */
bool outgoing_make(struct outgoing *out, const struct record *r, const struct options *o);
void outgoing_free(struct outgoing *out);

#endif
