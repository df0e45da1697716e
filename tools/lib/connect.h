/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONNECT_H
#define CONNECT_H

#include "typed.h"

/* The envelope of Kafka Connect's JsonConverter (schemas.enable=true): {"schema":{...},"payload":...}. Schemas are read once and kept,
 * by their text, as every record of a topic brings the same. */
struct connect;

struct connect *connect_new(void);
void connect_free(struct connect *c);
/* Quick and sure: is this text, valid JSON, an object of exactly the two members, whose schema is null or an object with a type? */
bool connect_is_envelope(struct span text);
/* Append to t->out what the payload is by its schema; false with t->why when it does not fit, or text is no envelope. */
bool connect_unwrap(struct connect *c, struct span text, struct typed *t);

#endif
