/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FRAME_ZIP_H
#define FRAME_ZIP_H

#include "buf.h"
#include "span.h"

/* Compressed units (type 4): 8 bytes of length, then a whole message unit as a zlib stream. Source: the wire protocol reference, section
 * 1.1. Enterprise servers know them; others answer RESULT_ENTERPRISE_ONLY. */

#define ZIP_WORTH 128		/* bytes of a unit from which on compressing it can pay */

/* Append `unit` (proto header and body) as a compressed one. False when that would not make it smaller; then out is as before. */
bool zip_unit(struct buf *out, struct span unit);

/* body: that of a compressed unit. Puts the message unit that is in it into `to`, which is emptied first. What it becomes is never more
 * than max bytes, nor more than it says of itself, and memory is taken as it comes out, so that a small lie costs little. NULL, or what is
 * wrong with it. */
const char *zip_open(struct buf *to, struct span body, size_t max);

#endif
