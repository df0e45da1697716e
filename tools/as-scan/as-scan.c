/* SPDX-License-Identifier: Apache-2.0 */
/* as-scan: the records of a namespace or set as record lines. One loop over the cluster client and standard output. */
#include "clock.h"
#include "cluster_options.h"
#include "err.h"
#include "info.h"
#include "metrics.h"
#include "result.h"
#include "scan.h"
#include "sig.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

/* A node may go long without a match for a filter, and the reader of the lines may make it wait. That a node is dead is seen by other means. */
#define SOCKET_MS 600000

static struct scanner scanner;

#define COUNTER(field, text, key) \
	{ .name = "as_scan_" #field "_total", .help = text, .brief = key, .type = METRIC_COUNTER, .value = &scanner.count.field }

static const struct metric metrics[] = {
	COUNTER(records, "Records read.", "records"),
	COUNTER(bytes, "Bytes of lines given.", "bytes"),
	COUNTER(bad, "Of the records, those that can't be a line.", "bad"),
	COUNTER(changed, "Of the records, those that were written again while --lut looked.", "changed"),
	COUNTER(pauses, "Times that the scan waited for the reader of the lines, or for --rate.", "pauses"),
	{ 0 }
};

static bool on_row(struct client_scan *c, const struct scan_row *row)
{
	struct scanner *s = &scanner;
	size_t hole;

	if (s->lut)
		lut_row(s, row);
	else
		rows_put(s, &s->text, row, &hole);
	if (out_waiting(s) > out_high(s)) {
		s->count.pauses += !s->paused;
		s->paused = true;
		client_scan_pause(c);
	}
	return true;
}

static void on_done(struct client_scan *c, int code)
{
	(void)c;
	scanner.running = false;
	scanner.code = code;
}

static void start(struct scanner *s)
{
	const struct options *o = &s->options;
	int64_t rounds = o->timeout / 1000 + 4;		/* the client's pauses come to a second each */

	if (o->filter.n && client_build(s->client) < INFO_BUILD(5, 2, 0, 0))
		die(EX_CONFIG, "--since and --filter need servers 5.2 or later");
	if (o->lut && client_build(s->client) < INFO_BUILD(5, 6, 0, 0))
		die(EX_CONFIG, "--lut needs servers 5.6 or later");
	s->scan = (struct client_scan){ .ns = span_of(o->ns), .set = span_of(o->set), .bins = o->bins, .n_bins = o->n_bins, .no_bins = o->no_bins,
		.first = o->first, .count = o->count, .max_records = o->max, .socket_ms = SOCKET_MS, .cursor = &s->cursor, .row = on_row,
		.retries = (int8_t)(rounds > 127 ? 127 : rounds), .done = on_done };
	if (o->filter.n)
		s->scan.filter = buf_as_span(&o->filter);
	if (o->rate)
		s->scan.rps = (uint32_t)o->rate;
	s->running = true;
	client_scan(s->client, &s->scan);
}

static int patience(const struct scanner *s)
{
	int64_t at = client_deadline(s->client), due = out_due(s), left;

	at = due < at ? due : at;
	at = s->progress_due < at ? s->progress_due : at;
	if (at == INT64_MAX)
		return -1;
	left = at - clock_ms();
	return left < 0 ? 0 : left > 60000 ? 60000 : (int)left;
}

static void wait_for_work(struct scanner *s)
{
	struct pollfd fds[3] = {
		{ .fd = client_fd(s->client), .events = POLLIN },
		{ .fd = writer_pending(&s->out) ? s->out.fd : -1, .events = POLLOUT },
		{ .fd = sig_fd(), .events = POLLIN },
	};

	if (poll(fds, 3, patience(s)) < 0 && errno != EINTR)
		die(EX_SOFTWARE, "poll:");
	if (fds[2].revents) {
		sig_fd_clear();
		if (sig_take_usr1())
			metrics_log(metrics);
	}
}

/* At once: what has had no turn yet is read again by the next run. */
static void stop(struct scanner *s)
{
	s->stopped = true;
	if (!s->running && lut_empty(s) && s->head == s->text.n)
		return;
	if (s->running)
		client_scan_cancel(&s->scan);
	s->running = false;
	s->code = CLIENT_CLOSED;
	lut_free(s);
	out_drop(s);
}

static void run(struct scanner *s)
{
	for (;;) {
		client_run(s->client);
		lut_send(s);
		out_pump(s);
		progress_tick(s);
		if (sig_stop() && !s->stopped)
			stop(s);
		if (!s->running && lut_empty(s) && out_empty(s))
			break;
		wait_for_work(s);
	}
}

/* What another try won't mend, somebody must. */
static int exit_code(int code)
{
	switch (code) {
	case RESULT_SERVER_ERROR:
	case RESULT_CLUSTER_KEY:
	case RESULT_OUT_OF_SPACE:
	case RESULT_TIMEOUT:
	case RESULT_UNAVAILABLE:
	case RESULT_KEY_BUSY:
	case RESULT_SCAN_ABORT:
	case RESULT_DEVICE_OVERLOAD:
	case RESULT_FORBIDDEN:
	case CLIENT_CLOSED: return EX_TEMPFAIL;
	default: return code < 0 && code != CLIENT_AUTH ? EX_TEMPFAIL : EX_CONFIG;
	}
}

static int report(struct scanner *s)
{
	const char *more = s->code == CLIENT_UNREACHABLE || s->code == CLIENT_NO_NODE || s->code == RESULT_TIMEOUT ? client_why(s->client) : "";

	metrics_log(metrics);
	if (s->code == RESULT_OK)
		return s->count.bad ? EX_DATAERR : EX_OK;
	warn("namespace %s: %s%s%s; %llu records, %.1f%% done: what was written goes on with --resume", s->options.ns,
		s->code == CLIENT_CLOSED ? "stopped" : client_text(s->code), *more ? ": " : "", more, (unsigned long long)s->count.records,
		100 * progress_fraction(s));
	return exit_code(s->code);
}

static void connect_cluster(struct scanner *s)
{
	const char *why;

	s->client = client_open(&s->options.client, &why);
	if (!s->client)
		die(EX_USAGE, "%s", why);
	for (int64_t end = clock_ms() + s->options.timeout; client_state(s->client) != CLIENT_READY;) {
		int64_t left = end - clock_ms();

		if (left <= 0 || sig_stop())
			die(EX_UNAVAILABLE, "can't reach the cluster: %s", client_why(s->client));
		client_wait(s->client, (int)left);
	}
}

int main(int argc, char **argv)
{
	struct scanner *s = &scanner;
	int status;

	err_program(argv[0]);
	options_parse(&s->options, argc, argv);
	sig_init();
	s->next_id = 1;
	resume(s);
	out_open(s);
	lut_open(s);
	connect_cluster(s);
	progress_open(s);
	start(s);
	run(s);
	progress_end(s);
	status = report(s);
	out_close(s);
	lut_free(s);
	client_close(s->client);
	rows_free(s);
	buf_free(&s->options.filter);
	cluster_option_free(&s->options.client);
	return status;
}
