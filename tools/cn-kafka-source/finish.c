/* SPDX-License-Identifier: Apache-2.0 */
/* The ways to the end. All lead through a last commit and out of the group; see enum phase. */
#include "source.h"
#include "err.h"

#include <errno.h>
#include <unistd.h>

#define DRAIN_MS 30000		/* for what is in flight */
#define COMMIT_MS 5000		/* for the last commit */
#define LEAVE_MS 5000
#define ACKS_MS 15000		/* for the other stages to drain */

static void enter(struct source *s, enum phase phase, int64_t ms)
{
	s->phase = phase;
	s->phase_end = s->now + ms;
}

/* What went wrong first is what counts. */
static void remember(struct source *s, int exit_code)
{
	if (!s->exit_code)
		s->exit_code = exit_code;
}

void finish_drain(struct source *s, int exit_code)
{
	remember(s, exit_code);
	if (s->phase != PHASE_RUN)
		return;
	enter(s, PHASE_DRAIN, DRAIN_MS);
	if (!s->batch_done)
		log_info("draining", "in_flight", log_num((int64_t)window_count(s->window)), NULL);
}

void finish_now(struct source *s, int exit_code)
{
	remember(s, exit_code);
	if (s->phase >= PHASE_COMMIT)
		return;
	s->abandoned = true;
	enter(s, PHASE_COMMIT, COMMIT_MS);
	if (!s->committing)
		commit_send(s, false);
}

/* A dead letter that waits for a disk or a broker may wait for ever: then its record comes again. */
static bool drained(const struct source *s)
{
	for (const struct part *p = s->parts; p; p = p->next)
		if (p->in_pipe)
			return false;
	return writer_pending(&s->out) == 0;
}

static void close_out(struct source *s)
{
	if (s->out_closed)
		return;
	s->out_closed = true;
	if (s->abandoned) {	/* lines that nobody takes are not worth waiting for */
		close(s->out.fd);
		return;
	}
	if (writer_close(&s->out) < 0) {
		log_error("can't write lines", "reason", strerror(errno), NULL);
		remember(s, EX_IOERR);
	}
}

static bool uncommitted(const struct source *s)
{
	for (const struct part *p = s->parts; p; p = p->next)
		if (prefix_next(&p->prefix) > p->committed)
			return true;
	return false;
}

static void step_drain(struct source *s)
{
	if (!drained(s)) {
		if (s->now < s->phase_end)
			return;
		log_error("the pipeline does not answer: left without draining it", "in_flight",
			log_num((int64_t)window_count(s->window)), NULL);
		finish_now(s, EX_TEMPFAIL);
		return;
	}
	close_out(s);
	enter(s, PHASE_COMMIT, COMMIT_MS);
	if (!s->committing)
		commit_send(s, false);
}

/* A commit that was on its way when the end began may not have had everything in it. */
static void step_commit(struct source *s)
{
	if (s->committing && s->now < s->phase_end)
		return;
	if (uncommitted(s) && s->now < s->phase_end && (!s->commit_failed || s->now >= s->commit_next)) {
		s->commit_next = s->now + 200;
		commit_send(s, false);
		return;
	}
	if (uncommitted(s)) {
		if (s->now < s->phase_end)
			return;
		log_error("the last offsets could not be committed: their records will come again", NULL);
		remember(s, EX_TEMPFAIL);
	}
	close_out(s);
	assign_give_back(s);
	consumer_leave(s);
	enter(s, PHASE_LEAVE, LEAVE_MS);
}

void finish_step(struct source *s)
{
	switch (s->phase) {
	case PHASE_RUN:
	case PHASE_OVER:
		break;
	case PHASE_DRAIN:
		step_drain(s);
		break;
	case PHASE_COMMIT:
		step_commit(s);
		break;
	case PHASE_LEAVE:
		if (consumer_left(s) || s->now >= s->phase_end)
			enter(s, PHASE_ACKS, ACKS_MS);
		break;
	case PHASE_ACKS:
		if (!s->no_acks && !s->acks_ended && !s->abandoned && s->now < s->phase_end)
			return;
		if (!s->no_acks && !s->acks_ended && !s->abandoned)
			log_warn("the acks do not end, though every record is answered", NULL);
		s->phase = PHASE_OVER;
		break;
	}
}
