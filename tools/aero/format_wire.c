/* SPDX-License-Identifier: Apache-2.0 */
#include "format_parts.h"

#include "bytes.h"
#include "message.h"
#include "particle.h"
#include "value_encode.h"

/* What XDR itself posts: a version byte, then an Aerospike message. */
#define BODY_VERSION 1
#define OP_PARTICLE_OFFSET 5	/* behind its size and the op */
#define EPOCH_2010_MS INT64_C(1262304000000)

static uint32_t number32(struct formatter *f, struct span raw, const char *why)
{
	int64_t n;

	if (!raw.p)
		return 0;
	if (json_int64(raw, &n) && n >= -1 && n <= UINT32_MAX)
		return n < 0 ? 0 : (uint32_t)n;		/* -1 is another word for "never" */
	format_fail(f, (struct span){ 0 }, why);
	return 0;
}

static void put_user_key(struct formatter *f, struct message_writer *w)
{
	unsigned char number[8];
	struct span bytes = { 0 };
	struct buf *data = &f->text;
	uint8_t particle = format_user_key(f, number, &bytes);

	if (particle == PARTICLE_NULL)
		return;
	buf_reset(data);
	buf_byte(data, (char)particle);
	buf_span(data, bytes);
	message_put_field(w, FIELD_KEY, buf_as_span(data));
}

static void put_last_update(struct formatter *f, struct message_writer *w)
{
	char bytes[8];
	int64_t ms;

	if (!f->r->lut.p || span_is(f->r->lut, "0"))
		return;
	if (!json_int64(f->r->lut, &ms) || ms < EPOCH_2010_MS) {
		format_fail(f, (struct span){ 0 }, "lut is not in milliseconds since 1970, or before 2010");
		return;
	}
	put_be64(bytes, (uint64_t)(ms - EPOCH_2010_MS));
	message_put_field(w, FIELD_LAST_UPDATE, (struct span){ bytes, sizeof(bytes) });
}

static void put_fields(struct formatter *f, struct message_writer *w)
{
	uint8_t digest[DIGEST_SIZE];

	message_put_field(w, FIELD_NAMESPACE, format_text(f, f->r->ns));
	if (f->r->set.p)
		message_put_field(w, FIELD_SET, format_text(f, f->r->set));
	if (!format_digest(f, digest))
		return;
	message_put_field(w, FIELD_DIGEST, (struct span){ (char *)digest, sizeof(digest) });
	put_user_key(f, w);
	put_last_update(f, w);
}

static void put_bins(struct formatter *f, struct message_writer *w)
{
	struct bins bins;
	struct bin bin;

	for (bins_open(&bins, f); bins_next(&bins, &bin);) {
		size_t op;

		if (bin.name.n > 255) {
			format_fail(f, bin.name, "name longer than 255 bytes");
			return;
		}
		if (w->n_ops == UINT16_MAX) {
			format_fail(f, bin.name, "more than 65535 bins");
			return;
		}
		op = message_begin_op(w, OP_WRITE, PARTICLE_NULL, bin.name);
		if (!f->out->full) {
			/* The type is known once the value is written. */
			uint8_t particle = value_encode_particle(&f->pack, bin.name, bin.raw);

			f->out->p[op + OP_PARTICLE_OFFSET] = (char)particle;
		}
		message_end_op(w, op);
		if (f->pack.why)
			format_fail(f, bin.name, f->pack.why);
	}
}

void format_wire(struct formatter *f)
{
	const struct record *r = f->r;
	struct message head = { .info1 = INFO1_XDR, .info2 = INFO2_WRITE };
	struct message_writer w;
	size_t proto = 0;

	if (r->is_delete)
		head.info2 |= INFO2_DELETE;
	if (r->is_delete && span_is(r->durable, "true"))
		head.info2 |= INFO2_DURABLE_DELETE;
	head.generation = number32(f, r->gen, "gen is no 32-bit number");
	head.ttl = r->is_delete ? 0 : number32(f, r->exp, "exp is no 32-bit number");
	buf_byte(f->out, BODY_VERSION);
	if (f->opt->as_proto)
		proto = proto_begin(f->out, PROTO_MESSAGE);
	pack_open(&f->pack, f->out, &f->types, true);
	message_begin(&w, f->out, &head);
	put_fields(f, &w);
	if (!r->is_delete)
		put_bins(f, &w);
	message_end(&w);
	if (f->opt->as_proto)
		proto_end(f->out, proto);
}
