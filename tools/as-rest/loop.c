/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"
#include "clock.h"
#include "err.h"
#include "log.h"
#include "sig.h"

#include <errno.h>
#include <unistd.h>

#define EVENTS 64
#define SWEEP_MS 1000
#define LAST_WORDS_MS 1000	/* for the last answers to reach their clients */

void loop_watch(struct server *s, int op, int fd, uint32_t events, struct watch *w)
{
	struct epoll_event e = { .events = events, .data.ptr = w };

	if (epoll_ctl(s->epoll_fd, op, fd, &e) < 0)
		die(EX_SOFTWARE, "epoll_ctl on descriptor %d:", fd);
}

static void take_time(struct server *s)
{
	s->now_us = clock_us();
	s->now = s->now_us / 1000;
}

static void drain(struct server *s)
{
	if (s->draining)
		return;
	s->draining = true;
	s->drain_end = s->now + s->opt.drain_timeout;
	log_info("draining", "in_flight", log_num((int64_t)s->count.in_flight), NULL);
	http_accept_stop(&s->acceptor);
	connection_close_idle(s);
}

static void on_signal(struct server *s, struct watch *w, uint32_t events)
{
	(void)w;
	(void)events;
	sig_fd_clear();
	if (sig_take_usr1())
		counters_log(s);
	if (sig_take_hup())
		access_reopen(s);
	if (sig_stop())
		drain(s);
}

static void on_manage(struct server *s, struct watch *w, uint32_t events)
{
	(void)w;
	(void)events;
	for (int i = 0; i < 16 && http_run(s->manage.daemon); i++)
		;
}

static int timeout(const struct server *s)
{
	int64_t at = pool_deadline(s);

	if (s->h1_work)
		return 0;
	if (s->next_sweep < at)
		at = s->next_sweep;
	if (s->polled && s->next_poll < at)
		at = s->next_poll;
	if (s->draining && s->drain_end < at)
		at = s->drain_end;
	return at <= s->now ? 0 : (int)(at - s->now);
}

static void sweep(struct server *s)
{
	if (s->now < s->next_sweep)
		return;
	s->next_sweep = s->now + SWEEP_MS;
	connection_sweep(s);
	s->h1_work = true;
	if (s->manage.daemon)
		http_run(s->manage.daemon);
}

/* The access log is written when there is nothing else to do, or much of it. */
static int wait_events(struct server *s, struct epoll_event *events)
{
	const int ms = timeout(s);
	int n = epoll_wait(s->epoll_fd, events, EVENTS, access_pending(s) ? 0 : ms);

	if (n != 0 || ms == 0 || !access_pending(s))
		return n;
	access_flush(s);
	return epoll_wait(s->epoll_fd, events, EVENTS, ms);
}

static void round_of_work(struct server *s)
{
	struct epoll_event events[EVENTS];
	int n = wait_events(s, events);

	take_time(s);
	for (int i = 0; i < n; i++) {
		struct watch *w = events[i].data.ptr;

		w->ready(s, w, events[i].events);
	}
	pool_run(s);
	sweep(s);
	if (s->h1_work || (s->polled && s->now >= s->next_poll)) {
		http_work(s);
		pool_run(s);	/* sends what came in */
	}
	if (s->draining && (s->count.connections == 0 || s->now >= s->drain_end))
		s->stop = true;
}

/* Whatever still waits for the cluster is answered 503, and that goes out. */
static void last_words(struct server *s)
{
	const int64_t end = s->now + LAST_WORDS_MS;

	if (s->count.in_flight)
		log_warn("not all requests were answered in time", "in_flight", log_num((int64_t)s->count.in_flight), NULL);
	counters_log(s);
	pool_close(s);
	while (s->now < end && s->count.in_flight) {
		struct epoll_event event;

		http_run(s->daemon);
		epoll_wait(http_epoll_fd(s->daemon), &event, 1, 5);
		take_time(s);
	}
	http_run(s->daemon);
}

void loop_init(struct server *s)
{
	s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (s->epoll_fd < 0)
		die(EX_SOFTWARE, "epoll_create:");
	take_time(s);
	s->next_sweep = s->now + SWEEP_MS;
	s->watch_signal.ready = on_signal;
	loop_watch(s, EPOLL_CTL_ADD, sig_fd(), EPOLLIN, &s->watch_signal);
	if (s->manage.daemon) {
		s->watch_manage.ready = on_manage;
		loop_watch(s, EPOLL_CTL_ADD, http_epoll_fd(s->manage.daemon), EPOLLIN, &s->watch_manage);
	}
}

void loop_run(struct server *s)
{
	while (!s->stop)
		round_of_work(s);
	last_words(s);
}
