/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JQ_VALUES_READ_H
#define JQ_VALUES_READ_H

#include "span.h"

#include <jv.h>
#include <stdint.h>

/* Inside of jq_values.h: the reader's parts. */
struct text {
	const char *p, *end;
};

static inline void text_blanks(struct text *t)
{
	while (t->p < t->end && (*t->p == ' ' || *t->p == '\t' || *t->p == '\r' || *t->p == '\n'))
		t->p++;
}

/* The value at the cursor, which moves behind it. */
jv jq_values_read_next(struct text *t);
/* The same for a string; the cursor stands behind the opening quote. */
jv jq_values_read_string(struct text *t, bool is_key);
/* The integers past 2^53 of a line, by the doubles that jq makes of them. Begin a line; note one (the text points into the line); how many
 * there are; whether there is one for this double. *raw: its text, absent when there are several that differ, or too many in all to tell. */
#define JQ_EXACT_MAX 9007199254740992.0	/* 2^53 */
void jq_values_note_begin(void);
void jq_values_note(struct span raw, double d);
size_t jq_values_notes(void);
bool jq_values_noted(double d, struct span *raw);
void jq_values_note_forget(void);	/* without touching what is held */
void jq_values_note_free(void);
/* Members of the line that are objects or arrays, and their texts: what a program passes on whole is known by being the same object, which
 * can't have changed while it is held here. The value stays the caller's. */
void jq_values_keep(jv value, struct span raw);
bool jq_values_kept(jv value, struct span *raw);
/* A hash of a short text. */
uint32_t jq_values_hash(const char *p, size_t n);
void jq_values_read_free(void);

#endif
