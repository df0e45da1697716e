/* SPDX-License-Identifier: Apache-2.0 */
#include "source.h"
#include "ack.h"
#include "err.h"
#include "json.h"

#include <stdlib.h>

#define STALL_MS 30000	/* a line that waits so long for its ack is worth a word */

bool flight_has_room(const struct source *s)
{
	return s->held < s->opt.window && s->held_bytes < s->opt.window_bytes && loop_out_has_room(s);
}

void record_free(struct source *s, struct record *r)
{
	(void)s;
	free(r->reason);
	free(r);
}

void flight_send(struct source *s, struct record *r)
{
	const char *why = "";

	r->id = window_add(s->window, r, s->now);
	if (!r->id || r->id > ACK_ID_MAX)
		die(EX_SOFTWARE, "ids are used up");
	buf_reset(&s->line);
	if (!kafka_line(&s->lines, &s->line, r->id, &r->kafka, &why))
		s->count.undecodable++;
	if (s->line.full)
		die(EX_SOFTWARE, "out of memory");
	writer_span(&s->out, buf_as_span(&s->line));
	s->out_total += s->line.n;
	s->count.lines_bytes += s->line.n;
	s->count.sent++;
	r->out_end = s->out_total;
	if (!r->since)
		r->since = s->now;
	r->state = RECORD_FLIGHT;
	r->part->in_pipe++;
}

/* Everything up to the first record that is not done may be committed, and forgotten. */
static void advance(struct source *s, struct part *p)
{
	struct record *r;
	size_t popped = 0;

	while ((r = prefix_pop(&p->prefix))) {
		s->held--;
		s->held_bytes -= r->size;
		popped++;
		record_free(s, r);
	}
	s->advanced |= popped > 0;
	p->redo_next = p->redo_next > popped ? p->redo_next - popped : 0;
	if (p->eof >= 0)
		prefix_end(&p->prefix, p->eof);
}

void flight_done(struct source *s, struct record *r)
{
	struct part *p = r->part;

	p->in_pipe--;
	r->state = RECORD_DONE;
	s->count.acked++;
	prefix_mark(&p->prefix, r->seq, true);
	advance(s, p);
}

static void tell(struct source *s, const struct record *r, const char *what, struct span error)
{
	struct buf scratch = { 0 };
	struct span text = json_text(error, &scratch);
	char reason[400];
	uint64_t missed;

	s->count.last_error = (uint64_t)s->now;
	if (!text.p)
		text = SPAN("the sink gave none");
	snprintf(reason, sizeof(reason), "%.*s", (int)(text.n > 390 ? 390 : text.n), text.p);
	buf_free(&scratch);
	if (log_allow(&s->failures, 1000, &missed))
		log_warn(what, "topic", r->kafka.topic.p, "partition", log_num(r->kafka.partition), "offset", log_num(r->kafka.offset),
			"reason", reason, "also", missed ? log_num((int64_t)missed) : NULL, NULL);
}

void flight_retry(struct source *s, struct record *r, struct span error)
{
	s->count.retries++;
	tell(s, r, "a record failed: trying again", error);
	r->part->in_pipe--;
	r->state = RECORD_FAILED;
	redo_failed(s, r->part);
}

/* A raw JSON string of our own. */
static char *copy(struct span raw)
{
	char *p = raw.p ? malloc(raw.n + 1) : NULL;

	if (p) {
		memcpy(p, raw.p, raw.n);
		p[raw.n] = '\0';
	}
	return p;
}

void flight_never(struct source *s, struct record *r, struct span error)
{
	s->count.failures++;
	if (s->opt.dead_file || s->opt.dead_topic) {
		r->reason = copy(error);
		r->state = RECORD_DEAD;
		dead_add(s, r);
	} else if (s->opt.skip) {
		tell(s, r, "a record can never succeed: skipped", error);
		s->count.skipped++;
		flight_done(s, r);
	} else {
		s->failures.next = 0;	/* this one has to be told */
		tell(s, r, "a record can never succeed, and there is neither --dead-letter nor --on-error skip: stopping before it", error);
		r->part->in_pipe--;
		r->state = RECORD_STUCK;
		finish_drain(s, EX_DATAERR);
	}
}

void flight_written(struct source *s)
{
	const uint64_t written = s->out_total - writer_pending(&s->out);
	struct record *r;
	uint64_t id;

	while ((r = window_oldest(s->window, &id, NULL)) && r->out_end <= written) {
		window_take(s->window, id);
		flight_done(s, r);
	}
}

/* Without a word of it, a stage that swallows lines would only show in the lag. */
void flight_watch(struct source *s)
{
	const struct record *r;
	int64_t time;
	uint64_t missed;

	r = window_oldest(s->window, NULL, &time);
	if (!r || s->now - time < STALL_MS || !log_allow(&s->stalls, STALL_MS, &missed))
		return;
	log_warn("no ack for a long time", "seconds", log_num((s->now - time) / 1000), "topic", r->kafka.topic.p, "partition",
		log_num(r->kafka.partition), "offset", log_num(r->kafka.offset), "in_flight", log_num((int64_t)window_count(s->window)), NULL);
}
