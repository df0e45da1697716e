/* SPDX-License-Identifier: Apache-2.0 */
/* What librdkafka is told. */
#include "err.h"
#include "options.h"

#include <stdio.h>
#include <stdlib.h>

/* All can be overridden. A loader must not begin at the end without a word; partitions that stay where they are go on during a
 * rebalance; memory is bounded; Kafka coming back is noticed soon. */
static const char *const defaults[] = {
	"auto.offset.reset=earliest",
	"partition.assignment.strategy=cooperative-sticky",
	"queued.max.messages.kbytes=3072",
	"fetch.max.bytes=1048576",
	"queued.min.messages=1000000",
	"fetch.wait.max.ms=100",
	"socket.nagle.disable=true",
	"reconnect.backoff.ms=50",
	"reconnect.backoff.max.ms=1000",
	"client.id=cn-kafka-source",
	NULL
};

/* Offsets are committed behind acks and nowhere else. */
static const char *const reserved[] = { "enable.auto.commit", "enable.auto.offset.store", "enable.partition.eof", "group.id", "log.queue",
	"auto.commit.enable", "auto.commit.interval.ms", NULL };

static void own(rd_kafka_conf_t *conf, const char *name, const char *value)
{
	char error[512];

	if (rd_kafka_conf_set(conf, name, value, error, sizeof(error)) != RD_KAFKA_CONF_OK)
		die(EX_CONFIG, "%s", error);
}

static long number(rd_kafka_conf_t *conf, const char *name)
{
	char text[32] = "";
	size_t n = sizeof(text);

	return rd_kafka_conf_get(conf, name, text, &n) == RD_KAFKA_CONF_OK ? strtol(text, NULL, 10) : 0;
}

/* With the default of 3 s a shorter session would be over before its first heartbeat, again and again, without a word. */
static void mend_heartbeat(rd_kafka_conf_t *conf)
{
	const long session = number(conf, "session.timeout.ms");
	char third[24];

	if (number(conf, "heartbeat.interval.ms") < session)
		return;
	snprintf(third, sizeof(third), "%ld", session > 3 ? session / 3 : 1);
	own(conf, "heartbeat.interval.ms", third);
}

rd_kafka_conf_t *options_conf(const struct options *o)
{
	struct kafka_settings settings = o->kafka;
	rd_kafka_conf_t *conf;
	char interval[24];

	settings.defaults = defaults;
	settings.reserved = reserved;
	conf = kafka_conf_make(&settings);
	mend_heartbeat(conf);
	own(conf, "group.id", o->group);
	snprintf(interval, sizeof(interval), "%lld", (long long)o->commit_interval);
	own(conf, "enable.auto.commit", "true");	/* of what commit.c stores */
	own(conf, "auto.commit.interval.ms", interval);
	own(conf, "enable.auto.offset.store", "false");
	own(conf, "enable.partition.eof", o->exit_at_end ? "true" : "false");
	own(conf, "log.queue", "true");
	return conf;
}

/* The consumer's connection and its security, with a producer's own needs: a dead letter is never given up. */
rd_kafka_conf_t *options_dead_conf(const struct options *o)
{
	/* How large a message may be is the broker's affair: what it had once it should take again. */
	static const char *const dead_defaults[] = { "client.id=cn-kafka-source", "partitioner=murmur2_random",
		"topic.metadata.refresh.fast.interval.ms=50", "message.max.bytes=67108864", NULL };
	static const char *const dead_reserved[] = { NULL };
	struct kafka_settings settings = o->kafka;
	rd_kafka_conf_t *conf;

	settings.defaults = dead_defaults;
	settings.reserved = dead_reserved;
	conf = kafka_conf_make(&settings);
	own(conf, "acks", "all");
	own(conf, "message.timeout.ms", "0");
	own(conf, "linger.ms", "0");
	own(conf, "queue.buffering.max.messages", "100000");
	own(conf, "log.queue", "true");
	return conf;
}
