/* SPDX-License-Identifier: Apache-2.0 */
#include "query.h"
#include "bytes.h"
#include "expr.h"

#include <stdlib.h>

static uint16_t pid_at(struct span pids, size_t i)
{
	const uint8_t *p = (const uint8_t *)pids.p + 2 * i;

	return (uint16_t)(p[0] | p[1] << 8);	/* little endian, unlike everything else */
}

int query_parts(const struct request *r, struct query_part **parts, unsigned *n)
{
	size_t whole = r->pids.n / 2 /* an odd byte is nobody's */, resumed = r->digests.n / DIGEST_SIZE;
	uint8_t seen[PARTITIONS] = { 0 };
	struct query_part *p;

	if (!r->pids.p && !r->digests.p)
		return RESULT_UNSUPPORTED;
	if (r->digests.n % DIGEST_SIZE || whole + resumed > PARTITIONS ||
	    (r->bvals.p && r->bvals.n != 8 * resumed))
		return RESULT_PARAMETER;
	p = calloc(whole + resumed + 1, sizeof(*p));
	if (!p)
		return RESULT_SERVER_ERROR;
	for (size_t i = 0; i < whole + resumed; i++) {
		if (i < whole) {
			p[i].pid = pid_at(r->pids, i);
		} else {
			p[i].resumed = true;
			memcpy(p[i].digest, r->digests.p + (i - whole) * DIGEST_SIZE, DIGEST_SIZE);
			if (r->bvals.p)
				memcpy(&p[i].bval, r->bvals.p + 8 * (i - whole), 8);
			p[i].pid = (uint16_t)digest_partition(p[i].digest);
		}
		if (p[i].pid >= PARTITIONS || seen[p[i].pid]++) {
			free(p);
			return RESULT_PARAMETER;
		}
	}
	*parts = p;
	*n = (unsigned)(whole + resumed);
	return RESULT_OK;
}

/* A read-only view of a record, for filters and projections. */
static bool view(struct single *s, const struct request *r, struct stored *rec, struct arena *mem, struct answer *a)
{
	*s = (struct single){ .r = (struct request *)(uintptr_t)r, .mem = mem, .a = a, .rec = rec, .n_bins = rec->n_bins };
	s->bins = stored_bins(rec, mem);
	return s->bins;
}

bool query_wants(const struct request *r, int set, struct stored *rec, struct arena *mem)
{
	struct answer a = { 0 };
	struct expr_env env;
	struct single s;

	if ((set > 0 && rec->set != set) || store_dead(r->ns, rec))
		return false;
	if (!r->filter.p)
		return true;
	if (!view(&s, r, rec, mem, &a))
		return false;
	single_env(&s, &env);
	env.digest = rec->digest;
	return expr_filter(r->filter, &env) == RESULT_OK;
}

static void put_key(struct message_writer *w, const struct stored *rec)
{
	if (rec->key_size)
		message_put_field(w, FIELD_KEY, (struct span){ (const char *)rec->data, rec->key_size });
}

void query_row(struct buf *out, const struct namespace *ns, const struct stored *rec, const struct request *r, const int64_t *bval,
	struct arena *mem)
{
	bool no_bins = r->m.info1 & INFO1_NO_BINS;
	struct message head = { .info1 = no_bins ? INFO1_NO_BINS : 0, .generation = rec->generation, .ttl = rec->void_time };
	struct answer a = { .ops = out };
	struct message ops = r->m;
	struct message_writer w;
	struct message_op op;
	size_t mark = out->n;
	struct single s;

	if (!view(&s, r, (struct stored *)(uintptr_t)rec, mem, &a))
		return;
	message_begin(&w, out, &head);
	message_put_field(&w, FIELD_NAMESPACE, span_of(ns->name));
	message_put_field(&w, FIELD_DIGEST, (struct span){ (const char *)rec->digest, DIGEST_SIZE });
	if (rec->set)
		message_put_field(&w, FIELD_SET, span_of(ns->set[rec->set].name));
	put_key(&w, rec);
	if (bval)
		message_put_field(&w, FIELD_BVALS, (struct span){ (const char *)bval, sizeof(*bval) });
	if (!no_bins && r->m.n_ops == 0)
		for (unsigned i = 0; i < s.n_bins; i++)
			single_reply(&s, &(struct message_op){ .op = OP_READ, .name = s.bins[i].name }, &s.bins[i].v);
	while (!no_bins && message_next_op(&ops, &op))
		single_read_op(&s, &op);
	if (r->m.n_ops && !no_bins && a.n_ops == 0) {	/* none of the bins that were asked for */
		out->n = mark;
		return;
	}
	w.n_ops = a.n_ops;
	message_end(&w);
}

void query_end_unit(struct buf *out, size_t mark)
{
	if (out->n == mark + PROTO_SIZE)
		out->n = mark;
	else
		proto_end(out, mark);
}

void query_last(struct buf *out, int code)
{
	struct message_writer w;

	message_begin(&w, out, &(struct message){ .info3 = INFO3_LAST, .result = (uint8_t)code });
	message_end(&w);
}

void query_answer(struct connection *c, struct request *r)
{
	if (r->bad)
		reply_code(&c->out, RESULT_PARAMETER, 0, 0);
	else if (r->m.info2 & INFO2_WRITE)
		background_query(c, r);
	else if (!(r->m.info1 & INFO1_READ))
		reply_code(&c->out, RESULT_PARAMETER, 0, 0);
	else if (r->udf_op || !(r->m.info3 & INFO3_PARTITION_DONE))
		reply_code(&c->out, RESULT_UNSUPPORTED, 0, 0);
	else if (r->index_range.p || r->index_name.p)
		sindex_query(c, r);
	else
		scan_query(c, r);
}
