/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"
#include "err.h"
#include "opt.h"
#include "server.h"

#include <gcrypt.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <stdlib.h>

static const struct opt table[] = {
	{ 'l', "listen", "ADDRESS:PORT", "AS_REST_LISTEN", "where to listen; port 0 takes any that is free [127.0.0.1:8080]" },
	{ 'h', "host", "HOST:PORT,...", "AS_HOSTS", "nodes to ask for the cluster [127.0.0.1:3000]" },
	{ OPT_MANAGE, "manage-port", "ADDRESS:PORT", "AS_REST_MANAGE_PORT", "serve /metrics, /health and /ready here [not at all]" },
	{ OPT_ACCESS_LOG, "access-log", "FILE", "AS_REST_ACCESS_LOG", "write the access log to this file, - (stdout) or stderr [not at all]" },
	{ OPT_PREFIX, "prefix", "PATH", NULL, "what all paths begin with, such as /as-rest-client [nothing]" },
	{ OPT_REQUIRE_AUTH, "require-authentication", NULL, NULL, "take only requests with Basic credentials" },
	{ OPT_POOL, "pool-size", "N", NULL, "cluster clients kept for Basic credentials [16]" },
	{ OPT_BOOL_BINS, "bool-bins", NULL, NULL, "store true and false as booleans, not as 1 and 0" },
	{ OPT_MUST_CONNECT, "fail-if-not-connected", NULL, NULL, "end with 69 when the cluster can't be reached within 14 s at start" },
	{ OPT_MAX_BODY, "max-body", "BYTES", NULL, "largest body taken; larger ones are answered 413 [16M]" },
	{ OPT_MAX_BODIES, "max-bodies", "BYTES", NULL, "all large bodies together; more are answered 503 [128M]" },
	{ OPT_MAX_ANSWERS, "max-answers", "BYTES", NULL, "all large answers together; more are 503 [256M]" },
	{ OPT_CONNECTIONS, "connections", "N", NULL, "connections of HTTP clients at most [4096]" },
	{ OPT_IDLE, "idle-timeout", "TIME", NULL, "close connections without a request for this long [60s]" },
	{ OPT_READ, "read-timeout", "TIME", NULL, "close connections whose request takes longer to come [10s]" },
	{ OPT_DRAIN, "drain-timeout", "TIME", NULL, "how long SIGTERM waits for requests under way [10s]" },
	{ OPT_REUSE_PORT, "reuse-port", NULL, NULL, "share the port with other instances (SO_REUSEPORT)" },
	{ OPT_TLS_CERT, "tls-cert", "FILE", NULL, "speak HTTPS with this certificate chain (PEM)" },
	{ OPT_TLS_KEY, "tls-key", "FILE", NULL, "its private key (PEM) [the certificate's file]" },
	{ OPT_TLS_CA, "tls-ca", "FILE", NULL, "only let in clients with a certificate from this authority (PEM)" },
	{ OPT_NODE_CONNECTIONS, "node-connections", "N", NULL, "connections to each node at most [8]" },
	{ OPT_PIPELINE, "pipeline", "N", NULL, "requests under way on one of these connections [32]" },
	{ OPT_NODE_IDLE, "node-idle", "TIME", NULL, "close connections to nodes that were not used for so long [55s]" },
	{ OPT_CONNECT, "connect-timeout", "TIME", NULL, "for connecting to a node [1s]" },
	{ OPT_LOGIN, "login-timeout", "TIME", NULL, "for logging in [5s]" },
	{ OPT_TEND, "tend-interval", "TIME", NULL, "between looks at the cluster [1s]" },
	{ OPT_ERRORS, "max-errors", "N", NULL, "errors of a node between two looks until it rests up to the next [100]" },
	{ OPT_CLUSTER, "cluster-name", "NAME", NULL, "refuse nodes of another cluster" },
	{ OPT_ALTERNATE, "services-alternate", NULL, NULL, "use the nodes' alternate addresses" },
	{ OPT_USER, "user", "NAME", "AS_USER", "who requests without credentials are to the cluster [nobody]" },
	{ OPT_PASSWORD_FILE, "password-file", "FILE", "AS_PASSWORD_FILE", "file whose first line is that user's password" },
	{ OPT_AUTH, "auth", "MODE", NULL, "how users log in: internal, external or pki [internal]" },
	{ OPT_NODE_TLS, "cluster-tls", NULL, NULL, "use TLS to the cluster" },
	{ OPT_NODE_CA, "cluster-tls-ca", "FILE", NULL, "certificates to trust (PEM) [the system's]" },
	{ OPT_NODE_CERT, "cluster-tls-cert", "FILE", NULL, "own certificate (PEM)" },
	{ OPT_NODE_KEY, "cluster-tls-key", "FILE", NULL, "key of the own certificate (PEM)" },
	{ OPT_NODE_TLS_NAME, "cluster-tls-name", "NAME", NULL, "name in the nodes' certificates [the host's]" },
	{ OPT_PRINT, "print", "WHAT", NULL, "print routes, parameters, operations, codes or api (OpenAPI), and end" },
	{ 0 }
};

static void set_cluster(struct options *o, int key, const char *value)
{
	struct client_options *c = &o->client;

	switch (key) {
	case OPT_NODE_CONNECTIONS: c->connections = (unsigned)opt_count(value, 1, 10000); break;
	case OPT_PIPELINE: c->pipeline = (unsigned)opt_count(value, 1, 1000); break;
	case OPT_NODE_IDLE: c->idle_ms = (unsigned)opt_ms(value, 100, 86400000); break;
	case OPT_CONNECT: c->connect_ms = (unsigned)opt_ms(value, 1, 3600000); break;
	case OPT_LOGIN: c->login_ms = (unsigned)opt_ms(value, 1, 3600000); break;
	case OPT_TEND: c->tend_ms = (unsigned)opt_ms(value, 10, 3600000); break;
	case OPT_ERRORS: c->errors_max = (unsigned)opt_count(value, 1, 1000000); break;
	case OPT_CLUSTER: c->cluster_name = value; break;
	case OPT_ALTERNATE: c->alternate = true; break;
	case OPT_USER: c->user = value; break;
	case OPT_PASSWORD: c->password = value; break;
	case OPT_PASSWORD_FILE: c->password = opt_secret_file(value); break;
	case OPT_AUTH: c->auth = (enum client_auth)opt_word(value, "internal external pki"); break;
	case OPT_NODE_TLS: c->tls = true; break;
	case OPT_NODE_CA: c->tls_ca = value; break;
	case OPT_NODE_CERT: c->tls_cert = value; break;
	case OPT_NODE_KEY: c->tls_key = value; break;
	case OPT_NODE_TLS_NAME: c->tls_name = value; break;
	}
}

static const char *prefix(const char *value)
{
	size_t n = strlen(value);
	char *text;

	while (n && value[n - 1] == '/')
		n--;
	if (n && (value[0] != '/' || strcspn(value, "?#%; ") < n))
		opt_bad(value, "not a path that begins with a slash");
	text = xstrdup(value);
	text[n] = '\0';
	return text;
}

static void print(const char *what)
{
	if (docs_print(what) < 0)
		opt_bad(what, "not one of routes, parameters, operations, codes and api");
	exit(fflush(stdout) ? EX_IOERR : 0);
}

static void set(void *ctx, int key, const char *value)
{
	struct options *o = ctx;

	switch (key) {
	case 'l': opt_host_port(value, &o->host, &o->port); break;
	case 'h': o->client.seeds = value; break;
	case OPT_MANAGE: o->manage = true; opt_host_port(value, &o->manage_host, &o->manage_port); break;
	case OPT_ACCESS_LOG: o->access_log = value; break;
	case OPT_PREFIX: o->prefix = prefix(value); break;
	case OPT_REQUIRE_AUTH: o->require_auth = true; break;
	case OPT_POOL: o->pool = (unsigned)opt_count(value, 1, 10000); break;
	case OPT_BOOL_BINS: o->bool_bins = true; break;
	case OPT_MUST_CONNECT: o->must_connect = true; break;
	case OPT_MAX_BODY: o->max_body = opt_bytes(value, 1, (uint64_t)64 << 20); break;
	case OPT_MAX_BODIES: o->max_bodies = opt_bytes(value, 1 << 20, (uint64_t)64 << 30); break;
	case OPT_MAX_ANSWERS: o->max_answers = opt_bytes(value, 1 << 20, (uint64_t)64 << 30); break;
	case OPT_CONNECTIONS: o->connections = (unsigned)opt_count(value, 1, 100000); break;
	case OPT_IDLE: o->idle_timeout = opt_ms(value, 100, 86400000); break;
	case OPT_READ: o->read_timeout = opt_ms(value, 100, 3600000); break;
	case OPT_DRAIN: o->drain_timeout = opt_ms(value, 0, 3600000); break;
	case OPT_REUSE_PORT: o->reuse_port = true; break;
	case OPT_TLS_CERT: o->tls_cert = value; break;
	case OPT_TLS_KEY: o->tls_key = value; break;
	case OPT_TLS_CA: o->tls_ca = value; break;
	case OPT_PRINT: print(value); break;
	default: set_cluster(o, key, value); break;
	}
}

static const char *libraries(void)
{
	static char text[120];

	snprintf(text, sizeof(text), "libmicrohttpd %s, GnuTLS %s, libgcrypt %s", MHD_get_version(), gnutls_check_version(NULL),
		gcry_check_version(NULL));
	return text;
}

void options_parse(struct options *o, int argc, char **argv)
{
	static const struct opts opts = {
		.synopsis = "[-l ADDRESS:PORT] [-h HOST:PORT,...] [options]",
		.what = "Serves an Aerospike cluster over HTTP as the Aerospike REST gateway does.",
		.table = table, .set = set, .libraries = libraries,
	};

	/* Few connections that carry much: requests of many HTTP clients go out together. */
	*o = (struct options){
		.port = 8080, .max_body = (size_t)16 << 20, .max_bodies = (size_t)128 << 20, .max_answers = (size_t)256 << 20,
		.idle_timeout = 60000, .read_timeout = 10000,
		.drain_timeout = 10000, .connections = 4096, .prefix = "", .pool = 16,
		.client = { .seeds = "127.0.0.1:3000", .connections = 8, .pipeline = 32, .auth_lenient = true, .agent = "as-rest-" VERSION },
	};
	argc = settings_read(argc, argv, set, o);
	if (opt_parse(&opts, argc, argv, o) < argc)
		die(EX_USAGE, "takes no operands; see --help");
	if (!o->client.user != !o->client.password && o->client.auth != CLIENT_AUTH_PKI)
		die(EX_USAGE, "--user and --password-file belong together");
	if ((o->tls_key || o->tls_ca) && !o->tls_cert)
		die(EX_USAGE, "--tls-key and --tls-ca need --tls-cert");
}
