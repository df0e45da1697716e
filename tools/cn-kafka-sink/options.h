/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "format.h"
#include "kafka_conf.h"

/* Where the key of a message comes from. */
enum key_source { KEY_DIGEST, KEY_USER_KEY, KEY_OFFICIAL, KEY_SET, KEY_BIN, KEY_NONE };

struct options {
	struct kafka_settings kafka;
	const char *topic;
	const char *to;			/* our member of the record's `to` */
	enum format format;
	struct format_options format_options;
	enum key_source key;
	const char *key_bin;		/* KEY_BIN */
	bool headers, tombstones, verbose;
};

void options_parse(struct options *o, int argc, char **argv);
/* What librdkafka is to be told: our defaults, the file, then -b and -X. Dies EX_CONFIG on anything it does not take. The caller
 * owns it. */
rd_kafka_conf_t *options_conf(const struct options *o);
/* "json", "msgpack" ...; only what makes sense as a Kafka message. -1 for any other. */
int options_format(const char *word);

#endif
