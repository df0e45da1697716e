/* SPDX-License-Identifier: Apache-2.0 */
/* What librdkafka is told. */
#include "err.h"
#include "log.h"
#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
};

/* Without these no ack would be right: they belong to the program. */
static const char *const reserved[] = { "delivery.report.only.error", "log.queue", "transactional.id" };

static void conf_set(rd_kafka_conf_t *conf, const char *property, const char *where)
{
	const char *equals = strchr(property, '=');
	char name[256], error[512];
	size_t n = equals ? (size_t)(equals - property) : 0;

	while (n && isspace((unsigned char)property[n - 1]))
		n--;
	if (n == 0 || n >= sizeof(name))
		die(EX_CONFIG, "%s: not of the form NAME=VALUE", where);
	memcpy(name, property, n);
	name[n] = '\0';
	for (size_t i = 0; i < sizeof(reserved) / sizeof(*reserved); i++)
		if (strcmp(name, reserved[i]) == 0)
			die(EX_CONFIG, "%s: %s can't be set here", where, name);
	for (equals++; isspace((unsigned char)*equals); equals++)
		;
	if (rd_kafka_conf_set(conf, name, equals, error, sizeof(error)) != RD_KAFKA_CONF_OK)
		die(EX_CONFIG, "%s: %s", where, error);
}

/* As Kafka's own properties files: NAME=VALUE, blank lines, lines that begin with # or !. */
static void conf_file(rd_kafka_conf_t *conf, const char *path)
{
	FILE *f = fopen(path, "re");
	char *line = NULL, where[512];
	size_t cap = 0;
	ssize_t n;

	if (!f)
		die(EX_CONFIG, "can't open %s:", path);
	for (int number = 1; errno = 0, (n = getline(&line, &cap, f)) >= 0; number++) {
		char *p = line;

		while (n && isspace((unsigned char)line[n - 1]))
			line[--n] = '\0';
		while (isspace((unsigned char)*p))
			p++;
		if (!*p || *p == '#' || *p == '!')
			continue;
		snprintf(where, sizeof(where), "%s:%d", path, number);
		conf_set(conf, p, where);
	}
	if (ferror(f))
		die(EX_CONFIG, "can't read %s:", path);
	free(line);
	fclose(f);
}

static void warn_of_secret(const char *property)
{
	static const char *const secrets[] = { "sasl.password=", "ssl.key.password=", "ssl.keystore.password=", "ssl.key.pem=",
		"sasl.oauthbearer.client.secret=" };

	for (size_t i = 0; i < sizeof(secrets) / sizeof(*secrets); i++)
		if (strncmp(property, secrets[i], strlen(secrets[i])) == 0)
			warn("-X %.*s: others on this machine can see it there; a file with -F is for that",
				(int)strcspn(property, "="), property);
}

rd_kafka_conf_t *options_conf(const struct options *o)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char error[512];
	size_t n = 0;

	for (size_t i = 0; i < sizeof(defaults) / sizeof(*defaults); i++)
		conf_set(conf, defaults[i], "default");
	if (o->file)
		conf_file(conf, o->file);
	if (o->brokers && rd_kafka_conf_set(conf, "bootstrap.servers", o->brokers, error, sizeof(error)) != RD_KAFKA_CONF_OK)
		die(EX_CONFIG, "-b %s: %s", o->brokers, error);
	for (int i = 0; i < o->n_properties; i++) {
		char where[300];

		snprintf(where, sizeof(where), "-X %.*s", (int)strcspn(o->properties[i], "="), o->properties[i]);
		conf_set(conf, o->properties[i], where);
	}
	if (rd_kafka_conf_get(conf, "bootstrap.servers", NULL, &n) != RD_KAFKA_CONF_OK || n <= 1)
		die(EX_USAGE, "no brokers: say -b HOST:PORT, CN_KAFKA_BROKERS or bootstrap.servers in a file; see --help");
	for (int i = 0; i < o->n_properties; i++)
		warn_of_secret(o->properties[i]);
	rd_kafka_conf_set(conf, "log.queue", "true", NULL, 0);
	rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG);
	return conf;
}
