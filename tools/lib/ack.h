/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ACK_H
#define ACK_H

#include "json.h"
#include "writer.h"

#include <stdint.h>

/* Ack lines, cn-lines(5): {"ack":17}  {"ack":[17,40]}  {"nack":17,"retry":true,"error":"..."}.
 * An id is an unsigned integer up to 2^53-1, so that jq keeps it exact. */
#define ACK_ID_MAX ((UINT64_C(1) << 53) - 1)

/* Reading, at the source. */
struct ack {
	bool ok;		/* ack, else nack */
	bool retry;		/* nack: may succeed later; true when the line does not say */
	uint64_t first, last;	/* ids it speaks of, ends included */
	struct span error;	/* nack: raw JSON string or absent; points into the line */
	struct span to;		/* likewise */
	bool more;		/* there are other members */
	const char *why;	/* when ack_parse fails */
};
/* False when the line is none of the three forms; unknown members are ignored. */
bool ack_parse(struct span line, struct ack *a);

/* Why there can be no acks on this descriptor: "a terminal", "/dev/null"; NULL when there can. */
const char *ack_none(int fd);

/* Writing, at the sink. Acks of neighbouring ids are joined to ranges, which go out before any nack, at acks_flush, and when
 * the next id is no neighbour; so call acks_flush before sleeping. Lines stay under PIPE_BUF: long errors are cut. */
struct acks {
	struct writer *out;	/* opened with writer_open_acks */
	uint64_t first, last;
	bool pending;
	struct span members;
};
void acks_open(struct acks *a, struct writer *out);
void acks_ok(struct acks *a, uint64_t id);
/* With --verbose: {"ack":17,"to":"..."}; `to` is plain text, absent for none. Not joined. */
void acks_ok_to(struct acks *a, uint64_t id, struct span to);
/* The error is plain text, escaped here (invalid UTF-8 becomes U+FFFD). */
void acks_fail(struct acks *a, uint64_t id, bool retry, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* Further members for the next acks_ok_to or acks_fail: JSON text such as `"a":1,"b":2`, good until that call. They are left out when
 * the line would be too long. */
void acks_members(struct acks *a, struct span members);
/* Put the open range into the writer and flush that. 0, or -1 with errno. */
int acks_flush(struct acks *a);

#endif
