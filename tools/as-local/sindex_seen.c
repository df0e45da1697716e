/* SPDX-License-Identifier: Apache-2.0 */
#include "sindex_seen.h"

#include <stdlib.h>
#include <string.h>

/* Where it is, or the free slot where it goes. Digests are as good as random: any four bytes will do for a hash. */
static uint32_t place(const struct seen *s, const uint8_t digest[DIGEST_SIZE])
{
	uint32_t i;

	memcpy(&i, digest + 8, sizeof(i));
	for (i &= s->cap - 1; s->used[i] && memcmp(s->slot[i], digest, DIGEST_SIZE) != 0; i = (i + 1) & (s->cap - 1))
		;
	return i;
}

static bool grow(struct seen *s)
{
	struct seen old = *s;

	s->cap = old.cap ? 2 * old.cap : 64;
	s->slot = malloc(s->cap * sizeof(*s->slot));
	s->used = calloc(s->cap, sizeof(*s->used));
	if (!s->slot || !s->used) {
		seen_free(s);
		*s = old;
		return false;
	}
	for (uint32_t i = 0; i < old.cap; i++)
		if (old.used[i]) {
			uint32_t at = place(s, old.slot[i]);

			memcpy(s->slot[at], old.slot[i], DIGEST_SIZE);
			s->used[at] = true;
		}
	seen_free(&old);
	return true;
}

int seen_add(struct seen *s, const uint8_t digest[DIGEST_SIZE])
{
	uint32_t at;

	if (2 * (s->n + 1) > s->cap && !grow(s))
		return -1;
	at = place(s, digest);
	if (s->used[at])
		return 0;
	memcpy(s->slot[at], digest, DIGEST_SIZE);
	s->used[at] = true;
	s->n++;
	return 1;
}

void seen_reset(struct seen *s)
{
	if (s->n)
		memset(s->used, 0, s->cap * sizeof(*s->used));
	s->n = 0;
}

void seen_free(struct seen *s)
{
	free(s->slot);
	free(s->used);
	*s = (struct seen){ 0 };
}
