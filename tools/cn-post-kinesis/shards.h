/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHARDS_H
#define SHARDS_H

#include "span.h"

#include <stdint.h>

/* What is known of a stream's shards: not asked for, but learnt from where records went. The hash of a partition key is its MD5 (or
 * the explicit hash key) as a big-endian number of 128 bits; a shard holds a range of them. */
#define HASH_SIZE 16
#define SHARDS_MAX 512		/* that are remembered; a record of any other is held back by its key alone */

struct shard {
	char id[32];
	unsigned char low[HASH_SIZE], high[HASH_SIZE];	/* hashes that were seen in it */
	bool seen;		/* low and high are set */
	int64_t until;		/* throttled until then, ms */
	unsigned tries;		/* throttled so many times in a row */
};

struct shards {
	struct shard *shard;
	int n;
};

/* A record of this hash was accepted by this shard. */
void shards_learn(struct shards *s, const unsigned char hash[HASH_SIZE], struct span id);
/* One was refused as too fast, with a text that may name the shard ("... for shard shardId-000000000001 in stream ..."). Returns
 * until when records of this hash should wait; 0 when their shard is not known. */
int64_t shards_throttled(struct shards *s, const unsigned char hash[HASH_SIZE], struct span message, int64_t now);
/* Until when records of this hash should wait, 0: not at all. */
int64_t shards_until(const struct shards *s, const unsigned char hash[HASH_SIZE], int64_t now);
void shards_free(struct shards *s);

/* A time to wait before the try number `tries` (from 0): between half and all of base * 2^tries, which is at most max. ms */
int64_t back_off(unsigned tries, int64_t base, int64_t max);

/* Of the text of a partition key. */
void hash_of_key(unsigned char hash[HASH_SIZE], struct span key);
/* Of an explicit hash key, decimal without leading zeros; false when it is none. */
bool hash_of_decimal(unsigned char hash[HASH_SIZE], struct span text);

#endif
