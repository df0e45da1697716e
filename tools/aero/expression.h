/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EXPRESSION_H
#define EXPRESSION_H

#include "buf.h"
#include "span.h"

#include <stdbool.h>
#include <stdint.h>

/* A few expressions as they go over the wire, in filters (field 43; servers 5.2 and later) and expression read ops. Each function appends one
 * whole expression to out. Source: the wire protocol reference, 6.8. */
enum expression_compare { EXPRESSION_EQ = 1, EXPRESSION_NE, EXPRESSION_GT, EXPRESSION_GE, EXPRESSION_LT, EXPRESSION_LE };

/* The record's last update, nanoseconds since 1970, compared with a time in milliseconds since 1970. */
void expression_last_update(struct buf *out, enum expression_compare compare, int64_t unix_ms);
/* True when the bin is missing, or is an integer that compares so with n. */
void expression_bin_missing_or(struct buf *out, struct span bin, enum expression_compare compare, int64_t n);
/* Both of two whole expressions. */
void expression_and(struct buf *out, struct span a, struct span b);
/* The value of an expression read op (servers 5.6 and later) that gives the last update, nanoseconds since 1970, ... */
void expression_read_last_update(struct buf *out);

/* ... that gives the name of the record's set. */
void expression_read_set(struct buf *out);

/* Is this one whole MessagePack value, as an expression must be? */
bool expression_whole(struct span bytes);

#endif
