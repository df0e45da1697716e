/* SPDX-License-Identifier: Apache-2.0 */
#include "prefix.h"

#include <stdlib.h>

#define CAP_FIRST 64

void prefix_init(struct prefix *p)
{
	*p = (struct prefix){ .last = -1, .next = -1 };
}

static bool grow(struct prefix *p)
{
	size_t cap = p->cap ? 2 * p->cap : CAP_FIRST;
	struct prefix_entry *ring = malloc(cap * sizeof(*ring));

	if (!ring)
		return false;
	for (size_t i = 0; i < p->n; i++)
		ring[i] = *prefix_at(p, i);
	free(p->ring);
	p->ring = ring;
	p->cap = cap;
	p->head = 0;
	return true;
}

bool prefix_add(struct prefix *p, int64_t offset, void *what, uint64_t *seq)
{
	if (offset <= p->last || offset < p->next || (p->n == p->cap && !grow(p)))
		return false;
	p->last = offset;
	p->n++;
	*prefix_at(p, p->n - 1) = (struct prefix_entry){ .offset = offset, .what = what };
	*seq = p->base + p->n - 1;
	return true;
}

void prefix_mark(struct prefix *p, uint64_t seq, bool done)
{
	struct prefix_entry *e = seq >= p->base ? prefix_at(p, (size_t)(seq - p->base)) : NULL;

	if (e)
		e->done = done;
}

void *prefix_pop(struct prefix *p)
{
	struct prefix_entry *e = prefix_at(p, 0);

	if (!e || !e->done)
		return NULL;
	p->next = e->offset + 1;
	p->head = (p->head + 1) & (p->cap - 1);
	p->n--;
	p->base++;
	return e->what;
}

void prefix_end(struct prefix *p, int64_t offset)
{
	if (p->n == 0 && offset > p->next && offset > p->last)
		p->next = offset;
}

void prefix_free(struct prefix *p)
{
	free(p->ring);
	prefix_init(p);
}
