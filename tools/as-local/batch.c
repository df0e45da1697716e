/* SPDX-License-Identifier: Apache-2.0 */
#include "bytes.h"
#include "request.h"

/* Batches (wire reference, section 7): all rows are read before any is done, so a malformed batch writes nothing. */

#define UNIT_SIZE ((size_t)128 << 10)

enum { ROW_REPEAT = 0x01, ROW_INFO = 0x02, ROW_GENERATION = 0x04, ROW_TTL = 0x08, ROW_INFO4 = 0x10 };
enum { BATCH_RESPOND_ALL = 0x04 };

struct row {
	uint32_t index;
	const char *digest;
	const struct request *what;	/* shared by repeated rows */
};

struct batch {
	const uint8_t *p, *end;
	struct span filter;
	uint8_t flags;
	uint32_t n;
	struct row *row;
};

static bool has(const struct batch *b, size_t n)
{
	return (size_t)(b->end - b->p) >= n;
}

/* The optional numbers behind the kind byte, and the counts of fields and ops. */
static bool row_head(struct batch *b, uint8_t kind, struct message *m)
{
	size_t size = (kind & ROW_INFO ? 3 : 1) + (kind & ROW_INFO4 ? 1 : 0) + (kind & ROW_GENERATION ? 2 : 0) +
		(kind & ROW_TTL ? 4 : 0) + 4;

	if (!has(b, size))
		return false;
	m->info1 = *b->p++;
	if (kind & ROW_INFO) {
		m->info2 = *b->p++;
		m->info3 = *b->p++;
	}
	if (kind & ROW_INFO4)
		m->info4 = *b->p++;
	if (kind & ROW_GENERATION) {
		m->generation = get_be16(b->p);
		b->p += 2;
	}
	if (kind & ROW_TTL) {
		m->ttl = get_be32(b->p);
		b->p += 4;
	}
	m->n_fields = get_be16(b->p);
	m->n_ops = get_be16(b->p + 2);
	if (m->n_fields == 0)
		m->n_fields = 1;
	b->p += 4;
	return true;
}

static struct request *row_request(struct batch *b, uint8_t kind, struct arena *mem)
{
	struct request *r = arena_take(mem, sizeof(*r));
	struct message_op op;
	struct message ops;

	if (!r)
		return NULL;
	*r = (struct request){ 0 };
	if (!row_head(b, kind, &r->m))
		return NULL;
	r->m.start = r->m.p = b->p;
	r->m.end = b->end;
	r->m.fields_left = r->m.n_fields;
	r->m.ops_left = r->m.n_ops;
	request_fields(r);
	ops = r->m;
	for (unsigned i = 0; i < r->m.n_ops; i++)
		if (!message_next_op(&ops, &op))
			return NULL;
	if (r->m.error || r->bad || !r->ns)
		return NULL;
	b->p = r->m.end = ops.p;
	if (!r->filter.p)
		r->filter = b->filter;
	return r;
}

static bool read_rows(struct batch *b, struct arena *mem)
{
	const struct request *last = NULL;

	for (uint32_t i = 0; i < b->n; i++) {
		uint8_t kind;

		if (!has(b, 25))
			return false;
		b->row[i].index = get_be32(b->p);
		b->row[i].digest = (const char *)b->p + 4;
		kind = b->p[24];
		b->p += 25;
		if (!(kind & ROW_REPEAT))
			last = row_request(b, kind, mem);
		else if (last && last->has_key)
			return false;
		if (!last)
			return false;
		b->row[i].what = last;
	}
	return true;
}

static int open_batch(struct batch *b, const struct request *r, struct arena *mem)
{
	if (!r->batch.p)
		return RESULT_PARAMETER;
	*b = (struct batch){ .p = (const uint8_t *)r->batch.p, .end = (const uint8_t *)r->batch.p + r->batch.n, .filter = r->filter };
	if (!has(b, 5))
		return RESULT_PARAMETER;
	b->n = get_be32(b->p);
	b->flags = b->p[4];
	b->p += 5;
	/* A row takes 25 bytes at least, which bounds what is asked of memory. */
	if (b->n == 0 || b->n > r->batch.n / 25)
		return RESULT_PARAMETER;
	b->row = arena_take(mem, b->n * sizeof(*b->row));
	if (!b->row)
		return RESULT_SERVER_ERROR;
	return read_rows(b, mem) ? RESULT_OK : mem->full ? RESULT_SERVER_ERROR : RESULT_PARAMETER;
}

/* One row's answer at the end of out. */
static int answer_row(const struct row *row, struct arena *mem, struct buf *out)
{
	static struct buf ops;
	struct request r = *row->what;
	struct answer a = { .ops = &ops };
	struct message_writer w;

	buf_reset(&ops);
	arena_reset(mem);
	r.has_digest = true;
	r.origin = ORIGIN_BATCH;
	r.digest = (struct span){ row->digest, DIGEST_SIZE };
	record_answer(&r, mem, &a);
	message_begin(&w, out, &(struct message){ .result = (uint8_t)a.result, .generation = a.generation, .ttl = a.void_time,
		.timeout = row->index });
	buf_span(out, buf_as_span(&ops));
	w.n_ops = a.n_ops;
	message_end(&w);
	return a.result;
}

static void last_unit(struct buf *out, int code)
{
	struct message_writer w;
	size_t unit = proto_begin(out, PROTO_MESSAGE);

	message_begin(&w, out, &(struct message){ .info3 = INFO3_LAST, .result = (uint8_t)code });
	message_end(&w);
	proto_end(out, unit);
}

void batch_answer(struct connection *c, struct request *r)
{
	static struct arena rows, mem;
	size_t start = c->out.n, unit;
	struct batch b;
	int code;

	server_counts.batches++;
	arena_reset(&rows);
	code = open_batch(&b, r, &rows);
	if (code != RESULT_OK) {
		last_unit(&c->out, code);
		return;
	}
	unit = proto_begin(&c->out, PROTO_MESSAGE);
	for (uint32_t i = 0; i < b.n; i++) {
		if (c->out.n - unit > UNIT_SIZE) {
			proto_end(&c->out, unit);
			unit = proto_begin(&c->out, PROTO_MESSAGE);
		}
		code = answer_row(&b.row[i], &mem, &c->out);
		if (code == RESULT_OK || code == RESULT_NOT_FOUND || code == RESULT_FILTERED_OUT || (b.flags & BATCH_RESPOND_ALL))
			continue;
		c->out.n = start;
		last_unit(&c->out, code);
		return;
	}
	proto_end(&c->out, unit);
	last_unit(&c->out, RESULT_OK);
}
