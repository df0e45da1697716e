/* SPDX-License-Identifier: Apache-2.0 */
#include "http_serve.h"
#include "http.h"
#include "log.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/resource.h>

#define ACCEPTS 64		/* per round, so that the others get their turn */

uint64_t http_raise_files(uint64_t files)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return files;
	if (limit.rlim_cur >= files)
		return limit.rlim_cur;
	limit.rlim_cur = limit.rlim_max == RLIM_INFINITY || limit.rlim_max > files ? files : limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	return limit.rlim_cur;
}

void http_say_listening(const char *host, uint16_t port, bool tls, const struct http_manage *m)
{
	const char *open, *shut;
	char address[300];

	host = host ? host : "127.0.0.1";
	open = strchr(host, ':') ? "[" : "";
	shut = *open ? "]" : "";
	snprintf(address, sizeof(address), "%s%s%s:%u", open, host, shut, port);
	log_info("listening", "address", address, "scheme", tls ? "https" : NULL, "manage", m->daemon ? m->address : NULL, NULL);
}

bool http_accept(const struct http_acceptor *a)
{
	for (int i = 0; i < ACCEPTS; i++) {
		struct sockaddr_storage from;
		socklen_t size = sizeof(from);
		int fd, on = 1;

		if (*a->connections >= a->max)
			return false;
		fd = accept4(a->fd, (struct sockaddr *)&from, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0)
			return errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		a->welcome(a->ctx, fd, &from, size);
	}
	return true;
}

void *http_socket_context(struct MHD_Connection *c)
{
	return MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

/* NULL without TLS. */
static gnutls_session_t session_of(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_GNUTLS_SESSION);

	return info ? info->tls_session : NULL;
}

bool http_client_ok(struct MHD_Connection *c)
{
	gnutls_session_t t = session_of(c);
	unsigned status;

	return t && gnutls_certificate_verify_peers2(t, &status) == 0 && status == 0;
}

bool http_cut_off(struct MHD_Connection *c, struct span answer)
{
	const int fd = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
	gnutls_session_t t = session_of(c);
	ssize_t sent;

	if (t)
		sent = gnutls_record_send(t, answer.p, answer.n);
	else
		sent = send(fd, answer.p, answer.n, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (sent < 0)
		return false;
	shutdown(fd, SHUT_WR);
	return true;
}
