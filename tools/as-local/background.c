/* SPDX-License-Identifier: Apache-2.0 */
#include "query.h"

#include <stdlib.h>

#define RPS_MAX 10000
#define STEP_RECORDS 1000

/* Background jobs: the write ops of the request on every record of the set, some at a time between other requests. The answer comes
 * first, as from the real server. */
struct background {
	struct background *next;
	struct request r;
	struct query_info *info;
	int set;
	unsigned pid;
	bool resumed;
	uint8_t digest[DIGEST_SIZE];
};

static struct background *running;

static void write_one(struct background *b, struct stored *rec, struct arena *mem)
{
	static struct buf ops;
	struct answer a = { .ops = &ops };
	struct request r = b->r;
	uint8_t digest[DIGEST_SIZE];

	memcpy(digest, rec->digest, DIGEST_SIZE);
	buf_reset(&ops);
	r.has_digest = true;
	r.origin = ORIGIN_OPS;
	r.digest = (struct span){ (char *)digest, DIGEST_SIZE };
	r.has_set = true;
	r.set = span_of(r.ns->set[rec->set].name);
	record_answer(&r, mem, &a);
	if (a.result == RESULT_OK)
		b->info->succeeded++;
	else if (a.result == RESULT_FILTERED_OUT)
		b->info->filtered_bins++;
	else
		b->info->failed++;
}

/* The next record behind the last one, in the partition's descending order; NULL at its end. */
static struct stored *next_record(struct background *b)
{
	struct partition *p = &b->r.ns->part[b->pid];
	uint32_t low = 0, high = p->n;

	while (b->resumed && low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (memcmp(p->record[mid]->digest, b->digest, DIGEST_SIZE) < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return low < p->n ? p->record[low] : NULL;
}

/* True when the job is done. */
static bool work(struct background *b)
{
	static struct arena mem;

	for (unsigned n = 0; n < STEP_RECORDS && !b->info->abort; n++) {
		struct stored *rec = next_record(b);

		if (!rec) {
			b->resumed = false;
			if (++b->pid == PARTITIONS)
				return true;
			continue;
		}
		b->resumed = true;
		memcpy(b->digest, rec->digest, DIGEST_SIZE);
		arena_reset(&mem);
		if ((b->set > 0 && rec->set != b->set) || store_dead(b->r.ns, rec))
			continue;
		write_one(b, rec, &mem);
	}
	return b->info->abort;
}

static void background_round(void)
{
	struct background *b = running;

	if (!b || !work(b))
		return;
	running = b->next;
	jobs_done(b->info, b->info->abort ? "done(user-aborted)" : "done(ok)");
	free(b);
}

static int64_t background_deadline(void)
{
	return running ? 0 : INT64_MAX;
}

static int check(const struct request *r)
{
	struct message ops = r->m;
	struct message_op op;

	if (r->udf_op)
		return RESULT_UDF_FAILURE;
	if (r->rps > RPS_MAX || r->m.n_ops == 0)
		return RESULT_PARAMETER;
	while (message_next_op(&ops, &op))
		if (op.op == OP_READ || op.op == OP_CDT_READ || op.op == OP_EXPR_READ || op.op == OP_BITS_READ || op.op == OP_HLL_READ)
			return RESULT_PARAMETER;
	return store_set(r->ns, r->set, false) < 0 ? RESULT_NOT_FOUND : RESULT_OK;
}

void background_query(struct connection *c, struct request *r)
{
	size_t size = (size_t)(r->m.end - r->m.start), unit;
	int code = check(r);
	struct background *b = code == RESULT_OK ? calloc(1, sizeof(*b) + size) : NULL;

	if (b) {
		memcpy(b + 1, r->m.start, size);
		request_parse((struct span){ (char *)(b + 1), size }, &b->r);
		b->set = store_set(b->r.ns, b->r.set, false);
		b->info = jobs_add(&b->r, "background-ops", c->peer);
	}
	if (b && !b->info) {
		free(b);
		b = NULL;
		code = RESULT_PARAMETER;
	}
	if (!b) {
		reply_code(&c->out, (uint8_t)(code == RESULT_OK ? RESULT_SERVER_ERROR : code), 0, 0);
		return;
	}
	b->next = running;
	running = b;
	server_each_round(background_round, background_deadline);
	unit = proto_begin(&c->out, PROTO_MESSAGE);
	query_last(&c->out, RESULT_OK);
	proto_end(&c->out, unit);
}
