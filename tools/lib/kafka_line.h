/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KAFKA_LINE_H
#define KAFKA_LINE_H

#include "kafka_value.h"

/* A Kafka record as Kafka line, cn-lines(5). */
struct kafka_header {
	struct span name, value;	/* value absent: null */
};

struct kafka_record {
	struct span topic;
	int32_t partition;
	int64_t offset;
	int64_t timestamp;		/* ms since 1970, -1 for none */
	bool log_append;		/* the broker's time */
	struct span key, value;		/* absent: null */
	const struct kafka_header *headers;
	size_t n_headers;
};

/* Makes lines; the buffers are kept from line to line. Zero it, then set the readers; keys and values may have their own. */
struct kafka_lines {
	struct kafka_reader key, value;
	size_t max;			/* bytes of the longest line, without its line end */
	struct buf key_text, value_text, types;
};

/* Append the line with its '\n'. False when it became an error line; why then is the reason, good until the next call. */
bool kafka_line(struct kafka_lines *l, struct buf *out, uint64_t id, const struct kafka_record *r, const char **why);
/* The same for a dead-letter file: a record that can't be read stands there as its bytes, and `reason` (raw JSON string) is added. */
void kafka_line_dead(struct kafka_lines *l, struct buf *out, uint64_t id, const struct kafka_record *r, struct span reason);
void kafka_lines_free(struct kafka_lines *l);

#endif
