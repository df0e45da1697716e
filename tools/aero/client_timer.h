/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLIENT_TIMER_H
#define CLIENT_TIMER_H

#include <stdbool.h>
#include <stdint.h>

/* Deadlines of requests, connections and nodes: a wheel of slots, so that setting and clearing one costs a few instructions however many
 * there are, and nothing is allocated. A timer is a member of the thing it times; it is in the wheel while next is not NULL. */
struct client_timer {
	struct client_timer *next, *prev;
	int64_t at;		/* milliseconds of clock_ms */
	void (*fire)(struct client_timer *t);
};

#define CLIENT_WHEEL_SLOTS 1024
#define CLIENT_WHEEL_TICK 4		/* milliseconds a slot */

struct client_wheel {
	struct client_timer slot[CLIENT_WHEEL_SLOTS];	/* list heads */
	int64_t tick;			/* slots up to this one have been looked at */
	int64_t bound;			/* no timer is due before; INT64_MAX: there is none */
};

void client_wheel_init(struct client_wheel *w, int64_t now);
/* Set, or set anew. fire is called once, by client_wheel_run, when `at` is reached, at most a tick late; the timer is then out of the
 * wheel. */
void client_timer_set(struct client_wheel *w, struct client_timer *t, int64_t at);
void client_timer_clear(struct client_timer *t);
static inline bool client_timer_is_set(const struct client_timer *t) { return t->next; }
/* Call what is due. Timers may be set and cleared meanwhile. */
void client_wheel_run(struct client_wheel *w, int64_t now);

#endif
