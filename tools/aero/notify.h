/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOTIFY_H
#define NOTIFY_H

#include "buf.h"
#include "span.h"

#include <stdint.h>

/* Change notifications to the members of a record line: XDR's own binary body (wire), and the connectors' formats json, flat-json
 * and MessagePack in all generations that were ever documented. */
enum notify_format { NOTIFY_UNKNOWN = -1, NOTIFY_WIRE, NOTIFY_JSON, NOTIFY_FLAT_JSON, NOTIFY_MSGPACK };

/* What the ttl of a binary body means. Nobody documents it, so the reader chooses:
 *  relative	seconds from the time of the notification
 *  absolute	the moment itself: Unix seconds, or when that would lie before 2001, seconds since 2010 (Aerospike's void time)
 *  auto	up to ten years (the longest ttl there is) relative, above absolute
 * In all of them 0 and 0xffffffff are "never", and 0xfffffffe ("unchanged") says nothing. */
enum notify_ttl { NOTIFY_TTL_RELATIVE, NOTIFY_TTL_ABSOLUTE, NOTIFY_TTL_AUTO };

/* Sizes that are believed at most, in bytes. */
#define NOTIFY_INFLATE_MAX ((size_t)16 << 20)

struct notify {
	/* Set by the caller. */
	enum notify_ttl ttl;
	const char *metadata_key;	/* flat-json: the member with the metadata; never NULL */

	/* After a failure: the format that was tried, the byte of the body, a text good until the next call. */
	const char *why;
	size_t offset;

	/* Scratch, kept from call to call. */
	struct buf types, pointer, text, inflated;
};

/* Ready for use, with ttl auto and metadata key "metadata". */
void notify_init(struct notify *n);
void notify_free(struct notify *n);

/* Append `"metadata":{...},"bins":{...},"types":{...}` (bins only for writes, types only when there is something to say) for this
 * body. at: when the notification came, Unix ms. False with n->why and n->offset, and *out as before, when the body is not of that
 * format, or its text would not fit into *out. */
bool notify_decode(struct notify *n, struct buf *out, enum notify_format f, struct span body, int64_t at);

/* By media type (parameters and case don't matter), else by the first bytes. JSON is told apart by notify_json_kind. */
enum notify_format notify_format_of(struct notify *n, struct span media_type, struct span body);
/* NOTIFY_JSON for an object with msg and an array key, NOTIFY_FLAT_JSON for one with metadata; NOTIFY_UNKNOWN when it is neither, or
 * no valid JSON: then n->why and n->offset are set. */
enum notify_format notify_json_kind(struct notify *n, struct span body);
/* "wire", "json", "flat-json", "MessagePack", "unknown format". */
const char *notify_format_name(enum notify_format f);

/* One per format. */
bool notify_wire(struct notify *n, struct buf *out, struct span body, int64_t at);
bool notify_json(struct notify *n, struct buf *out, struct span body);
bool notify_flat_json(struct notify *n, struct buf *out, struct span body);
bool notify_msgpack(struct notify *n, struct buf *out, struct span body);

#endif
