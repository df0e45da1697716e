/* SPDX-License-Identifier: Apache-2.0 */
#include "http_serve.h"
#include "err.h"
#include "http.h"
#include "log.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

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

static void watch(struct http_acceptor *a, int op, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.ptr = a->watch };

	if (epoll_ctl(a->epoll_fd, op, a->fd, &e) < 0)
		die(EX_SOFTWARE, "epoll_ctl on descriptor %d:", a->fd);
}

void http_accept_start(struct http_acceptor *a, const char *host, uint16_t *port, bool reuse_port)
{
	a->fd = http_listen(host, port, reuse_port);
	watch(a, EPOLL_CTL_ADD, EPOLLIN);
}

static void pause_accepting(struct http_acceptor *a)
{
	if (a->paused)
		return;
	a->paused = true;
	watch(a, EPOLL_CTL_MOD, 0);
	log_warn("as many connections as may be: no more are accepted for now", "connections", log_num((int64_t)*a->connections), NULL);
}

void http_accept_again(struct http_acceptor *a)
{
	if (!a->paused || a->fd < 0)
		return;
	a->paused = false;
	watch(a, EPOLL_CTL_MOD, EPOLLIN);
}

void http_accept(struct http_acceptor *a)
{
	for (int i = 0; i < ACCEPTS && a->fd >= 0; i++) {
		struct sockaddr_storage from;
		socklen_t size = sizeof(from);
		int fd, on = 1;

		if (*a->connections >= a->max) {
			pause_accepting(a);
			return;
		}
		fd = accept4(a->fd, (struct sockaddr *)&from, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0) {
			if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
				pause_accepting(a);
			return;
		}
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		a->welcome(a->ctx, fd, &from, size);
	}
}

void http_accept_stop(struct http_acceptor *a)
{
	if (a->fd < 0)
		return;
	watch(a, EPOLL_CTL_DEL, 0);
	close(a->fd);
	a->fd = -1;
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
