/* SPDX-License-Identifier: Apache-2.0 */
#include "listen.h"
#include "base64.h"
#include "clock.h"
#include "err.h"
#include "opt.h"
#include "sig.h"
#include "tls.h"

#include <nghttp2/nghttp2.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	OPT_REUSE_PORT = OPT_LONG, OPT_MANAGE, OPT_WINDOW, OPT_WINDOW_BYTES, OPT_DEADLINE, OPT_MAX_BODY, OPT_AUTH_FILE, OPT_TLS_CERT,
	OPT_TLS_KEY, OPT_TLS_CA, OPT_FIRST_ID, OPT_CONNECTIONS, OPT_IDLE, OPT_READ, OPT_PREFIX
};

static const struct opt table[] = {
	{ 'l', "listen", "ADDRESS:PORT", "CN_LISTEN", "where to listen; port 0 takes any that is free [127.0.0.1:8080]" },
	{ 'd', "dead-letter", "FILE", "CN_DEAD_LETTER", "append what can never succeed to this file, and answer it 200" },
	{ OPT_WINDOW, "window", "N", NULL, "records in flight at most [32768]" },
	{ OPT_WINDOW_BYTES, "window-bytes", "BYTES", NULL, "bytes of lines in flight at most [64M]" },
	{ OPT_DEADLINE, "deadline", "TIME", NULL, "answer 503 when no ack has come after this time [8s]" },
	{ OPT_MAX_BODY, "max-body", "BYTES", NULL, "largest body taken; larger ones are answered 413 [16M]" },
	{ OPT_AUTH_FILE, "auth-file", "FILE", "CN_AUTH_FILE", "only let in who knows a secret of this file" },
	{ OPT_TLS_CERT, "tls-cert", "FILE", NULL, "speak HTTPS with this certificate chain (PEM)" },
	{ OPT_TLS_KEY, "tls-key", "FILE", NULL, "its private key (PEM) [the certificate's file]" },
	{ OPT_TLS_CA, "tls-ca", "FILE", NULL, "only let in clients with a certificate from this authority (PEM)" },
	{ OPT_MANAGE, "manage-port", "ADDRESS:PORT", "CN_MANAGE_PORT", "serve /metrics, /health and /ready here [not at all]" },
	{ OPT_PREFIX, "metrics-prefix", "NAME", NULL, "of the connectors' metrics [aerospike_kafka_outbound]" },
	{ OPT_REUSE_PORT, "reuse-port", NULL, NULL, "share the port with other instances (SO_REUSEPORT)" },
	{ OPT_CONNECTIONS, "connections", "N", NULL, "connections at most [4096]" },
	{ OPT_IDLE, "idle-timeout", "TIME", NULL, "close connections without a request for this long [60s]" },
	{ OPT_READ, "read-timeout", "TIME", NULL, "close connections whose request takes longer to come [10s]" },
	{ OPT_FIRST_ID, "first-id", "N", NULL, "id of the first line [microseconds since 1970]" },
	{ 0 }
};

static void set(void *ctx, int key, const char *value)
{
	struct options *o = ctx;

	switch (key) {
	case 'l': opt_host_port(value, &o->host, &o->port); break;
	case 'd': o->dead_letter = value; break;
	case OPT_WINDOW: o->window = opt_count(value, 1, 1 << 22); break;
	case OPT_WINDOW_BYTES: o->window_bytes = opt_bytes(value, 4096, (uint64_t)16 << 30); break;
	case OPT_DEADLINE: o->deadline = opt_ms(value, 10, 3600000); break;
	case OPT_MAX_BODY: o->max_body = opt_bytes(value, 1, (uint64_t)256 << 20); break;
	case OPT_AUTH_FILE: o->auth_file = value; break;
	case OPT_TLS_CERT: o->tls_cert = value; break;
	case OPT_TLS_KEY: o->tls_key = value; break;
	case OPT_TLS_CA: o->tls_ca = value; break;
	case OPT_MANAGE: o->manage = true; opt_host_port(value, &o->manage_host, &o->manage_port); break;
	case OPT_PREFIX: o->metrics_prefix = value; break;
	case OPT_REUSE_PORT: o->reuse_port = true; break;
	case OPT_CONNECTIONS: o->connections = (unsigned)opt_count(value, 1, 100000); break;
	case OPT_IDLE: o->idle_timeout = opt_ms(value, 100, 86400000); break;
	case OPT_READ: o->read_timeout = opt_ms(value, 100, 3600000); break;
	case OPT_FIRST_ID: o->first_id = opt_count(value, 1, (UINT64_C(1) << 53) - 1); break;
	}
}

static const char *libraries(void)
{
	static char text[120];

	snprintf(text, sizeof(text), "libmicrohttpd %s, nghttp2 %s, GnuTLS %s", MHD_get_version(),
		nghttp2_version(0)->version_str, gnutls_check_version(NULL));
	return text;
}

static const struct opts opts = {
	.synopsis = "[options] <acks | filter ... >acks",
	.what = "Take change notifications over HTTP, write each as a line, answer when its ack comes back on stdin.",
	.table = table,
	.set = set,
	.libraries = libraries,
};

static void options(struct options *o, int argc, char **argv)
{
	*o = (struct options){
		.port = 8080, .window = 32768, .window_bytes = (size_t)64 << 20, .deadline = 8000, .max_body = (size_t)16 << 20,
		.idle_timeout = 60000, .read_timeout = 10000, .connections = 4096, .metrics_prefix = "aerospike_kafka_outbound",
	};
	if (opt_parse(&opts, argc, argv, o) < argc)
		die(EX_USAGE, "takes no operands: %s", argv[argc - 1]);
	if ((o->tls_key || o->tls_ca) && !o->tls_cert)
		die(EX_USAGE, "--tls-key and --tls-ca need --tls-cert");
	if (!o->first_id)
		o->first_id = (uint64_t)clock_unix_ms() * 1000;
}

static void raise_limits(struct options *o)
{
	const uint64_t want = o->connections + 32, got = http_raise_files(want);

	if (got < want && got > 64) {
		o->connections = (unsigned)got - 32;
		log_warn("fewer connections than asked for: the limit of open files is low", "connections", log_num(o->connections), NULL);
	}
}

static bool is_ready(void *server)
{
	const struct server *s = server;

	return !s->draining && !s->stop;
}

static void manage(struct server *s)
{
	if (!s->opt.manage)
		return;
	s->manage = (struct http_manage){ .metrics = s->metrics, .refresh = counters_refresh, .ready = is_ready, .ctx = s };
	http_manage_start(&s->manage, s->opt.manage_host, &s->opt.manage_port);
}

static void load_tls(struct server *s)
{
	s->tls = http_tls_load(s->opt.tls_cert, s->opt.tls_key, s->opt.tls_ca);
	s->tls_credentials = tls_credentials(s->tls, s->opt.tls_cert, s->opt.tls_ca);
}

static void start(struct server *s)
{
	char *why;

	raise_limits(&s->opt);
	if (s->opt.auth_file && !(s->auth = http_auth_load(s->opt.auth_file, &why)))
		die(EX_CONFIG, "%s", why);
	if (s->opt.tls_cert)
		load_tls(s);
	dead_open(s);
	queue_init(&s->waiting);
	queue_init(&s->gate);
	s->window = window_new(s->opt.window, s->opt.first_id);
	s->line.max = BASE64_SIZE(s->opt.max_body) + ((size_t)1 << 20);
	writer_open(&s->out, STDOUT_FILENO);
	writer_nonblock(&s->out, s->line.max + ((size_t)2 << 20));
	s->out.keep_epipe = true;
	counters_init(s);
	manage(s);
	loop_init(s);
	acks_start(s);
	h1_start(s);
	connection_listen(s);
	http_say_listening(s->opt.host, s->opt.port, s->tls, &s->manage);
}

static void end(struct server *s)
{
	counters_log(s);
	http_accept_stop(&s->acceptor);
	h1_stop(s);
	if (s->manage.daemon)
		MHD_stop_daemon(s->manage.daemon);
	http_auth_free(s->auth);
	if (s->tls)
		gnutls_certificate_free_credentials(s->tls_credentials);
	http_tls_free(s->tls);
}

int main(int argc, char **argv)
{
	static struct server s;

	err_program(argv[0]);
	options(&s.opt, argc, argv);
	sig_init();
	signal(SIGXFSZ, SIG_IGN);	/* a dead-letter file at its size limit is an error to handle, not an end */
	start(&s);
	loop_run(&s);
	end(&s);
	return s.exit_code;
}
