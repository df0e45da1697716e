/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PUTRECORDS_H
#define PUTRECORDS_H

#include "buf.h"
#include "queue.h"

/* The body of a PutRecords call. False: out of memory. */
bool putrecords_body(struct buf *out, const struct batch *b);

/* One record's part of the answer; spans point into the body, raw text without quotes. */
struct put_result {
	struct span shard, sequence;	/* when it is in Kinesis */
	struct span error, message;	/* when it is not */
};
/* Take an answer apart; false when it is not one of n records. */
bool putrecords_answer(struct span body, int n, struct put_result *results);
/* The answer of PutRecord, as the gateway passes it on: shard and sequence, absent when there are none. */
void putrecord_answer(struct span body, struct put_result *result);

#endif
