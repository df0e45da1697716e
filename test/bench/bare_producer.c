/* SPDX-License-Identifier: Apache-2.0 */
/* How fast librdkafka itself goes with cn-kafka-sink's settings: the same values and keys over and over, no input, no acks.
 *	bare_producer -b BROKER -t TOPIC [-n RECORDS] [-s BYTES] [-w IN-FLIGHT] [-X NAME=VALUE ...]
 * Prints records a second and CPU microseconds a record. */
#include <librdkafka/rdkafka.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static const char *const settings[][2] = {
	{ "enable.idempotence", "true" }, { "acks", "all" }, { "message.timeout.ms", "6500" }, { "linger.ms", "0" },
	{ "max.in.flight.requests.per.connection", "1" },
	{ "socket.nagle.disable", "true" }, { "queue.buffering.max.messages", "10000" },
	{ "queue.buffering.max.kbytes", "16384" }, { "partitioner", "murmur2_random" },
};

static long in_flight, failed;

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
	(void)rk, (void)opaque;
	in_flight--;
	failed += m->err != 0;
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
	char error[256];

	if (rd_kafka_conf_set(conf, name, value, error, sizeof(error)) != RD_KAFKA_CONF_OK) {
		fprintf(stderr, "bare_producer: %s\n", error);
		exit(78);
	}
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double cpu(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) + (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

static void produce(rd_kafka_t *rk, rd_kafka_topic_t *topic, char *value, size_t size, unsigned long n)
{
	char key[32];

	/* As long as a digest in base64, a thousand different ones. */
	snprintf(key, sizeof(key), "7GuNIoca3f0yU8bTUgVi0W%05lu=", n % 1000);
	while (rd_kafka_produce(topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, value, size, key, strlen(key), NULL) < 0)
		rd_kafka_poll(rk, 10);	/* the queue is full */
	in_flight++;
}

int main(int argc, char **argv)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	long records = 1000000, window = 1000000;
	const char *name = NULL;
	size_t size = 300;
	char error[256], *value, *equals;
	rd_kafka_topic_t *topic;
	double start, cpu_start;
	rd_kafka_t *rk;
	int c;

	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++)
		set(conf, settings[i][0], settings[i][1]);
	while ((c = getopt(argc, argv, "b:t:n:s:w:X:")) != -1) {
		switch (c) {
		case 'b': set(conf, "bootstrap.servers", optarg); break;
		case 't': name = optarg; break;
		case 'n': records = atol(optarg); break;
		case 's': size = (size_t)atol(optarg); break;
		case 'w': window = atol(optarg); break;
		case 'X':
			equals = strchr(optarg, '=');
			if (!equals)
				return 64;
			*equals = '\0';
			set(conf, optarg, equals + 1);
			break;
		default: return 64;
		}
	}
	rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
	rk = name ? rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof(error)) : NULL;
	if (!rk) {
		fprintf(stderr, "bare_producer: %s\n", name ? error : "usage: bare_producer -b BROKER -t TOPIC [-n RECORDS] ...");
		return 64;
	}
	topic = rd_kafka_topic_new(rk, name, NULL);
	value = malloc(size);
	if (!value)
		return 70;
	memset(value, 'x', size);
	produce(rk, topic, value, size, 0);	/* connects; not measured */
	rd_kafka_flush(rk, 10000);
	start = now();
	cpu_start = cpu();
	for (long n = 0; n < records; n++) {
		while (in_flight >= window)
			rd_kafka_poll(rk, 100);
		produce(rk, topic, value, size, (unsigned long)n);
		if (n % 256 == 0)
			rd_kafka_poll(rk, 0);
	}
	rd_kafka_flush(rk, 60000);
	start = now() - start;
	printf("%.0f records/s %.2f CPU us/record %ld failed\n", (double)records / start, (cpu() - cpu_start) * 1e6 / (double)records,
		failed);
	rd_kafka_topic_destroy(topic);
	rd_kafka_destroy(rk);
	free(value);
	return failed || in_flight ? 1 : 0;
}
