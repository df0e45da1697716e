/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VALUE_READ_H
#define VALUE_READ_H

#include "msgpack_read.h"
#include "value.h"

/* What the notification decoders share with value_decode.c. */

/* A bin of the connectors' MessagePack: the value stands at m, which moves behind it; particle and flags are the bin's type code
 * and order flags. Otherwise like value_particle_to_json; e->offset counts from m->start. */
bool value_msgpack_to_json(struct buf *out, struct buf *types, struct buf *pointer, uint8_t particle, uint8_t flags, struct mp *m,
	struct value_error *e);

/* A user key as metadata tells it: number or string, base64 text for a blob, with an entry "userKey" in types where it needs one. particle: its
 * type. False, and nothing appended, for a type or size that no key has. */
bool value_key_to_json(struct buf *out, struct buf *types, uint8_t particle, struct span key);

/* A JSON string with its quotes. False, and nothing appended, when the text is not valid UTF-8. */
bool value_put_text(struct buf *out, struct span text);
/* Append `"pointer":"word"` to types, with a comma before it unless it is the first. pointer: plain text. */
void value_put_type(struct buf *types, struct span pointer, const char *word);
/* Append "/" and the name, escaped as in a JSON Pointer. */
void value_push_name(struct buf *pointer, struct span name);

#endif
