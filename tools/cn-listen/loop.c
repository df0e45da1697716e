/* SPDX-License-Identifier: Apache-2.0 */
#include "listen.h"
#include "clock.h"
#include "err.h"
#include "sig.h"

#include <errno.h>
#include <unistd.h>

#define EVENTS 256
#define SWEEP_MS 1000
#define LAST_WORDS_MS 1000	/* for the last answers to reach their clients */

int loop_watch(struct server *s, int op, int fd, uint32_t events, struct watch *w)
{
	struct epoll_event e = { .events = events, .data.ptr = w };

	if (epoll_ctl(s->epoll_fd, op, fd, &e) == 0)
		return 0;
	if (errno == EPERM)
		return -1;
	die(EX_SOFTWARE, "epoll_ctl on descriptor %d:", fd);
}

static void take_time(struct server *s)
{
	s->now_us = clock_us();
	s->now = s->now_us / 1000;
	s->now_unix = clock_unix_ms();
}

static void on_output(struct server *s, struct watch *w, uint32_t events)
{
	(void)w;
	s->out_full = false;
	if (events & EPOLLERR && !writer_pending(&s->out)) {
		log_error("nobody reads the lines any more: a stage has died", NULL);
		loop_give_up(s, EX_TEMPFAIL);
	}
}

static void drain(struct server *s)
{
	if (s->draining || s->stop)
		return;
	s->draining = true;
	s->drain_end = s->now + 2 * s->opt.deadline;
	log_info("draining", "in_flight", log_num((int64_t)window_count(s->window)), NULL);
	/* Others behind the same port take over; a lone instance goes on answering 503, which says more than a refused connection. */
	if (s->opt.reuse_port)
		http_accept_stop(&s->acceptor);
}

static void reload(struct server *s)
{
	struct http_auth *a;
	char *why;

	dead_reopen(s);
	if (!s->opt.auth_file)
		return;
	a = http_auth_load(s->opt.auth_file, &why);
	if (!a) {
		log_error("can't load the auth file again; going on with the old secrets", "reason", why, NULL);
		return;
	}
	http_auth_free(s->auth);
	s->auth = a;
	log_info("loaded the auth file again", NULL);
}

static void on_signal(struct server *s, struct watch *w, uint32_t events)
{
	(void)w;
	(void)events;
	sig_fd_clear();
	if (sig_take_usr1())
		counters_log(s);
	if (sig_take_hup())
		reload(s);
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

void loop_give_up(struct server *s, int exit_code)
{
	if (s->stop)
		return;
	s->stop = true;
	s->exit_code = exit_code;
	flight_fail_all(s);
}

static void watch_output(struct server *s)
{
	s->watch_out.ready = on_output;
	/* No events asked for: an error (the reader is gone) is told anyway. A file can't be watched and needs not. */
	s->out_watched = loop_watch(s, EPOLL_CTL_ADD, s->out.fd, 0, &s->watch_out) == 0;
}

static void output_failed(struct server *s)
{
	if (s->stop)
		return;
	log_error("can't write lines", "reason", strerror(errno), NULL);
	loop_give_up(s, errno == EPIPE ? EX_TEMPFAIL : EX_IOERR);
}

/* Write what goes; ask to be woken when more will go. */
static void output(struct server *s)
{
	bool full;

	if (s->out_closed || s->stop)
		return;
	if (writer_pending(&s->out) && !s->out_full && writer_flush(&s->out) < 0) {
		output_failed(s);
		return;
	}
	full = writer_pending(&s->out) > 0;
	if (full == s->out_full || !s->out_watched)
		return;
	s->out_full = full;
	loop_watch(s, EPOLL_CTL_MOD, s->out.fd, full ? EPOLLOUT | EPOLLONESHOT : 0, &s->watch_out);
}

/* All answered: close stdout, so that the other stages drain and end; their end is the end of the acks. */
static void drained(struct server *s)
{
	if (!s->out_closed) {
		const bool idle = window_count(s->window) == 0 && s->waiting.n == 0 && s->dead.n == 0 && writer_pending(&s->out) == 0;

		if (!idle && s->now < s->drain_end)
			return;
		if (!idle) {
			log_error("the pipeline takes no more lines: left without draining it", NULL);
			loop_give_up(s, EX_TEMPFAIL);
			return;
		}
		if (s->out_watched)
			loop_watch(s, EPOLL_CTL_DEL, s->out.fd, 0, NULL);
		s->out_closed = true;
		s->drain_end = s->now + 2 * s->opt.deadline;
		if (writer_close(&s->out) < 0) {
			log_error("can't write lines", "reason", strerror(errno), NULL);
			s->exit_code = EX_IOERR;
		}
		if (s->no_acks || s->acks_ended)
			s->stop = true;
	} else if (s->now >= s->drain_end) {
		log_warn("the acks do not end, though every request is answered", NULL);
		s->stop = true;
	}
}

static int timeout(const struct server *s)
{
	int64_t ms = s->next_sweep - s->now, deadline = flight_next_deadline(s);

	if (s->h1_work || s->h2_dirty || s->acks_file || s->stop || (s->draining && !s->out_closed && window_count(s->window) == 0))
		return 0;
	if (deadline >= 0 && deadline < ms)
		ms = deadline;
	return ms < 0 ? 0 : (int)ms + 1;
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

static void round_of_work(struct server *s)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(s->epoll_fd, events, EVENTS, timeout(s));

	take_time(s);
	for (int i = 0; i < n; i++) {
		struct watch *w = events[i].data.ptr;

		w->ready(s, w, events[i].events);
	}
	if (s->acks_file)
		acks_read(s);
	dead_flush(s);
	flight_expire(s);
	flight_admit(s);
	sweep(s);
	if (s->h1_work) {
		s->h1_work = false;
		s->h1_work = http_run(s->daemon) || s->h1_work;
	}
	h2_flush(s);
	output(s);
	if (s->no_acks)
		flight_written(s);
	if (s->draining)
		drained(s);
}

/* Let the last answers out, so that their clients need not wait for a timeout to learn them. */
static void last_words(struct server *s)
{
	const int64_t end = s->now + LAST_WORDS_MS;

	while (s->now < end) {
		bool busy = false;

		http_run(s->daemon);
		h2_flush(s);
		for (const struct connection *c = s->conns.next; c != &s->conns; c = c->next)
			busy |= c->state == CONN_HELD || c->state == CONN_ANSWERING;
		if (!busy)
			break;
		epoll_wait(s->epoll_fd, &(struct epoll_event){ 0 }, 1, 5);
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
	watch_output(s);
}

void loop_run(struct server *s)
{
	while (!s->stop)
		round_of_work(s);
	last_words(s);
}
