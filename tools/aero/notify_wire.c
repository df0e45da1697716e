/* SPDX-License-Identifier: Apache-2.0 */
#include "notify.h"

#include "base64.h"
#include "bytes.h"
#include "digest.h"
#include "json.h"
#include "message.h"
#include "notify_put.h"
#include "value_read.h"

#include <zlib.h>

/* Aerospike counts from 2010-01-01T00:00:00Z. */
#define EPOCH INT64_C(1262304000)
#define LUT_BITS 40
#define TTL_MAX UINT32_C(315360000)	/* ten years, the most that a client may ask for */
#define TTL_NEVER UINT32_C(0xffffffff)
#define TTL_UNCHANGED UINT32_C(0xfffffffe)
#define UNIX_ABOVE UINT32_C(1000000000)

/* The fields of one message. */
struct head {
	struct span ns, set, key, digest, lut;
};

static bool take_field(struct notify *n, struct head *h, const struct message_field *f, size_t offset)
{
	switch (f->type) {
	case FIELD_NAMESPACE:
		h->ns = f->data;
		break;
	case FIELD_SET:
		h->set = f->data;
		break;
	case FIELD_KEY:
		if (f->data.n == 0)
			return notify_fail(n, "user key without its type byte", offset);
		h->key = f->data;
		break;
	case FIELD_DIGEST:
		if (f->data.n != DIGEST_SIZE)
			return notify_fail(n, "digest is not 20 bytes long", offset);
		h->digest = f->data;
		break;
	case FIELD_LAST_UPDATE:
		if (f->data.n != 8)
			return notify_fail(n, "last update time is not 8 bytes long", offset);
		h->lut = f->data;
		break;
	}
	return true;
}

static bool take_fields(struct notify *n, struct message *m, struct head *h, size_t base)
{
	struct message_field f;
	size_t offset = base + message_offset(m);

	*h = (struct head){ 0 };
	while (message_next_field(m, &f)) {
		if (!take_field(n, h, &f, offset))
			return false;
		offset = base + message_offset(m);
	}
	if (m->error)
		return notify_fail(n, m->error, base + message_offset(m));
	if (!h->ns.n)
		return notify_fail(n, "no namespace", offset);
	if (!h->digest.p)
		return notify_fail(n, "no digest", offset);
	return true;
}

static bool put_key(struct notify *n, struct buf *out, struct span key)
{
	buf_lit(out, ",\"userKey\":");
	if (value_key_to_json(out, &n->types, (uint8_t)key.p[0], (struct span){ key.p + 1, key.n - 1 }))
		return true;
	n->why = "user key of a type or size that no key has";
	return false;
}

/* When the record expires, Unix seconds, 0 for never; -1 when the message doesn't tell. */
static int64_t expiry(const struct notify *n, uint32_t ttl, int64_t at)
{
	enum notify_ttl kind = n->ttl;

	if (ttl == 0 || ttl == TTL_NEVER)
		return 0;
	if (ttl == TTL_UNCHANGED)
		return -1;
	if (kind == NOTIFY_TTL_AUTO)
		kind = ttl <= TTL_MAX ? NOTIFY_TTL_RELATIVE : NOTIFY_TTL_ABSOLUTE;
	if (kind == NOTIFY_TTL_RELATIVE)
		return at / 1000 + ttl;
	return ttl > UNIX_ABOVE ? ttl : ttl + EPOCH;
}

static void put_tail(const struct notify *n, struct buf *out, const struct message *m, const struct head *h, int64_t at)
{
	bool is_delete = m->info2 & INFO2_DELETE;
	int64_t exp = is_delete ? -1 : expiry(n, m->ttl, at);

	if (is_delete)
		buf_lit(out, ",\"msg\":\"delete\"");
	else
		buf_lit(out, ",\"msg\":\"write\"");
	notify_put_gen(out, m->generation);
	if (h->lut.p) {
		uint64_t lut = get_be64(h->lut.p) & ((UINT64_C(1) << LUT_BITS) - 1);

		if (lut) {
			buf_lit(out, ",\"lut\":");
			json_put_int64(out, (int64_t)lut + EPOCH * 1000);
		}
	}
	if (exp >= 0)
		notify_put_exp(out, exp);
	if (is_delete && m->info2 & INFO2_DURABLE_DELETE)
		buf_lit(out, ",\"durable\":true}");
	else if (is_delete)
		buf_lit(out, ",\"durable\":false}");
	else
		buf_byte(out, '}');
}

static bool put_metadata(struct notify *n, struct buf *out, const struct message *m, const struct head *h, size_t base, int64_t at)
{
	buf_lit(out, "\"metadata\":{\"namespace\":");
	if (!value_put_text(out, h->ns))
		return notify_fail(n, "namespace is not UTF-8", base + (size_t)(h->ns.p - (const char *)m->start));
	if (h->set.n) {
		buf_lit(out, ",\"set\":");
		if (!value_put_text(out, h->set))
			return notify_fail(n, "set is not UTF-8", base + (size_t)(h->set.p - (const char *)m->start));
	}
	if (h->key.p && !put_key(n, out, h->key))
		return notify_fail(n, n->why, base + (size_t)(h->key.p - (const char *)m->start));
	buf_lit(out, ",\"digest\":");
	json_put_base64(out, h->digest.p, h->digest.n);
	put_tail(n, out, m, h, at);
	return true;
}

static bool put_bin(struct notify *n, struct buf *out, const struct message *m, const struct message_op *op, size_t base)
{
	size_t name_at = base + (size_t)(op->name.p - (const char *)m->start);
	struct value_error e;

	if (op->op != OP_WRITE)
		return notify_fail(n, "op that writes no bin", name_at - 4);
	if (!value_put_text(out, op->name))
		return notify_fail(n, "bin name is not UTF-8", name_at);
	buf_byte(out, ':');
	buf_reset(&n->pointer);
	value_push_name(&n->pointer, op->name);
	if (!value_particle_to_json(out, &n->types, &n->pointer, op->particle, op->value, &e))
		return notify_fail(n, e.why, base + (size_t)(op->value.p - (const char *)m->start) + e.offset);
	return true;
}

static bool put_bins(struct notify *n, struct buf *out, struct message *m, size_t base)
{
	bool is_delete = m->info2 & INFO2_DELETE;
	struct message_op op;
	bool first = true;

	if (!is_delete)
		buf_lit(out, ",\"bins\":{");
	while (message_next_op(m, &op)) {
		if (is_delete)
			continue;
		if (!first)
			buf_byte(out, ',');
		first = false;
		if (!put_bin(n, out, m, &op, base))
			return false;
	}
	if (m->error)
		return notify_fail(n, m->error, base + message_offset(m));
	if (!is_delete)
		buf_byte(out, '}');
	return true;
}

/* base: offset of the message in the body, for errors. */
static bool put_message(struct notify *n, struct buf *out, struct span bytes, size_t base, int64_t at)
{
	struct message m;
	struct head h;

	if (!message_open(&m, bytes.p, bytes.n))
		return notify_fail(n, m.error, base);
	if (!take_fields(n, &m, &h, base) || !put_metadata(n, out, &m, &h, base, at) || !put_bins(n, out, &m, base))
		return false;
	notify_put_types(n, out);
	return true;
}

/* What as_proto announces must be what is there. */
static bool take_proto(struct notify *n, struct span *bytes, size_t base, uint8_t *type)
{
	const char *p = bytes->p;
	uint64_t size;

	if (bytes->n < PROTO_SIZE)
		return notify_fail(n, "message ends inside the 8-byte protocol header", base);
	if ((uint8_t)p[0] != PROTO_VERSION)
		return notify_fail(n, "unknown protocol version", base);
	*type = (uint8_t)p[1];
	size = (uint64_t)get_be16(p + 2) << 32 | get_be32(p + 4);
	if (size != bytes->n - PROTO_SIZE)
		return notify_fail(n, "size in the protocol header is not the message's", base + 2);
	*bytes = (struct span){ p + PROTO_SIZE, bytes->n - PROTO_SIZE };
	return true;
}

/* A compressed message: 8 bytes of size, zlib data. The result is a whole message with its own header. */
static bool inflate_message(struct notify *n, struct span *bytes, size_t base)
{
	uint64_t size;
	uLongf got;
	uLong taken;

	if (bytes->n < 8)
		return notify_fail(n, "compressed message ends inside its size", base);
	got = size = get_be64(bytes->p);
	taken = bytes->n - 8;
	if (size > NOTIFY_INFLATE_MAX)
		return notify_fail(n, "compressed message claims more than 16 MiB", base);
	buf_reset(&n->inflated);
	if (!buf_reserve(&n->inflated, size + 1))
		return notify_fail(n, "no memory for a compressed message", base);
	if (uncompress2((Bytef *)n->inflated.p, &got, (const Bytef *)bytes->p + 8, &taken) != Z_OK || got != size ||
		taken != bytes->n - 8)
		return notify_fail(n, "compressed message is damaged", base + 8);
	n->inflated.n = size;
	*bytes = buf_as_span(&n->inflated);
	return true;
}

bool notify_wire(struct notify *n, struct buf *out, struct span body, int64_t at)
{
	struct span bytes;
	uint8_t type;

	if (body.n == 0)
		return notify_fail(n, "no body", 0);
	if (body.p[0] != 1)
		return notify_fail(n, "unknown notification version", 0);
	if (body.n == 1)
		return notify_fail(n, "message ends behind the version byte", 1);
	bytes = (struct span){ body.p + 1, body.n - 1 };
	if ((uint8_t)bytes.p[0] == MESSAGE_HEADER_SIZE)
		return put_message(n, out, bytes, 1, at);
	if ((uint8_t)bytes.p[0] != PROTO_VERSION)
		return notify_fail(n, "neither a protocol header (0x02) nor a message header (0x16)", 1);
	if (!take_proto(n, &bytes, 1, &type))
		return false;
	if (type == PROTO_MESSAGE || type == PROTO_XDR)
		return put_message(n, out, bytes, 1 + PROTO_SIZE, at);
	if (type != PROTO_COMPRESSED)
		return notify_fail(n, "protocol header of a type that is no message", 2);
	/* Offsets in errors count in the inflated bytes from here on. */
	if (!inflate_message(n, &bytes, 1 + PROTO_SIZE) || !take_proto(n, &bytes, 0, &type))
		return false;
	if (type != PROTO_MESSAGE && type != PROTO_XDR)
		return notify_fail(n, "compressed bytes are no message", 1);
	return put_message(n, out, bytes, PROTO_SIZE, at);
}
