/* SPDX-License-Identifier: Apache-2.0 */
/* What of a line jq's values can't hold, noted while they are made. */
#include "err.h"
#include "jq_values_read.h"

#include <stdlib.h>

#define NOTES_MAX 4096
static struct note {
	double d;
	struct span raw;
} *notes;
static size_t n_notes, notes_cap;
static bool notes_full;

#define WHOLES_MAX 8
static struct whole {
	jv value;	/* owned */
	struct span raw;
} wholes[WHOLES_MAX];
static size_t n_wholes;

void jq_values_note_begin(void)
{
	n_notes = 0;
	notes_full = false;
	while (n_wholes > 0)
		jv_free(wholes[--n_wholes].value);
}

void jq_values_keep(jv value, struct span raw)
{
	if (n_wholes < WHOLES_MAX)
		wholes[n_wholes++] = (struct whole){ jv_copy(value), raw };
}

bool jq_values_kept(jv value, struct span *raw)
{
	for (size_t i = 0; i < n_wholes; i++)
		if (jv_get_kind(value) == jv_get_kind(wholes[i].value) && jv_identical(jv_copy(value), jv_copy(wholes[i].value))) {
			*raw = wholes[i].raw;
			return true;
		}
	return false;
}

void jq_values_note_forget(void)
{
	n_notes = n_wholes = 0;
}

size_t jq_values_notes(void)
{
	return n_notes;
}

bool jq_values_noted(double d, struct span *raw)
{
	*raw = (struct span){ NULL, 0 };
	for (size_t i = 0; i < n_notes; i++) {
		if (notes[i].d != d)
			continue;
		if (raw->p && !span_eq(*raw, notes[i].raw)) {
			*raw = (struct span){ NULL, 0 };
			return true;
		}
		*raw = notes[i].raw;
	}
	return raw->p != NULL || notes_full;
}

void jq_values_note(struct span raw, double d)
{
	if (n_notes == notes_cap && n_notes < NOTES_MAX) {
		size_t cap = notes_cap ? notes_cap * 2 : 16;
		struct note *more = reallocarray(notes, cap, sizeof(*more));

		if (!more)
			die(EX_TEMPFAIL, "out of memory");
		notes = more;
		notes_cap = cap;
	}
	notes_full = n_notes == NOTES_MAX;
	if (!notes_full)
		notes[n_notes++] = (struct note){ d, raw };
}

void jq_values_note_free(void)
{
	jq_values_note_begin();
	free(notes);
	notes = NULL;
	notes_cap = 0;
}
