/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VALUES_H
#define VALUES_H

#include "buf.h"
#include "span.h"

#include <jv.h>

/* JSON text to libjq's values and back, without libjq's own parser and printer, which cost ten times as much as what a route does.
 * Numbers become doubles, as everywhere in libjq: what must stay exact is taken from the line, not from here. */

/* The value of a raw JSON text that has been checked before (record_parse does that): this looks only for what it needs. The caller
 * owns the result. Text that has not been checked gives a wrong value or JV_KIND_INVALID, but is never read past its end. */
jv values_read(struct span raw);

/* Append the value as JSON text; v stays the caller's. NaN becomes null and infinities the largest double, as jq prints them. False
 * when the value is nested deeper than a line may be; then *out is as before. */
bool values_write(struct buf *out, jv v);

/* The keys that values_read keeps for re-use; for leak checkers, at the end. */
void values_free(void);

#endif
