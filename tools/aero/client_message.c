/* SPDX-License-Identifier: Apache-2.0 */
#include "client_message.h"
#include "bytes.h"
#include "digest.h"

#define EPOCH_2010 1262304000	/* void times count from 2010-01-01 */

static void put_fields(struct message_writer *w, const struct command *c)
{
	message_put_field(w, FIELD_NAMESPACE, c->ns);
	if (c->set.n)
		message_put_field(w, FIELD_SET, c->set);
	message_put_field(w, FIELD_DIGEST, (struct span){ (const char *)c->digest, DIGEST_SIZE });
	if (c->key_type) {
		uint8_t head[5];

		put_be32(head, (uint32_t)c->key.n + 2);
		head[4] = FIELD_KEY;
		buf_put(w->out, head, sizeof(head));
		buf_byte(w->out, (char)c->key_type);
		buf_span(w->out, c->key);
		w->n_fields++;
	}
	if (c->filter.p)
		message_put_field(w, FIELD_FILTER, c->filter);
}

#define STRICT_SHIFT 6	/* of enum command_strict in info3 */

static void begin(struct command_writer *w, struct buf *out, const struct command *c, uint8_t info1, uint8_t info2, uint8_t info3)
{
	static const uint8_t exists2[] = { 0, 0, INFO2_CREATE_ONLY, 0, 0 };
	static const uint8_t exists3[] = { 0, INFO3_UPDATE_ONLY, 0, INFO3_CREATE_OR_REPLACE, INFO3_REPLACE_ONLY };
	static const uint8_t generations[] = { 0, INFO2_GENERATION, INFO2_GENERATION_GT };
	struct message head = { .info1 = info1, .info2 = info2, .info3 = info3, .generation = c->generation, .ttl = c->ttl,
		.timeout = c->timeout_ms };

	head.info2 |= generations[c->generation_policy] | exists2[c->exists] | (c->respond_all ? INFO2_RESPOND_ALL : 0);
	head.info3 |= exists3[c->exists] | (c->commit_master ? INFO3_COMMIT_MASTER : 0) | (uint8_t)(c->strict << STRICT_SHIFT);
	*w = (struct command_writer){ .unit = proto_begin(out, PROTO_MESSAGE) };
	message_begin(&w->w, out, &head);
	put_fields(&w->w, c);
}

static void end(struct command_writer *w)
{
	message_end(&w->w);
	proto_end(w->w.out, w->unit);
}

static void put_op(struct command_writer *w, uint8_t op, struct span bin, uint8_t particle, struct span value)
{
	size_t mark = message_begin_op(&w->w, op, particle, bin);

	buf_span(w->w.out, value);
	message_end_op(&w->w, mark);
}

void command_get(struct buf *out, const struct command *c, const struct span *bins, unsigned n_bins)
{
	struct command_writer w;

	begin(&w, out, c, n_bins ? INFO1_READ : INFO1_READ | INFO1_GET_ALL, 0, 0);
	for (unsigned i = 0; i < n_bins; i++)
		put_op(&w, OP_READ, bins[i], 0, (struct span){ 0 });
	end(&w);
}

void command_exists(struct buf *out, const struct command *c)
{
	struct command_writer w;

	begin(&w, out, c, INFO1_READ | INFO1_NO_BINS, 0, 0);
	end(&w);
}

void command_delete(struct buf *out, const struct command *c)
{
	struct command_writer w;

	begin(&w, out, c, 0, INFO2_WRITE | INFO2_DELETE | (c->durable ? INFO2_DURABLE_DELETE : 0), 0);
	end(&w);
}

void command_touch(struct buf *out, const struct command *c)
{
	struct command_writer w;

	begin(&w, out, c, 0, INFO2_WRITE, 0);
	put_op(&w, OP_TOUCH, (struct span){ 0 }, 0, (struct span){ 0 });
	end(&w);
}

void command_udf(struct buf *out, const struct command *c, struct span package, struct span function, struct span arguments)
{
	struct command_writer w;

	begin(&w, out, c, 0, INFO2_WRITE, 0);
	message_put_field(&w.w, FIELD_UDF_PACKAGE, package);
	message_put_field(&w.w, FIELD_UDF_FUNCTION, function);
	message_put_field(&w.w, FIELD_UDF_ARGUMENTS, arguments);
	end(&w);
}

void command_begin(struct command_writer *w, struct buf *out, const struct command *c)
{
	begin(w, out, c, 0, 0, 0);
}

size_t command_begin_op(struct command_writer *w, uint8_t op, struct span bin, uint8_t particle)
{
	if (op == OP_READ || op == OP_CDT_READ || op == OP_EXPR_READ || op == OP_BITS_READ || op == OP_HLL_READ)
		w->reads = true;
	else
		w->writes = true;
	return message_begin_op(&w->w, op, particle, bin);
}

void command_end_op(struct command_writer *w, size_t mark)
{
	message_end_op(&w->w, mark);
}

void command_op(struct command_writer *w, uint8_t op, struct span bin, uint8_t particle, struct span value)
{
	size_t mark = command_begin_op(w, op, bin, particle);

	buf_span(w->w.out, value);
	command_end_op(w, mark);
}

void command_put(struct command_writer *w, struct span bin, uint8_t particle, struct span value)
{
	command_op(w, OP_WRITE, bin, particle, value);
}

void command_read_all(struct command_writer *w)
{
	w->all = true;
	command_op(w, OP_READ, (struct span){ 0 }, 0, (struct span){ 0 });
}

void command_ops(struct command_writer *w, struct span ops, uint16_t n, bool reads, bool writes, bool all)
{
	w->reads |= reads;
	w->writes |= writes;
	w->all |= all;
	buf_span(w->w.out, ops);
	w->w.n_ops += n;
}

void command_end(struct command_writer *w)
{
	struct buf *out = w->w.out;

	if (!out->full) {
		if (w->reads)
			out->p[w->w.header + 1] |= INFO1_READ | (w->all ? INFO1_GET_ALL : 0);
		if (w->writes)
			out->p[w->w.header + 2] |= INFO2_WRITE;
	}
	end(w);
}

void command_info(struct buf *out, struct span commands)
{
	size_t unit = proto_begin(out, PROTO_INFO);

	buf_span(out, commands);
	if (commands.n && commands.p[commands.n - 1] != '\n')
		buf_byte(out, '\n');
	proto_end(out, unit);
}

bool command_split(struct span *rest, struct span *row)
{
	const uint8_t *p = (const uint8_t *)rest->p, *end = p + rest->n;
	unsigned fields, ops;

	if (rest->n < MESSAGE_HEADER_SIZE || p[0] != MESSAGE_HEADER_SIZE)
		return false;
	fields = get_be16(p + 18);
	ops = get_be16(p + 20);
	p += MESSAGE_HEADER_SIZE;
	for (unsigned n = fields + ops; n; n--) {
		uint32_t size;

		if (end - p < 4)
			return false;
		size = get_be32(p);
		if (size > (size_t)(end - p) - 4)
			return false;
		p += 4 + (size_t)size;
	}
	row->p = rest->p;
	row->n = (size_t)(p - (const uint8_t *)rest->p);
	rest->p += row->n;
	rest->n -= row->n;
	return true;
}

bool command_next_row(struct span *rest, struct message *m)
{
	struct span row;

	return command_split(rest, &row) && message_open(m, row.p, row.n);
}

uint32_t command_ttl(uint32_t void_time, int64_t unix_s)
{
	int64_t left = (int64_t)void_time + EPOCH_2010 - unix_s;

	if (void_time == 0)
		return TTL_NEVER;
	return left < 1 ? 1 : (uint32_t)left;
}
