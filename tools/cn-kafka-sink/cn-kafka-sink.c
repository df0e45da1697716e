/* SPDX-License-Identifier: Apache-2.0 */
/* cn-kafka-sink: record lines in, Kafka messages out, acks back. One loop over standard input and librdkafka's reports. */
#include "clock.h"
#include "err.h"
#include "kafka.h"
#include "sig.h"

static struct kafka kafka;

#define COUNTER(field, text, key) \
	{ .name = "cn_kafka_sink_" #field "_total", .help = text, .brief = key, .type = METRIC_COUNTER, .value = &kafka.count.field }

static const struct metric metrics[] = {
	SINK_ROWS_DONE("cn_kafka_sink", kafka.sink),
	SINK_ROWS_FAILED("cn_kafka_sink", kafka.sink),
	COUNTER(bytes, "Bytes of message values delivered.", "bytes"),
	COUNTER(renewed, "Producers replaced after an error.", "producers_renewed"),
	COUNTER(queue_full, "Times that reading stopped because the queue was full.", "queue_full"),
	{ .name = "cn_kafka_sink_in_flight", .help = "Messages without a delivery report yet.", .brief = "in_flight",
	  .type = METRIC_GAUGE, .value = &kafka.producer.in_flight },
	{ 0 }
};

static int64_t pause_left(struct kafka *k)
{
	int64_t left;

	if (!k->pause_until)
		return 0;
	left = k->pause_until - clock_ms();
	if (left <= 0)
		k->pause_until = 0;
	return left > 0 ? left : 0;
}

/* Until the end of input, and until nothing is in flight any more. */
static void run(struct kafka *k)
{
	bool room = true;

	for (;;) {
		int64_t pause;

		reports_serve(k);
		reports_renew(k);
		if (!pause_left(k))
			room = lines_take(k);
		if (k->fatal)
			continue;
		if (k->sink.eof && !k->held && !k->producer.in_flight)
			break;
		pause = pause_left(k);
		sink_wait(&k->sink, room && !k->sink.eof && !pause, k->producer.event_fd, pause ? (int)pause : -1, metrics);
	}
	reports_serve(k);
}

int main(int argc, char **argv)
{
	err_program(argv[0]);
	options_parse(&kafka.options, argc, argv);
	sig_init();
	producer_open(&kafka.producer, &kafka.options);
	sink_open(&kafka.sink);
	run(&kafka);
	metrics_log(metrics);
	producer_close(&kafka.producer);
	outgoing_free(&kafka.out);
	return sink_close(&kafka.sink);
}
