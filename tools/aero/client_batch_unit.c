/* SPDX-License-Identifier: Apache-2.0 */
#include "bytes.h"
#include "client_batch_parts.h"
#include "digest.h"
#include "message.h"

/* Requests of batches. Source: the wire protocol reference, section 7. */

enum { ROW_REPEAT = 1, ROW_INFO = 2, ROW_GENERATION = 4, ROW_TTL = 8 };
enum { BATCH_INLINE = 1, BATCH_INLINE_DEVICE = 2, BATCH_ANSWER_ALL = 4, BATCH_RECORDS_IN_ERRORS = 8 };

bool client_batch_row_parts(struct batch_row *row, bool *plain_read)
{
	struct message m;
	struct message_field f;
	bool has_digest = false;

	*plain_read = !row->write;
	if (row->unit.n < PROTO_SIZE || !message_open(&m, row->unit.p + PROTO_SIZE, row->unit.n - PROTO_SIZE))
		return false;
	while (message_next_field(&m, &f)) {
		if (f.type == FIELD_NAMESPACE)
			row->ns = f.data;
		else if (f.type == FIELD_DIGEST && f.data.n == DIGEST_SIZE) {
			row->partition = (uint16_t)digest_partition((const uint8_t *)f.data.p);
			has_digest = true;
		} else if (f.type != FIELD_SET)
			*plain_read = false;
	}
	return !m.error && has_digest && row->ns.p;
}

static void put_row(struct buf *out, uint32_t index, const struct batch_row *row, bool old)
{
	struct message m;
	struct message_field f;
	struct span digest = { 0 };
	uint8_t number[4];
	size_t counts;
	uint16_t n_fields = 0;

	message_open(&m, row->unit.p + PROTO_SIZE, row->unit.n - PROTO_SIZE);
	for (struct message look = m; message_next_field(&look, &f);)
		if (f.type == FIELD_DIGEST)
			digest = f.data;
	put_be32(number, index);
	buf_put(out, number, 4);
	buf_span(out, digest);
	buf_byte(out, old ? 0 : row->write ? ROW_INFO | ROW_GENERATION | ROW_TTL : ROW_INFO | ROW_TTL);
	buf_byte(out, (char)m.info1);
	if (!old) {
		buf_byte(out, (char)m.info2);
		buf_byte(out, (char)m.info3);
		put_be16(number, (uint16_t)m.generation);
		if (row->write)
			buf_put(out, number, 2);
		put_be32(number, m.ttl);
		buf_put(out, number, 4);
	}
	counts = out->n;
	put_be16(number + 2, m.n_ops);
	buf_put(out, number, 4);
	while (message_next_field(&m, &f)) {
		if (f.type == FIELD_DIGEST)
			continue;
		put_be32(number, (uint32_t)f.data.n + 1);
		buf_put(out, number, 4);
		buf_byte(out, (char)f.type);
		buf_span(out, f.data);
		n_fields++;
	}
	buf_put(out, m.p, (size_t)(m.end - m.p));
	if (!out->full)
		put_be16(out->p + counts, n_fields);
}

void client_batch_encode(struct batch_group *g, bool old)
{
	struct client_batch *b = g->b;
	struct buf *out = &g->unit;
	struct message head = { .info1 = INFO1_BATCH | INFO1_READ, .timeout = b->socket_ms };
	struct message_writer w;
	size_t unit = proto_begin(out, PROTO_MESSAGE), field;
	uint8_t count[4];

	if (b->total_ms && (!head.timeout || b->total_ms < head.timeout))
		head.timeout = b->total_ms;
	message_begin(&w, out, &head);
	field = out->n;
	message_put_field(&w, FIELD_BATCH, (struct span){ 0 });
	put_be32(count, g->n);
	buf_put(out, count, 4);
	buf_byte(out, (char)((b->not_inline ? 0 : BATCH_INLINE) |
		(old ? 0 : BATCH_ANSWER_ALL | BATCH_RECORDS_IN_ERRORS | (b->inline_device ? BATCH_INLINE_DEVICE : 0))));
	for (unsigned i = 0; i < g->n; i++)
		put_row(out, g->index[i], &b->rows[g->index[i]], old);
	if (!out->full)
		put_be32(out->p + field, (uint32_t)(out->n - field - 4));
	message_end(&w);
	proto_end(out, unit);
}
