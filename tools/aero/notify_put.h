/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOTIFY_PUT_H
#define NOTIFY_PUT_H

#include "notify.h"

/* What the notify_* decoders share. */

/* Set why and offset; false. */
bool notify_fail(struct notify *n, const char *why, size_t offset);
/* Close the types that were gathered: `,"types":{...}`, nothing when there are none. */
void notify_put_types(struct notify *n, struct buf *out);

/* Numbers of the metadata that came as text or bytes of any generation, made one: gen 0 is none; lut in seconds (2019) becomes
 * milliseconds, 0 is none; exp -1 is 0. */
void notify_put_gen(struct buf *out, int64_t gen);
void notify_put_lut(struct buf *out, int64_t lut);
void notify_put_exp(struct buf *out, int64_t exp);

/* JSON text that becomes part of a line: its line ends, which can only be white space, become blanks. */
void notify_put_raw(struct buf *out, struct span raw);

#endif
