/* SPDX-License-Identifier: Apache-2.0 */
#include "source.h"
#include "ack.h"
#include "err.h"
#include "opt.h"

#include <errno.h>
#include <unistd.h>

static void apply(struct source *s, const struct ack *a)
{
	uint64_t first = a->first, last = a->last, missing = a->last - a->first + 1;

	if (window_clamp(s->window, &first, &last))
		for (uint64_t id = first; id <= last; id++) {
			struct record *r = window_take(s->window, id);

			if (!r)
				continue;
			missing--;
			if (a->ok)
				flight_done(s, r);
			else if (a->retry)
				flight_retry(s, r, a->error);
			else
				flight_never(s, r, a->error);
		}
	if (!missing)
		return;
	/* Of partitions that went elsewhere; or of another source. */
	if (window_knows(s->window, a->first) && window_knows(s->window, a->last))
		s->count.late_acks += missing;
	else
		s->count.foreign_acks++;
}

static void take_line(struct source *s, struct span line, enum reader_result how)
{
	static struct log_limit limit;
	struct ack a = { .why = "the line is too long" };
	uint64_t missed;

	if (line.n == 0)
		return;
	if (how == READER_LINE && ack_parse(line, &a)) {
		apply(s, &a);
		return;
	}
	s->count.bad_acks++;
	if (log_allow(&limit, 1000, &missed))
		log_warn("not an ack line", "line", log_num((int64_t)s->acks.lines), "reason", a.why, "also",
			missed ? log_num((int64_t)missed) : NULL, NULL);
}

static void end(struct source *s)
{
	s->acks_ended = true;
	if (s->out_closed || (s->phase == PHASE_DRAIN && window_count(s->window) == 0))	/* the other stages have drained */
		return;
	log_error("the acks ended while the pipeline should run: a stage has died", "in_flight",
		log_num((int64_t)window_count(s->window)), NULL);
	finish_now(s, EX_TEMPFAIL);
}

void acks_read(struct source *s)
{
	struct span line;
	enum reader_result how;
	ssize_t n;

	if (s->acks_ended || s->no_acks)
		return;
	n = reader_fill(&s->acks);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		log_error("can't read the acks", "reason", strerror(errno), NULL);
		s->acks.eof = true;
	}
	while ((how = reader_take(&s->acks, &line)) == READER_LINE || how == READER_TOO_LONG)
		take_line(s, line, how);
	if (how == READER_EOF)
		end(s);
}

void acks_start(struct source *s)
{
	const char *none = ack_none(STDIN_FILENO);

	if (none) {
		s->no_acks = true;
		warn("stdin is %s: no acks, a record counts as done once its line is written", none);
		return;
	}
	reader_open(&s->acks, STDIN_FILENO, opt_line_max);
}
