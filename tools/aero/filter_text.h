/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FILTER_TEXT_H
#define FILTER_TEXT_H

#include "buf.h"
#include "span.h"

/* The filter language of the REST gateway, compiled to an expression of the wire (field 43). Source: REST gateway reference, section 1.2; wire protocol
 * reference, section 6.8.
 *
 *	age > 20 and not(name == "Ada" or VOID_TIME(<, 1700000000))
 *
 * Comparisons `bin OP literal` with == != > >= < <=, on integers where the literal is one, else on strings; and, or (one kind on each level), not,
 * parentheses; LAST_UPDATE, VOID_TIME, DIGEST_MODULO, STRING_REGEX, {LIST,MAPKEY,MAPVAL}_ITERATE_{OR,AND}. */

/* Appends to out. False, with out as it was: *why is static text, *offset the place in the text. */
bool filter_text(struct buf *out, struct span text, const char **why, size_t *offset);

#endif
