/* SPDX-License-Identifier: Apache-2.0 */
#include "listen.h"
#include "err.h"

#include <unistd.h>

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

static void take(void *server, void *request, const struct ack *a)
{
	struct server *s = server;

	if (a->ok) {
		flight_finish(s, request, 200);
	} else if (!a->retry) {
		permanent(s, request, a);
	} else {
		s->count.retry_nacks++;
		flight_finish(s, request, 503);
	}
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
	const struct ack_source acks = { .in = &s->acks, .window = s->window, .count = &s->count.acks, .take = take, .ctx = s };

	if (!s->acks_ended && ack_source_read(&acks))
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
	s->no_acks = !ack_source_open(&s->acks, "a request is answered 200 once its line is written");
	if (s->no_acks)
		return;
	s->watch_acks.ready = ready;
	s->acks_file = loop_watch(s, EPOLL_CTL_ADD, STDIN_FILENO, EPOLLIN, &s->watch_acks) < 0;
}
