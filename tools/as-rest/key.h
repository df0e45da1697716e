/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KEY_H
#define KEY_H

#include "arena.h"
#include "digest.h"
#include "span.h"

#include <stdint.h>

/* A record's key as callers say it: text, and what kind of key it is. Source: REST gateway reference, section 3.5. */
struct record_key {
	uint8_t digest[DIGEST_SIZE];
	uint8_t type;		/* PARTICLE_STRING, _INTEGER, _BLOB; 0 for keytype=DIGEST */
	struct span value;	/* as on the wire */
};

/* keytype: KEYTYPE_... of params.h. False: why says it, for "%s: TEXT". A full arena is not told here. */
bool key_parse(struct record_key *k, struct arena *arena, unsigned keytype, struct span set, struct span text, const char **why);

#endif
