/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFO_H
#define INFO_H

#include "span.h"

#include <stdint.h>

/* Reading info answers: the text protocol of servers 4.9 to 8.1. Pure functions; every span points into the answer. Source: the wire
 * protocol reference, sections 2.1 to 2.5. */

/* The answer's items in their order: "name\tvalue\n" each. False after the last one, and at a line without a tab. */
bool info_next(struct span *rest, struct span *name, struct span *value);
/* The value of the first item of that name; absent when there is none. */
struct span info_value(struct span body, const char *name);

/* What a value (or a whole body without echo) says of failure, in every style that servers have had: "ERROR:4:text", "ERROR::text",
 * "FAIL:201:text", "fail: 201 : text", "error=not_found;...". 0: no error. Otherwise the result code (1 when none is named, 100 for "error=")
 * and, in *text when that is not NULL, the server's words (may be empty). */
int info_error(struct span value, struct span *text);
/* The first error of a whole answer, 0 for none. */
int info_body_error(struct span body, struct span *text);
/* "ok", in any case. */
bool info_ok(struct span value);

/* "key=value;key=value...": the next pair; sep is ';', ':' or ','. A part without '=' is a key with an absent value; empty parts are passed
 * over. False at the end. */
bool info_pair(struct span *rest, char sep, struct span *key, struct span *value);
/* The next part of a list; false at the end. "" is no part, "a,,b" are three. */
bool info_part(struct span *rest, char sep, struct span *part);

/* A whole decimal number, with or without a minus. */
bool info_number(struct span text, int64_t *n);

/* "8.1.0.3" as one number that compares as releases do; 0 for what is no release of at least three parts. Text behind the number
 * ("-rc1") is passed over. */
uint32_t info_build(struct span text);
#define INFO_BUILD(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

/* A partition bitmap: exactly 684 characters of base64 to 4096 bits, partition p at bits[p >> 3] & 0x80 >> (p & 7). */
#define INFO_BITMAP_TEXT 684
#define INFO_BITMAP_SIZE 512
bool info_bitmap(struct span text, uint8_t bits[INFO_BITMAP_SIZE]);

#endif
