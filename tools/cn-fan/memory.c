/* SPDX-License-Identifier: Apache-2.0 */
#include "memory.h"
#include "err.h"

#include <gcrypt.h>
#include <stdlib.h>

void memory_open(struct memory *m, size_t n, int64_t age)
{
	size_t buckets = 1;

	*m = (struct memory){ .n = n, .age = age };
	if (!n)
		return;
	if (!gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P)) {
		if (!gcry_check_version(GCRYPT_VERSION))
			die(EX_SOFTWARE, "libgcrypt is older than %s", GCRYPT_VERSION);
		gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
		gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
	}
	while (buckets < n)
		buckets *= 2;
	m->mask = buckets - 1;
	m->slot = xcalloc(n, sizeof(*m->slot));
	m->bucket = xcalloc(buckets, sizeof(*m->bucket));
}

void memory_free(struct memory *m)
{
	free(m->slot);
	free(m->bucket);
	*m = (struct memory){ 0 };
}

/* Cryptographic, because whoever can write records must not be able to make two that look the same. */
static void hash_line(unsigned char hash[MEMORY_HASH], struct span head, struct span tail)
{
	gcry_buffer_t piece[2] = {
		{ .data = (void *)(uintptr_t)head.p, .len = head.n },
		{ .data = (void *)(uintptr_t)tail.p, .len = tail.n },
	};
	unsigned char whole[32];

	gcry_md_hash_buffers(GCRY_MD_SHA256, 0, whole, piece, 2);
	memcpy(hash, whole, MEMORY_HASH);
}

/* The link that leads to the slot of this key, or to 0 at the end of its bucket. */
static uint32_t *link_to(struct memory *m, uint64_t key)
{
	uint32_t *link = &m->bucket[key & m->mask];

	while (*link && m->slot[*link - 1].key != key)
		link = &m->slot[*link - 1].next;
	return link;
}

static void forget(struct memory *m, uint32_t *link)
{
	struct memory_slot *s = &m->slot[*link - 1];

	*link = s->next;
	s->key = 0;
	m->used--;
}

void memory_put(struct memory *m, uint64_t key, struct span head, struct span tail, uint32_t has, int64_t now)
{
	uint32_t *link, index = (uint32_t)m->at;
	struct memory_slot *s;

	if (!m->n || !key)
		return;
	link = link_to(m, key);
	if (*link)
		forget(m, link);
	s = &m->slot[index];
	if (s->key)	/* the oldest */
		forget(m, link_to(m, s->key));
	s->key = key;
	s->has = has;
	s->until = now + m->age;
	hash_line(s->hash, head, tail);
	s->next = m->bucket[key & m->mask];
	m->bucket[key & m->mask] = index + 1;
	m->at = (m->at + 1) % m->n;
	m->used++;
}

uint32_t memory_take(struct memory *m, uint64_t key, struct span head, struct span tail, int64_t now)
{
	unsigned char hash[MEMORY_HASH];
	struct memory_slot *s;
	uint32_t *link, has = 0;

	if (!m->used || !key)
		return 0;
	link = link_to(m, key);
	if (!*link)
		return 0;
	s = &m->slot[*link - 1];
	if (now < s->until) {
		hash_line(hash, head, tail);
		if (memcmp(hash, s->hash, MEMORY_HASH) == 0)
			has = s->has;
	}
	forget(m, link);
	return has;
}
