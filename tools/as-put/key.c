/* SPDX-License-Identifier: Apache-2.0 */
/* Which record is meant: its user key, its digest, and whether the two belong together. */
#include "base64.h"
#include "bytes.h"
#include "particle.h"
#include "put.h"

#define KEY_SIZE_MAX 65536

static const char *user_key(struct maker *m, struct key *k, const struct record *r)
{
	const struct mark *mark = m->types.n ? types_find(&m->types, SPAN("userKey")) : NULL;
	int64_t n;

	if (json_type_of(r->user_key) == JSON_NUMBER) {
		if (!json_int64(r->user_key, &n))
			return "userKey is no 64-bit integer";
		put_be64(k->number, (uint64_t)n);
		k->particle = PARTICLE_INTEGER;
		k->bytes = (struct span){ (char *)k->number, sizeof(k->number) };
		return NULL;
	}
	if (json_type_of(r->user_key) != JSON_STRING)
		return "userKey is neither an integer nor a string";
	k->particle = mark && mark->kind == MARK_BYTES ? PARTICLE_BLOB : PARTICLE_STRING;
	k->bytes = pack_bytes(&m->pack, mark, r->user_key);
	if (m->pack.why)
		return "userKey is not what types says";
	return k->bytes.n <= KEY_SIZE_MAX ? NULL : "userKey is too long";
}

static const char *given_digest(struct maker *m, uint8_t digest[DIGEST_SIZE], struct span raw)
{
	struct span text;

	buf_reset(&m->digest_text);
	text = json_text(raw, &m->digest_text);
	buf_reset(&m->value);
	if (!text.p || !base64_decode(&m->value, text) || m->value.n != DIGEST_SIZE)
		return "digest is not 20 bytes of base64";
	memcpy(digest, m->value.p, DIGEST_SIZE);
	return NULL;
}

/* The connectors' JSON formats don't tell a blob's base64 from text: the digest does. */
static bool blob_after_all(struct maker *m, struct key *k, const uint8_t digest[DIGEST_SIZE], struct span set)
{
	uint8_t computed[DIGEST_SIZE];

	buf_reset(&m->key_text);
	if (k->particle != PARTICLE_STRING || !base64_decode(&m->key_text, k->bytes))
		return false;
	digest_compute(computed, set, PARTICLE_BLOB, buf_as_span(&m->key_text));
	if (memcmp(computed, digest, DIGEST_SIZE) != 0)
		return false;
	k->particle = PARTICLE_BLOB;
	k->bytes = buf_as_span(&m->key_text);
	return true;
}

const char *key_make(struct maker *m, struct key *k, uint8_t digest[DIGEST_SIZE], const struct record *r, struct span set, bool set_given)
{
	uint8_t computed[DIGEST_SIZE];
	const char *why;

	*k = (struct key){ 0 };
	if (r->user_key.p) {
		why = user_key(m, k, r);
		if (why)
			return why;
		digest_compute(computed, set, k->particle, k->bytes);
	} else if (!r->digest.p) {
		return "neither userKey nor digest";
	}
	if (!r->digest.p || (set_given && k->particle)) {
		memcpy(digest, computed, DIGEST_SIZE);
		return NULL;
	}
	why = given_digest(m, digest, r->digest);
	if (why)
		return why;
	if (!k->particle)
		return set_given && !r->is_delete ? "the digest alone can't be moved to another set: there is no userKey" : NULL;
	if (memcmp(computed, digest, DIGEST_SIZE) == 0 || blob_after_all(m, k, digest, set))
		return NULL;
	if (!r->is_delete || r->set.p)
		return "digest and userKey don't belong together; a stage that changes one or the set takes the digest away";
	*k = (struct key){ 0 };		/* a delete of an old server: its set is not known */
	return NULL;
}
