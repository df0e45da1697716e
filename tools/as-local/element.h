/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ELEMENT_H
#define ELEMENT_H

#include "arena.h"
#include "bin.h"
#include "buf.h"
#include "msgpack_read.h"

/* Elements of lists and maps: spans of one whole MessagePack value each, in the dialect of the wire reference, 3.8. */

/* Writing into a buffer. */
void element_put_int(struct buf *b, int64_t n);
void element_put_uint(struct buf *b, uint64_t n);
void element_put_bool(struct buf *b, bool v);
void element_put_nil(struct buf *b);
void element_put_double(struct buf *b, double d);
/* A str header, the particle type as first byte, the bytes. */
void element_put_raw(struct buf *b, uint8_t particle, struct span data);
/* Heads with their order ext when flags are not 0. n: elements or pairs of the user's. */
void element_put_list(struct buf *b, uint32_t n, uint8_t flags);
void element_put_map(struct buf *b, uint32_t n, uint8_t flags);

/* Reading: an integer element; false for anything else. */
bool element_int(struct span e, int64_t *out);
bool element_is_nil(struct span e);
/* The particle that this element would be as a bin's value, from the arena where it needs bytes of its own; nil is particle 0. */
bool element_to_value(struct span e, struct arena *mem, struct value *v);
bool value_to_element(const struct value *v, struct arena *mem, struct span *e);

/* A container taken apart: its elements as spans into its bytes. Lists have val only; maps have keys in order. */
struct container {
	bool is_map;
	uint8_t flags;		/* order, as in particle.h */
	uint32_t n, cap;
	struct span *key, *val;
};
/* False for what is no list or map (or when the arena is full). */
bool container_open(struct span e, struct arena *mem, struct container *c);
/* Room for n more entries. */
bool container_grow(struct container *c, uint32_t n, struct arena *mem);
/* Put in at a place, or take out; at <= c->n, room has been made. */
void container_insert(struct container *c, uint32_t at, struct span key, struct span val);
/* The same for many values of a list. */
void container_insert_all(struct container *c, uint32_t at, const struct span *val, uint32_t n);
/* Which of n values are in the list already, or are the same as one before them. NULL when the arena is full. */
bool *container_duplicates(const struct container *c, const struct span *val, uint32_t n, struct arena *mem);
void container_remove(struct container *c, uint32_t at);
/* Bring an ordered list, or any map, in order. False: a map has the same key twice. */
bool container_sort(struct container *c, struct arena *mem);
/* The place of a key or value among sorted ones: *at is where it stands or would stand. */
bool container_find_key(const struct container *c, struct span key, uint32_t *at);
bool container_find_value(const struct container *c, struct span val, uint32_t *at);
/* Entry numbers in the order of their values: the rank order. NULL when the arena is full. */
uint32_t *container_ranks(const struct container *c, struct arena *mem);
/* Back to bytes, from the arena. Absent when it is full. */
struct span container_close(const struct container *c, struct arena *mem);

#endif
