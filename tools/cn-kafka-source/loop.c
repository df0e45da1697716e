/* SPDX-License-Identifier: Apache-2.0 */
#include "source.h"
#include "clock.h"
#include "err.h"
#include "http.h"
#include "sig.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#define OUT_FULL ((size_t)1 << 20)	/* with so much output pending, no more is taken in */
#define ROUND_MS 1000			/* no sleep is longer: librdkafka wants to be asked */

bool loop_out_has_room(const struct source *s)
{
	return writer_pending(&s->out) < OUT_FULL;
}

static void signals(struct source *s)
{
	sig_fd_clear();
	if (sig_take_usr1())
		counters_log(s);
	if (sig_take_hup())
		dead_reopen(s);
	if (sig_stop())
		finish_drain(s, 0);
}

static void output_failed(struct source *s, int reason)
{
	if (reason == EPIPE)
		log_error("nobody reads the lines any more: a stage has died", NULL);
	else
		log_error("can't write lines", "reason", strerror(reason), NULL);
	finish_now(s, reason == EPIPE ? EX_TEMPFAIL : EX_IOERR);
}

static void output(struct source *s)
{
	if (s->out_closed || s->abandoned)
		return;
	if (writer_pending(&s->out) && writer_flush(&s->out) < 0)
		output_failed(s, errno);
	else if (s->no_acks)
		flight_written(s);
}

static void sooner(int64_t *ms, int64_t due)
{
	if (due >= 0 && due < *ms)
		*ms = due;
}

static int timeout(const struct source *s)
{
	int64_t ms = ROUND_MS;

	if (s->messages_ready && s->phase == PHASE_RUN && flight_has_room(s))
		return 0;
	if (s->phase == PHASE_RUN)	/* later nothing is tried again */
		sooner(&ms, redo_due(s));
	if (s->advanced && s->phase < PHASE_COMMIT)
		sooner(&ms, s->commit_next > s->now ? s->commit_next - s->now : 0);
	if (s->phase != PHASE_RUN || s->revoked)
		sooner(&ms, 20);
	if (s->dead)
		sooner(&ms, s->dead_again > s->now ? s->dead_again - s->now : 0);
	return (int)ms;
}

static void wait_for_work(struct source *s)
{
	struct pollfd fds[] = {
		{ .fd = sig_fd(), .events = POLLIN },
		{ .fd = s->no_acks || s->acks_ended ? -1 : s->acks.fd, .events = POLLIN },
		/* Without anything to write it still tells when the reader has gone. */
		{ .fd = s->out_closed || s->abandoned ? -1 : s->out.fd, .events = writer_pending(&s->out) ? POLLOUT : 0 },
		{ .fd = s->events_fd, .events = POLLIN },
		{ .fd = flight_has_room(s) && s->phase == PHASE_RUN ? s->messages_fd : -1, .events = POLLIN },
		{ .fd = s->dead_rk ? s->dead_fd : -1, .events = POLLIN },
		{ .fd = s->manage.daemon ? http_epoll_fd(s->manage.daemon) : -1, .events = POLLIN },
	};

	if (poll(fds, sizeof(fds) / sizeof(*fds), timeout(s)) < 0 && errno != EINTR)
		die(EX_SOFTWARE, "poll:");
	s->now = clock_ms();
	if (fds[0].revents)
		signals(s);
	if (fds[2].revents & (POLLERR | POLLHUP))
		output_failed(s, EPIPE);
	if (fds[4].revents) {
		uint64_t woken;

		if (read(s->messages_fd, &woken, sizeof(woken)) < 0) {
			/* It was there a moment ago. */
		}
		s->messages_ready = true;
	}
	if (fds[1].revents)
		acks_read(s);
	for (int i = 0; fds[6].revents && i < 16 && http_run(s->manage.daemon); i++)
		;
}

void loop_run(struct source *s)
{
	s->now = s->started = clock_ms();
	while (s->phase != PHASE_OVER) {
		wait_for_work(s);
		consumer_serve(s);
		dead_topic_serve(s);
		dead_flush(s);
		redo_step(s);
		if (s->messages_ready)
			intake(s);
		output(s);
		commit_step(s);
		assign_step(s);
		flight_watch(s);
		finish_step(s);
	}
}
