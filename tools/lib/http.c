/* SPDX-License-Identifier: Apache-2.0 */
#include "http.h"
#include "err.h"
#include "log.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 1024

__attribute__((format(printf, 2, 0)))
static void log_mhd(void *ctx, const char *fmt, va_list ap)
{
	char text[256];

	(void)ctx;
	if (vsnprintf(text, sizeof(text), fmt, ap) > 0)
		log_debug("libmicrohttpd", "detail", text, NULL);
}

/* The target is kept as it came; decoding it would only cost time. */
static size_t keep_escapes(void *ctx, struct MHD_Connection *c, char *s)
{
	(void)ctx;
	(void)c;
	return strlen(s);
}

struct MHD_Daemon *http_start(const struct http_options *o)
{
	unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_TURBO | MHD_USE_ERROR_LOG;
	struct MHD_OptionItem extra[12];
	struct MHD_Daemon *d;
	int n = 0;

	if (o->completed)
		extra[n++] = (struct MHD_OptionItem){ MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)o->completed, o->ctx };
	if (o->connection)
		extra[n++] = (struct MHD_OptionItem){ MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)o->connection, o->ctx };
	if (o->target)
		extra[n++] = (struct MHD_OptionItem){ MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)o->target, o->ctx };
	if (o->listen_fd >= 0)
		extra[n++] = (struct MHD_OptionItem){ MHD_OPTION_LISTEN_SOCKET, o->listen_fd, NULL };
	else
		flags |= MHD_USE_NO_LISTEN_SOCKET;
	if (o->tls) {
		flags |= MHD_USE_TLS;
		extra[n++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_CERT, 0, o->tls->cert };
		extra[n++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_KEY, 0, o->tls->key };
		if (o->tls->ca)
			extra[n++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_TRUST, 0, o->tls->ca };
	}
	extra[n] = (struct MHD_OptionItem){ MHD_OPTION_END, 0, NULL };

	d = MHD_start_daemon(flags, 0, NULL, NULL, o->handle, o->ctx,
		MHD_OPTION_EXTERNAL_LOGGER, log_mhd, NULL,
		MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
		MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
		MHD_OPTION_STRICT_FOR_CLIENT, 1,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, o->pool,
		MHD_OPTION_CONNECTION_LIMIT, o->connections,
		MHD_OPTION_CONNECTION_TIMEOUT, o->idle_s,
		MHD_OPTION_ARRAY, extra,
		MHD_OPTION_END);
	if (!d)
		log_error("can't start the HTTP server", "reason", strerror(errno), NULL);
	return d;
}

int http_epoll_fd(struct MHD_Daemon *d)
{
	return MHD_get_daemon_info(d, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

int http_add(struct MHD_Daemon *d, int fd, const void *address, unsigned address_size)
{
	return MHD_add_connection(d, fd, address, address_size) == MHD_YES ? 0 : -1;
}

bool http_run(struct MHD_Daemon *d)
{
	MHD_UNSIGNED_LONG_LONG ms;

	MHD_run(d);
	return MHD_get_timeout(d, &ms) == MHD_YES && ms == 0;
}

static uint16_t real_port(int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} a;
	socklen_t n = sizeof(a);

	if (getsockname(fd, &a.any, &n) < 0)
		die(EX_SOFTWARE, "can't ask for the port:");
	return ntohs(a.any.sa_family == AF_INET6 ? a.v6.sin6_port : a.v4.sin_port);
}

int http_listen(const char *host, uint16_t *port, bool reuse_port)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
	struct addrinfo *list, *a;
	char service[8];
	int fd = -1, on = 1, r;

	snprintf(service, sizeof(service), "%u", *port);
	r = getaddrinfo(host ? host : "127.0.0.1", service, &hints, &list);
	if (r)
		die(EX_UNAVAILABLE, "can't listen on %s:%u: %s", host ? host : "127.0.0.1", *port, gai_strerror(r));
	for (a = list; a; a = a->ai_next) {
		fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (fd < 0)
			continue;
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		if (!(reuse_port && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) < 0) &&
		    bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
			break;
		r = errno;
		close(fd);
		fd = -1;
		errno = r;
	}
	if (fd < 0)
		die(EX_UNAVAILABLE, "can't listen on %s:%u:", host ? host : "127.0.0.1", *port);
	freeaddrinfo(list);
	*port = real_port(fd);
	return fd;
}
