/* SPDX-License-Identifier: Apache-2.0 */
/* as-put: record lines in, writes and deletes in an Aerospike cluster, acks back. One loop over standard input and the cluster client. */
#include "clock.h"
#include "cluster_options.h"
#include "err.h"
#include "put.h"
#include "sig.h"

static struct put put;

#define COUNTER(field, text, key) \
	{ .name = "as_put_" #field "_total", .help = text, .brief = key, .type = METRIC_COUNTER, .value = &put.count.field }

static const struct metric metrics[] = {
	SINK_ROWS_DONE("as_put", put.sink),
	COUNTER(expired, "Of these, records that were over and took away what was there.", "expired"),
	COUNTER(stale, "Of these, records that were older than what was there, by --if-newer.", "stale"),
	COUNTER(ignored, "Of these, results that --ignore takes as done.", "ignored"),
	COUNTER(again, "Writes that were sent again after a pause.", "again"),
	COUNTER(batches, "Batches of writes that were sent.", "batches"),
	SINK_ROWS_FAILED("as_put", put.sink),
	COUNTER(in_doubt, "Of those that may succeed, writes of which nobody knows whether they were done.", "in_doubt"),
	{ .name = "as_put_in_flight", .help = "Records without an answer yet.", .brief = "in_flight", .type = METRIC_GAUGE,
	  .value = &put.count.in_flight },
	{ 0 }
};

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

/* Until the end of input, and until everything is answered. */
static void run(struct put *p)
{
	for (;;) {
		bool room;

		client_run(p->client);
		jobs_again(p);
		room = lines_take(p);
		send_ready(p);
		client_run(p->client);
		send_ready(p);
		if (p->sink.eof && !p->count.in_flight)
			break;
		if (!room && jobs_room(p))
			continue;	/* just now there is room again: for lines that are in memory, nothing will wake us */
		sink_wait(&p->sink, room && !p->sink.eof, client_fd(p->client), time_left(p), metrics);
	}
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
	sink_open(&put.sink);
	run(&put);
	metrics_log(metrics);
	client_close(put.client);
	send_free(&put);
	jobs_free(&put);
	maker_free(&put.maker);
	cluster_option_free(&put.options.client);
	return sink_close(&put.sink);
}
