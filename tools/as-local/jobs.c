/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"
#include "latency.h"
#include "query.h"

#include <stdlib.h>

#define FINISHED 100

/* Oldest first. There are no more unfinished ones than connections and background jobs. */
static struct query_info **job;
static unsigned n_jobs, cap_jobs;

struct query_info *jobs_find(uint64_t trid)
{
	for (unsigned i = 0; i < n_jobs; i++)
		if (job[i]->trid == trid)
			return job[i];
	return NULL;
}

static void forget(unsigned i)
{
	free(job[i]);
	memmove(job + i, job + i + 1, (--n_jobs - i) * sizeof(*job));
}

static void copy(char *to, size_t size, struct span from)
{
	size_t n = from.n < size - 1 ? from.n : size - 1;

	memcpy(to, from.p ? from.p : "", n);
	to[n] = '\0';
}

/* Of the finished ones only the last hundred stay listed. */
static void drop_old(void)
{
	unsigned done = 0;

	for (unsigned i = n_jobs; i-- > 0;)
		if (job[i]->done && ++done >= FINISHED)
			forget(i);
}

static bool list(struct query_info *q)
{
	if (n_jobs == cap_jobs) {
		unsigned cap = 2 * cap_jobs + 128;
		struct query_info **bigger = realloc(job, cap * sizeof(*bigger));

		if (!bigger)
			return false;
		job = bigger;
		cap_jobs = cap;
	}
	job[n_jobs++] = q;
	return q->listed = true;
}

struct query_info *jobs_add(const struct request *r, const char *type, const char *from)
{
	static uint64_t next = 1;
	bool brief = r->m.info1 & INFO1_SHORT_QUERY;
	struct query_info *q;

	if (r->trid && !brief && jobs_find(r->trid))
		return NULL;
	drop_old();
	q = calloc(1, sizeof(*q));
	if (!q || (!brief && !list(q))) {
		free(q);
		return NULL;
	}
	q->trid = r->trid ? r->trid : ((uint64_t)clock_us() << 16) + next++;
	copy(q->ns, sizeof(q->ns), span_of(r->ns->name));
	copy(q->set, sizeof(q->set), r->set);
	copy(q->index, sizeof(q->index), r->index_name);
	copy(q->from, sizeof(q->from), span_of(from));
	q->type = type;
	q->rps = r->rps;
	q->socket_timeout = r->socket_timeout;
	q->n_pids = (uint32_t)(r->pids.n / 2);
	q->n_digests = (uint32_t)(r->digests.n / DIGEST_SIZE);
	q->started = clock_ms();
	q->status = "active(ok)";
	return q;
}

#define PACE_MS 10	/* between steps of a job that is too fast */

uint64_t jobs_allowance(const struct query_info *q)
{
	uint64_t by_now = 1 + (uint64_t)(clock_ms() - q->started) * q->rps / 1000;

	return !q->rps ? UINT64_MAX : by_now > q->throttled ? by_now - q->throttled : 0;
}

int64_t jobs_due(const struct query_info *q)
{
	/* Rounded up: a moment before, the allowance is still 0. */
	int64_t now = clock_ms(), due = q->rps ? q->started + (int64_t)((q->throttled * 1000 + q->rps - 1) / q->rps) : 0;

	return due <= now ? 0 : due < now + PACE_MS ? now + PACE_MS : due;
}

void jobs_done(struct query_info *q, const char *status)
{
	q->done = clock_ms();
	if (strcmp(q->type, "basic") == 0)
		latency_query(store_namespace(span_of(q->ns)), q->index[0], q->done - q->started);
	q->status = status;
	if (!q->listed)
		free(q);
}

void jobs_each(void (*each)(const struct query_info *q, void *ctx), void *ctx)
{
	for (unsigned i = 0; i < n_jobs; i++)
		each(job[i], ctx);
}
