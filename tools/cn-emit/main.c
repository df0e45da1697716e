/* SPDX-License-Identifier: Apache-2.0 */
/* cn-emit: plays XDR. Records come from stdin or are made up; each is posted until it is answered 200, acks go to stdout. */
#include "emit.h"
#include "options.h"

#include "clock.h"
#include "err.h"
#include "log.h"
#include "sig.h"

#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

#define BYTES_HELD ((size_t)64 << 20)
#define BACKOFF_FIRST_US 50000
#define BACKOFF_MAX_US 5000000
#define CATCH_UP_US 50000		/* how far behind its rate it may fall and still make up for it */

static struct options opt;
static struct writer out;
static struct acks acks;
static int64_t give_up_at = INT64_MAX;	/* once it has been asked to stop */
static double next_post;		/* with a rate: when, in microseconds */

/* ---- what becomes of a POST */

/* The same numbers in no run: receivers that come back must not be met by all senders at once. */
static uint64_t chance(uint64_t below)
{
	static uint64_t state;

	if (!state)
		state = (uint64_t)clock_us() ^ (uint64_t)getpid() << 32;
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % below;
}

static int64_t backoff(unsigned tries)
{
	int64_t most = tries > 7 ? BACKOFF_MAX_US : (int64_t)BACKOFF_FIRST_US << (tries - 1);

	if (most > BACKOFF_MAX_US)
		most = BACKOFF_MAX_US;
	return most / 2 + (int64_t)chance((uint64_t)most / 2);
}

static void give_up(struct job *j, const char *why)
{
	stats.given_up++;
	if (j->has_id)
		acks_fail(&acks, j->id, true, "%s after %u tries", why, j->tries);
	jobs_done(j);
}

static void complain(const struct post_result *r)
{
	static struct log_limit limit;
	uint64_t missed;

	if (log_allow(&limit, 1000, &missed))
		log_warn("not taken, repeating", "url", opt.url, "status", r->status ? log_num(r->status) : NULL, "error", r->error,
			"not_shown", missed ? log_num((int64_t)missed) : NULL, NULL);
}

static void done(struct job *j, const struct post_result *r)
{
	int64_t now = clock_us();
	char why[64];

	if (r->taken) {
		stats_latency(now - j->sent);
		stats.taken++;
		stats.bytes += j->body.n;
		if (j->has_id)
			acks_ok(&acks, j->id);
		jobs_done(j);
		return;
	}
	complain(r);
	if (r->status)
		snprintf(why, sizeof(why), "status %ld", r->status);
	else
		snprintf(why, sizeof(why), "%s", r->error);
	if ((opt.tries && j->tries >= opt.tries) || now >= give_up_at) {
		give_up(j, why);
	} else {
		stats.retries++;
		jobs_again(j, now + backoff(j->tries));
	}
}

/* ---- the loop */

static bool pace(int64_t now)
{
	if (opt.rate <= 0)
		return true;
	if ((double)now < next_post)
		return false;
	if (next_post < (double)(now - CATCH_UP_US))
		next_post = (double)(now - CATCH_UP_US);
	next_post += 1e6 / opt.rate;
	return true;
}

static void start_posts(int64_t now)
{
	while (post_room() && jobs_ready() && !post_away() && pace(now))
		post_start(jobs_next());
}

static void stop_if_asked(int64_t now)
{
	struct job *j;

	if (sig_stop() && give_up_at == INT64_MAX) {
		input_stop();
		give_up_at = now + opt.timeout * 1000;
		log_info("stopping: finishing what is under way", "records", log_num((int64_t)jobs_held()), NULL);
	}
	if (now >= give_up_at)
		while ((j = jobs_take_idle()))
			give_up(j, "stopped");
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Milliseconds that epoll may sleep. */
static int sleep_ms(int64_t now)
{
	int64_t due = jobs_wake(now);

	due = earlier(due, earlier(post_next_due(), stats_next_progress()));
	if (jobs_ready() && post_room() && !post_away())
		due = earlier(due, opt.rate > 0 ? (int64_t)next_post + 1 : now);
	if (give_up_at != INT64_MAX)
		due = earlier(due, now < give_up_at ? give_up_at : now + 100000);
	if (due == INT64_MAX)
		return -1;
	if (due <= now)
		return 0;
	return due - now > 60000000 ? 60000 : (int)((due - now + 999) / 1000);
}

/* stdin is asked only when there is room, and one event each time: a pipe that hung up would else keep waking us. */
static bool ask_input(int epoll, bool *registered)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLONESHOT, .data.fd = input_fd() };

	if (epoll_ctl(epoll, *registered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, input_fd(), &e) == 0) {
		*registered = true;
		return true;
	}
	if (errno != EPERM)	/* a file is always ready */
		die(EX_IOERR, "can't wait for standard input:");
	input_read();
	return false;
}

static void handle(const struct epoll_event *events, int n)
{
	for (int i = 0; i < n; i++) {
		int fd = events[i].data.fd;

		if (fd == sig_fd())
			sig_fd_clear();
		else if (fd == input_fd())
			input_read();
	}
	if (sig_take_usr1())
		stats_counters();
}

static void run(int epoll)
{
	struct epoll_event events[256];
	bool registered = false;

	for (;;) {
		int64_t now = clock_us();
		bool at_once = false;
		int n, ms;

		jobs_wake(now);
		stop_if_asked(now);
		if (input_take())
			at_once = !ask_input(epoll, &registered);
		start_posts(now);
		post_run(clock_us());
		if (input_ended() && jobs_held() == 0)
			return;
		ms = at_once ? 0 : sleep_ms(clock_us());
		if (ms != 0)
			acks_flush(&acks);
		n = epoll_wait(epoll, events, 256, ms);
		if (n < 0 && errno != EINTR)
			die(EX_SOFTWARE, "can't wait:");
		handle(events, n);
		stats_progress(clock_us());
	}
}

/* ---- --print */

static int print(void)
{
	struct generator g;
	struct buf line = { 0 };

	generate_open(&g, opt.seed, opt.mix[0], opt.mix[1]);
	writer_open(&out, STDOUT_FILENO);
	while (g.made < opt.count && !sig_stop() && !out.error) {
		buf_reset(&line);
		generate_line(&g, &line, opt.first_id ? opt.first_id + g.made : 0);
		buf_byte(&line, '\n');
		writer_span(&out, buf_as_span(&line));
	}
	buf_free(&line);
	if (writer_close(&out) < 0)
		die(EX_IOERR, "can't write to standard output:");
	return 0;
}

static int epoll_open(void)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event e = { .events = EPOLLIN, .data.fd = sig_fd() };

	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, sig_fd(), &e) < 0)
		die(EX_SOFTWARE, "can't wait for events:");
	return epoll;
}

int main(int argc, char **argv)
{
	int epoll;

	err_program(argv[0]);
	options_parse(&opt, argc, argv);
	sig_init();
	if (opt.print)
		return print();
	epoll = epoll_open();
	writer_open_acks(&out, STDOUT_FILENO);
	acks_open(&acks, &out);
	jobs_open(opt.window, BYTES_HELD);
	post_open(&opt, epoll, done);
	input_open(&opt, &acks);
	stats_open();
	run(epoll);
	stats_progress(INT64_MAX);
	stats_summary();
	input_close();
	post_close();
	jobs_close();
	close(epoll);
	if (acks_flush(&acks) < 0 || writer_close(&out) < 0)
		die(EX_IOERR, "can't write acks to standard output:");
	return stats.given_up ? EX_TEMPFAIL : stats.refused ? EX_DATAERR : 0;
}
