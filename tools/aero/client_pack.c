/* SPDX-License-Identifier: Apache-2.0 */
#include "client_parts.h"
#include "frame.h"
#include "frame_zip.h"

#include <stdlib.h>

/* Compression, for clients that want it: a request is copied once, with the wish for a compressed answer in it, and compressed when it is
 * long enough; all its attempts send that copy. */

#define UNPACKED_KEEP ((size_t)1 << 20)

struct span client_request_bytes(const struct client_request *r)
{
	return r->state.packed ? (struct span){ r->state.packed, r->state.packed_n } : r->unit;
}

bool client_request_pack(struct client_request *r)
{
	struct buf copy = { .max = r->unit.n + SCRATCH }, packed = { .max = 2 * r->unit.n + SCRATCH };
	struct frame f;

	if ((r->kind != CLIENT_MESSAGE && r->kind != CLIENT_STREAM) || frame_parse(&f, r->unit.p, r->unit.n) != 1 || f.type != PROTO_MESSAGE ||
	    f.body.n < MESSAGE_HEADER_SIZE)
		return true;
	buf_span(&copy, r->unit);
	if (copy.full)
		return false;
	copy.p[PROTO_SIZE + 1] |= (char)INFO1_COMPRESS;
	if (zip_unit(&packed, buf_as_span(&copy))) {
		buf_free(&copy);
		copy = packed;
	} else {
		buf_free(&packed);
	}
	r->state.packed = copy.p;
	r->state.packed_n = copy.n;
	return true;
}

void client_request_unpack(struct client_request *r)
{
	free(r->state.packed);
	r->state.packed = NULL;
}

bool client_unit_unpack(struct conn *c, struct span *body)
{
	struct client *cl = c->client;
	const char *why;

	if (cl->unpacked.cap > UNPACKED_KEEP)
		buf_free(&cl->unpacked);
	cl->unpacked.max = cl->o.reply_max + 2 * SCRATCH;
	why = cl->o.compress ? zip_open(&cl->unpacked, *body, cl->o.reply_max) : "compressed, and nobody asked for that";
	if (why) {
		client_conn_fail(c, c->requests.first, CLIENT_BAD_REPLY, why);
		return false;
	}
	*body = (struct span){ cl->unpacked.p + PROTO_SIZE, cl->unpacked.n - PROTO_SIZE };
	return true;
}
