/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KAFKA_VALUE_H
#define KAFKA_VALUE_H

#include "connect.h"
#include "schemas.h"

/* The bytes of a Kafka key or value as JSON, by the formats of cn-kafka-source(1). */
enum kafka_format {
	KAFKA_AUTO, KAFKA_JSON, KAFKA_CONNECT, KAFKA_WIRE, KAFKA_AVRO, KAFKA_STRING, KAFKA_BYTES, KAFKA_INT32, KAFKA_INT64
};
#define KAFKA_FORMATS "auto json connect wire avro string bytes int32 int64"	/* for opt_word */

struct kafka_reader {
	bool key;			/* else a value */
	enum kafka_format format;
	enum decimal_form decimal;
	struct connect *connect;	/* may be shared */
	struct schemas *schemas;	/* NULL: none */
};

struct kafka_read {
	bool base64;			/* `out` has base64 text: the member is called key64 or value64 */
	int64_t schema;			/* id of the framing, -1 for none */
	char why[300];			/* when it can't be read: "value: not JSON ..." */
};

/* Append the JSON text, on one line, to *out, and members of `types` to *types; bytes absent: null. False with r->why; then *out and
 * *types hold rubbish. Every JSON text nests little enough to be a member of a line. */
bool kafka_value_put(const struct kafka_reader *reader, struct span bytes, struct buf *out, struct buf *types, struct kafka_read *r);

#endif
