/* SPDX-License-Identifier: Apache-2.0 */
/* cn-kafka-sink: record lines in, Kafka messages out, acks back. One loop over standard input and librdkafka's reports. */
#include "clock.h"
#include "err.h"
#include "opt.h"
#include "sig.h"
#include "sink.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

static struct sink sink;

#define COUNTER(field, text, key) \
	{ .name = "cn_kafka_sink_" #field "_total", .help = text, .brief = key, .type = METRIC_COUNTER, .value = &sink.count.field }

static const struct metric metrics[] = {
	COUNTER(lines, "Lines read.", "lines"),
	COUNTER(acked, "Lines acknowledged.", "acked"),
	COUNTER(skipped, "Of these, lines to skip and records for other sinks.", "skipped"),
	COUNTER(retry, "Records that failed and may succeed later.", "retry"),
	COUNTER(never, "Records that failed for good.", "failed"),
	COUNTER(bytes, "Bytes of message values delivered.", "bytes"),
	COUNTER(renewed, "Producers replaced after an error.", "producers_renewed"),
	COUNTER(queue_full, "Times that reading stopped because the queue was full.", "queue_full"),
	{ .name = "cn_kafka_sink_in_flight", .help = "Messages without a delivery report yet.", .brief = "in_flight",
	  .type = METRIC_GAUGE, .value = &sink.producer.in_flight },
	{ 0 }
};

static int64_t pause_left(struct sink *s)
{
	int64_t left;

	if (!s->pause_until)
		return 0;
	left = s->pause_until - clock_ms();
	if (left <= 0)
		s->pause_until = 0;
	return left > 0 ? left : 0;
}

static void flush(struct sink *s)
{
	reports_put_acks(s);
	if (acks_flush(&s->acks) < 0)
		die(EX_IOERR, "can't write acks to standard output:");
}

/* Until there are lines, reports, or a signal. Returns true when there are lines to read. */
static bool wait_for_work(struct sink *s, bool want_lines)
{
	int64_t pause = pause_left(s);
	struct pollfd fds[3] = {
		{ .fd = want_lines && !pause ? s->in.fd : -1, .events = POLLIN },
		{ .fd = s->producer.event_fd, .events = POLLIN },
		{ .fd = sig_fd(), .events = POLLIN },
	};

	flush(s);
	if (poll(fds, 3, pause ? (int)pause : -1) < 0) {
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

/* Until the end of input, and until nothing is in flight any more. */
static void run(struct sink *s)
{
	bool room = true;

	for (;;) {
		reports_serve(s);
		reports_renew(s);
		if (!pause_left(s))
			room = lines_take(s);
		if (s->fatal)
			continue;
		if (s->eof && !s->held && !s->producer.in_flight)
			break;
		if (wait_for_work(s, room && !s->eof) && reader_fill(&s->in) < 0 && errno != EAGAIN && errno != EINTR)
			die(EX_IOERR, "can't read standard input:");
	}
	reports_serve(s);
	flush(s);
}

int main(int argc, char **argv)
{
	err_program(argv[0]);
	options_parse(&sink.options, argc, argv);
	sig_init();
	producer_open(&sink.producer, &sink.options);
	reader_open(&sink.in, STDIN_FILENO, opt_line_max);
	writer_open_acks(&sink.stdout_writer, STDOUT_FILENO);
	acks_open(&sink.acks, &sink.stdout_writer);
	run(&sink);
	metrics_log(metrics);
	producer_close(&sink.producer);
	reader_free(&sink.in);
	outgoing_free(&sink.out);
	if (writer_close(&sink.stdout_writer) < 0)
		die(EX_IOERR, "can't write acks to standard output:");
	if (sink.count.retry)
		return EX_TEMPFAIL;
	return sink.count.never ? EX_DATAERR : EX_OK;
}
