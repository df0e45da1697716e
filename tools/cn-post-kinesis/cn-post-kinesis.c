/* SPDX-License-Identifier: Apache-2.0 */
/* cn-post-kinesis: record lines in, Kinesis records out, acks back. One loop over standard input and the calls under way. */
#include "err.h"
#include "kinesis.h"
#include "sig.h"

static struct kinesis kinesis;

#define COUNTER(field, text, key) \
	{ .name = "cn_post_kinesis_" #field "_total", .help = text, .brief = key, .type = METRIC_COUNTER, .value = &kinesis.count.field }

static const struct metric metrics[] = {
	SINK_ROWS_DONE("cn_post_kinesis", kinesis.sink),
	SINK_ROWS_FAILED("cn_post_kinesis", kinesis.sink),
	COUNTER(bytes, "Bytes of data delivered.", "bytes"),
	COUNTER(calls, "Calls made.", "calls"),
	COUNTER(failed_calls, "Of these, calls that failed as a whole.", "calls_failed"),
	COUNTER(repeated, "Times that a record was put into another call.", "repeated"),
	COUNTER(throttled, "Of these, because it was too fast.", "throttled"),
	COUNTER(credentials, "New credentials taken.", "credentials"),
	{ .name = "cn_post_kinesis_in_flight", .help = "Records read and not answered.", .brief = "in_flight",
	  .type = METRIC_GAUGE, .value = &kinesis.in_flight },
	{ 0 }
};

static int shorter(int a, int b)
{
	return b >= 0 && (a < 0 || b < a) ? b : a;
}

/* Until the end of input, and until nothing is in the queue any more. */
static void run(struct kinesis *k)
{
	for (;;) {
		bool room;

		fetch_run(k->fetch);
		room = lines_take(k);
		calls_run(k);
		if (k->sink.eof && !k->queue.entries)
			return;
		if (!room && !queue_full(&k->queue))
			continue;	/* records were given back just now: for lines that are in memory, nothing will wake us */
		sink_wait(&k->sink, room && !k->sink.eof, fetch_fd(k->fetch), shorter(fetch_wait(k->fetch), calls_wait(k)), metrics);
	}
}

int main(int argc, char **argv)
{
	err_program(argv[0]);
	options_parse(&kinesis.options, argc, argv);
	sig_init();
	calls_open(&kinesis);
	sink_open(&kinesis.sink);
	run(&kinesis);
	metrics_log(metrics);
	calls_close(&kinesis);
	outgoing_free(&kinesis.out);
	return sink_close(&kinesis.sink);
}
