/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KAFKA_CONF_H
#define KAFKA_CONF_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

#define KAFKA_PROPERTIES_MAX 256

/* What the user and the program tell librdkafka: -b, -F and -X of every program that speaks to Kafka. Texts are pointed to. */
struct kafka_settings {
	const char *brokers, *file;
	const char *properties[KAFKA_PROPERTIES_MAX];	/* "name=value", as given with -X */
	int n_properties;
	const char *const *defaults;	/* "name=value", ends with NULL: the program's own, which all can be overridden */
	const char *const *reserved;	/* names, ends with NULL: what belongs to the program and can't be set */
};

/* For -X, inside opt.h's set(): "list" prints all properties and exits. */
void kafka_settings_property(struct kafka_settings *s, const char *value);
/* Our defaults, the file, then -b and -X. Dies EX_CONFIG on anything that librdkafka does not take, EX_USAGE without brokers. The
 * caller owns it. */
rd_kafka_conf_t *kafka_conf_make(const struct kafka_settings *s);
/* "debug" was set with -X: then librdkafka's own log lines are wanted. */
bool kafka_settings_debug(const struct kafka_settings *s);

#endif
