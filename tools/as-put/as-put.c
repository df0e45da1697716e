/* SPDX-License-Identifier: Apache-2.0 */
/* as-put: record lines in, writes and deletes in an Aerospike cluster, acks back. One loop over standard input and the cluster client. */
#include "clock.h"
#include "err.h"
#include "metrics.h"
#include "opt.h"
#include "put.h"
#include "sig.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

static struct put put;

#define COUNTER(field, text, key) \
	{ .name = "as_put_" #field "_total", .help = text, .brief = key, .type = METRIC_COUNTER, .value = &put.count.field }

static const struct metric metrics[] = {
	COUNTER(lines, "Lines read.", "lines"),
	COUNTER(acked, "Lines acknowledged.", "acked"),
	COUNTER(skipped, "Of these, lines to skip and records for other sinks.", "skipped"),
	COUNTER(expired, "Of these, records that were over and took away what was there.", "expired"),
	COUNTER(ignored, "Of these, results that --ignore takes as done.", "ignored"),
	COUNTER(again, "Writes that were sent again after a pause.", "again"),
	COUNTER(retry, "Records that failed and may succeed later.", "retry"),
	COUNTER(in_doubt, "Of these, writes of which nobody knows whether they were done.", "in_doubt"),
	COUNTER(never, "Records that failed for good.", "failed"),
	{ .name = "as_put_in_flight", .help = "Records without an answer yet.", .brief = "in_flight", .type = METRIC_GAUGE,
	  .value = &put.count.in_flight },
	{ 0 }
};

static void flush(struct put *p)
{
	if (acks_flush(&p->acks) < 0)
		die(EX_IOERR, "can't write acks to standard output:");
}

static int time_left(const struct put *p)
{
	int64_t at = client_deadline(p->client), left;

	if (p->next_due < at)
		at = p->next_due;
	if (at == INT64_MAX)
		return -1;
	left = at - clock_ms();
	return left < 0 ? 0 : left > 60000 ? 60000 : (int)left;
}

/* Until there are lines, answers, something due, or a signal. True when there are lines to read. */
static bool wait_for_work(struct put *p, bool want_lines)
{
	struct pollfd fds[3] = {
		{ .fd = want_lines ? p->in.fd : -1, .events = POLLIN },
		{ .fd = client_fd(p->client), .events = POLLIN },
		{ .fd = sig_fd(), .events = POLLIN },
	};

	flush(p);
	if (poll(fds, 3, time_left(p)) < 0) {
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

/* Until the end of input, and until everything is answered. */
static void run(struct put *p)
{
	for (;;) {
		bool room;

		client_run(p->client);
		jobs_again(p);
		room = lines_take(p);
		client_run(p->client);
		if (p->eof && !p->count.in_flight)
			break;
		if (wait_for_work(p, room && !p->eof) && reader_fill(&p->in) < 0 && errno != EAGAIN && errno != EINTR)
			die(EX_IOERR, "can't read standard input:");
	}
	flush(p);
}

static void open_client(struct put *p)
{
	const char *why;

	p->client = client_open(&p->options.client, &why);
	if (!p->client)
		die(EX_USAGE, "%s", why);
}

int main(int argc, char **argv)
{
	err_program(argv[0]);
	options_parse(&put.options, argc, argv);
	sig_init();
	open_client(&put);
	jobs_open(&put);
	reader_open(&put.in, STDIN_FILENO, opt_line_max);
	writer_open_acks(&put.stdout_writer, STDOUT_FILENO);
	acks_open(&put.acks, &put.stdout_writer);
	run(&put);
	metrics_log(metrics);
	client_close(put.client);
	jobs_free(&put);
	maker_free(&put.maker);
	reader_free(&put.in);
	free((char *)(uintptr_t)put.options.client.password);
	if (writer_close(&put.stdout_writer) < 0)
		die(EX_IOERR, "can't write acks to standard output:");
	if (put.count.retry)
		return EX_TEMPFAIL;
	return put.count.never ? EX_DATAERR : EX_OK;
}
