/* SPDX-License-Identifier: Apache-2.0 */
#include "request.h"
#include "bytes.h"

static uint64_t number(struct request *r, struct span data, size_t size)
{
	if (data.n != size) {
		r->bad = true;
		return 0;
	}
	return size == 8 ? get_be64(data.p) : size == 4 ? get_be32(data.p) : (uint8_t)data.p[0];
}

static void take_field(struct request *r, const struct message_field *f)
{
	switch (f->type) {
	case FIELD_NAMESPACE:
		r->has_ns = true;
		r->ns_name = f->data;
		break;
	case FIELD_SET:
		r->has_set = true;
		r->set = f->data;
		break;
	case FIELD_KEY:
		r->has_key = true;
		r->key = f->data.n ? (struct value){ (uint8_t)f->data.p[0], { f->data.p + 1, f->data.n - 1 } } : (struct value){ 0 };
		break;
	case FIELD_DIGEST:
		r->has_digest = true;
		r->digest = f->data;
		break;
	case FIELD_RECORD_VERSION:
	case FIELD_MRT_ID:
	case FIELD_MRT_DEADLINE: r->has_mrt = true; break;
	case FIELD_TASK_ID: r->trid = number(r, f->data, 8); break;
	case FIELD_SOCKET_TIMEOUT: r->socket_timeout = (uint32_t)number(r, f->data, 4); break;
	case FIELD_RECORDS_PER_SECOND: r->rps = (uint32_t)number(r, f->data, 4); break;
	case FIELD_PARTITIONS: r->pids = f->data; break;
	case FIELD_DIGESTS: r->digests = f->data; break;
	case FIELD_MAX_RECORDS: r->max_records = number(r, f->data, 8); break;
	case FIELD_BVALS: r->bvals = f->data; break;
	case FIELD_INDEX_NAME: r->index_name = f->data; break;
	case FIELD_INDEX_RANGE: r->index_range = f->data; break;
	case FIELD_INDEX_CONTEXT: r->index_context = f->data; break;
	case FIELD_INDEX_EXPRESSION: r->index_expression = f->data; break;
	case FIELD_INDEX_TYPE: r->index_type = (uint8_t)number(r, f->data, 1); break;
	case FIELD_UDF_PACKAGE: r->udf_package = f->data; break;
	case FIELD_UDF_FUNCTION: r->udf_function = f->data; break;
	case FIELD_UDF_ARGUMENTS: r->udf_arguments = f->data; break;
	case FIELD_UDF_OP: r->udf_op = (uint8_t)number(r, f->data, 1); break;
	case FIELD_BATCH:
	case FIELD_BATCH_WITH_SET: r->batch = f->data; break;
	case FIELD_FILTER: r->filter = f->data; break;
	default: break;
	}
}

void request_fields(struct request *r)
{
	struct message_field f;

	while (message_next_field(&r->m, &f))
		take_field(r, &f);
	if (r->has_ns)
		r->ns = store_namespace(r->ns_name);
}

int request_parse(struct span body, struct request *r)
{
	struct message ops;
	struct message_op op;

	*r = (struct request){ 0 };
	message_open(&r->m, body.p, body.n);
	request_fields(r);
	ops = r->m;
	while (message_next_op(&ops, &op))
		;
	if (r->m.error || ops.error)
		return RESULT_PARAMETER;
	return RESULT_OK;
}

/* The whole of a single-record answer, as one unit. */
static void answer_one(struct connection *c, struct request *r, struct arena *mem)
{
	static struct buf ops;
	struct answer a = { .ops = &ops };
	struct message_writer w;
	size_t unit;

	buf_reset(&ops);
	record_answer(r, mem, &a);
	if (a.result != RESULT_OK && a.n_ops == 0) {
		reply_code(&c->out, (uint8_t)a.result, a.generation, a.void_time);
		return;
	}
	unit = proto_begin(&c->out, PROTO_MESSAGE);
	message_begin(&w, &c->out, &(struct message){ .result = (uint8_t)a.result, .generation = a.generation, .ttl = a.void_time });
	buf_span(&c->out, buf_as_span(&ops));
	w.n_ops = a.n_ops;
	message_end(&w);
	proto_end(&c->out, unit);
}

void reply_code(struct buf *out, uint8_t code, uint32_t generation, uint32_t void_time)
{
	struct message_writer w;
	size_t unit = proto_begin(out, PROTO_MESSAGE);

	message_begin(&w, out, &(struct message){ .result = code, .generation = generation, .ttl = void_time });
	message_end(&w);
	proto_end(out, unit);
}

void request_answer(struct connection *c, struct span body)
{
	static struct arena mem;
	struct request r;
	int code = request_parse(body, &r);

	if (code != RESULT_OK) {
		reply_code(&c->out, (uint8_t)code, 0, 0);
		return;
	}
	arena_reset(&mem);
	if (r.batch.p || (r.m.info1 & INFO1_BATCH))
		batch_answer(c, &r);
	else if (!r.ns)
		reply_code(&c->out, RESULT_NAMESPACE, 0, 0);
	else if (!r.has_digest)
		query_answer(c, &r);
	else
		answer_one(c, &r, &mem);
}
