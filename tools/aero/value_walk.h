/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VALUE_WALK_H
#define VALUE_WALK_H

#include "msgpack_read.h"
#include "value.h"

/* The inside of value_decode.c, value_container.c and value_say.c: one walk over a bin's value, which writes JSON as it goes. */

/* Where we are in the bin: frames on the C stack, from which a pointer is only made when there is something to say of the place. */
struct place {
	const struct place *up;		/* NULL: the bin itself */
	struct span key;		/* of a map; absent: index counts */
	uint32_t index;
};

struct walk {
	struct buf *out, *types, *pointer;
	struct mp m;
	const uint8_t *at;		/* the element that was read last, for errors */
	bool connector;			/* the connectors' dialect, else the wire's */
	const char *why;
};

static inline bool walk_fail(struct walk *w, const char *why)
{
	if (!w->why)
		w->why = why;
	return false;
}

static inline bool walk_next(struct walk *w, struct mp_item *it)
{
	w->at = w->m.p;
	return mp_next(&w->m, it);
}

/* value_say.c: what JSON can't tell goes into `types`, for the place; and the values that are no containers. */
void value_say(struct walk *w, const struct place *at, const char *word);
void value_say_order(struct walk *w, const struct place *at, bool map, bool pairs, int order);
void value_put_double(struct walk *w, const struct place *at, double d, bool narrow);
bool value_put_geojson(struct walk *w, const struct place *at, struct span text);
/* What is bytes with a particle type: everything but numbers and containers. */
bool value_put_bytes(struct walk *w, const struct place *at, uint8_t particle, struct span data);

/* value_container.c: the element that comes next; a container as a bin of its own. order: flags that stand outside, -1 for none. */
bool value_put_element(struct walk *w, const struct place *at, unsigned depth);
bool value_put_container(struct walk *w, enum mp_kind want, int order);

#endif
