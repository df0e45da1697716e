/* SPDX-License-Identifier: Apache-2.0 */
#include "window.h"
#include "err.h"

#include <stdlib.h>

/* Entries live in slots, linked by age; a hash table (open addressing, at most half full) finds the slot of an id. Ids are
 * given out one by one: the id itself as hash would put them side by side, and every removal would walk along all of them. Multiplied by
 * the golden ratio they lie evenly apart. */
#define NONE UINT32_MAX

struct slot {
	uint64_t id;
	void *what;
	int64_t time;
	uint32_t older, newer;	/* `newer` also links the free slots */
};

struct window {
	struct slot *slots;
	uint32_t *table;	/* slot numbers, NONE when empty */
	size_t mask, capacity, count;
	unsigned shift;		/* of a hash, to an index of the table */
	uint32_t oldest, newest, free;
	uint64_t first_id, next_id;
};

static size_t home_of(const struct window *w, uint64_t id)
{
	return (size_t)(id * UINT64_C(0x9e3779b97f4a7c15) >> w->shift);
}

struct window *window_new(size_t capacity, uint64_t first_id)
{
	struct window *w = xcalloc(1, sizeof(*w));
	size_t size = 2;

	if (capacity == 0 || capacity > NONE / 4)
		die(EX_SOFTWARE, "window of %zu records", capacity);
	while (size < 2 * capacity)
		size *= 2;
	w->slots = xcalloc(capacity, sizeof(*w->slots));
	w->table = xmalloc(size * sizeof(*w->table));
	w->mask = size - 1;
	w->shift = 64 - (unsigned)__builtin_ctzll(size);
	w->capacity = capacity;
	w->first_id = w->next_id = first_id;
	for (size_t i = 0; i < size; i++)
		w->table[i] = NONE;
	for (size_t i = 0; i < capacity; i++)
		w->slots[i].newer = i + 1 < capacity ? (uint32_t)(i + 1) : NONE;
	w->oldest = w->newest = NONE;
	return w;
}

void window_free(struct window *w)
{
	if (!w)
		return;
	free(w->slots);
	free(w->table);
	free(w);
}

size_t window_count(const struct window *w)
{
	return w->count;
}

bool window_full(const struct window *w)
{
	return w->count == w->capacity;
}

uint64_t window_add(struct window *w, void *what, int64_t time)
{
	uint32_t n = w->free;
	struct slot *s;
	size_t at;

	if (w->count == w->capacity)
		return 0;
	s = &w->slots[n];
	w->free = s->newer;
	*s = (struct slot){ .id = w->next_id++, .what = what, .time = time, .older = w->newest, .newer = NONE };
	if (w->newest != NONE)
		w->slots[w->newest].newer = n;
	else
		w->oldest = n;
	w->newest = n;
	for (at = home_of(w, s->id); w->table[at] != NONE; at = (at + 1) & w->mask)
		;
	w->table[at] = n;
	w->count++;
	return s->id;
}

/* Close the gap that an entry leaves in its run, so that no search stops short of a later one. */
static void table_remove(struct window *w, size_t at)
{
	size_t next = at;

	for (;;) {
		size_t home;

		next = (next + 1) & w->mask;
		if (w->table[next] == NONE)
			break;
		home = home_of(w, w->slots[w->table[next]].id);
		if (((next - home) & w->mask) < ((next - at) & w->mask))
			continue;	/* its home lies behind the gap: it stays reachable */
		w->table[at] = w->table[next];
		at = next;
	}
	w->table[at] = NONE;
}

void *window_take(struct window *w, uint64_t id)
{
	size_t at = home_of(w, id);
	struct slot *s;
	uint32_t n;

	for (; (n = w->table[at]) != NONE; at = (at + 1) & w->mask)
		if (w->slots[n].id == id)
			break;
	if (n == NONE)
		return NULL;
	table_remove(w, at);
	s = &w->slots[n];
	if (s->older != NONE)
		w->slots[s->older].newer = s->newer;
	else
		w->oldest = s->newer;
	if (s->newer != NONE)
		w->slots[s->newer].older = s->older;
	else
		w->newest = s->older;
	s->newer = w->free;
	w->free = n;
	w->count--;
	return s->what;
}

bool window_clamp(const struct window *w, uint64_t *first, uint64_t *last)
{
	if (!w->count)
		return false;
	if (*first < w->slots[w->oldest].id)
		*first = w->slots[w->oldest].id;
	if (*last > w->slots[w->newest].id)
		*last = w->slots[w->newest].id;
	return *first <= *last;
}

void *window_oldest(const struct window *w, uint64_t *id, int64_t *time)
{
	const struct slot *s;

	if (!w->count)
		return NULL;
	s = &w->slots[w->oldest];
	if (id)
		*id = s->id;
	if (time)
		*time = s->time;
	return s->what;
}

bool window_knows(const struct window *w, uint64_t id)
{
	return id >= w->first_id && id < w->next_id;
}
