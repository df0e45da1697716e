/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"
#include "err.h"
#include "log.h"
#include "sig.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define CONNECT_MS 14000

/* Every connection is a descriptor: take as many as the system lets us have. */
static void raise_limits(struct options *o)
{
	struct rlimit limit;
	const rlim_t others = 64 + (rlim_t)(o->pool + 1) * 32, want = o->connections + others;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= want)
		return;
	limit.rlim_cur = limit.rlim_max == RLIM_INFINITY || limit.rlim_max > want ? want : limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur < want && limit.rlim_cur > 2 * 64) {
		o->connections = (unsigned)(limit.rlim_cur > 2 * others ? limit.rlim_cur - others : limit.rlim_cur / 2);
		log_warn("fewer connections than asked for: the limit of open files is low", "connections", log_num(o->connections), NULL);
	}
}

static bool is_ready(void *server)
{
	const struct server *s = server;

	return !s->draining && !s->stop && pool_ready(s);
}

static void manage(struct server *s)
{
	if (!s->opt.manage)
		return;
	s->manage = (struct http_manage){ .metrics = s->metrics, .refresh = counters_refresh, .ready = is_ready, .ctx = s };
	http_manage_start(&s->manage, s->opt.manage_host, &s->opt.manage_port);
}

static void say_listening(const struct server *s)
{
	const char *host = s->opt.host ? s->opt.host : "127.0.0.1", *open = strchr(host, ':') ? "[" : "", *shut = *open ? "]" : "";
	char address[300], other[300];

	snprintf(address, sizeof(address), "%s%s%s:%u", open, host, shut, s->opt.port);
	snprintf(other, sizeof(other), "%s:%u", s->opt.manage_host ? s->opt.manage_host : "127.0.0.1", s->opt.manage_port);
	log_info("listening", "address", address, "scheme", s->tls ? "https" : NULL, "manage", s->opt.manage ? other : NULL, NULL);
}

static void start(struct server *s)
{
	raise_limits(&s->opt);
	routes_init();
	if (s->opt.tls_cert)
		s->tls = http_tls_load(s->opt.tls_cert, s->opt.tls_key, s->opt.tls_ca);
	access_open(s);
	counters_init(s);
	manage(s);
	loop_init(s);
	pool_open(s);
	if (s->opt.must_connect && !pool_connect(s, CONNECT_MS))
		die(EX_UNAVAILABLE, "can't reach the cluster: %s", pool_why(s));
	http_begin(s);
	connection_listen(s);
	say_listening(s);
}

static void end(struct server *s)
{
	http_end(s);
	pool_free(s);
	access_flush(s);
	if (s->manage.daemon)
		MHD_stop_daemon(s->manage.daemon);
	http_tls_free(s->tls);
}

int main(int argc, char **argv)
{
	static struct server s;

	err_program(argv[0]);
	options_parse(&s.opt, argc, argv);
	sig_init();
	signal(SIGXFSZ, SIG_IGN);	/* an access log at its size limit is an error to tell, not an end */
	start(&s);
	loop_run(&s);
	end(&s);
	return 0;
}
