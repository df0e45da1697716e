/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"
#include "err.h"
#include "fetch.h"
#include "opt.h"
#include "queue.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_GATEWAY = OPT_LONG, OPT_ENDPOINT, OPT_PROFILE, OPT_API_KEY_FILE, OPT_CA, OPT_METADATA_KEY, OPT_KEEP_MAP_KEYS, OPT_BASE64,
	OPT_NEWLINE, OPT_BATCH, OPT_BATCH_BYTES, OPT_RECORD_MAX, OPT_LINGER, OPT_LOOSE, OPT_CONNECTIONS, OPT_CONNECTION_TTL, OPT_QUEUE,
	OPT_QUEUE_BYTES, OPT_DEADLINE, OPT_CALL_TIMEOUT, OPT_CONNECT_TIMEOUT, OPT_TO };

static const struct opt table[] = {
	{ 's', "stream", "STREAM", "CN_KINESIS_STREAM", "stream of records that say none in to.kinesis.stream" },
	{ 'r', "region", "REGION", "AWS_REGION", "region of the Kinesis API; also from AWS_DEFAULT_REGION" },
	{ OPT_ENDPOINT, "endpoint", "URL", "AWS_ENDPOINT_URL_KINESIS", "where the Kinesis API is [https://kinesis.REGION.amazonaws.com]" },
	{ OPT_GATEWAY, "gateway", "URL", "CN_KINESIS_GATEWAY", "post through API Gateway: the URL of the resource in its stage" },
	{ OPT_API_KEY_FILE, "api-key-file", "FILE", "CN_KINESIS_API_KEY_FILE", "with --gateway: file with the API key; also from CN_KINESIS_API_KEY" },
	{ 'H', "header", "NAME: VALUE", NULL, "with --gateway: one more header; can be given more than once" },
	{ OPT_PROFILE, "profile", "NAME", NULL, "take credentials from this profile of the shared file" },
	{ 'f', "format", "FORMAT", "CN_KINESIS_FORMAT", "json, flat-json, msgpack or line [json]" },
	{ 'k', "key", "SOURCE", "CN_KINESIS_KEY", "partition key: digest, user-key, set or bin=NAME [digest]" },
	{ OPT_TO, "to", "NAME", NULL, "member of `to` that is for this sink [kinesis]" },
	{ OPT_METADATA_KEY, "metadata-key", "NAME", NULL, "name of the metadata member in flat-json [metadata]" },
	{ OPT_KEEP_MAP_KEYS, "keep-map-keys", NULL, NULL, "refuse maps whose keys are not strings instead of making them strings" },
	{ OPT_BASE64, "base64", NULL, NULL, "encode the message in base64, so that msgpack passes the gateway" },
	{ OPT_NEWLINE, "newline", NULL, NULL, "end each message with a line end" },
	{ OPT_BATCH, "batch", "N", NULL, "records a call at most [500]" },
	{ OPT_BATCH_BYTES, "batch-bytes", "BYTES", NULL, "data and keys a call at most [5M]" },
	{ OPT_RECORD_MAX, "record-max", "BYTES", NULL, "data and key of a record at most [1M]" },
	{ OPT_LINGER, "linger", "TIME", NULL, "how long to wait for a full call while another is under way [50ms]" },
	{ OPT_LOOSE, "loose-order", NULL, NULL, "several records of a key in one call" },
	{ OPT_CONNECTIONS, "connections", "N", NULL, "calls under way at most [4; with --gateway 10]" },
	{ OPT_CONNECTION_TTL, "connection-ttl", "TIME", NULL, "use no connection for longer; 0: as long as it lives [0]" },
	{ OPT_QUEUE, "queue", "N", NULL, "records in memory at most [10000]" },
	{ OPT_QUEUE_BYTES, "queue-bytes", "BYTES", NULL, "the same by size [32M]" },
	{ OPT_DEADLINE, "deadline", "TIME", NULL, "how long a record is tried before it is given back [6500ms]" },
	{ OPT_CALL_TIMEOUT, "call-timeout", "TIME", NULL, "how long one call may take [3s]" },
	{ OPT_CONNECT_TIMEOUT, "connect-timeout", "TIME", NULL, "how long connecting may take [1s]" },
	{ OPT_CA, "ca-file", "FILE", "CN_KINESIS_CA_FILE", "certificates to trust, PEM [the system's]" },
	{ 'v', "verbose", NULL, NULL, "acks say stream, shard and sequence number" },
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
	/* "bin=NAME" stands there for the complaint only. */
	o->key = (enum key_source)opt_word(value, "digest user-key set bin=NAME");
	if (o->key == KEY_BIN)
		opt_bad(value, "bin= needs the name of a bin");
}

static void set_header(struct options *o, const char *value)
{
	const char *colon = strchr(value, ':');

	if (!colon || colon == value || strpbrk(value, "\r\n"))
		opt_bad(value, "not of the form NAME: VALUE");
	if (o->n_headers == HEADERS_MAX)
		opt_bad(value, "too many headers");
	o->header[o->n_headers++] = value;
}

static void set_format(struct options *o, const char *value)
{
	int format = options_format(value);

	if (format < 0)
		opt_bad(value, "must be one of: json flat-json msgpack line");
	o->format = (enum format)format;
}

static const char *url(const char *value)
{
	const char *why = fetch_url_wrong(value);

	/* Without a scheme one would be guessed. */
	if (strncmp(value, "http://", 7) && strncmp(value, "https://", 8))
		opt_bad(value, "must begin with http:// or https://");
	if (why)
		die(EX_USAGE, "URL: %s", why);	/* what must not be in it is not shown */
	return value;
}

static void set_size(struct options *o, int key, const char *value)
{
	switch (key) {
	case OPT_BATCH: o->batch = opt_count(value, 1, BATCH_MAX); break;
	case OPT_BATCH_BYTES: o->batch_bytes = opt_bytes(value, 1024, 16 << 20); break;
	case OPT_RECORD_MAX: o->record_max = opt_bytes(value, 1, 10 << 20); break;
	case OPT_CONNECTIONS: o->connections = opt_count(value, 1, 256); break;
	case OPT_QUEUE: o->queue = opt_count(value, 1, 1000000); break;
	case OPT_QUEUE_BYTES: o->queue_bytes = opt_bytes(value, 1, (uint64_t)4 << 30); break;
	}
}

static void set(void *ctx, int key, const char *value)
{
	struct options *o = ctx;

	switch (key) {
	case 's': o->stream = value; break;
	case 'r': o->region = value; break;
	case 'f': set_format(o, value); break;
	case 'k': set_key(o, value); break;
	case 'H': set_header(o, value); break;
	case 'v': o->verbose = true; break;
	case OPT_GATEWAY: o->gateway = url(value); break;
	case OPT_ENDPOINT: o->endpoint = url(value); break;
	case OPT_API_KEY_FILE: o->api_key = opt_secret_file(value); break;
	case OPT_PROFILE: o->profile = value; break;
	case OPT_CA: o->ca = value; break;
	case OPT_METADATA_KEY:
		if (!*value)
			opt_bad(value, "must not be empty");
		o->format_options.metadata_key = value;
		break;
	case OPT_TO: o->to = value; break;
	case OPT_KEEP_MAP_KEYS: o->format_options.keep_map_keys = true; break;
	case OPT_BASE64: o->base64 = true; break;
	case OPT_NEWLINE: o->newline = true; break;
	case OPT_LOOSE: o->loose = true; break;
	case OPT_LINGER: o->linger = opt_ms(value, 0, 5000); break;
	case OPT_CONNECTION_TTL: o->connection_ttl = opt_ms(value, 0, 86400000); break;
	case OPT_DEADLINE: o->deadline = opt_ms(value, 100, 3600000); break;
	case OPT_CALL_TIMEOUT: o->call_timeout = opt_ms(value, 50, 60000); break;
	case OPT_CONNECT_TIMEOUT: o->connect_timeout = opt_ms(value, 50, 60000); break;
	default: set_size(o, key, value); break;
	}
}

int options_format(const char *word)
{
	int f = format_of(word);

	return f == FORMAT_WIRE ? -1 : f;
}

static const char *libraries(void)
{
	static char text[200];

	snprintf(text, sizeof(text), "%s", curl_version());
	return text;
}

static void check_gateway(struct options *o)
{
	const char *key = getenv("CN_KINESIS_API_KEY");

	if (o->endpoint || o->region)	/* AWS_REGION may well be set on such a machine: that is no complaint */
		o->endpoint = o->region = NULL;
	if (!o->api_key && key && *key)
		o->api_key = key;
	if (o->format == FORMAT_MSGPACK && !o->base64)
		die(EX_USAGE, "--gateway takes text only: its mapping damages msgpack; see --base64");
	if (o->loose)
		die(EX_USAGE, "--loose-order is for calls of several records, not for --gateway");
	o->batch = 1;
	o->url = xstrdup(o->gateway);
}

static void check_region(const char *region)
{
	for (const char *p = region; *p; p++)
		if (!((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') || *p == '-'))
			die(EX_USAGE, "--region %s: not the name of a region", region);
}

static void check_api(struct options *o)
{
	char text[300];

	if (o->n_headers)
		die(EX_USAGE, "-H is for --gateway");
	if (!o->region)
		o->region = getenv("AWS_DEFAULT_REGION");
	if (!o->region || !*o->region)
		die(EX_USAGE, "no region: say --region, AWS_REGION or AWS_DEFAULT_REGION; or --gateway URL");
	check_region(o->region);
	snprintf(text, sizeof(text), "https://kinesis.%.100s.amazonaws.com%s/", o->region,
		strncmp(o->region, "cn-", 3) == 0 ? ".cn" : "");
	o->url = xstrdup(o->endpoint ? o->endpoint : text);
}

void options_parse(struct options *o, int argc, char **argv)
{
	static const struct opts opts = {
		.synopsis = "--stream STREAM --region REGION | --gateway URL [options] <records >acks",
		.what = "Writes record lines to Kinesis and acknowledges each once Kinesis has it.",
		.table = table, .libraries = libraries, .set = set,
	};

	*o = (struct options){ .to = "kinesis", .format = FORMAT_JSON, .key = KEY_DIGEST, .batch = BATCH_MAX, .batch_bytes = 5 << 20, .record_max = 1 << 20,
		.queue = 10000, .queue_bytes = 32 << 20, .linger = 50, .deadline = 6500, .call_timeout = 3000, .connect_timeout = 1000 };
	if (opt_parse(&opts, argc, argv, o) < argc)
		die(EX_USAGE, "takes no operands: records come on standard input; see --help");
	if (o->gateway)
		check_gateway(o);
	else
		check_api(o);
	if (!o->connections)
		o->connections = o->gateway ? 10 : 4;
}
