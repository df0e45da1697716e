/* SPDX-License-Identifier: Apache-2.0 */
/* What librdkafka is told. */
#include "options.h"

/* All can be overridden. Reasons: nothing may be lost or put twice by the producer's own retries; an answer must come before
 * cn-listen's deadline of 8 s; memory is bounded; Kafka coming back must be noticed within that deadline too; keys go to the
 * partitions that Java clients send them to.
 *
 * No lingering, and one request at a time on a connection: what comes while a request is on its way makes the next batch. So a
 * lone record goes at once, and batches grow with the load by themselves. librdkafka's timer can't do less than a millisecond,
 * and with more requests under way it sends many small ones. Measured with 4 partitions of Apache Kafka against linger.ms=0.5
 * and 5 requests: 1 in flight 0.2 instead of 1.4 ms; 64 in flight 69 instead of 37, 256 in flight 200 instead of 146 thousand
 * records a second; from a file the same. */
static const char *const defaults[] = {
	"enable.idempotence=true",
	"acks=all",
	"message.timeout.ms=6500",
	"linger.ms=0",
	"max.in.flight.requests.per.connection=1",
	"socket.nagle.disable=true",
	"queue.buffering.max.messages=10000",
	"queue.buffering.max.kbytes=16384",
	"reconnect.backoff.ms=50",
	"reconnect.backoff.max.ms=1000",
	"topic.metadata.refresh.fast.interval.ms=50",
	"topic.metadata.propagation.max.ms=3000",
	"partitioner=murmur2_random",
	"client.id=cn-kafka-sink",
	NULL
};

/* Without these no ack would be right: they belong to the program. */
static const char *const reserved[] = { "delivery.report.only.error", "log.queue", "transactional.id", NULL };

rd_kafka_conf_t *options_conf(const struct options *o)
{
	struct kafka_settings settings = o->kafka;
	rd_kafka_conf_t *conf;

	settings.defaults = defaults;
	settings.reserved = reserved;
	conf = kafka_conf_make(&settings);
	rd_kafka_conf_set(conf, "log.queue", "true", NULL, 0);
	rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG);
	return conf;
}
