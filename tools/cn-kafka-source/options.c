/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"
#include "clock.h"
#include "err.h"
#include "moment.h"
#include "opt.h"

#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	OPT_FROM = OPT_LONG, OPT_START, OPT_SCHEMAS, OPT_DECIMAL, OPT_ON_ERROR, OPT_RETRY, OPT_WINDOW, OPT_WINDOW_BYTES, OPT_COMMIT,
	OPT_REVOKE, OPT_MANAGE, OPT_FIRST_ID
};

static const struct opt table[] = {
	{ 'b', "brokers", "HOST:PORT,...", "CN_KAFKA_BROKERS", "brokers to ask for the cluster" },
	{ 't', "topic", "TOPIC,...", "CN_KAFKA_TOPIC", "topics to read, ^REGEX among them; can be given more than once" },
	{ 'g', "group", "NAME", "CN_KAFKA_GROUP", "the consumer group" },
	{ 'X', "property", "NAME=VALUE", NULL, "set a librdkafka property; can be given more than once; \"list\" prints all" },
	{ 'F', "file", "FILE", "CN_KAFKA_FILE", "read librdkafka properties from a file of NAME=VALUE lines" },
	{ OPT_FROM, "from", "WHERE", NULL, "where to begin: stored, beginning, end or a time [stored]" },
	{ 'e', "exit-at-end", NULL, NULL, "stop behind the records that were there at the start" },
	{ OPT_START, "start-timeout", "TIME", NULL, "with --exit-at-end: give up when no partition is assigned after this time [30s]" },
	{ 'k', "key-format", "FORMAT", "CN_KAFKA_KEY_FORMAT", KAFKA_FORMATS " [auto]" },
	{ 'f', "value-format", "FORMAT", "CN_KAFKA_VALUE_FORMAT", "the same for values [auto]" },
	{ OPT_SCHEMAS, "schemas", "PATH", "CN_KAFKA_SCHEMAS", "Avro schemas: a directory of ID.avsc files, or one file" },
	{ OPT_DECIMAL, "decimal", "FORM", NULL, "what becomes of a Decimal: text, number or unscaled [text]" },
	{ 'd', "dead-letter", "FILE|kafka:TOPIC", "CN_DEAD_LETTER", "put what can never succeed there, and go on" },
	{ OPT_ON_ERROR, "on-error", "stop|skip", NULL, "what to do with it when there is no --dead-letter [stop]" },
	{ OPT_RETRY, "retry-timeout", "TIME", NULL, "exit 75 when a record could not be done for so long [never]" },
	{ OPT_WINDOW, "window", "N", NULL, "records in flight at most [32768]" },
	{ OPT_WINDOW_BYTES, "window-bytes", "BYTES", NULL, "bytes of records in flight at most [32M]" },
	{ OPT_COMMIT, "commit-interval", "TIME", NULL, "how often to commit [1s]" },
	{ OPT_REVOKE, "revoke-wait", "TIME", NULL, "how long to wait for what is in flight of partitions that go elsewhere [10s]" },
	{ OPT_MANAGE, "manage-port", "ADDRESS:PORT", "CN_MANAGE_PORT", "serve /metrics, /health and /ready here [not at all]" },
	{ OPT_FIRST_ID, "first-id", "N", NULL, "id of the first line [microseconds since 1970]" },
	{ 0 }
};

/* Topics add up, but those of a flag come in the place of the environment's. */
static void add_topics(struct options *o, const char *value)
{
	const char *env = getenv("CN_KAFKA_TOPIC");

	if (o->topics_of_env) {
		while (o->n_topics)
			free((void *)(uintptr_t)o->topics[--o->n_topics]);
	}
	o->topics_of_env = value == env;
	for (const char *p = value;; p++) {
		size_t n = strcspn(p, ",");
		char *topic;

		if (n == 0)
			opt_bad(value, "a topic's name is empty");
		if (o->n_topics == TOPICS_MAX)
			opt_bad(value, "too many topics");
		topic = xmalloc(n + 1);
		memcpy(topic, p, n);
		topic[n] = '\0';
		o->topics[o->n_topics++] = topic;
		p += n;
		if (!*p)
			return;
	}
}

static void set_from(struct options *o, const char *value)
{
	static const char *const words[] = { "stored", "beginning", "end" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcmp(value, words[i]) == 0) {
			o->from = (enum from)i;
			return;
		}
	if (!moment_parse(value, clock_unix_ms(), &o->from_time))
		opt_bad(value, "neither stored, beginning, end nor a time (2026-11-27T06:00:00Z, 2026-11-27, 1700000000123, -15m)");
	o->from = FROM_TIME;
}

static void set_dead_letter(struct options *o, const char *value)
{
	o->dead_file = o->dead_topic = NULL;
	if (strncmp(value, "kafka:", 6) != 0)
		o->dead_file = value;
	else if (!value[6])
		opt_bad(value, "kafka: needs the name of a topic");
	else
		o->dead_topic = value + 6;
}

static void set(void *ctx, int key, const char *value)
{
	struct options *o = ctx;

	switch (key) {
	case 'b': o->kafka.brokers = value; break;
	case 't': add_topics(o, value); break;
	case 'g': o->group = value; break;
	case 'X': kafka_settings_property(&o->kafka, value); break;
	case 'F': o->kafka.file = value; break;
	case OPT_FROM: set_from(o, value); break;
	case 'e': o->exit_at_end = true; break;
	case OPT_START: o->start_timeout = opt_ms(value, 100, 86400000); break;
	case 'k': o->key_format = (enum kafka_format)opt_word(value, KAFKA_FORMATS); break;
	case 'f': o->value_format = (enum kafka_format)opt_word(value, KAFKA_FORMATS); break;
	case OPT_SCHEMAS: o->schemas = value; break;
	case OPT_DECIMAL: o->decimal = (enum decimal_form)opt_word(value, "text number unscaled"); break;
	case 'd': set_dead_letter(o, value); break;
	case OPT_ON_ERROR: o->skip = opt_word(value, "stop skip") == 1; break;
	case OPT_RETRY: o->retry_timeout = opt_ms(value, 1, INT64_C(86400000) * 365); break;
	case OPT_WINDOW: o->window = opt_count(value, 1, 1 << 22); break;
	case OPT_WINDOW_BYTES: o->window_bytes = opt_bytes(value, 4096, (uint64_t)16 << 30); break;
	case OPT_COMMIT: o->commit_interval = opt_ms(value, 10, 3600000); break;
	case OPT_REVOKE: o->revoke_wait = opt_ms(value, 0, 240000); break;
	case OPT_MANAGE: o->manage = true; opt_host_port(value, &o->manage_host, &o->manage_port); break;
	case OPT_FIRST_ID: o->first_id = opt_count(value, 1, (UINT64_C(1) << 53) - 1); break;
	}
}

static const char *libraries(void)
{
	static char text[120];

	snprintf(text, sizeof(text), "librdkafka %s, libmicrohttpd %s", rd_kafka_version_str(), MHD_get_version());
	return text;
}

static void check(const struct options *o)
{
	if (!o->n_topics)
		die(EX_USAGE, "no topic: say -t TOPIC or CN_KAFKA_TOPIC; see --help");
	if (!o->group || !*o->group)
		die(EX_USAGE, "no group: say -g NAME or CN_KAFKA_GROUP; see --help");
	if (o->key_format == KAFKA_AVRO || o->value_format == KAFKA_AVRO) {
		if (!o->schemas)
			die(EX_USAGE, "the format avro needs --schemas FILE");
	}
}

void options_parse(struct options *o, int argc, char **argv)
{
	static const struct opts opts = {
		.synopsis = "-b HOST:PORT -t TOPIC -g GROUP [options] <acks | filter ... >acks",
		.what = "Reads Kafka topics as lines, and commits what is acknowledged on stdin.",
		.table = table, .libraries = libraries, .set = set,
	};

	*o = (struct options){
		.start_timeout = 30000, .commit_interval = 1000, .revoke_wait = 10000, .window = 32768, .window_bytes = (size_t)32 << 20,
	};
	if (opt_parse(&opts, argc, argv, o) < argc)
		die(EX_USAGE, "takes no operands: %s", argv[argc - 1]);
	check(o);
	if (!o->first_id)
		o->first_id = (uint64_t)clock_unix_ms() * 1000;
}
