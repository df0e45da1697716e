/* SPDX-License-Identifier: Apache-2.0 */
#include "query.h"
#include "sindex_match.h"

#include <stdlib.h>

#define RPS_MAX 10000
#define STEP_RECORDS 1000
#define JOBS_MAX 32		/* at a time */

/* Background jobs: the write ops of the request on every record of the set, some at a time between other requests. The answer comes
 * first, as from the real server. */
struct background {
	struct background *next;
	struct request r;
	struct query_info *info;
	int set;
	bool has_predicate;
	struct predicate want;
	char index[64];		/* by name: it may be deleted while we are at work */
	unsigned pid;
	bool resumed;
	uint8_t digest[DIGEST_SIZE];
};

static struct background *running;
static unsigned n_running;

/* Which records: those of the set, and of the index range when there is one. */
static bool concerns(struct background *b, struct stored *rec, struct arena *mem)
{
	struct sindex *x;

	if ((b->set > 0 && rec->set != b->set) || store_dead(b->r.ns, rec))
		return false;
	if (!b->has_predicate)
		return true;
	x = sindex_find(b->r.ns, span_of(b->index));
	return x && predicate_holds(&b->want, x, rec, mem);
}

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
	uint64_t now = jobs_allowance(b->info);

	for (unsigned n = 0; n < STEP_RECORDS && now && !b->info->abort; n++) {
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
		if (!concerns(b, rec, &mem))
			continue;
		write_one(b, rec, &mem);
		now--;
		b->info->throttled += b->info->rps > 0;
	}
	return b->info->abort;
}

static void forget(struct background *b)
{
	predicate_free(&b->want);
	free(b);
}

/* A step of each. */
static void background_round(void)
{
	struct background **at = &running, *b;

	while ((b = *at)) {
		if (!work(b)) {
			at = &b->next;
			continue;
		}
		*at = b->next;
		n_running--;
		jobs_done(b->info, b->info->abort ? "done(user-aborted)" : "done(ok)");
		forget(b);
	}
}

static int64_t background_deadline(void)
{
	int64_t due = INT64_MAX;

	for (const struct background *b = running; b; b = b->next)
		if (jobs_due(b->info) < due)
			due = jobs_due(b->info);
	return due;
}

static int check(const struct request *r)
{
	struct message ops = r->m;
	struct message_op op;

	if (r->udf_op)
		return RESULT_UDF_FAILURE;
	if (r->rps > RPS_MAX || r->m.n_ops == 0)
		return RESULT_PARAMETER;
	if (n_running == JOBS_MAX)
		return RESULT_FORBIDDEN;
	while (message_next_op(&ops, &op))
		if (op.op == OP_READ || op.op == OP_CDT_READ || op.op == OP_EXPR_READ || op.op == OP_BITS_READ || op.op == OP_HLL_READ)
			return RESULT_PARAMETER;
	return store_set(r->ns, r->set, false) < 0 ? RESULT_NOT_FOUND : RESULT_OK;
}

/* The job, from a copy of the request; NULL and *code when there is none to make. */
static struct background *open_job(const struct connection *c, const struct request *r, int *code)
{
	size_t size = (size_t)(r->m.end - r->m.start);
	struct background *b = calloc(1, sizeof(*b) + size);
	struct sindex *x = NULL;

	*code = RESULT_SERVER_ERROR;
	if (!b)
		return NULL;
	memcpy(b + 1, r->m.start, size);
	request_parse((struct span){ (char *)(b + 1), size }, &b->r);
	b->set = store_set(b->r.ns, b->r.set, false);
	b->has_predicate = r->index_range.p || r->index_name.p;
	*code = b->has_predicate ? predicate_parse(&b->r, &b->want, &x) : RESULT_OK;
	if (*code == RESULT_OK && !(b->info = jobs_add(&b->r, "background-ops", c->peer)))
		*code = RESULT_PARAMETER;
	if (*code != RESULT_OK) {
		forget(b);
		return NULL;
	}
	if (x) {
		strcpy(b->index, x->name);
		strcpy(b->info->index, x->name);
	}
	return b;
}

void background_query(struct connection *c, struct request *r)
{
	int code = check(r);
	struct background *b = code == RESULT_OK ? open_job(c, r, &code) : NULL;
	size_t unit;

	if (!b) {
		reply_code(&c->out, (uint8_t)code, 0, 0);
		return;
	}
	b->next = running;
	running = b;
	n_running++;
	server_each_round(background_round, background_deadline);
	unit = proto_begin(&c->out, PROTO_MESSAGE);
	query_last(&c->out, RESULT_OK);
	proto_end(&c->out, unit);
}
