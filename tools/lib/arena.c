/* SPDX-License-Identifier: Apache-2.0 */
#include "arena.h"

#include <stdalign.h>
#include <stdlib.h>

#define FIRST_BLOCK ((size_t)64 << 10)

struct arena_block {
	struct arena_block *older;
	size_t n, cap;
	alignas(max_align_t) char bytes[];
};

static bool add_block(struct arena *a, size_t n)
{
	size_t cap = a->block ? 2 * a->block->cap : FIRST_BLOCK;
	size_t max = a->max ? a->max : ARENA_MAX;
	struct arena_block *b;

	if (cap > (size_t)4 << 20)
		cap = (size_t)4 << 20;
	if (cap < n)
		cap = n;
	if (a->full || n > max || a->used > max - n)
		b = NULL;
	else
		b = malloc(sizeof(*b) + cap);
	if (!b) {
		a->full = true;
		return false;
	}
	b->older = a->block;
	b->n = 0;
	b->cap = cap;
	a->block = b;
	return true;
}

void *arena_take(struct arena *a, size_t n)
{
	size_t aligned = (n + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	void *p;

	if (aligned < n)
		return NULL;
	if ((!a->block || a->block->cap - a->block->n < aligned) && !add_block(a, aligned))
		return NULL;
	p = a->block->bytes + a->block->n;
	a->block->n += aligned;
	a->used += aligned;
	return p;
}

struct span arena_copy(struct arena *a, struct span s)
{
	char *p = arena_take(a, s.n);

	if (!p)
		return (struct span){ NULL, 0 };
	if (s.n)
		memcpy(p, s.p, s.n);
	return (struct span){ p, s.n };
}

void arena_reset(struct arena *a)
{
	while (a->block && (a->block->older || a->block->cap > FIRST_BLOCK)) {
		struct arena_block *older = a->block->older;

		free(a->block);
		a->block = older;
	}
	if (a->block)
		a->block->n = 0;
	a->used = 0;
	a->full = false;
}

void arena_free(struct arena *a)
{
	arena_reset(a);
	free(a->block);
	a->block = NULL;
}
