/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "decimal.h"
#include "kafka_conf.h"
#include "kafka_value.h"

#include <stdbool.h>
#include <stdint.h>

#define TOPICS_MAX 1024

enum from { FROM_STORED, FROM_BEGINNING, FROM_END, FROM_TIME };

struct options {
	struct kafka_settings kafka;
	const char *topics[TOPICS_MAX];		/* malloc'ed */
	int n_topics;
	bool topics_of_env;
	const char *group;
	enum from from;
	int64_t from_time;			/* FROM_TIME: ms since 1970 */
	bool exit_at_end;
	int64_t start_timeout, retry_timeout, commit_interval, revoke_wait;	/* ms; retry_timeout 0: none */
	enum kafka_format key_format, value_format;
	const char *schemas;
	enum decimal_form decimal;
	const char *dead_file, *dead_topic;	/* one of them, or none */
	bool skip;				/* --on-error skip */
	size_t window, window_bytes;
	bool manage;
	char *manage_host;
	uint16_t manage_port;
	uint64_t first_id;
};

void options_parse(struct options *o, int argc, char **argv);
/* What librdkafka is to be told; the caller sets its callbacks. */
rd_kafka_conf_t *options_conf(const struct options *o);
/* For the producer of --dead-letter kafka:TOPIC. */
rd_kafka_conf_t *options_dead_conf(const struct options *o);

#endif
