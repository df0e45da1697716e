/* SPDX-License-Identifier: Apache-2.0 */
#include "client_timer.h"

#include <stddef.h>

void wheel_init(struct wheel *w, int64_t now)
{
	for (unsigned i = 0; i < WHEEL_SLOTS; i++)
		w->slot[i].next = w->slot[i].prev = &w->slot[i];
	w->tick = now / WHEEL_TICK;
	w->bound = INT64_MAX;
}

void timer_clear(struct timer *t)
{
	if (!t->next)
		return;
	t->next->prev = t->prev;
	t->prev->next = t->next;
	t->next = t->prev = NULL;
}

void timer_set(struct wheel *w, struct timer *t, int64_t at)
{
	/* Rounded up, so that a slot is not looked at before its timers are due. */
	int64_t tick = (at + WHEEL_TICK - 1) / WHEEL_TICK;
	struct timer *head;

	timer_clear(t);
	if (tick <= w->tick)
		tick = w->tick + 1;
	head = &w->slot[tick % WHEEL_SLOTS];
	t->at = at;
	t->next = head;
	t->prev = head->prev;
	head->prev->next = t;
	head->prev = t;
	if (tick * WHEEL_TICK < w->bound)
		w->bound = tick * WHEEL_TICK;
}

/* A slot's timers, or those of them whose round has come. They go into a list of their own first: what fire sets must not be met. */
static void run_slot(struct timer *head, int64_t tick)
{
	struct timer due, *t, *next;

	due.next = due.prev = &due;
	for (t = head->next; t != head; t = next) {
		next = t->next;
		if ((t->at + WHEEL_TICK - 1) / WHEEL_TICK > tick)
			continue;
		timer_clear(t);
		t->next = &due;
		t->prev = due.prev;
		due.prev->next = t;
		due.prev = t;
	}
	while (due.next != &due) {
		t = due.next;
		timer_clear(t);
		t->fire(t);
	}
}

void wheel_run(struct wheel *w, int64_t now)
{
	int64_t last = now / WHEEL_TICK, from = w->tick + 1;

	if (now < w->bound)
		return;
	if (last - w->tick > WHEEL_SLOTS)
		from = last - WHEEL_SLOTS + 1;
	w->tick = last;
	w->bound = INT64_MAX;
	for (int64_t tick = from; tick <= last; tick++)
		run_slot(&w->slot[tick % WHEEL_SLOTS], last);
	/* The next slot with anything in it; that may be for a later round, and then is looked at once in vain. */
	for (int64_t tick = last + 1; tick <= last + WHEEL_SLOTS && tick * WHEEL_TICK < w->bound; tick++)
		if (w->slot[tick % WHEEL_SLOTS].next != &w->slot[tick % WHEEL_SLOTS]) {
			w->bound = tick * WHEEL_TICK;
			break;
		}
}
