/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AVRO_JSON_SCHEMA_H
#define AVRO_JSON_SCHEMA_H

#include "arena.h"

#include <stdbool.h>

/* An Avro schema, read; inside avro_json only. */
enum avro_kind {
	AVRO_NULL, AVRO_BOOLEAN, AVRO_INT, AVRO_LONG, AVRO_FLOAT, AVRO_DOUBLE, AVRO_BYTES, AVRO_STRING,
	AVRO_RECORD, AVRO_ENUM, AVRO_ARRAY, AVRO_MAP, AVRO_UNION, AVRO_FIXED
};

struct avro_node {
	enum avro_kind kind;
	bool decimal;			/* bytes and fixed */
	int scale;
	size_t size;			/* fixed */
	struct avro_node **parts;	/* fields, branches; parts[0]: items of an array, values of a map */
	struct span *names;		/* of fields, symbols: plain text */
	size_t n;
};

/* All of it is in the arena; nothing points into text. NULL and *why when it is no schema. */
struct avro_node *avro_json_schema(struct arena *arena, struct span text, const char **why);

#endif
