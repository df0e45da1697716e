/* SPDX-License-Identifier: Apache-2.0 */
#include "emit.h"
#include "options.h"

#include "err.h"
#include "opt.h"

#include <curl/curl.h>
#include <gcrypt.h>
#include <msgpack/sysdep.h>
#include <msgpack/version.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { KEY_AS_PROTO = OPT_LONG, KEY_CA, KEY_CERT, KEY_FIRST_ID, KEY_GENERATE, KEY_HEADERS, KEY_KEY, KEY_METADATA, KEY_MIX,
	KEY_PRINT, KEY_PROBE, KEY_SEED, KEY_TIMEOUT, KEY_TRIES, KEY_WINDOW };

static const struct opt table[] = {
	{ 'a', "as", "FORMAT", "CN_EMIT_AS", "what to post: wire, json, flat-json or msgpack [wire]" },
	{ 'c', "connections", "N", "CN_EMIT_CONNECTIONS", "connections, each with one POST under way [16]" },
	{ 'r', "rate", "N", NULL, "post at most N times a second [no limit]" },
	{ KEY_TRIES, "tries", "N", NULL, "give a record up after N tries [never]" },
	{ KEY_TIMEOUT, "timeout", "TIME", NULL, "repeat a POST that has no answer after this time [10s]" },
	{ KEY_WINDOW, "window", "N", NULL, "records held at most, under way or waiting [1024]" },
	{ KEY_PROBE, "probe", "TIME", NULL, "ask the URL with GET this often; post nothing while it does not answer 200 [no probe]" },
	{ KEY_AS_PROTO, "as-proto", NULL, NULL, "with wire: put the protocol header in front of the message" },
	{ KEY_METADATA, "metadata-key", "NAME", "CN_METADATA_KEY", "with flat-json: member that holds the metadata [metadata]" },
	{ KEY_GENERATE, "generate", "N", NULL, "make N records up instead of reading stdin" },
	{ KEY_SEED, "seed", "N", NULL, "make other records up; the same seed makes the same ones [1]" },
	{ KEY_MIX, "mix", "I:U:D", NULL, "percentages of inserts, updates and deletes made up [60:30:10]" },
	{ KEY_FIRST_ID, "first-id", "N", NULL, "number the records made up, from N on [no ids]" },
	{ KEY_PRINT, "print", NULL, NULL, "write the records made up to stdout instead of posting them" },
	{ KEY_HEADERS, "header-file", "FILE", "CN_EMIT_HEADER_FILE", "send the header lines of this file with every request" },
	{ KEY_CA, "ca-file", "FILE", NULL, "with https: trust the certificates of this file (PEM) [the system's]" },
	{ KEY_CERT, "cert", "FILE", NULL, "with https: show this client certificate (PEM)" },
	{ KEY_KEY, "key", "FILE", NULL, "with https: its private key (PEM) [the certificate's file]" },
	{ 0 }
};

static void set_mix(struct options *o, const char *value)
{
	int end = 0;

	if (sscanf(value, "%3u:%3u:%3u%n", &o->mix[0], &o->mix[1], &o->mix[2], &end) != 3 || value[end] ||
		o->mix[0] + o->mix[1] + o->mix[2] != 100)
		opt_bad(value, "not three percentages INSERTS:UPDATES:DELETES that make 100");
}

static double rate(const char *value)
{
	char *end;
	double n = strtod(value, &end);

	if (end == value || *end || !(n > 0 && n <= 1e9))
		opt_bad(value, "not a number above 0");
	return n;
}

static const char *readable(const char *path)
{
	if (access(path, R_OK) < 0)
		die(EX_CONFIG, "can't read %s:", path);
	return path;
}

static void set(void *ctx, int key, const char *value)
{
	struct options *o = ctx;
	int format;

	switch (key) {
	case 'a':
		format = format_of(value);
		if (format < 0 || format == FORMAT_LINE)
			opt_bad(value, "not one of wire, json, flat-json, msgpack");
		o->as = (enum format)format;
		break;
	case 'c': o->connections = (unsigned)opt_count(value, 1, 10000); break;
	case 'r': o->rate = rate(value); break;
	case KEY_TRIES: o->tries = opt_count(value, 1, UINT32_MAX); break;
	case KEY_TIMEOUT: o->timeout = opt_ms(value, 1, 3600000); break;
	case KEY_WINDOW: o->window = opt_count(value, 1, 1000000); break;
	case KEY_PROBE: o->probe = opt_ms(value, 10, 3600000); break;
	case KEY_AS_PROTO: o->format.as_proto = true; break;
	case KEY_METADATA: o->format.metadata_key = value; break;
	case KEY_GENERATE:
		o->generate = true;
		o->count = opt_count(value, 0, UINT64_C(1) << 32);
		break;
	case KEY_SEED: o->seed = opt_count(value, 0, UINT64_MAX); break;
	case KEY_MIX: set_mix(o, value); break;
	case KEY_FIRST_ID: o->first_id = opt_count(value, 1, ACK_ID_MAX); break;
	case KEY_PRINT: o->print = true; break;
	case KEY_HEADERS: o->header_file = readable(value); break;
	case KEY_CA: o->ca_file = readable(value); break;
	case KEY_CERT: o->cert = readable(value); break;
	case KEY_KEY: o->key = readable(value); break;
	}
}

static const char *libraries(void)
{
	static char text[128];

	snprintf(text, sizeof(text), "libcurl %s, msgpack-c %s, libgcrypt %s", curl_version_info(CURLVERSION_NOW)->version, msgpack_version(),
		gcry_check_version(NULL));
	return text;
}

/* Scheme http or https, a host, and no user and password, which everybody could read in the list of processes. */
static void check_url(const char *url)
{
	CURLU *u = curl_url();
	char *scheme = NULL, *user = NULL;
	const char *why = NULL;

	if (!u || curl_url_set(u, CURLUPART_URL, url, 0) || curl_url_get(u, CURLUPART_SCHEME, &scheme, 0))
		why = "not a URL";
	else if (strcmp(scheme, "http") && strcmp(scheme, "https"))
		why = "not an http or https URL";
	else if (!curl_url_get(u, CURLUPART_USER, &user, 0))
		why = "secrets don't belong into the URL: put an Authorization line into --header-file";
	if (user)
		url = "URL";
	curl_free(scheme);
	curl_free(user);
	curl_url_cleanup(u);
	if (why)
		die(EX_USAGE, "%s: %s", url, why);
}

void options_parse(struct options *o, int argc, char **argv)
{
	static const struct opts opts = {
		.synopsis = "[options] URL <records >acks",
		.what = "Play XDR: post records as change notifications, again and again until each is answered 200.",
		.table = table,
		.libraries = libraries,
		.set = set,
	};
	int first;

	*o = (struct options){ .as = FORMAT_WIRE, .connections = 16, .window = 1024, .timeout = 10000, .seed = 1,
		.mix = { 60, 30, 10 } };
	first = opt_parse(&opts, argc, argv, o);
	if (o->print && !o->generate)
		die(EX_USAGE, "--print needs --generate");
	if (argc - first != (o->print ? 0 : 1))
		die(EX_USAGE, o->print ? "--print takes no URL" : "exactly one URL is needed (see --help)");
	if (o->window < o->connections)
		o->window = o->connections;
	if (o->print)
		return;
	o->url = argv[first];
	check_url(o->url);
}
