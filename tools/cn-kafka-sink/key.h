/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KEY_H
#define KEY_H

#include "outgoing.h"

/* Set out->key from the record, as --key says; NULL, or why that can't be done (for ever), a text good until the next call. A
 * record that lacks what --key names gets its digest, so that every record has a key of its own. */
const char *key_make(struct outgoing *out, const struct record *r, const struct options *o, enum format format);
/* Set it from to.kafka.key: a string is taken as text, anything else as it is written. */
const char *key_given(struct outgoing *out, struct span raw);

#endif
