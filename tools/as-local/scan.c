/* SPDX-License-Identifier: Apache-2.0 */
#include "query.h"

#include <stdlib.h>

#define STEP_BYTES ((size_t)256 << 10)

struct scan {
	struct job job;
	struct request r;
	struct query_info *info;
	struct query_part *part;
	unsigned n_parts, at;
	int set;
	uint64_t left;		/* records that may still be given, and ... */
	uint64_t now;		/* ... in this step */
	struct arena mem;
};

/* The first record of the partition that is still to be given: entries lie in descending order. */
static uint32_t start_of(const struct partition *p, const struct query_part *q)
{
	uint32_t low = 0, high = p->n;

	if (!q->resumed)
		return 0;
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (memcmp(p->record[mid]->digest, q->digest, DIGEST_SIZE) < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

/* One partition, as far as this step goes; true when it is done. */
static bool scan_part(struct scan *s, struct buf *out, size_t limit)
{
	struct query_part *q = &s->part[s->at];
	struct partition *p = &s->r.ns->part[q->pid];

	for (uint32_t i = start_of(p, q); i < p->n; i++) {
		struct stored *rec = p->record[i];

		if (out->n > limit || out->full || s->now == 0)
			return false;
		q->resumed = true;
		memcpy(q->digest, rec->digest, DIGEST_SIZE);
		arena_reset(&s->mem);
		if (!query_wants(&s->r, s->set, rec, &s->mem))
			continue;
		if (s->left == 0)
			return true;
		query_row(out, s->r.ns, rec, &s->r, NULL, &s->mem);
		s->left--;
		s->now--;
		s->info->succeeded++;
		s->info->throttled += s->info->rps > 0;
	}
	return true;
}

static bool step(struct job *j, struct connection *c)
{
	struct scan *s = (struct scan *)j;
	size_t unit = proto_begin(&c->out, PROTO_MESSAGE), limit = unit + STEP_BYTES;
	bool more;

	s->now = jobs_allowance(s->info);
	while (s->at < s->n_parts && s->left && scan_part(s, &c->out, limit))
		s->at++;
	more = s->at < s->n_parts && s->left && !s->info->abort;
	if (!more)
		query_last(&c->out, s->info->abort ? RESULT_SCAN_ABORT : RESULT_OK);
	query_end_unit(&c->out, unit);
	j->due = jobs_due(s->info);
	return more;
}

static void end(struct job *j)
{
	struct scan *s = (struct scan *)j;

	jobs_done(s->info, s->info->abort ? "done(user-aborted)" :
		s->at < s->n_parts && s->left ? "done(abandoned-response-error)" : "done(ok)");
	arena_free(&s->mem);
	free(s->part);
	free(s);
}

void scan_query(struct connection *c, struct request *r)
{
	size_t size = (size_t)(r->m.end - r->m.start);
	struct scan *s = calloc(1, sizeof(*s) + size);
	int code;

	if (!s) {
		reply_code(&c->out, RESULT_SERVER_ERROR, 0, 0);
		return;
	}
	/* The connection's buffer moves while the answer is under way, so the request is read anew from a copy. */
	memcpy(s + 1, r->m.start, size);
	request_parse((struct span){ (char *)(s + 1), size }, &s->r);
	code = query_parts(&s->r, &s->part, &s->n_parts);
	if (code == RESULT_OK && !(s->info = jobs_add(&s->r, "basic", c->peer)))
		code = RESULT_PARAMETER;
	if (code != RESULT_OK) {
		free(s->part);
		free(s);
		reply_code(&c->out, (uint8_t)code, 0, 0);
		return;
	}
	s->set = store_set(s->r.ns, s->r.set, false);
	s->left = s->r.max_records ? s->r.max_records : UINT64_MAX;
	if (s->set < 0)
		s->n_parts = 0;
	s->job = (struct job){ .step = step, .free = end };
	c->job = &s->job;
}
