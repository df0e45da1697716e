/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs go off: alone, or many in one request where the servers take batches of writes (6.0 and later). There is never more than one of a digest
 * among those under way, so the order inside of a batch means nothing. */
#include "client_batch.h"
#include "clock.h"
#include "err.h"
#include "info.h"
#include "put.h"
#include "result.h"

#include <stdlib.h>

#define ALONE_BYTES ((size_t)64 << 10)	/* a larger record gains nothing from company */
#define BATCH_BYTES ((size_t)1 << 20)	/* of one batch, about: far below what a unit may have */

#define EARLY_MS 250

struct batch {
	struct client_batch batch;	/* first: the client's pointer is ours */
	struct put *put;
	struct batch *next;		/* free */
	struct job **job;
	struct batch_row *row;
};

void send_job(struct job *j)
{
	struct put *p = j->put;

	j->next = NULL;
	if (p->ready)
		p->ready_last->next = j;
	else
		p->ready = j;
	p->ready_last = j;
}

static int64_t time_left(const struct job *j, int64_t now)
{
	const struct options *o = &j->put->options;
	int64_t left = o->timeout == TIMEOUT_NEVER ? job_patience(o) : j->begun + o->timeout - now;

	return left < 1 ? 1 : left;
}

static uint32_t socket_ms(const struct put *p)
{
	return (uint32_t)(job_patience(&p->options) / 3);
}

static void alone_done(struct client_request *r, const struct client_reply *reply)
{
	job_answered((struct job *)r, reply->code, reply->in_doubt, reply->body);
}

static void send_alone(struct job *j)
{
	struct put *p = j->put;

	j->tries++;
	j->request = (struct client_request){ .unit = buf_as_span(&j->unit), .ns = span_of(j->ns), .digest = j->digest, .write = true,
		.idempotent = j->idempotent, .socket_ms = socket_ms(p), .total_ms = (uint32_t)time_left(j, clock_ms()), .done = alone_done };
	client_submit(p->client, &j->request);
}

/* ---- batches ---- */

static struct batch *batch_new(struct put *p)
{
	struct batch *b = p->batch_free;

	if (b) {
		p->batch_free = b->next;
		return b;
	}
	b = xcalloc(1, sizeof(*b));
	b->put = p;
	b->job = xcalloc(p->options.batch, sizeof(struct job *));
	b->row = xcalloc(p->options.batch, sizeof(*b->row));
	return b;
}

/* A result that speaks of the whole batch, not of this row. A bad parameter may be another row's: asked for alone, each gets its own answer. */
static bool of_the_batch(struct put *p, int code)
{
	if (code == RESULT_BATCH_DISABLED || code == RESULT_BATCH_TOO_MANY) {
		if (!p->no_batches)
			log_warn("the cluster takes no batches: records go one by one", "result", log_num(code), "why", client_text(code), NULL);
		p->no_batches = true;
		return true;
	}
	return code == RESULT_PARAMETER;
}

static void row_done(struct client_batch *c, unsigned i, int code, bool in_doubt, struct span body)
{
	struct batch *b = (struct batch *)c;
	struct job *j = b->job[i];

	if (of_the_batch(b->put, code) && !in_doubt) {
		j->alone = true;
		send_job(j);
		return;
	}
	job_answered(j, code, in_doubt, body);
}

static void batch_done(struct client_batch *c)
{
	struct batch *b = (struct batch *)c;

	b->next = b->put->batch_free;
	b->put->batch_free = b;
}

static void send_batch(struct batch *b, unsigned n)
{
	struct put *p = b->put;
	int64_t now = clock_ms(), least = INT64_MAX;

	for (unsigned i = 0; i < n; i++) {
		struct job *j = b->job[i];
		int64_t left = time_left(j, now);

		j->tries++;
		least = left < least ? left : least;
		b->row[i] = (struct batch_row){ .unit = buf_as_span(&j->unit), .write = true, .idempotent = j->idempotent };
	}
	p->count.batches++;
	b->batch = (struct client_batch){ .rows = b->row, .n = n, .socket_ms = socket_ms(p), .total_ms = (uint32_t)least, .row = row_done,
		.done = batch_done };
	client_batch(p->client, &b->batch);
}

static bool batches(const struct put *p)
{
	return p->options.batch > 1 && !p->no_batches && client_build(p->client) >= INFO_BUILD(6, 0, 0, 0);
}

/* At the start it is not known yet what the servers take: they have a moment to say it. */
static bool too_early(struct put *p)
{
	int64_t until = p->begun + EARLY_MS;

	if (p->options.batch == 1 || client_build(p->client) || client_state(p->client) == CLIENT_LOST || clock_ms() >= until)
		return false;
	if (until < p->next_due)
		p->next_due = until;
	return true;
}

/* An older server would take the filter for something else. */
static void check_filters(const struct put *p)
{
	uint32_t build = client_build(p->client);

	if (p->options.newer != NEWER_OFF && build && build < INFO_BUILD(5, 2, 0, 0))
		die(EX_CONFIG, "--if-newer needs servers 5.2 or later");
}

void send_ready(struct put *p)
{
	bool together = batches(p);
	struct batch *b = NULL;
	struct job *j, *next;
	unsigned n = 0;
	size_t bytes = 0;

	if (!p->ready || too_early(p))
		return;
	check_filters(p);
	j = p->ready;
	p->ready = p->ready_last = NULL;
	for (; j; j = next) {
		next = j->next;
		j->next = NULL;
		if (!together || j->alone || j->unit.n > ALONE_BYTES || (n == 0 && !next)) {
			send_alone(j);
			continue;
		}
		if (n == 0)
			b = batch_new(p);
		b->job[n++] = j;
		bytes += j->unit.n;
		if (n == p->options.batch || bytes > BATCH_BYTES) {
			send_batch(b, n);
			n = 0;
			bytes = 0;
		}
	}
	if (n)
		send_batch(b, n);
}

void send_free(struct put *p)
{
	struct batch *b;

	while ((b = p->batch_free)) {
		p->batch_free = b->next;
		free(b->job);
		free(b->row);
		free(b);
	}
}
