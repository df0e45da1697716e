/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HEADERS_H
#define HEADERS_H

#include "outgoing.h"

/* Fill out->headers: the metadata (metadata = true) and what to.kafka.headers says (raw; absent for nothing; true or false say
 * whether the metadata goes along). media_type: of the value, NULL for none. NULL, or why it can't be done. */
const char *headers_make(struct outgoing *out, const struct record *r, bool metadata, struct span given, const char *media_type);

#endif
