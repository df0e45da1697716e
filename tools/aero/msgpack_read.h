/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSGPACK_READ_H
#define MSGPACK_READ_H

#include "span.h"

#include <stdint.h>

/* MessagePack read element by element, straight from the bytes: no tree, no memory, and so no limit on depth but the caller's own.
 * A length or count that is larger than the bytes left is an error at once, so no caller ever waits or allocates for it. */
enum mp_kind { MP_NIL, MP_FALSE, MP_TRUE, MP_INT, MP_UINT, MP_FLOAT32, MP_FLOAT64, MP_STR, MP_BIN, MP_EXT, MP_ARRAY, MP_MAP };

struct mp {
	const uint8_t *p, *end, *start;
	const char *error;	/* static text, NULL while all is well; p then stands at the element that is wrong */
};

struct mp_item {
	enum mp_kind kind;
	uint8_t ext;		/* MP_EXT: its type byte */
	uint32_t n;		/* MP_ARRAY: elements; MP_MAP: pairs; they follow as items of their own */
	union {
		int64_t i;	/* MP_INT */
		uint64_t u;	/* MP_UINT: above INT64_MAX */
		double d;	/* MP_FLOAT32, MP_FLOAT64 */
	};
	struct span data;	/* MP_STR, MP_BIN, MP_EXT */
};

void mp_open(struct mp *m, struct span bytes);
/* The next element; of an array or map its head only. False at an error and at the end of the bytes (an error too). */
bool mp_next(struct mp *m, struct mp_item *it);
/* Walk over one whole value. */
bool mp_skip(struct mp *m);
static inline size_t mp_offset(const struct mp *m) { return (size_t)(m->p - m->start); }
static inline size_t mp_left(const struct mp *m) { return (size_t)(m->end - m->p); }

/* For streams of concatenated values: where the first one ends, found piece by piece as bytes come in. Zero it at the start of each
 * value; call it again with the same bytes and more behind them while it answers 0. */
struct mp_frame {
	size_t at;		/* bytes looked at */
	uint64_t pending;	/* values still owed */
	bool open;
};
/* 1: the value has frame->at bytes. 0: more bytes are needed. -1: no MessagePack at offset frame->at. */
int mp_frame(struct mp_frame *f, struct span bytes);

#endif
