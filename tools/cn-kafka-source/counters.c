/* SPDX-License-Identifier: Apache-2.0 */
#include "source.h"

#define TASK "kafka_connect_sink_task_metrics_"
#define ERRORS "kafka_connect_task_error_metrics_"
#define COUNTER(name, key, field, text) { name, NULL, text, key, METRIC_COUNTER, &count->field, NULL }
#define GAUGE(name, key, field, text) { name, NULL, text, key, METRIC_GAUGE, &count->field, NULL }

/* Where Kafka Connect has a metric for it, it bears that name, as its JMX exporters write it. */
void counters_init(struct source *s)
{
	struct counters *count = &s->count;
	const struct metric rows[] = {
		COUNTER(TASK "sink_record_read_total", "read", read, "Records read from Kafka."),
		COUNTER(TASK "sink_record_send_total", "sent", sent, "Lines written, those that were sent again included."),
		GAUGE(TASK "sink_record_active_count", "in_flight", active, "Lines that wait for their ack."),
		GAUGE(TASK "partition_count", "partitions", partitions, "Partitions assigned."),
		GAUGE(TASK "sink_record_lag_max", "lag", lag, "Largest number of records of a partition that are still to be read."),
		COUNTER(TASK "offset_commit_completion_total", "commits", commits, "Commits that succeeded."),
		COUNTER(TASK "offset_commit_skip_total", NULL, commit_skips, "Commits that failed."),
		COUNTER(ERRORS "total_record_failures", "failed", failures, "Records that can never succeed."),
		COUNTER(ERRORS "total_record_errors", NULL, errors, "Errors that Kafka told."),
		COUNTER(ERRORS "total_records_skipped", "skipped", skipped, "Records skipped by --on-error skip."),
		COUNTER(ERRORS "total_retries", "retried", retries, "Failures that may succeed later."),
		COUNTER(ERRORS "deadletterqueue_produce_requests", "dead", dead, "Dead letters written."),
		COUNTER(ERRORS "deadletterqueue_produce_failures", NULL, dead_failures, "Dead letters that could not be written."),
		GAUGE(ERRORS "last_error_timestamp", NULL, last_error, "When a record failed last, ms since 1970."),
		COUNTER("cn_kafka_source_acked", "acked", acked, "Records done."),
		COUNTER("cn_kafka_source_line_bytes", "bytes", lines_bytes, "Bytes of lines."),
		COUNTER("cn_kafka_source_undecodable", "undecodable", undecodable, "Records that are not what their format says."),
		GAUGE("cn_kafka_source_held", "held", held, "Records in flight, or done behind one that is."),
		GAUGE("cn_kafka_source_held_bytes", NULL, held_bytes, "Bytes of these."),
		COUNTER("cn_kafka_source_rebalances", "rebalances", rebalances, "Times that partitions came or went."),
		COUNTER("cn_kafka_source_late_acks", "late", acks.late, "Acks for records of partitions that have gone."),
		COUNTER("cn_kafka_source_foreign_acks", "foreign", acks.foreign, "Acks for ids that were never given out."),
		COUNTER("cn_kafka_source_bad_acks", NULL, acks.bad, "Lines on stdin that are no acks."),
		{ 0 }
	};
	static struct metric table[sizeof(rows) / sizeof(*rows)];

	memcpy(table, rows, sizeof(rows));
	s->metrics = table;
}

void counters_refresh(void *source)
{
	struct source *s = source;
	int64_t low, high;

	s->count.active = window_count(s->window);
	s->count.held = s->held;
	s->count.held_bytes = s->held_bytes;
	s->count.partitions = s->n_parts;
	s->count.lag = 0;
	for (const struct part *p = s->parts; p; p = p->next) {
		int64_t next = p->prefix.last + 1;

		if (rd_kafka_get_watermark_offsets(s->rk, p->topic.p, p->partition, &low, &high) != RD_KAFKA_RESP_ERR_NO_ERROR)
			continue;
		if (p->prefix.last >= 0 && high > next && (uint64_t)(high - next) > s->count.lag)
			s->count.lag = (uint64_t)(high - next);
	}
}

void counters_log(struct source *s)
{
	counters_refresh(s);
	metrics_log(s->metrics);
}
