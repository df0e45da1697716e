/* SPDX-License-Identifier: Apache-2.0 */
/* cn-post: record lines in, HTTP requests out, acks back. One loop over standard input and libcurl. */
#include "post.h"

#include "clock.h"
#include "err.h"
#include "opt.h"
#include "sig.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#define PAUSE_MAX 2000

struct post post;

#define COUNTER(field, text, key) \
	{ .name = "cn_post_" #field "_total", .help = text, .brief = key, .type = METRIC_COUNTER, .value = &post.count.field }

static const struct metric metrics[] = {
	COUNTER(lines, "Lines read.", "lines"),
	COUNTER(acked, "Lines acknowledged.", "acked"),
	COUNTER(skipped, "Of these, lines to skip and records for other sinks.", "skipped"),
	COUNTER(retry, "Records that failed and may succeed later.", "retry"),
	COUNTER(never, "Records that failed for good.", "failed"),
	COUNTER(bytes, "Bytes of records that were taken, before batches and compression.", "bytes"),
	COUNTER(requests, "Requests.", "requests"),
	COUNTER(again, "Requests repeated after a pause.", "repeated"),
	COUNTER(failovers, "Requests repeated at another endpoint at once.", "failovers"),
	COUNTER(probes, "Probes.", "probes"),
	COUNTER(bad_probes, "Probes without a good answer.", "bad_probes"),
	{ .name = "cn_post_under_way", .help = "Requests without an answer yet.", .brief = "under_way", .type = METRIC_GAUGE,
	  .value = &post.under_way },
	{ 0 }
};

/* Until there are lines, answers, a signal, or something is due. Returns true when there are lines to read. */
static bool wait_for_work(bool want_lines, int64_t due)
{
	struct pollfd fds[3] = {
		{ .fd = want_lines ? post.in.fd : -1, .events = POLLIN },
		{ .fd = fetch_fd(post.fetch), .events = POLLIN },
		{ .fd = sig_fd(), .events = POLLIN },
	};
	int ms = fetch_wait(post.fetch);

	if (due != INT64_MAX) {
		int64_t left = due - clock_ms();

		left = left < 0 ? 0 : left > 60000 ? 60000 : left;
		ms = ms < 0 || left < ms ? (int)left : ms;
	}
	if (ms != 0)
		reports_flush();
	if (poll(fds, 3, ms) < 0) {
		if (errno != EINTR)
			die(EX_SOFTWARE, "poll:");
		return false;
	}
	if (fds[2].revents) {
		sig_fd_clear();
		if (sig_take_usr1())
			metrics_log(metrics);
	}
	return fds[0].revents != 0;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Until the end of input, and until nothing is held any more. */
static void run(void)
{
	for (;;) {
		int64_t due;
		bool room;

		post.now = clock_ms();
		room = lines_take();
		due = earlier(queue_run(), health_run());
		fetch_run(post.fetch);
		if (post.eof && !post.held)
			return;
		/* Answers make room: look again before sleeping. */
		post.now = clock_ms();
		due = earlier(due, queue_run());
		if (!room && queue_room())
			due = 0;
		if (wait_for_work(room && !post.eof, due) && reader_fill(&post.in) < 0 && errno != EAGAIN && errno != EINTR)
			die(EX_IOERR, "can't read standard input:");
	}
}

int main(int argc, char **argv)
{
	err_program(argv[0]);
	options_parse(&post.options, argc, argv);
	sig_init();
	retry_open(&post.retry, post.options.pause, PAUSE_MAX, post.options.deadline);
	post.fetch = fetch_open(&post.options.fetch);
	post.now = clock_ms();
	dests_open();
	reader_open(&post.in, STDIN_FILENO, opt_line_max);
	writer_open_acks(&post.stdout_writer, STDOUT_FILENO);
	acks_open(&post.acks, &post.stdout_writer);
	run();
	reports_flush();
	metrics_log(metrics);
	fetch_close(post.fetch);
	dests_close();
	options_free(&post.options);
	curl_slist_free_all(post.plain_headers);
	curl_slist_free_all(post.gzip_headers);
	reader_free(&post.in);
	if (writer_close(&post.stdout_writer) < 0)
		die(EX_IOERR, "can't write acks to standard output:");
	if (post.count.retry)
		return EX_TEMPFAIL;
	return post.count.never ? EX_DATAERR : EX_OK;
}
