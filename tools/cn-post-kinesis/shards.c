/* SPDX-License-Identifier: Apache-2.0 */
#include "shards.h"
#include "err.h"

#include <gcrypt.h>
#include <stdlib.h>
#include <string.h>

#define THROTTLE_BASE 100	/* ms */
#define THROTTLE_MAX 500	/* Kinesis counts by the second */
#define THROTTLE_MEMORY 1000	/* a shard that was not too busy for so long begins with the base again */

int64_t back_off(unsigned tries, int64_t base, int64_t max)
{
	int64_t full = tries < 20 ? base << tries : max;

	if (full > max)
		full = max;
	return full / 2 + random() % (full / 2 + 1);
}

static struct shard *by_id(struct shards *s, struct span id)
{
	for (int i = 0; i < s->n; i++)
		if (span_is(id, s->shard[i].id))
			return &s->shard[i];
	return NULL;
}

static struct shard *by_id_or_new(struct shards *s, struct span id)
{
	struct shard *shard = by_id(s, id);

	if (shard || s->n == SHARDS_MAX || id.n == 0 || id.n >= sizeof(shard->id))
		return shard;
	if (!s->shard)
		s->shard = xcalloc(SHARDS_MAX, sizeof(*s->shard));
	shard = &s->shard[s->n++];
	memcpy(shard->id, id.p, id.n);
	return shard;
}

static bool within(const struct shard *shard, const unsigned char hash[HASH_SIZE])
{
	return shard->seen && memcmp(hash, shard->low, HASH_SIZE) >= 0 && memcmp(hash, shard->high, HASH_SIZE) <= 0;
}

static struct shard *by_hash(const struct shards *s, const unsigned char hash[HASH_SIZE])
{
	for (int i = 0; i < s->n; i++)
		if (within(&s->shard[i], hash))
			return &s->shard[i];
	return NULL;
}

void shards_learn(struct shards *s, const unsigned char hash[HASH_SIZE], struct span id)
{
	struct shard *other, *shard = by_hash(s, hash);

	if (shard && span_is(id, shard->id))
		return;
	/* Shards were split or merged: what was known of the others here is over. */
	while ((other = by_hash(s, hash)))
		other->seen = false;
	shard = by_id_or_new(s, id);
	if (!shard)
		return;
	if (!shard->seen) {
		memcpy(shard->low, hash, HASH_SIZE);
		memcpy(shard->high, hash, HASH_SIZE);
		shard->seen = true;
	} else if (memcmp(hash, shard->low, HASH_SIZE) < 0) {
		memcpy(shard->low, hash, HASH_SIZE);
	} else {
		memcpy(shard->high, hash, HASH_SIZE);
	}
}

static struct span named(struct span message)
{
	const char *p = message.n ? memmem(message.p, message.n, "shardId-", 8) : NULL;
	struct span id = { p, 8 };

	if (!p)
		return (struct span){ 0 };
	while (p + id.n < message.p + message.n && p[id.n] >= '0' && p[id.n] <= '9')
		id.n++;
	return id;
}

int64_t shards_throttled(struct shards *s, const unsigned char hash[HASH_SIZE], struct span message, int64_t now)
{
	struct span id = named(message);
	struct shard *shard = id.p ? by_id_or_new(s, id) : by_hash(s, hash);

	if (!shard)
		return 0;
	/* One answer refuses many records of a shard: that is one refusal. */
	if (now > shard->until + THROTTLE_MEMORY)
		shard->tries = 0;
	if (now >= shard->until)
		shard->until = now + back_off(shard->tries++, THROTTLE_BASE, THROTTLE_MAX);
	return shard->until;
}

int64_t shards_until(const struct shards *s, const unsigned char hash[HASH_SIZE], int64_t now)
{
	const struct shard *shard = by_hash(s, hash);

	return shard && shard->until > now ? shard->until : 0;
}

void shards_free(struct shards *s)
{
	free(s->shard);
	*s = (struct shards){ 0 };
}

void hash_of_key(unsigned char hash[HASH_SIZE], struct span key)
{
	gcry_md_hash_buffer(GCRY_MD_MD5, hash, key.p, key.n);
}

bool hash_of_decimal(unsigned char hash[HASH_SIZE], struct span text)
{
	memset(hash, 0, HASH_SIZE);
	if (text.n == 0 || text.n > 39 || (text.p[0] == '0' && text.n > 1))
		return false;
	for (size_t i = 0; i < text.n; i++) {
		unsigned carry = (unsigned char)text.p[i] - '0';

		if (carry > 9)
			return false;
		for (int k = HASH_SIZE - 1; k >= 0; k--) {
			carry += hash[k] * 10U;
			hash[k] = (unsigned char)carry;
			carry >>= 8;
		}
		if (carry)
			return false;
	}
	return true;
}
