/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VALUES_READ_H
#define VALUES_READ_H

#include "span.h"

#include <jv.h>
#include <stdint.h>

/* Inside of values.h: the reader's parts. */
struct text {
	const char *p, *end;
};

static inline void text_blanks(struct text *t)
{
	while (t->p < t->end && (*t->p == ' ' || *t->p == '\t' || *t->p == '\r' || *t->p == '\n'))
		t->p++;
}

/* The value at the cursor, which moves behind it. */
jv values_read_next(struct text *t);
/* The same for a string; the cursor stands behind the opening quote. */
jv values_read_string(struct text *t, bool is_key);
/* A hash of a short text. */
uint32_t values_hash(const char *p, size_t n);
void values_read_free(void);

#endif
