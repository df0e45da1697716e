/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include "base64.h"
#include "err.h"
#include "opt.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>
#include <zlib.h>

enum { OPT_TO = OPT_LONG, OPT_METADATA_KEY, OPT_KEEP_MAP_KEYS, OPT_HEADER_FILE, OPT_DIGEST, OPT_BASIC, OPT_BEARER, OPT_MISSING, OPT_HTTP2,
	OPT_STREAMS, OPT_QUEUE, OPT_CONNECT, OPT_CALL, OPT_TTL, OPT_DEADLINE, OPT_PAUSE, OPT_OK, OPT_PERMANENT, OPT_TEMPORARY, OPT_HEALTH,
	OPT_HEALTH_METHOD, OPT_HEALTH_INTERVAL, OPT_HEALTH_TIMEOUT, OPT_HEALTHY, OPT_UNHEALTHY, OPT_BATCH, OPT_BATCH_AS, OPT_BATCH_BYTES,
	OPT_LINGER, OPT_COMPRESSION, OPT_THRESHOLD, OPT_CA, OPT_CERT, OPT_KEY };

static const struct opt table[] = {
	{ 'd', "destination", "NAME", NULL, "destination of records that name none in to.http [the first]" },
	{ 'f', "format", "FORMAT", "CN_POST_FORMAT", "json, flat-json, msgpack or line [flat-json]" },
	{ 'X', "method", "METHOD", NULL, "method of the requests [POST]" },
	{ 'H', "header", "NAME: VALUE", NULL, "send this header; the value is a template; can be given more than once" },
	{ OPT_HEADER_FILE, "header-file", "FILE", "CN_POST_HEADER_FILE", "send the header lines of this file, for secrets" },
	{ OPT_DIGEST, "send-digest-headers", NULL, NULL, "send the header aerospike-digest, in base64" },
	{ OPT_BASIC, "basic-file", "FILE", "CN_POST_BASIC_FILE", "authenticate with the USER:PASSWORD of this file" },
	{ OPT_BEARER, "bearer-file", "FILE", "CN_POST_BEARER_FILE", "authenticate with the token of this file" },
	{ OPT_MISSING, "missing", "POLICY", NULL, "what a template does without its value: use-digest, fail or ignore [use-digest]" },
	{ OPT_TO, "to", "NAME", NULL, "member of `to` that is for this sink [http]" },
	{ OPT_METADATA_KEY, "metadata-key", "NAME", NULL, "name of the metadata member in flat-json [metadata]" },
	{ OPT_KEEP_MAP_KEYS, "keep-map-keys", NULL, NULL, "refuse maps whose keys are not strings instead of making them strings" },
	{ OPT_HTTP2, "http2", NULL, NULL, "speak HTTP/2 where a TLS endpoint offers it [HTTP/1.1]" },
	{ 'c', "connections", "N", "CN_POST_CONNECTIONS", "connections per endpoint at most [10]" },
	{ OPT_STREAMS, "streams", "N", NULL, "with --http2: requests at a time per connection [100]" },
	{ OPT_QUEUE, "queue", "N", NULL, "records per endpoint that may wait; then no more are read [1000]" },
	{ OPT_CONNECT, "connect-timeout", "TIME", NULL, "give a connection up after this time [300ms]" },
	{ OPT_CALL, "call-timeout", "TIME", NULL, "give a request up after this time, connecting included [1s]" },
	{ OPT_TTL, "connection-ttl", "TIME", NULL, "use a connection no more when it is this old, in whole seconds [for ever]" },
	{ OPT_DEADLINE, "deadline", "TIME", NULL, "try again until a record is this old, then nack it [7500ms]" },
	{ OPT_PAUSE, "retry-pause", "TIME", NULL, "pause before the second try, about; it doubles up to 2s [50ms]" },
	{ OPT_OK, "ok", "CODES", NULL, "statuses that are success, such as 200-299,404 or 2xx [2xx]" },
	{ OPT_PERMANENT, "permanent", "CODES", NULL, "statuses that mean never [none]" },
	{ OPT_TEMPORARY, "temporary", "CODES", NULL, "statuses to try again even when --permanent has them [the rest]" },
	{ OPT_HEALTH, "health-check", "PATH", NULL, "probe every endpoint with this path [no probes]" },
	{ OPT_HEALTH_METHOD, "health-method", "METHOD", NULL, "method of probes [GET]" },
	{ OPT_HEALTH_INTERVAL, "health-interval", "TIME", NULL, "time between probes of an endpoint [5s]" },
	{ OPT_HEALTH_TIMEOUT, "health-timeout", "TIME", NULL, "time that a probe may take [1s]" },
	{ OPT_HEALTHY, "healthy-threshold", "N", NULL, "good probes in a row until an endpoint is used again [3]" },
	{ OPT_UNHEALTHY, "unhealthy-threshold", "N", NULL, "bad probes in a row until it is used no more [3]" },
	{ OPT_BATCH, "batch", "N", NULL, "up to N records in a request [1: the body is the record]" },
	{ OPT_BATCH_AS, "batch-as", "array|ndjson", NULL, "with --batch: a JSON array, or a record a line [array]" },
	{ OPT_BATCH_BYTES, "batch-bytes", "BYTES", NULL, "with --batch: close a batch that has so many bytes [1M]" },
	{ OPT_LINGER, "linger", "TIME", NULL, "with --batch: wait so long for a batch to fill [0]" },
	{ OPT_COMPRESSION, "compression", "none|gzip", NULL, "compress bodies [none]" },
	{ OPT_THRESHOLD, "compression-threshold", "BYTES", NULL, "leave shorter bodies as they are [0]" },
	{ OPT_CA, "ca-file", "FILE", "CN_POST_CA_FILE", "with https: trust the certificates of this file (PEM) [the system's]" },
	{ OPT_CERT, "cert", "FILE", NULL, "with https: show this client certificate (PEM)" },
	{ OPT_KEY, "key", "FILE", NULL, "with https: its private key (PEM) [the certificate's file]" },
	{ 'v', "verbose", NULL, NULL, "acks say where the record went" },
	{ 0 }
};

static const char *readable(const char *path)
{
	if (access(path, R_OK) < 0)
		die(EX_CONFIG, "can't read %s:", path);
	return path;
}

static const char *method(const char *value)
{
	for (const char *c = value; *c; c++)
		if (*c < 'A' || *c > 'Z')
			opt_bad(value, "a method is written in capital letters");
	if (!*value)
		opt_bad(value, "must not be empty");
	return value;
}

static void set_codes(struct status_set *s, const char *value)
{
	if (!status_set_parse(s, value))
		opt_bad(value, "not a list of statuses such as 200-299,404,5xx, or none");
}

/* What everybody can read in the list of processes is no place for these. */
static void check_header(const char *value)
{
	static const char *const secret[] = { "authorization", "proxy-authorization", "x-api-key", "cookie" };
	const char *colon = strchr(value, ':');
	size_t n = colon ? (size_t)(colon - value) : 0;

	if (!colon || !fetch_header_name_valid((struct span){ value, n }))
		opt_bad(value, "not of the form NAME: VALUE");
	for (size_t i = 0; i < sizeof(secret) / sizeof(*secret); i++)
		if (n == strlen(secret[i]) && strncasecmp(value, secret[i], n) == 0)
			opt_bad(secret[i], "a secret: put it into --header-file");
}

static void set_more(struct options *o, int key, const char *value)
{
	switch (key) {
	case OPT_OK: set_codes(&o->status.ok, value); break;
	case OPT_PERMANENT: set_codes(&o->status.permanent, value); break;
	case OPT_TEMPORARY: set_codes(&o->status.temporary, value); break;
	case OPT_HEALTH:
		if (*value != '/')
			opt_bad(value, "a path begins with /");
		o->health.path = value;
		break;
	case OPT_HEALTH_METHOD: o->health.method = method(value); break;
	case OPT_HEALTH_INTERVAL: o->health.interval = opt_ms(value, 10, 86400000); break;
	case OPT_HEALTH_TIMEOUT: o->health.timeout = opt_ms(value, 1, 3600000); break;
	case OPT_HEALTHY: o->health.up = (unsigned)opt_count(value, 1, 1000); break;
	case OPT_UNHEALTHY: o->health.down = (unsigned)opt_count(value, 1, 1000); break;
	case OPT_BATCH: o->batch = (unsigned)opt_count(value, 1, 100000); break;
	case OPT_BATCH_AS: o->ndjson = opt_word(value, "array ndjson") == 1; break;
	case OPT_BATCH_BYTES: o->batch_bytes = opt_bytes(value, 1, (uint64_t)64 << 20); break;
	case OPT_LINGER: o->linger = opt_ms(value, 0, 8000); break;
	case OPT_COMPRESSION: o->gzip = opt_word(value, "none gzip") == 1; break;
	case OPT_THRESHOLD: o->gzip_threshold = opt_bytes(value, 0, (uint64_t)64 << 20); break;
	case OPT_CA: o->fetch.ca = readable(value); break;
	case OPT_CERT: o->fetch.cert = readable(value); break;
	case OPT_KEY: o->fetch.key = readable(value); break;
	}
}

static void set(void *ctx, int key, const char *value)
{
	struct options *o = ctx;
	int n;

	switch (key) {
	case 'd': o->destination = value; break;
	case 'X': o->method = method(value); break;
	case 'c': o->fetch.connections = (unsigned)opt_count(value, 1, 10000); break;
	case 'v': o->verbose = true; break;
	case 'f':
		n = options_format(value);
		if (n < 0)
			opt_bad(value, "must be one of: json flat-json msgpack line");
		o->format = (enum format)n;
		break;
	case 'H':
		check_header(value);
		if (o->n_header_texts == HEADERS_MAX)
			opt_bad(value, "too many headers");
		o->header_texts[o->n_header_texts++] = value;
		break;
	case OPT_TO: o->to = value; break;
	case OPT_HEADER_FILE: o->header_file = readable(value); break;
	case OPT_DIGEST: o->digest_header = true; break;
	case OPT_BASIC: o->basic_file = readable(value); break;
	case OPT_BEARER: o->bearer_file = readable(value); break;
	case OPT_MISSING:
		n = template_missing_of(span_of(value));
		if (n < 0)
			opt_bad(value, "must be one of: use-digest fail ignore");
		o->missing = (enum template_missing)n;
		break;
	case OPT_METADATA_KEY:
		if (!*value)
			opt_bad(value, "must not be empty");
		o->format_options.metadata_key = value;
		break;
	case OPT_KEEP_MAP_KEYS: o->format_options.keep_map_keys = true; break;
	case OPT_HTTP2: o->fetch.http2 = true; break;
	case OPT_STREAMS: o->fetch.streams = (unsigned)opt_count(value, 1, 1000); break;
	case OPT_QUEUE: o->queue = opt_count(value, 1, 1000000); break;
	case OPT_CONNECT: o->fetch.connect_timeout = opt_ms(value, 1, 3600000); break;
	case OPT_CALL: o->fetch.call_timeout = opt_ms(value, 1, 3600000); break;
	case OPT_TTL: o->fetch.connection_ttl = opt_ms(value, 1, INT64_C(86400000) * 365); break;
	case OPT_DEADLINE: o->deadline = opt_ms(value, 0, 3600000); break;
	case OPT_PAUSE: o->pause = opt_ms(value, 1, 60000); break;
	default: set_more(o, key, value); break;
	}
}

int options_format(const char *word)
{
	int f = format_of(word);

	return f == FORMAT_WIRE ? -1 : f;
}

const char *options_media_type(const struct options *o, enum format f)
{
	if (o->batch > 1)
		return o->ndjson ? "application/x-ndjson" : "application/json";
	return format_media_type(f);
}

static const char *libraries(void)
{
	static char text[96];

	snprintf(text, sizeof(text), "libcurl %s, zlib %s", curl_version_info(CURLVERSION_NOW)->version, zlibVersion());
	return text;
}

/* ---- headers */

static void add_header(struct options *o, struct span name, struct span value, bool literal)
{
	struct buf text = { 0 };
	struct header *h;
	const char *why;
	size_t offset;

	if (o->n_headers == HEADERS_MAX)
		die(EX_CONFIG, "more than %d headers", HEADERS_MAX);
	h = &o->headers[o->n_headers++];
	for (size_t i = 0; i < value.n; i++) {
		if (literal && (value.p[i] == '{' || value.p[i] == '}'))
			buf_byte(&text, value.p[i]);
		buf_byte(&text, value.p[i]);
	}
	h->name = xmalloc(name.n + 1);
	memcpy(h->name, name.p, name.n);
	h->name[name.n] = '\0';
	h->value = template_parse(buf_as_span(&text), o->missing, &why, &offset);
	if (!h->value)
		die(EX_USAGE, "--header %s: byte %zu of the value: %s", h->name, offset, why);
	o->fixed_headers &= template_fixed(h->value);
	buf_free(&text);
}

static void add_line(struct options *o, const char *line, bool literal)
{
	size_t name = strcspn(line, ":;");
	struct span value = span_of(line[name] ? line + name + 1 : line + name);

	while (value.n && (value.p[0] == ' ' || value.p[0] == '\t'))
		value = (struct span){ value.p + 1, value.n - 1 };
	add_header(o, (struct span){ line, name }, value, literal);
}

static void add_basic(struct options *o, const char *path)
{
	char *secret = opt_secret_file(path);
	struct buf text = { 0 };

	if (!strchr(secret, ':'))
		die(EX_CONFIG, "%s: not of the form USER:PASSWORD", path);
	buf_lit(&text, "Basic ");
	base64_encode(&text, secret, strlen(secret));
	add_header(o, SPAN("Authorization"), buf_as_span(&text), true);
	explicit_bzero(secret, strlen(secret));
	free(secret);
	buf_free(&text);
}

static void add_bearer(struct options *o, const char *path)
{
	char *secret = opt_secret_file(path);
	struct buf text = { 0 };

	buf_lit(&text, "Bearer ");
	buf_span(&text, span_of(secret));
	add_header(o, SPAN("Authorization"), buf_as_span(&text), true);
	free(secret);
	buf_free(&text);
}

static void make_headers(struct options *o)
{
	struct curl_slist *lines = NULL;

	o->fixed_headers = !o->digest_header;
	for (int i = 0; i < o->n_header_texts; i++)
		add_line(o, o->header_texts[i], false);
	if (o->header_file)
		fetch_headers_file(&lines, o->header_file);
	for (struct curl_slist *l = lines; l; l = l->next)
		add_line(o, l->data, true);
	curl_slist_free_all(lines);
	if (o->basic_file)
		add_basic(o, o->basic_file);
	if (o->bearer_file)
		add_bearer(o, o->bearer_file);
	if (getenv("CN_POST_AUTHORIZATION"))
		add_header(o, SPAN("Authorization"), span_of(getenv("CN_POST_AUTHORIZATION")), true);
}

void options_parse(struct options *o, int argc, char **argv)
{
	static const struct opts opts = {
		.synopsis = "[options] [NAME=]URL... <records >acks",
		.what = "Posts record lines to HTTP endpoints and acknowledges each that was answered with success.",
		.table = table, .libraries = libraries, .set = set,
	};
	int first;

	*o = (struct options){ .to = "http", .method = "POST", .format = FORMAT_FLAT_JSON, .missing = TEMPLATE_USE_DIGEST,
		.queue = 1000, .deadline = 7500, .pause = 50, .batch = 1, .batch_bytes = (size_t)1 << 20,
		.fetch = { .connections = 10, .streams = 100, .connect_timeout = 300, .call_timeout = 1000, .body_max = 512 },
		.health = { .method = "GET", .interval = 5000, .timeout = 1000, .up = 3, .down = 3 } };
	status_set_parse(&o->status.ok, "2xx");
	first = opt_parse(&opts, argc, argv, o);
	o->urls = argv + first;
	o->n_urls = argc - first;
	if (o->batch > 1 && o->digest_header)
		die(EX_USAGE, "--send-digest-headers says one digest, and --batch sends many records");
	if (o->batch > 1 && o->format == FORMAT_MSGPACK)
		die(EX_USAGE, "--batch is for json, flat-json and line, not for msgpack");
	make_headers(o);
}

void options_free(struct options *o)
{
	for (int i = 0; i < o->n_headers; i++) {
		free(o->headers[i].name);
		template_free(o->headers[i].value);
	}
}
