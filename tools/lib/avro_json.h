/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AVRO_JSON_H
#define AVRO_JSON_H

#include "typed.h"

/* Avro's binary encoding (specification 1.11) read by the schema it was written with, as natural JSON: a union is the value of its
 * branch, bytes and fixed are base64, an enum is its word; longs are exact. The logical type decimal is taken into account, the others
 * are the numbers that they are. */
struct avro_json;

/* A schema in JSON. NULL, with the reason in why, when it is none. Free it with avro_json_close. */
struct avro_json *avro_json_open(struct span schema, char *why, size_t why_size);
void avro_json_close(struct avro_json *a);
/* Append the JSON of the one value that these bytes are, all of them, to t->out, whose maximum also bounds what a few bytes may blow
 * up to; false with t->why. */
bool avro_json_put(const struct avro_json *a, struct span bytes, struct typed *t);

#endif
