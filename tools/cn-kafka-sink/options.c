/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"
#include "err.h"
#include "opt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_METADATA_KEY = OPT_LONG, OPT_KEEP_MAP_KEYS, OPT_HEADERS, OPT_DELETES, OPT_TO };

static const struct opt table[] = {
	{ 'b', "brokers", "HOST:PORT,...", "CN_KAFKA_BROKERS", "brokers to ask for the cluster" },
	{ 't', "topic", "TOPIC", "CN_KAFKA_TOPIC", "topic of records that say none in to.kafka.topic" },
	{ 'X', "property", "NAME=VALUE", NULL, "set a librdkafka property; can be given more than once; \"list\" prints all" },
	{ 'F', "file", "FILE", "CN_KAFKA_FILE", "read librdkafka properties from a file of NAME=VALUE lines" },
	{ 'f', "format", "FORMAT", "CN_KAFKA_FORMAT", "json, flat-json, msgpack or line [flat-json]" },
	{ 'k', "key", "SOURCE", "CN_KAFKA_KEY", "digest, user-key, official, set, bin=NAME or none [digest]" },
	{ OPT_TO, "to", "NAME", NULL, "member of `to` that is for this sink [kafka]" },
	{ OPT_METADATA_KEY, "metadata-key", "NAME", NULL, "name of the metadata member in flat-json [metadata]" },
	{ OPT_KEEP_MAP_KEYS, "keep-map-keys", NULL, NULL, "refuse maps whose keys are not strings instead of making them strings" },
	{ OPT_HEADERS, "headers", NULL, NULL, "send the metadata as Kafka headers too" },
	{ OPT_DELETES, "deletes", "message|tombstone", NULL, "what a delete becomes [message]" },
	{ 'v', "verbose", NULL, NULL, "acks say topic, partition and offset" },
	{ 0 }
};

static void set_key(struct options *o, const char *value)
{
	if (strncmp(value, "bin=", 4) == 0) {
		if (!value[4])
			opt_bad(value, "bin= needs the name of a bin");
		o->key = KEY_BIN;
		o->key_bin = value + 4;
		return;
	}
	/* "bin" stands for bin=NAME in the complaint; as a word of its own it is refused. */
	o->key = (enum key_source)opt_word(value, "digest user-key official set bin=NAME none");
	if (o->key == KEY_BIN)
		opt_bad(value, "bin= needs the name of a bin");
}

static void set(void *ctx, int key, const char *value)
{
	struct options *o = ctx;
	int format;

	switch (key) {
	case 'b': o->kafka.brokers = value; break;
	case 't': o->topic = value; break;
	case 'F': o->kafka.file = value; break;
	case 'X': kafka_settings_property(&o->kafka, value); break;
	case 'k': set_key(o, value); break;
	case 'v': o->verbose = true; break;
	case 'f':
		format = options_format(value);
		if (format < 0)
			opt_bad(value, "must be one of: json flat-json msgpack line");
		o->format = (enum format)format;
		break;
	case OPT_METADATA_KEY:
		if (!*value)
			opt_bad(value, "must not be empty");
		o->format_options.metadata_key = value;
		break;
	case OPT_TO: o->to = value; break;
	case OPT_KEEP_MAP_KEYS: o->format_options.keep_map_keys = true; break;
	case OPT_HEADERS: o->headers = true; break;
	case OPT_DELETES: o->tombstones = opt_word(value, "message tombstone") == 1; break;
	}
}

int options_format(const char *word)
{
	int f = format_of(word);

	return f == FORMAT_WIRE ? -1 : f;
}

static const char *libraries(void)
{
	static char text[64];

	snprintf(text, sizeof(text), "librdkafka %s", rd_kafka_version_str());
	return text;
}

void options_parse(struct options *o, int argc, char **argv)
{
	static const struct opts opts = {
		.synopsis = "-b HOST:PORT [-t TOPIC] [options] <records >acks",
		.what = "Writes record lines to Kafka and acknowledges each once Kafka has it.",
		.table = table, .libraries = libraries, .set = set,
	};

	*o = (struct options){ .format = FORMAT_FLAT_JSON, .key = KEY_DIGEST, .to = "kafka" };
	if (opt_parse(&opts, argc, argv, o) < argc)
		die(EX_USAGE, "takes no operands: records come on standard input; see --help");
}
