/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JQ_VALUES_H
#define JQ_VALUES_H

#include "buf.h"
#include "span.h"

#include <jv.h>

/* JSON text to libjq's values and back, without libjq's own parser and printer, which cost ten times as much as what a route does.
 * Numbers become doubles, as everywhere in libjq.
 *
 * The text must have been checked before (record_parse does that): the readers look only for what they need. The caller owns the
 * result. Text that has not been checked gives a wrong value or JV_KIND_INVALID, but is never read past its end. */

/* A record line, an object, or as much of it as the program sees (NULL: all of it). Parts are kept for the next record, which is
 * likely to look alike. */
struct jq_sight;
jv jq_values_read_record(struct span line, const struct jq_sight *sight);

/* Append to *seen the raw texts of what the program sees of the record, so that two records with the same *seen are the same to it.
 * False when that can't be told in a simple way. */
bool jq_values_seen(struct buf *seen, struct span line, const struct jq_sight *sight);

/* Append the value as JSON text; v stays the caller's. NaN becomes null and infinities the largest double, as jq prints them. An integer
 * past 2^53 of the last line read, which is a rounded double to jq, is written with the digits that it had there; a member of that line
 * that is an object or array, and comes out whole, with all of its bytes. NULL; or what is wrong with the value, "is nested too deep",
 * and *out is as before. */
const char *jq_values_write(struct buf *out, jv v);
/* The same with the numbers as jq has them, for messages. */
const char *jq_values_print(struct buf *out, jv v);

/* Give up what is kept without touching it, after libjq was left in the middle of things. */
void jq_values_forget(void);
/* Give it back; at the end, for leak checkers. */
void jq_values_free(void);

#endif
