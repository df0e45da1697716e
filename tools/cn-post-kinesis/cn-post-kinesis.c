/* SPDX-License-Identifier: Apache-2.0 */
/* cn-post-kinesis: record lines in, Kinesis records out, acks back. One loop over standard input and the calls under way. */
#include "err.h"
#include "metrics.h"
#include "opt.h"
#include "sig.h"
#include "sink.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

static struct sink sink;

#define COUNTER(field, text, key) \
	{ .name = "cn_post_kinesis_" #field "_total", .help = text, .brief = key, .type = METRIC_COUNTER, .value = &sink.count.field }

static const struct metric metrics[] = {
	COUNTER(lines, "Lines read.", "lines"),
	COUNTER(acked, "Lines acknowledged.", "acked"),
	COUNTER(skipped, "Of these, lines to skip and records for other sinks.", "skipped"),
	COUNTER(retry, "Records that failed and may succeed later.", "retry"),
	COUNTER(never, "Records that failed for good.", "failed"),
	COUNTER(bytes, "Bytes of data delivered.", "bytes"),
	COUNTER(calls, "Calls made.", "calls"),
	COUNTER(failed_calls, "Of these, calls that failed as a whole.", "calls_failed"),
	COUNTER(repeated, "Times that a record was put into another call.", "repeated"),
	COUNTER(throttled, "Of these, because it was too fast.", "throttled"),
	COUNTER(credentials, "New credentials taken.", "credentials"),
	{ .name = "cn_post_kinesis_in_flight", .help = "Records read and not answered.", .brief = "in_flight",
	  .type = METRIC_GAUGE, .value = &sink.in_flight },
	{ 0 }
};

static int shorter(int a, int b)
{
	return b >= 0 && (a < 0 || b < a) ? b : a;
}

/* Until there are lines, answers, or a signal, or it is time for something. Returns true when there are lines to read. */
static bool wait_for_work(struct sink *s, bool want_lines)
{
	struct pollfd fds[3] = {
		{ .fd = want_lines ? s->in.fd : -1, .events = POLLIN },
		{ .fd = fetch_fd(s->fetch), .events = POLLIN },
		{ .fd = sig_fd(), .events = POLLIN },
	};

	if (acks_flush(&s->acks) < 0)
		die(EX_IOERR, "can't write acks to standard output:");
	if (poll(fds, 3, shorter(fetch_wait(s->fetch), calls_wait(s))) < 0) {
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

/* Until the end of input, and until nothing is in the queue any more. */
static void run(struct sink *s)
{
	for (;;) {
		fetch_run(s->fetch);
		lines_take(s);
		calls_run(s);
		if (s->eof && !s->queue.entries)
			break;
		if (wait_for_work(s, !s->eof && !queue_full(&s->queue)) && reader_fill(&s->in) < 0 && errno != EAGAIN && errno != EINTR)
			die(EX_IOERR, "can't read standard input:");
	}
	if (acks_flush(&s->acks) < 0)
		die(EX_IOERR, "can't write acks to standard output:");
}

int main(int argc, char **argv)
{
	err_program(argv[0]);
	options_parse(&sink.options, argc, argv);
	sig_init();
	calls_open(&sink);
	reader_open(&sink.in, STDIN_FILENO, opt_line_max);
	writer_open_acks(&sink.stdout_writer, STDOUT_FILENO);
	acks_open(&sink.acks, &sink.stdout_writer);
	run(&sink);
	metrics_log(metrics);
	calls_close(&sink);
	reader_free(&sink.in);
	outgoing_free(&sink.out);
	if (writer_close(&sink.stdout_writer) < 0)
		die(EX_IOERR, "can't write acks to standard output:");
	if (sink.count.retry)
		return EX_TEMPFAIL;
	return sink.count.never ? EX_DATAERR : EX_OK;
}
