/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KAFKA_LINE_H
#define KAFKA_LINE_H

#include "json.h"
#include "span.h"

#include <stdint.h>

/* A line of cn-kafka-source taken apart (cn-lines(5)), in one pass over its bytes:
 *	{"id":17,"kafka":{"topic":"orders","partition":3,"offset":991,"timestamp":1700000000123,"headers":{}},"key":"o1","value":{}}
 * All spans are raw JSON text in the line; null counts as absent. */
#define FIELDS_MAX 65536

struct field {
	struct span name;	/* plain text */
	struct span raw;
	enum json_type type;
};

struct kafka_line {
	struct span line;
	struct span id, kafka, key, key64, value, value64, types;
	struct span topic, partition, offset, timestamp, headers;	/* members of kafka */
	struct span error;	/* an error line's text */
	bool skip;
	bool is_record;		/* it has metadata */
	bool value_is_object;
	struct field *field;	/* the members of such a value, in their order */
	size_t n_fields, cap;
	struct buf names;	/* names that were written with escapes */
	const char *why;	/* when it can't be parsed, what is wrong ... */
	size_t at;		/* ... and at which byte of the line */
};

/* False when it is not JSON, has a member twice, or is none of: a Kafka line, a record, a skip or error line. A value with a field
 * that is there twice parses; kafka_line_twin tells. Memory is kept from line to line; zero it before the first. */
bool kafka_line_parse(struct kafka_line *k, struct span line);
void kafka_line_free(struct kafka_line *k);

/* Make an object inside the value, checked with it, the value. False with why when it has too many fields. */
bool kafka_line_enter(struct kafka_line *k, struct span object);
/* The first field whose name is there once more; NULL when all differ. */
const struct field *kafka_line_twin(struct kafka_line *k);
/* NULL when there is none. */
const struct field *kafka_line_field(const struct kafka_line *k, struct span name);

#endif
