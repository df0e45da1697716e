/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"
#include "client_message.h"
#include "err.h"
#include "opt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TTL_MAX_MS (INT64_C(315360000) * 1000)	/* the servers' limit: ten years */
#define NAMESPACE_MAX 31
#define SET_MAX 63

enum { OPT_EXISTS = OPT_LONG, OPT_GENERATION, OPT_TTL, OPT_SEND_KEY, OPT_DURABLE, OPT_IGNORE, OPT_WINDOW, OPT_TIMEOUT, OPT_CONNECTIONS,
	OPT_CLUSTER, OPT_ALTERNATE, OPT_USER, OPT_PASSWORD_FILE, OPT_AUTH, OPT_TLS, OPT_CA, OPT_CERT, OPT_KEY, OPT_TLS_NAME };

static const struct opt table[] = {
	{ 'h', "host", "HOST:PORT,...", "AS_HOSTS", "nodes to ask for the cluster [127.0.0.1:3000]" },
	{ 'n', "namespace", "NAME", "AS_NAMESPACE", "namespace of all records, whatever they say" },
	{ 's', "set", "NAME", "AS_SET", "set of all records, whatever they say" },
	{ OPT_EXISTS, "exists", "ACTION", NULL, "update, create-only, update-only, replace or replace-only [update]" },
	{ OPT_GENERATION, "generation", "POLICY", NULL, "what metadata.gen must be: ignore, eq (the record's) or gt (greater) [ignore]" },
	{ OPT_TTL, "ttl", "TIME", NULL, "time to live for all: 90, 10m, 24h, default, never or keep, instead of metadata.exp" },
	{ OPT_SEND_KEY, "send-key", NULL, NULL, "store the user key with the record" },
	{ OPT_DURABLE, "durable-delete", NULL, NULL, "deletes leave a tombstone (Enterprise Edition)" },
	{ OPT_IGNORE, "ignore", "CODE,...", NULL, "result codes that count as done, such as 5,2" },
	{ OPT_WINDOW, "window", "N", NULL, "records under way at most [1000]" },
	{ OPT_TIMEOUT, "timeout", "TIME", NULL, "until a record that can't be written is given back [7s]" },
	{ OPT_CONNECTIONS, "connections", "N", NULL, "connections to each node at most [32]" },
	{ OPT_CLUSTER, "cluster-name", "NAME", NULL, "refuse nodes of another cluster" },
	{ OPT_ALTERNATE, "services-alternate", NULL, NULL, "use the nodes' alternate addresses" },
	{ OPT_USER, "user", "NAME", "AS_USER", "log in as this user" },
	{ OPT_PASSWORD_FILE, "password-file", "FILE", "AS_PASSWORD_FILE", "file whose first line is the password" },
	{ OPT_AUTH, "auth", "MODE", NULL, "internal, external or pki [internal]" },
	{ OPT_TLS, "tls", NULL, NULL, "use TLS" },
	{ OPT_CA, "tls-ca", "FILE", NULL, "certificates to trust [the system's]" },
	{ OPT_CERT, "tls-cert", "FILE", NULL, "own certificate" },
	{ OPT_KEY, "tls-key", "FILE", NULL, "key of the own certificate" },
	{ OPT_TLS_NAME, "tls-name", "NAME", NULL, "name in the nodes' certificates [the host's]" },
	{ 'v', "verbose", NULL, NULL, "acks say where the record went" },
	{ 0 }
};

static const char *name(const char *value, size_t max)
{
	if (!*value || strlen(value) > max || strpbrk(value, ":;"))
		opt_bad(value, "not a name that the cluster takes");
	return value;
}

static void set_ignore(struct options *o, const char *value)
{
	const char *p = value;

	do {
		char *end;
		unsigned long code = *p >= '0' && *p <= '9' ? strtoul(p, &end, 10) : 256;

		if (code < 1 || code > 255 || (*end && *end != ','))
			opt_bad(value, "not a list of result codes from 1 to 255");
		o->ignore[code] = true;
		p = *end ? end + 1 : NULL;
	} while (p);
}

static uint32_t ttl(const char *value)
{
	int64_t ms;

	if (strcmp(value, "default") == 0)
		return TTL_DEFAULT;
	if (strcmp(value, "never") == 0)
		return TTL_NEVER;
	if (strcmp(value, "keep") == 0)
		return TTL_KEEP;
	ms = opt_ms(value, 1000, TTL_MAX_MS);
	return (uint32_t)(ms / 1000);
}

static void set_security(struct options *o, int key, const char *value)
{
	switch (key) {
	case OPT_USER: o->client.user = value; break;
	case OPT_PASSWORD_FILE: o->client.password = opt_secret_file(value); break;
	case OPT_AUTH: o->client.auth = (enum client_auth)opt_word(value, "internal external pki"); break;
	case OPT_TLS: o->client.tls = true; break;
	case OPT_CA: o->client.tls_ca = value; break;
	case OPT_CERT: o->client.tls_cert = value; break;
	case OPT_KEY: o->client.tls_key = value; break;
	case OPT_TLS_NAME: o->client.tls_name = value; break;
	}
}

static void set(void *ctx, int key, const char *value)
{
	struct options *o = ctx;

	switch (key) {
	case 'h': o->client.seeds = value; break;
	case 'n': o->ns = name(value, NAMESPACE_MAX); break;
	case 's': o->set = name(value, SET_MAX); break;
	case 'v': o->verbose = true; break;
	case OPT_EXISTS: o->exists = (uint8_t)opt_word(value, "update update-only create-only replace replace-only"); break;
	case OPT_GENERATION: o->generation = (uint8_t)opt_word(value, "ignore eq gt"); break;
	case OPT_TTL:
		o->ttl_given = true;
		o->ttl = ttl(value);
		break;
	case OPT_SEND_KEY: o->send_key = true; break;
	case OPT_DURABLE: o->durable_delete = true; break;
	case OPT_IGNORE: set_ignore(o, value); break;
	case OPT_WINDOW: o->window = (size_t)opt_count(value, 1, 100000); break;
	case OPT_TIMEOUT: o->timeout = opt_ms(value, 100, 3600000); break;
	case OPT_CONNECTIONS: o->client.connections = (unsigned)opt_count(value, 1, 1000); break;
	case OPT_CLUSTER: o->client.cluster_name = value; break;
	case OPT_ALTERNATE: o->client.alternate = true; break;
	default: set_security(o, key, value); break;
	}
}

void options_parse(struct options *o, int argc, char **argv)
{
	static const struct opts opts = {
		.synopsis = "[-h HOST:PORT,...] [options] <records >acks",
		.what = "Writes record lines to an Aerospike cluster and acknowledges each once the cluster has it.",
		.table = table, .set = set,
	};

	/* Several requests on a connection: what is lost when it breaks is written again, and a key has one under way only. */
	*o = (struct options){ .window = 1000, .timeout = 7000, .client = { .seeds = "127.0.0.1:3000", .connections = 32, .pipeline = 32 } };
	if (opt_parse(&opts, argc, argv, o) < argc)
		die(EX_USAGE, "takes no operands: records come on standard input; see --help");
	if (!o->client.user != !o->client.password && o->client.auth != CLIENT_AUTH_PKI)
		die(EX_USAGE, "--user and --password-file belong together");
}
