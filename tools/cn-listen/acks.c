/* SPDX-License-Identifier: Apache-2.0 */
#include "listen.h"
#include "ack.h"
#include "err.h"
#include "opt.h"

#include <errno.h>
#include <unistd.h>

static void late(struct server *s, const struct ack *a, uint64_t taken)
{
	uint64_t missing = a->last - a->first + 1 - taken;

	if (!missing)
		return;
	if (window_knows(s->window, a->first) && window_knows(s->window, a->last))
		s->count.late_acks += missing;
	else
		s->count.foreign_acks++;
}

static void permanent(struct server *s, struct request *r, const struct ack *a)
{
	static struct log_limit limit;
	uint64_t missed;

	s->count.parse_error++;
	if (s->dead_file.fd >= 0) {
		if (a->error.p)
			buf_span(&r->reason, a->error);
		queue_add(&s->dead, r);
		return;
	}
	if (log_allow(&limit, 1000, &missed))
		log_error("a record can never succeed, and there is no --dead-letter file to put it into: answered 503", "id",
			log_num((int64_t)r->id), "reason", a->error.p ? "see the sink's log" : NULL, "also", missed ? log_num((int64_t)missed) : NULL,
			NULL);
	flight_finish(s, r, 503);
}

static void apply(struct server *s, const struct ack *a)
{
	uint64_t first = a->first, last = a->last, taken = 0;

	if (window_clamp(s->window, &first, &last))
		for (uint64_t id = first; id <= last; id++) {
			struct request *r = window_take(s->window, id);

			if (!r)
				continue;
			taken++;
			if (a->ok)
				flight_finish(s, r, 200);
			else if (!a->retry)
				permanent(s, r, a);
			else {
				s->count.retry_nacks++;
				flight_finish(s, r, 503);
			}
		}
	late(s, a, taken);
}

static void take_line(struct server *s, struct span line, enum reader_result how)
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

static void end(struct server *s)
{
	s->acks_ended = true;
	if (!s->acks_file)
		loop_watch(s, EPOLL_CTL_DEL, s->acks.fd, 0, NULL);
	s->acks_file = false;
	if (s->out_closed) {	/* the other stages have drained: the end that SIGTERM asked for */
		s->stop = true;
		return;
	}
	if (s->draining && window_count(s->window) == 0 && s->waiting.n == 0)
		return;
	log_error("the acks ended while the pipeline should run: a stage has died", "in_flight",
		log_num((int64_t)window_count(s->window)), NULL);
	loop_give_up(s, EX_TEMPFAIL);
}

void acks_read(struct server *s)
{
	struct span line;
	enum reader_result how;
	ssize_t n;

	if (s->acks_ended)
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

static void ready(struct server *s, struct watch *w, uint32_t events)
{
	(void)w;
	(void)events;
	acks_read(s);
}

void acks_start(struct server *s)
{
	const char *none = ack_none(STDIN_FILENO);

	if (none) {
		s->no_acks = true;
		warn("stdin is %s: no acks, a request is answered 200 once its line is written", none);
		return;
	}
	reader_open(&s->acks, STDIN_FILENO, opt_line_max);
	s->watch_acks.ready = ready;
	s->acks_file = loop_watch(s, EPOLL_CTL_ADD, STDIN_FILENO, EPOLLIN, &s->watch_acks) < 0;
}
