/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TYPED_H
#define TYPED_H

#include "decimal.h"

#include <stdbool.h>
#include <stdint.h>

/* JSON being written by a schema, with what JSON can't say beside it: see `types` of cn-lines(5). Whoever walks over a value pushes a
 * name or an index for each level and pops it again. */
#define TYPED_DEPTH_MAX 64	/* as deep as lists and maps nest in Aerospike */

struct typed {
	struct buf *out;	/* the JSON; its maximum bounds everything */
	struct buf *types;	/* members ("/value/raw":"blob"), with commas between them */
	struct buf path;	/* JSON Pointer of where we are; begins with where the whole value stands */
	enum decimal_form decimal;
	unsigned depth;
	char *why;		/* the first error, "" while there is none */
	size_t why_size;
};

/* Begin at a place such as "/value". */
void typed_open(struct typed *t, const char *at);
/* One level down; false when that is too deep. Returns by *mark what typed_pop needs. */
bool typed_push_name(struct typed *t, struct span name, size_t *mark);	/* plain text */
bool typed_push_index(struct typed *t, uint64_t index, size_t *mark);
void typed_pop(struct typed *t, size_t mark);
/* This value is a "blob", a "map" ... */
void typed_type(struct typed *t, const char *word);
/* A double; NaN and the infinities become null and a word. */
void typed_double(struct typed *t, double d);
/* Text of unknown quality as JSON string; false when it is not UTF-8. */
bool typed_string(struct typed *t, struct span text);
void typed_blob(struct typed *t, struct span bytes);
bool typed_decimal(struct typed *t, struct span bytes, int scale);
/* Remember why it can't be done, with the place; returns false. */
bool typed_fail(struct typed *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void typed_close(struct typed *t);

#endif
