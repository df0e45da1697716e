/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TYPES_H
#define TYPES_H

#include "buf.h"
#include "span.h"

#include <stdint.h>

/* What the `types` member of a record line says, made ready to be asked while the bins are walked. The words are in value.h. */
enum mark_kind {
	MARK_NONE,		/* an order at most */
	MARK_BYTES,		/* base64 of a particle of bytes */
	MARK_STRING,		/* base64 of a string that is not UTF-8 */
	MARK_GEOJSON,		/* the JSON value itself is the text */
	MARK_GEOJSON_TEXT,	/* the string holds the text */
	MARK_DOUBLE,		/* null stands for this number */
	MARK_FLOAT32,		/* the number has 32 bits */
	MARK_PAIRS,		/* an array of pairs is a map */
};

struct mark {
	enum mark_kind kind;
	uint8_t particle;	/* MARK_BYTES */
	int order;		/* flags of a list or map, -1 when nothing is said */
	double number;		/* MARK_DOUBLE */
	struct span words;	/* as types says it; plain text without anything that JSON escapes */
};

struct types_entry {
	struct span pointer;
	struct mark mark;
};

/* Owns entry and text; the entries point into the record line or into text. Zero it before the first types_open; it keeps its memory
 * for the next record. */
struct types {
	struct types_entry *entry;	/* sorted by pointer */
	size_t n, cap;
	struct buf text;
	bool reshape;			/* some value is a map of pairs or a double that JSON can't say */
	const char *why;
};

/* raw: the object's JSON text, absent for none. False with t->why when it says what is not in the vocabulary. */
bool types_open(struct types *t, struct span raw);
void types_free(struct types *t);
/* NULL when nothing is said of this place. pointer is plain text: "/bin/key". */
const struct mark *types_find(const struct types *t, struct span pointer);
/* Is anything said of places below this one? */
bool types_below(const struct types *t, struct span pointer);

/* Go down: append "/" and the key, with "~" and "/" escaped as RFC 6901 wants. The way up is to cut the buffer. */
void types_push(struct buf *pointer, struct span key);
void types_push_index(struct buf *pointer, size_t index);

#endif
