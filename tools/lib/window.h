/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WINDOW_H
#define WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The source's side of the ring: what is in flight. Ids are given out one after the other; each entry carries the source's own
 * pointer and a time. All operations take constant time; memory is bounded by the capacity. */
struct window;

/* capacity: entries in flight at most. first_id: the first id given out. */
struct window *window_new(size_t capacity, uint64_t first_id);
void window_free(struct window *w);
size_t window_count(const struct window *w);
bool window_full(const struct window *w);
/* Take a new id for `what` (not NULL); 0 when full. Times are given in the order of calls (a clock that never goes back). */
uint64_t window_add(struct window *w, void *what, int64_t time);
/* Take an entry out: its pointer, or NULL when this id is not in flight (unknown, answered before, expired). */
void *window_take(struct window *w, uint64_t id);
/* For ranges: clamp first..last to ids that can be in flight at all, so that a loop over them is bounded. False: none. */
bool window_clamp(const struct window *w, uint64_t *first, uint64_t *last);
/* The oldest entry still in flight, without taking it; NULL when there is none. */
void *window_oldest(const struct window *w, uint64_t *id, int64_t *time);
/* Was this id given out by this window at any time? (Tells a late ack from a foreign one.) */
bool window_knows(const struct window *w, uint64_t id);

#endif
