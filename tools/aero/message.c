/* SPDX-License-Identifier: Apache-2.0 */
#include "message.h"

#include "bytes.h"

/* ---- reading ---- */

static bool message_fail(struct message *m, const char *why)
{
	if (!m->error)
		m->error = why;
	return false;
}

bool message_open(struct message *m, const void *p, size_t n)
{
	const uint8_t *h = p;

	*m = (struct message){ .p = h, .start = h, .end = h + n };
	if (n < MESSAGE_HEADER_SIZE)
		return message_fail(m, "message is shorter than its 22-byte header");
	if (h[0] < MESSAGE_HEADER_SIZE)
		return message_fail(m, "header size is below 22");
	if (h[0] > n)
		return message_fail(m, "header size is larger than the message");
	m->info1 = h[1];
	m->info2 = h[2];
	m->info3 = h[3];
	m->info4 = h[4];
	m->result = h[5];
	m->generation = get_be32(h + 6);
	m->ttl = get_be32(h + 10);
	m->timeout = get_be32(h + 14);
	m->n_fields = m->fields_left = get_be16(h + 18);
	m->n_ops = m->ops_left = get_be16(h + 20);
	m->p = h + h[0];
	return true;
}

bool message_next_field(struct message *m, struct message_field *f)
{
	size_t left = (size_t)(m->end - m->p);
	uint32_t size;

	if (m->error || m->fields_left == 0)
		return false;
	if (left < 5)
		return message_fail(m, "message ends inside a field");
	size = get_be32(m->p);
	if (size == 0)
		return message_fail(m, "field without a type byte");
	if (size > left - 4)
		return message_fail(m, "field is longer than the message");
	f->type = m->p[4];
	f->data = (struct span){ (const char *)m->p + 5, size - 1 };
	m->p += 4 + (size_t)size;
	m->fields_left--;
	return true;
}

/* The parts of one op's `size` bytes, which are known to be there. */
static bool op_parts(struct message *m, struct message_op *op, const uint8_t *p, uint32_t size)
{
	uint32_t head = 4;

	op->op = p[0];
	op->particle = p[1];
	op->flags = p[2];
	op->lut = 0;
	op->name = (struct span){ (const char *)p + 4, p[3] };
	head += p[3];
	if (head > size)
		return message_fail(m, "bin name is longer than its op");
	if (op->flags & 1) {
		if (size - head < 8)
			return message_fail(m, "op ends inside the bin's last update time");
		op->lut = get_be64(p + head);
		head += 8;
	}
	op->value = (struct span){ (const char *)p + head, size - head };
	return true;
}

bool message_next_op(struct message *m, struct message_op *op)
{
	struct message_field skipped;
	size_t left;
	uint32_t size;

	while (m->fields_left && message_next_field(m, &skipped))
		;
	if (m->error)
		return false;
	left = (size_t)(m->end - m->p);
	if (m->ops_left == 0)
		return left ? message_fail(m, "bytes behind the end of the message") : false;
	if (left < 8)
		return message_fail(m, "message ends inside an op");
	size = get_be32(m->p);
	if (size < 4)
		return message_fail(m, "op is shorter than its head");
	if (size > left - 4)
		return message_fail(m, "op is longer than the message");
	if (!op_parts(m, op, m->p + 4, size))
		return false;
	m->p += 4 + (size_t)size;
	m->ops_left--;
	return true;
}

/* ---- writing ---- */

size_t proto_begin(struct buf *out, uint8_t type)
{
	size_t mark = out->n;
	const uint8_t head[PROTO_SIZE] = { PROTO_VERSION, type };

	buf_put(out, head, sizeof head);
	return mark;
}

void proto_end(struct buf *out, size_t mark)
{
	uint64_t size;

	if (out->full)
		return;
	size = out->n - mark - PROTO_SIZE;
	put_be16(out->p + mark + 2, (uint16_t)(size >> 32));
	put_be32(out->p + mark + 4, (uint32_t)size);
}

void message_begin(struct message_writer *w, struct buf *out, const struct message *head)
{
	uint8_t h[MESSAGE_HEADER_SIZE] = { MESSAGE_HEADER_SIZE, head->info1, head->info2, head->info3, head->info4, head->result };

	put_be32(h + 6, head->generation);
	put_be32(h + 10, head->ttl);
	put_be32(h + 14, head->timeout);
	*w = (struct message_writer){ .out = out, .header = out->n };
	buf_put(out, h, sizeof h);
}

void message_put_field(struct message_writer *w, uint8_t type, struct span data)
{
	uint8_t head[5];

	put_be32(head, (uint32_t)data.n + 1);
	head[4] = type;
	buf_put(w->out, head, sizeof head);
	buf_span(w->out, data);
	w->n_fields++;
}

size_t message_begin_op(struct message_writer *w, uint8_t op, uint8_t particle, struct span name)
{
	uint8_t head[8] = { 0, 0, 0, 0, op, particle, 0, (uint8_t)name.n };
	size_t mark = w->out->n;

	if (name.n > UINT8_MAX)
		w->out->full = true;
	buf_put(w->out, head, sizeof head);
	buf_span(w->out, name);
	return mark;
}

void message_end_op(struct message_writer *w, size_t mark)
{
	w->n_ops++;
	if (!w->out->full)
		put_be32(w->out->p + mark, (uint32_t)(w->out->n - mark - 4));
}

void message_end(struct message_writer *w)
{
	if (w->out->full)
		return;
	put_be16(w->out->p + w->header + 18, w->n_fields);
	put_be16(w->out->p + w->header + 20, w->n_ops);
}
