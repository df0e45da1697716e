/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CDT_H
#define CDT_H

#include "arena.h"
#include "buf.h"
#include "span.h"

#include <stdint.h>

/* Elements of lists and maps: their total order and their stored form; used by the operations, by expressions and by secondary
 * indexes. An element is the span of one whole MessagePack value in the dialect of the wire reference, 3.8. */

/* <0, 0, >0 by the order nil < false < true < integers < strings < lists < maps < blobs < doubles < GeoJSON < wildcard/infinity.
 * A wildcard equals anything, and inside a list any remaining tail. Both must be valid (cdt_normalise has seen them). */
int cdt_compare(struct span a, struct span b);
/* The stored form of a value that a client sent, from the arena: compact heads, ordered containers sorted, unordered maps by key, the
 * persist flag taken off. top: a whole bin value (wildcards and infinities refused at every level); otherwise an argument of an
 * operation, where they are allowed. False for what is not valid. */
bool cdt_normalise(struct span in, bool top, struct arena *mem, struct span *out);
/* A whole value as a plain write brings it: one that says that it is ordered must be so. */
bool cdt_normalise_written(struct span in, struct arena *mem, struct span *out);

/* May a map have it as a key? Integers, strings and blobs. */
bool cdt_is_key(struct span e);
/* The element that a context (MessagePack [type, value, ...], absent for none) leads to. False when it leads nowhere. */
bool cdt_walk(struct span e, struct span context, struct arena *mem, struct span *out);

#endif
