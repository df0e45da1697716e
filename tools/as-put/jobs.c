/* SPDX-License-Identifier: Apache-2.0 */
/* Requests under way: one for each digest, the others of it in a queue behind; sent again after a pause when that can help. */
#include "bytes.h"
#include "clock.h"
#include "err.h"
#include "message.h"
#include "put.h"
#include "result.h"

#include <stdio.h>
#include <stdlib.h>

#define BYTES_MAX ((size_t)64 << 20)	/* of requests; reading stops beyond */
#define KEEP_MAX ((size_t)64 << 10)	/* a job's buffer that is larger goes back */
#define PAUSE_FIRST 20
#define PAUSE_MAX 1000

void jobs_open(struct put *p)
{
	size_t buckets = 64, n = p->options.window;

	while (buckets < 2 * n)
		buckets *= 2;
	p->job = xcalloc(n, sizeof(*p->job));
	p->bucket = xcalloc(buckets, sizeof(struct job *));
	p->bucket_mask = buckets - 1;
	p->next_due = INT64_MAX;
	p->begun = clock_ms();
	for (size_t i = 0; i < n; i++) {
		p->job[i].put = p;
		p->job[i].next = p->free;
		p->free = &p->job[i];
	}
	retry_open(&p->retry, PAUSE_FIRST, PAUSE_MAX, p->options.timeout == TIMEOUT_NEVER ? INT64_MAX / 4 : p->options.timeout);
}

void jobs_free(struct put *p)
{
	for (size_t i = 0; i < p->options.window; i++) {
		buf_free(&p->job[i].unit);
		buf_free(&p->job[i].to);
		buf_free(&p->job[i].ask);
	}
	free(p->job);
	free(p->bucket);
}

bool jobs_room(const struct put *p)
{
	return p->free && p->bytes < BYTES_MAX;
}

struct job *job_new(struct put *p)
{
	struct job *j = p->free;

	p->free = j->next;
	j->next = j->chain = j->behind = j->behind_last = NULL;
	j->in_doubt = j->is_delete = j->once = j->alone = j->nested = j->setless = false;
	j->tries = 0;
	j->begun = clock_ms();
	buf_reset(&j->unit);
	buf_reset(&j->to);
	return j;
}

void job_drop(struct job *j)
{
	if (j->unit.cap > KEEP_MAX)
		buf_free(&j->unit);
	j->next = j->put->free;
	j->put->free = j;
}

static struct job **bucket_of(struct put *p, const uint8_t *digest)
{
	return &p->bucket[get_be32(digest + 4) & p->bucket_mask];
}

/* True when it is the first of its digest; else it waits behind that one. Equal digests in two namespaces wait for each other too. */
static bool lane_enter(struct job *j)
{
	struct job **b = bucket_of(j->put, j->digest), *first = *b;

	while (first && memcmp(first->digest, j->digest, DIGEST_SIZE) != 0)
		first = first->chain;
	if (!first) {
		j->chain = *b;
		*b = j;
		return true;
	}
	if (first->behind)
		first->behind_last->next = j;
	else
		first->behind = j;
	first->behind_last = j;
	return false;
}

/* The next of its digest is first now; NULL for none. */
static struct job *lane_leave(struct job *j)
{
	struct job **at = bucket_of(j->put, j->digest), *next = j->behind;

	while (*at != j)
		at = &(*at)->chain;
	if (!next) {
		*at = j->chain;
		return NULL;
	}
	next->behind = next->next;
	next->behind_last = next->behind ? j->behind_last : NULL;
	next->next = NULL;
	next->chain = j->chain;
	*at = next;
	return next;
}

static void job_end(struct job *j)
{
	struct put *p = j->put;

	p->bytes -= j->unit.n;
	p->count.in_flight--;
	job_drop(j);
}

/* What waits behind a record that is to come again may not overtake it: it comes again too. */
static void fail_lane(struct job *j, const char *why)
{
	struct put *p = j->put;
	char text[480];

	sink_fail(&p->sink, j->tag, true, why, NULL);
	snprintf(text, sizeof(text), "behind a record of the same key: %s", why);
	while (j) {
		struct job *next = lane_leave(j);

		job_end(j);
		if (next)
			sink_fail(&p->sink, next->tag, true, text, NULL);
		j = next;
	}
}

static void finish(struct job *j)
{
	struct job *next = lane_leave(j);

	job_end(j);
	if (next)
		send_job(next);
}

static void wait_and_submit(struct job *j, int64_t at)
{
	struct put *p = j->put;

	p->count.again++;
	j->due = at;
	j->next = p->pausing;
	p->pausing = j;
	if (at < p->next_due)
		p->next_due = at;
}

void jobs_again(struct put *p)
{
	int64_t now = clock_ms();
	struct job *j, *next;

	if (now < p->next_due)
		return;
	j = p->pausing;
	p->pausing = NULL;
	p->next_due = INT64_MAX;
	for (; j; j = next) {
		next = j->next;
		j->next = NULL;
		if (j->due <= now) {
			send_job(j);
			continue;
		}
		j->next = p->pausing;
		p->pausing = j;
		if (j->due < p->next_due)
			p->next_due = j->due;
	}
}

static void written(struct job *j, struct span body)
{
	if (j->to.n && !j->is_delete && body.n >= MESSAGE_HEADER_SIZE)
		buf_printf(&j->to, "@%u", (unsigned)get_be32(body.p + 6));
	sink_done_to(&j->put->sink, j->tag, buf_as_span(&j->to));
	finish(j);
}

static const char *reason(const struct job *j, int code, char text[400])
{
	const char *more = code == CLIENT_UNREACHABLE || code == CLIENT_NO_NODE || code == RESULT_TIMEOUT ? client_why(j->put->client) : "";

	snprintf(text, 400, "namespace %s: %s%s%.200s%s", j->ns, client_text(code), *more ? ": " : "", more,
		j->in_doubt ? " (in doubt: it may have been written)" : "");
	return text;
}

static void try_again(struct job *j, int code)
{
	struct put *p = j->put;
	int64_t at = -1;
	char text[400];

	if (!j->in_doubt || j->idempotent)
		at = retry_at(&p->retry, j->tries, j->begun, clock_ms(), -1);
	if (at >= 0) {
		wait_and_submit(j, at);
		return;
	}
	if (j->in_doubt)
		p->count.in_doubt++;
	if (j->in_doubt && j->once) {	/* the source must not repeat it either */
		sink_fail(&p->sink, j->tag, false, reason(j, code, text), NULL);
		finish(j);
		return;
	}
	fail_lane(j, reason(j, code, text));
}

static void refused(struct job *j, int code)
{
	uint64_t missed;
	char text[400];

	if (log_allow(&j->put->refusals, 1000, &missed))
		log_error("the cluster refuses records", "namespace", j->ns, "result", log_num(code), "why", client_text(code), NULL);
	fail_lane(j, reason(j, code, text));
}

void job_answered(struct job *j, int code, bool in_doubt, struct span body)
{
	struct put *p = j->put;
	char text[400];

	j->in_doubt |= in_doubt;
	if (code == RESULT_PARAMETER && set_ask(j))
		return;
	switch (outcome_of(j, code)) {
	case OUTCOME_STALE:
		p->count.stale++;
		sink_done(&p->sink, j->tag);
		finish(j);
		break;
	case OUTCOME_IGNORED:
		p->count.ignored++;
		buf_reset(&j->to);
		/* fall through */
	case OUTCOME_DONE: written(j, body); break;
	case OUTCOME_AGAIN: try_again(j, code); break;
	case OUTCOME_OPERATOR: refused(j, code); break;
	case OUTCOME_BAD:
		sink_fail(&p->sink, j->tag, false, reason(j, code, text), NULL);
		finish(j);
		break;
	}
}

void job_start(struct job *j)
{
	struct put *p = j->put;

	p->bytes += j->unit.n;
	p->count.in_flight++;
	if (lane_enter(j))
		send_job(j);
}
