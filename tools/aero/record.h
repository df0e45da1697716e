/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECORD_H
#define RECORD_H

#include "json.h"
#include "span.h"

#include <stdint.h>

/* A record line (cn-lines(5)) taken apart into spans; nothing is copied, all spans point into the line and are raw JSON text
 * (strings with their quotes: json_text takes them off). Absent members are absent spans; a member that is null counts as
 * absent too. */
struct record {
	struct span line;
	struct span id;
	bool skip;		/* {"id":17,"skip":true} */
	struct span error;	/* {"id":17,"error":"..."}: the raw string */
	struct span metadata;	/* the whole object */
	struct span ns, set, user_key, digest, msg, gen, lut, exp, durable;	/* its members */
	struct span bins, types;	/* objects; absent on deletes */
	struct span operate, put;	/* as-put: operations (an array), how to write (an object) */
	struct span to;
	struct span old_to;		/* the same, but also when it is null: what line_put replaces */
	bool is_delete;		/* msg is "delete" */
	const char *why;	/* when record_parse fails: what is wrong ... */
	size_t offset;		/* ... and at which byte of the line */
};

/* False when the line is not a JSON object, or neither skip nor error nor a record: metadata must be an object with a namespace
 * (string) and msg ("write" or "delete"); digest a string; bins, types and put objects, operate an array; none of the members above twice. r->id is
 * set as far as it could be read. */
bool record_parse(struct span line, struct record *r);

/* What the record's `to` says to one sink. *own becomes the raw value of the sink's member; absent when there is no `to` at all: then
 * the record is for every sink. A member that is null or false is as good as none. (`to` was checked to be JSON by record_parse.) */
enum record_to { RECORD_TO_ALL, RECORD_TO_US, RECORD_TO_OTHERS, RECORD_TO_BAD /* it is no object */ };
enum record_to record_to(const struct record *r, const char *sink, struct span *own);

/* The raw value of one bin, absent when there is none. name is plain text. */
struct span record_bin(const struct record *r, struct span name);
/* The type that `types` gives to a JSON Pointer ("/raw"), as text without quotes; absent when it says nothing. */
struct span record_type(const struct record *r, const char *pointer);

#endif
