/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE64_H
#define BASE64_H

#include "buf.h"
#include "span.h"

/* Standard base64 with padding (RFC 4648 section 4). */
#define BASE64_SIZE(n) (((n) + 2) / 3 * 4)

void base64_encode(struct buf *b, const void *p, size_t n);
/* Append the bytes; false (and *b as before) when the text is not strict base64: length a multiple of 4, no white space,
 * padding only at the end, unused bits zero. */
bool base64_decode(struct buf *b, struct span text);

#endif
