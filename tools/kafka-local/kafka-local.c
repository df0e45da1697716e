/* SPDX-License-Identifier: Apache-2.0 */
/* kafka-local: librdkafka's mock cluster in a program of its own, for demos and tests. */
#include "err.h"
#include "kafka-local.h"
#include "log.h"
#include "opt.h"
#include "sig.h"

#include <ctype.h>
#include <errno.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TOPICS_MAX 1024
#define TOPIC_NAME_MAX 249	/* Kafka's own limit */
#define PARTITIONS_MAX 1024

enum { OPT_BROKERS = OPT_LONG, OPT_PARTITIONS, OPT_CONTROL };

struct options {
	int brokers, partitions;
	uint16_t port;
	bool control;
	const char *topics[TOPICS_MAX];
	int n_topics;
};

static const struct opt table[] = {
	{ 't', "topic", "NAME[:PARTITIONS]", NULL, "create this topic at the start; can be given more than once" },
	{ OPT_PARTITIONS, "partitions", "N", NULL, "partitions of a --topic that does not say [4]" },
	{ OPT_BROKERS, "brokers", "N", NULL, "number of brokers in the cluster [1]" },
	{ 'p', "port", "PORT", NULL, "port of the first broker; the others take the ports behind it [0: any free ones]" },
	{ OPT_CONTROL, "control", NULL, NULL, "read commands (down, up, rtt, fail) from standard input and stop at its end" },
	{ 0 }
};

static void set(void *ctx, int key, const char *value)
{
	struct options *o = ctx;

	switch (key) {
	case 't':
		if (o->n_topics == TOPICS_MAX)
			opt_bad(value, "too many topics");
		o->topics[o->n_topics++] = value;
		break;
	case 'p':
		o->port = (uint16_t)opt_count(value, 0, 65535);
		break;
	case OPT_PARTITIONS:
		o->partitions = (int)opt_count(value, 1, PARTITIONS_MAX);
		break;
	case OPT_BROKERS:
		o->brokers = (int)opt_count(value, 1, 16);
		break;
	case OPT_CONTROL:
		o->control = true;
		break;
	}
}

static const char *libraries(void)
{
	static char text[64];

	snprintf(text, sizeof(text), "librdkafka %s", rd_kafka_version_str());
	return text;
}

static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
	(void)rk;
	/* Levels are syslog's; its header has the same names as log.h. */
	log_event(level <= 3 ? LOG_ERROR : LOG_DEBUG, text, "facility", facility, NULL);
}

/* The mock cluster lives in a handle that itself never connects to anything. */
static rd_kafka_t *handle_new(void)
{
	char error[512];
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_t *rk;

	rd_kafka_conf_set_log_cb(conf, on_log);
	rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof(error));
	if (!rk)
		die(EX_SOFTWARE, "can't start librdkafka: %s", error);
	return rk;
}

static bool topic_name_valid(const char *name, size_t n)
{
	if (n == 0 || n > TOPIC_NAME_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)name[i]) && !strchr("._-", name[i]))
			return false;
	return true;
}

static void topic_create(rd_kafka_mock_cluster_t *cluster, const struct options *o, const char *word)
{
	char name[TOPIC_NAME_MAX + 1];
	const char *colon = strchr(word, ':');
	size_t n = colon ? (size_t)(colon - word) : strlen(word);
	long partitions = o->partitions;
	char *end = NULL;
	rd_kafka_resp_err_t err;

	if (colon) {
		errno = 0;
		partitions = strtol(colon + 1, &end, 10);
		if (!isdigit((unsigned char)colon[1]) || *end || errno || partitions < 1 || partitions > PARTITIONS_MAX)
			die(EX_USAGE, "--topic %s: partitions must be a number from 1 to %d", word, PARTITIONS_MAX);
	}
	if (!topic_name_valid(word, n))
		die(EX_USAGE, "--topic %s: not a topic name", word);
	memcpy(name, word, n);
	name[n] = '\0';
	err = rd_kafka_mock_topic_create(cluster, name, (int)partitions, o->brokers < 3 ? o->brokers : 3);
	if (err)
		die(EX_USAGE, "--topic %s: %s", word, rd_kafka_err2str(err));
}

/* Sleep until a signal asks to stop or, with --control, the commands end. */
static void serve(rd_kafka_mock_cluster_t *cluster, bool control)
{
	struct pollfd fds[2] = { { .fd = sig_fd(), .events = POLLIN }, { .fd = control ? 0 : -1, .events = POLLIN } };

	while (!sig_stop()) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			die(EX_SOFTWARE, "poll:");
		sig_fd_clear();
		if (fds[1].revents && !control_read(cluster, fds[1].fd))
			return;
	}
}

int main(int argc, char **argv)
{
	struct options o = { .brokers = 1, .partitions = 4 };
	struct opts opts = {
		.synopsis = "[options]",
		.what = "A Kafka cluster in memory, for demos and tests; prints its address and runs until SIGTERM.",
		.table = table, .libraries = libraries, .set = set,
	};
	rd_kafka_mock_cluster_t *cluster;
	rd_kafka_t *rk;

	err_program(argv[0]);
	if (opt_parse(&opts, argc, argv, &o) < argc)
		die(EX_USAGE, "takes no operands; see --help");
	sig_init();
	rk = handle_new();
	port_fix(o.port);
	cluster = rd_kafka_mock_cluster_new(rk, o.brokers);
	if (!cluster)
		die(EX_SOFTWARE, "can't start the mock cluster");
	port_fix(0);
	for (int i = 0; i < o.n_topics; i++)
		topic_create(cluster, &o, o.topics[i]);
	if (printf("%s\n", rd_kafka_mock_cluster_bootstraps(cluster)) < 0 || fflush(stdout) == EOF)
		die(EX_IOERR, "can't write to standard output:");
	serve(cluster, o.control);
	rd_kafka_mock_cluster_destroy(cluster);
	rd_kafka_destroy(rk);
	return 0;
}
