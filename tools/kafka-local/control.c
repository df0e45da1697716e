/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of --control: trouble to order, so that a test can see what its client does. One a line; each is answered with "ok"
 * or a complaint on stdout, so that whoever gave it knows when it is done. */
#include "err.h"
#include "kafka-local.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE 256

enum { API_PRODUCE = 0, API_METADATA = 3, API_INIT_PRODUCER = 22 };

static const struct { const char *name; int16_t key; } apis[] = {
	{ "produce", API_PRODUCE }, { "metadata", API_METADATA }, { "init-producer", API_INIT_PRODUCER },
};

static const char *fail(rd_kafka_mock_cluster_t *cluster, const char *api, int code, int times)
{
	for (size_t i = 0; i < sizeof(apis) / sizeof(apis[0]); i++) {
		if (strcmp(apis[i].name, api) != 0)
			continue;
		if (times < 1 || times > 10000)
			return "times must be 1 to 10000";
		while (times-- > 0)
			rd_kafka_mock_push_request_errors(cluster, apis[i].key, 1, (rd_kafka_resp_err_t)code);
		return NULL;
	}
	return "unknown request; known: produce metadata init-producer";
}

/* NULL when done, else what is wrong with the command. */
static const char *command(rd_kafka_mock_cluster_t *cluster, const char *line)
{
	char word[32], topic[LINE];
	int number, times = 1;

	if (strcmp(line, "down") == 0)
		return rd_kafka_mock_broker_set_down(cluster, -1) ? "can't" : NULL;
	if (strcmp(line, "up") == 0)
		return rd_kafka_mock_broker_set_up(cluster, -1) ? "can't" : NULL;
	if (sscanf(line, "rtt %d", &number) == 1 && number >= 0)
		return rd_kafka_mock_broker_set_rtt(cluster, -1, number) ? "can't" : NULL;
	if (sscanf(line, "fail %31s %d %d", word, &number, &times) >= 2)
		return fail(cluster, word, number, times);
	if (sscanf(line, "topic-error %255s %d", topic, &number) == 2) {
		rd_kafka_mock_topic_set_error(cluster, topic, (rd_kafka_resp_err_t)number);
		return NULL;
	}
	return "unknown command; known: down, up, rtt MS, fail REQUEST CODE [TIMES], topic-error TOPIC CODE";
}

bool control_read(rd_kafka_mock_cluster_t *cluster, int fd)
{
	static char buf[LINE];
	static size_t n;
	ssize_t got = read(fd, buf + n, sizeof(buf) - 1 - n);
	char *end;

	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (got <= 0)
		return false;
	n += (size_t)got;
	buf[n] = '\0';
	while ((end = memchr(buf, '\n', n))) {
		const char *why;
		*end = '\0';
		why = command(cluster, buf);
		printf("%s\n", why ? why : "ok");
		n -= (size_t)(end + 1 - buf);
		memmove(buf, end + 1, n + 1);
	}
	if (n == sizeof(buf) - 1) {
		printf("line too long\n");
		n = 0;
	}
	if (fflush(stdout) == EOF)
		die(EX_IOERR, "can't write to standard output:");
	return true;
}
