/* SPDX-License-Identifier: Apache-2.0 */
#include "client_timer.h"

#include <stddef.h>

void client_wheel_init(struct client_wheel *w, int64_t now)
{
	for (unsigned i = 0; i < CLIENT_WHEEL_SLOTS; i++)
		w->slot[i].next = w->slot[i].prev = &w->slot[i];
	w->tick = now / CLIENT_WHEEL_TICK;
	w->bound = INT64_MAX;
}

void client_timer_clear(struct client_timer *t)
{
	if (!t->next)
		return;
	t->next->prev = t->prev;
	t->prev->next = t->next;
	t->next = t->prev = NULL;
}

void client_timer_set(struct client_wheel *w, struct client_timer *t, int64_t at)
{
	/* Rounded up, so that a slot is not looked at before its timers are due. */
	int64_t tick = (at + CLIENT_WHEEL_TICK - 1) / CLIENT_WHEEL_TICK;
	struct client_timer *head;

	client_timer_clear(t);
	if (tick <= w->tick)
		tick = w->tick + 1;
	head = &w->slot[tick % CLIENT_WHEEL_SLOTS];
	t->at = at;
	t->next = head;
	t->prev = head->prev;
	head->prev->next = t;
	head->prev = t;
	if (tick * CLIENT_WHEEL_TICK < w->bound)
		w->bound = tick * CLIENT_WHEEL_TICK;
}

/* A slot's timers, or those of them whose round has come. They go into a list of their own first: what fire sets must not be met. */
static void run_slot(struct client_timer *head, int64_t tick)
{
	struct client_timer due, *t, *next;

	due.next = due.prev = &due;
	for (t = head->next; t != head; t = next) {
		next = t->next;
		if ((t->at + CLIENT_WHEEL_TICK - 1) / CLIENT_WHEEL_TICK > tick)
			continue;
		client_timer_clear(t);
		t->next = &due;
		t->prev = due.prev;
		due.prev->next = t;
		due.prev = t;
	}
	while (due.next != &due) {
		t = due.next;
		client_timer_clear(t);
		t->fire(t);
	}
}

void client_wheel_run(struct client_wheel *w, int64_t now)
{
	int64_t last = now / CLIENT_WHEEL_TICK, from = w->tick + 1;

	if (now < w->bound)
		return;
	if (last - w->tick > CLIENT_WHEEL_SLOTS)
		from = last - CLIENT_WHEEL_SLOTS + 1;
	w->tick = last;
	w->bound = INT64_MAX;
	for (int64_t tick = from; tick <= last; tick++)
		run_slot(&w->slot[tick % CLIENT_WHEEL_SLOTS], last);
	/* The next slot with anything in it; that may be for a later round, and then is looked at once in vain. */
	for (int64_t tick = last + 1; tick <= last + CLIENT_WHEEL_SLOTS && tick * CLIENT_WHEEL_TICK < w->bound; tick++)
		if (w->slot[tick % CLIENT_WHEEL_SLOTS].next != &w->slot[tick % CLIENT_WHEEL_SLOTS]) {
			w->bound = tick * CLIENT_WHEEL_TICK;
			break;
		}
}
