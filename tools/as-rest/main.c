/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"
#include "err.h"
#include "log.h"
#include "sig.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CONNECT_MS 14000

static void raise_limits(struct options *o)
{
	const uint64_t others = 64 + (uint64_t)(o->pool + 1) * 32, want = o->connections + others, got = http_raise_files(want);

	if (got < want && got > 2 * 64) {
		o->connections = (unsigned)(got > 2 * others ? got - others : got / 2);
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
	http_say_listening(s->opt.host, s->opt.port, s->tls, &s->manage);
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
