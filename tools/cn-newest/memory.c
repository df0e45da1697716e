/* SPDX-License-Identifier: Apache-2.0 */
#include "memory.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE 1024

struct memory_entry {
	unsigned char digest[20];
	uint32_t namespace_hash;
	int64_t lut;		/* EMPTY: there is none */
};

#define EMPTY INT64_MIN

/* A digest is a hash already. The place of an entry, or the free one where it would be. */
static struct memory_entry *find(const struct memory_table *t, const unsigned char *digest, uint32_t namespace_hash)
{
	uint32_t h;

	memcpy(&h, digest, sizeof(h));
	for (size_t at = (h ^ namespace_hash) & (t->size - 1);; at = (at + 1) & (t->size - 1)) {
		struct memory_entry *e = &t->entries[at];

		if (e->lut == EMPTY || (e->namespace_hash == namespace_hash && memcmp(e->digest, digest, sizeof(e->digest)) == 0))
			return e;
	}
}

/* Twice the size. False when memory is out: then it stays as it is. */
static bool grow(struct memory_table *t)
{
	struct memory_table larger = { .size = t->size ? 2 * t->size : FIRST_SIZE, .n = t->n, .born = t->born };

	larger.entries = malloc(larger.size * sizeof(*larger.entries));
	if (!larger.entries)
		return false;
	for (size_t i = 0; i < larger.size; i++)
		larger.entries[i].lut = EMPTY;
	for (size_t i = 0; i < t->size; i++)
		if (t->entries[i].lut != EMPTY)
			*find(&larger, t->entries[i].digest, t->entries[i].namespace_hash) = t->entries[i];
	free(t->entries);
	*t = larger;
	return true;
}

static void turn(struct memory *m, int64_t now)
{
	free(m->before.entries);
	m->before = m->now;
	m->now = (struct memory_table){ .born = now };
}

static void remember(struct memory *m, const unsigned char *digest, uint32_t namespace_hash, int64_t lut, int64_t now)
{
	struct memory_entry *e;

	if (m->now.n >= m->max) {
		m->early++;
		turn(m, now);
	}
	if (2 * (m->now.n + 1) > m->now.size && !grow(&m->now)) {
		/* The older table makes room, or there is nothing to remember it in. */
		m->early++;
		turn(m, now);
		if (!grow(&m->now))
			return;
	}
	e = find(&m->now, digest, namespace_hash);
	if (e->lut == EMPTY) {
		memcpy(e->digest, digest, sizeof(e->digest));
		e->namespace_hash = namespace_hash;
		m->now.n++;
	}
	e->lut = lut;
}

static int64_t known(const struct memory_table *t, const unsigned char *digest, uint32_t namespace_hash)
{
	return t->size ? find(t, digest, namespace_hash)->lut : EMPTY;
}

bool memory_newest(struct memory *m, const unsigned char digest[20], uint32_t namespace_hash, int64_t lut, int64_t now)
{
	int64_t last;

	if (now - m->now.born >= m->ttl) {
		bool both = now - m->now.born >= 2 * m->ttl;

		turn(m, now);
		if (both)
			turn(m, now);
	}
	last = known(&m->now, digest, namespace_hash);
	if (last == EMPTY)
		last = known(&m->before, digest, namespace_hash);
	if (lut < last || lut == EMPTY)
		return lut == EMPTY;
	remember(m, digest, namespace_hash, lut, now);
	return true;
}

void memory_free(struct memory *m)
{
	free(m->now.entries);
	free(m->before.entries);
	m->now = m->before = (struct memory_table){ 0 };
}
