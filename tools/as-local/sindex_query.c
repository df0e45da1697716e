/* SPDX-License-Identifier: Apache-2.0 */
#include "query.h"
#include "sindex_match.h"
#include "sindex_seen.h"

#include <stdlib.h>

#define STEP_BYTES ((size_t)256 << 10)

struct sindex_job {
	struct job job;
	struct request r;
	struct query_info *info;
	struct query_part *part;
	unsigned n_parts, at;
	int set;
	uint64_t left, now;	/* records that may still be given: in all, in this step */
	struct namespace *ns;
	char index[64];		/* by name: it may be deleted while we are at work */
	struct predicate want;
	struct seen seen;
	bool failed;		/* out of memory */
	struct arena mem;
};

/* Has the entry's record been met? It is given once, for the first of its values that lies in the range. When memory for that is out the
 * query ends with an error. */
static bool met(struct sindex_job *s, const struct sindex_part *p, uint32_t at)
{
	int is_new = seen_add(&s->seen, p->entry[at].rec->digest);

	s->failed |= is_new < 0;
	return is_new <= 0;
}

/* The entries in front of the one where this step begins. */
static void meet_again(struct sindex_job *s, const struct sindex_part *p, uint32_t at)
{
	seen_reset(&s->seen);
	for (uint32_t i = sindex_position(p, s->want.low, NULL); i < at; i++)
		met(s, p, i);
}

static bool query_one(struct sindex_job *s, const struct sindex *x, const struct sindex_part *p, uint32_t at, struct buf *out)
{
	struct stored *rec = p->entry[at].rec;
	int64_t bval = p->entry[at].bval;

	arena_reset(&s->mem);
	if ((x->kind != SINDEX_DEFAULT && met(s, p, at)) || !query_wants(&s->r, s->set, rec, &s->mem) ||
	    !predicate_holds(&s->want, x, rec, &s->mem))
		return true;
	if (s->left == 0)
		return false;
	query_row(out, s->ns, rec, &s->r, &bval, &s->mem);
	s->left--;
	s->now--;
	s->info->succeeded++;
	s->info->throttled += s->info->rps > 0;
	return true;
}

static bool query_part(struct sindex_job *s, const struct sindex *x, struct buf *out, size_t limit)
{
	struct query_part *q = &s->part[s->at];
	const struct sindex_part *p = &x->part[q->pid];
	uint32_t at = q->resumed ? sindex_position(p, q->bval, q->digest) : sindex_position(p, s->want.low, NULL);

	if (q->resumed && at < p->n && p->entry[at].bval == q->bval && memcmp(p->entry[at].rec->digest, q->digest, DIGEST_SIZE) == 0)
		at++;
	if (x->kind != SINDEX_DEFAULT)
		meet_again(s, p, at);
	for (; at < p->n && p->entry[at].bval <= s->want.high; at++) {
		if (out->n > limit || out->full || s->now == 0 || s->failed)
			return false;
		if (!query_one(s, x, p, at, out))
			return true;
		q->resumed = true;
		q->bval = p->entry[at].bval;
		memcpy(q->digest, p->entry[at].rec->digest, DIGEST_SIZE);
	}
	return true;
}

static bool step(struct job *j, struct connection *c)
{
	struct sindex_job *s = (struct sindex_job *)j;
	struct sindex *x = sindex_find(s->ns, span_of(s->index));
	size_t unit = proto_begin(&c->out, PROTO_MESSAGE), limit = unit + STEP_BYTES;
	bool more = false;

	s->now = jobs_allowance(s->info);
	while (x && s->at < s->n_parts && s->left && query_part(s, x, &c->out, limit))
		s->at++;
	if (!s->info->abort && !s->failed)
		more = x && s->at < s->n_parts && s->left;
	if (!more)
		query_last(&c->out, !x ? RESULT_INDEX_NOT_FOUND : s->failed ? RESULT_SERVER_ERROR : s->info->abort ? RESULT_SCAN_ABORT : RESULT_OK);
	query_end_unit(&c->out, unit);
	j->due = jobs_due(s->info);
	return more;
}

static void end(struct job *j)
{
	struct sindex_job *s = (struct sindex_job *)j;

	if (s->info)
		jobs_done(s->info, s->info->abort ? "done(user-aborted)" :
			s->at < s->n_parts && s->left ? "done(abandoned-response-error)" : "done(ok)");
	predicate_free(&s->want);
	seen_free(&s->seen);
	arena_free(&s->mem);
	free(s->part);
	free(s);
}

static int open_job(struct sindex_job *s, const struct connection *c)
{
	struct sindex *x;
	int code = query_parts(&s->r, &s->part, &s->n_parts);

	if (code == RESULT_OK)
		code = predicate_parse(&s->r, &s->want, &x);
	if (code != RESULT_OK)
		return code;
	strcpy(s->index, x->name);
	s->ns = s->r.ns;
	s->info = jobs_add(&s->r, "basic", c->peer);
	if (!s->info)
		return RESULT_PARAMETER;
	strcpy(s->info->index, x->name);
	s->set = store_set(s->ns, s->r.set, false);
	s->left = s->r.max_records ? s->r.max_records : UINT64_MAX;
	return RESULT_OK;
}

void sindex_query(struct connection *c, struct request *r)
{
	size_t size = (size_t)(r->m.end - r->m.start);
	struct sindex_job *s = calloc(1, sizeof(*s) + size);
	int code;

	if (!s) {
		reply_code(&c->out, RESULT_SERVER_ERROR, 0, 0);
		return;
	}
	memcpy(s + 1, r->m.start, size);
	request_parse((struct span){ (char *)(s + 1), size }, &s->r);
	code = open_job(s, c);
	if (code != RESULT_OK) {
		end(&s->job);
		reply_code(&c->out, (uint8_t)code, 0, 0);
		return;
	}
	if (s->set < 0)
		s->n_parts = 0;
	s->job = (struct job){ .step = step, .free = end };
	c->job = &s->job;
}
