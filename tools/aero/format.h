/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FORMAT_H
#define FORMAT_H

#include "buf.h"
#include "record.h"

/* Record lines to the outbound connectors' message formats: json, flat-json and MessagePack, member for member in the connectors'
 * own order; and to what XDR itself posts (wire). `line` is the record line as it stands, without the members id and to.
 *
 * What the connectors' documentation leaves open is decided thus:
 *  json		gen, exp and lut are null when absent; a delete has durable, gen and lut when the record has them; a removed bin
 *			has the type "nil", a string that is not UTF-8 the type "blob"; booleans "bool", HyperLogLogs "hll"
 *  json, flat-json	NaN and the infinities are the strings "NaN", "Infinity", "-Infinity"; a map key that is no string becomes
 *			its JSON text (two keys of the same text, 1 and "1", both stay)
 *  flat-json		metadata is the record's own, untouched
 *  msgpack		a removed bin has type 0 and nil; floats have 64 bits
 * A digest that is absent is computed when there is a user key. */
enum format { FORMAT_JSON, FORMAT_FLAT_JSON, FORMAT_MSGPACK, FORMAT_WIRE, FORMAT_LINE };

struct format_options {
	const char *metadata_key;	/* flat-json; "metadata" when NULL */
	bool keep_map_keys;		/* stringify-map-keys=false: a key that is no string makes the record inexpressible */
	bool as_proto;			/* wire: put the 8-byte as_proto header behind the version byte */
};

/* The format of a word ("json", "flat-json", "msgpack" or "message-pack", "wire", "line"); -1 for any other. */
int format_of(const char *word);
/* "application/json", "application/x-msgpack", "application/octet-stream" (wire), "application/x-ndjson" (line). */
const char *format_media_type(enum format f);

/* Append the message for this record. False when the format can't express it (a map key that may not become a string, a value
 * that contradicts its type, a bin called like the metadata key): then *out is as before and *why says it, a text good until the
 * next call. Such a record can never succeed in this format. */
bool format_write(struct buf *out, const struct record *r, enum format f, const struct format_options *opt, const char **why);

/* The connectors' own Kafka key: the Aerospike key in the record's format (flat-json: an object; json and msgpack: the array
 * of four; wire and line: as flat-json). */
bool format_key(struct buf *out, const struct record *r, enum format f, const char **why);

/* The digest in base64, of the metadata or, when that has none, computed from set and user key; both failing as above. */
bool format_record_digest(struct buf *out, const struct record *r, const char **why);

#endif
