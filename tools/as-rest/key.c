/* SPDX-License-Identifier: Apache-2.0 */
#include "key.h"

#include "bytes.h"
#include "params.h"
#include "particle.h"

static bool put(struct record_key *k, struct span set, uint8_t type, struct span value)
{
	k->type = type;
	k->value = value;
	digest_compute(k->digest, set, type, value);
	return true;
}

static bool integer(struct record_key *k, struct arena *arena, struct span set, struct span text, const char **why)
{
	uint8_t *bytes;
	int64_t n;

	*why = "Invalid integer value";
	if (!param_integer(text, INT64_MIN, INT64_MAX, &n))
		return false;
	bytes = arena_take(arena, 8);
	if (!bytes)
		return true;
	put_be64(bytes, (uint64_t)n);
	return put(k, set, PARTICLE_INTEGER, (struct span){ (const char *)bytes, 8 });
}

bool key_parse(struct record_key *k, struct arena *arena, unsigned keytype, struct span set, struct span text, const char **why)
{
	struct span bytes;

	*k = (struct record_key){ .type = 0 };
	if (keytype == KEYTYPE_STRING)
		return put(k, set, PARTICLE_STRING, text);
	if (keytype == KEYTYPE_INTEGER)
		return integer(k, arena, set, text, why);
	bytes = param_base64url(arena, text);
	*why = "Unable to decode bytes";
	if (!bytes.p)
		return false;
	if (keytype == KEYTYPE_BYTES)
		return put(k, set, PARTICLE_BLOB, bytes);
	*why = "Digest must be 20 bytes long";
	if (bytes.n != DIGEST_SIZE)
		return false;
	memcpy(k->digest, bytes.p, DIGEST_SIZE);
	return true;
}
