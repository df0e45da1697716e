/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONNECT_SCHEMA_H
#define CONNECT_SCHEMA_H

#include "arena.h"
#include "typed.h"

#include <stdbool.h>

/* A schema of Kafka Connect, read; inside connect only. */
enum connect_kind {
	CONNECT_BOOLEAN, CONNECT_INT8, CONNECT_INT16, CONNECT_INT32, CONNECT_INT64, CONNECT_FLOAT, CONNECT_STRING, CONNECT_BYTES,
	CONNECT_DECIMAL, CONNECT_ARRAY, CONNECT_MAP, CONNECT_STRUCT
};

struct connect_node {
	enum connect_kind kind;
	bool optional;
	int scale;			/* decimal */
	struct span fallback;		/* the default, raw JSON; absent for none */
	struct connect_node *items;	/* of an array; values of a map */
	struct connect_node *keys;	/* of a map */
	struct connect_field *fields;	/* of a struct */
	size_t n_fields;
};

struct connect_field {
	struct span name;		/* plain text */
	struct connect_node *node;
};

/* Everything is in the arena, but for spans into text, which has to stay. NULL and *why (static) when it is no schema. */
struct connect_node *connect_schema_read(struct arena *arena, struct span text, const char **why);

/* Write a payload by its schema (connect_put.c). scratch: for bytes in between. */
bool connect_put(struct typed *t, const struct connect_node *n, struct span raw, struct buf *scratch);

#endif
