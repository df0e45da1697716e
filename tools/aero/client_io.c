/* SPDX-License-Identifier: Apache-2.0 */
#include "client_io.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct io_tls {
	gnutls_certificate_credentials_t credentials;
};

/* ---- addresses ---- */

static void address_set(struct address *to, const struct addrinfo *from)
{
	char port[8] = "";

	*to = (struct address){ .n = from->ai_addrlen };
	memcpy(&to->a, from->ai_addr, from->ai_addrlen);
	getnameinfo(from->ai_addr, from->ai_addrlen, to->host, sizeof(to->host), port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
	to->port = (uint16_t)atoi(port);
	snprintf(to->text, sizeof(to->text), strchr(to->host, ':') ? "[%s]:%s" : "%s:%s", to->host, port);
	to->loopback = strncmp(to->host, "127.", 4) == 0 || strcmp(to->host, "::1") == 0;
}

unsigned client_address_find(struct span host, uint16_t port, struct address *found, unsigned max, const char **why)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV }, *all;
	char name[256], service[8];
	unsigned n = 0;
	int bad;

	*why = "not a host name";
	if (host.n == 0 || host.n >= sizeof(name))
		return 0;
	memcpy(name, host.p, host.n);
	name[host.n] = '\0';
	snprintf(service, sizeof(service), "%u", port);
	bad = getaddrinfo(name, service, &hints, &all);
	if (bad) {
		*why = gai_strerror(bad);
		return 0;
	}
	for (const struct addrinfo *a = all; a && n < max; a = a->ai_next)
		address_set(&found[n++], a);
	freeaddrinfo(all);
	return n;
}

bool client_address_eq(const struct address *a, const struct address *b)
{
	return strcmp(a->text, b->text) == 0;
}

/* ---- certificates ---- */

struct io_tls *client_io_tls_open(const char *ca, const char *cert, const char *key, const char **why)
{
	static char text[256];
	struct io_tls *t = calloc(1, sizeof(*t));
	int e;

	*why = "out of memory";
	if (!t)
		return NULL;
	e = gnutls_certificate_allocate_credentials(&t->credentials);
	if (e < 0) {
		free(t);
		return NULL;
	}
	e = ca ? gnutls_certificate_set_x509_trust_file(t->credentials, ca, GNUTLS_X509_FMT_PEM) :
		gnutls_certificate_set_x509_system_trust(t->credentials);
	if (e < 0 || (ca && e == 0)) {
		snprintf(text, sizeof(text), "%s: %s", ca ? ca : "the system's certificates", e ? gnutls_strerror(e) : "no certificate in it");
		goto bad;
	}
	if (cert) {
		e = gnutls_certificate_set_x509_key_file(t->credentials, cert, key ? key : cert, GNUTLS_X509_FMT_PEM);
		if (e < 0) {
			snprintf(text, sizeof(text), "%s: %s", cert, gnutls_strerror(e));
			goto bad;
		}
	}
	return t;
bad:
	*why = text;
	client_io_tls_close(t);
	return NULL;
}

void client_io_tls_close(struct io_tls *t)
{
	if (!t)
		return;
	gnutls_certificate_free_credentials(t->credentials);
	free(t);
}

/* ---- one connection ---- */

static bool failed(struct io *io, const char *why)
{
	snprintf(io->why, sizeof(io->why), "%s", why);
	return false;
}

bool client_io_connect(struct io *io, const struct address *to)
{
	int one = 1;

	*io = (struct io){ .fd = socket(to->a.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0) };
	if (io->fd < 0)
		return failed(io, strerror(errno));
	setsockopt(io->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(io->fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	if (connect(io->fd, (const struct sockaddr *)&to->a, to->n) == 0 || errno == EINPROGRESS)
		return true;
	failed(io, strerror(errno));
	client_io_close(io);
	return false;
}

bool client_io_connected(struct io *io)
{
	int e = 0;
	socklen_t n = sizeof(e);

	if (getsockopt(io->fd, SOL_SOCKET, SO_ERROR, &e, &n) < 0)
		e = errno;
	return e ? failed(io, strerror(e)) : true;
}

bool client_io_tls_begin(struct io *io, struct io_tls *t, const char *name)
{
	gnutls_session_t s;
	struct in6_addr any;
	int e = gnutls_init(&s, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL);

	if (e < 0)
		return failed(io, gnutls_strerror(e));
	io->session = s;
	e = gnutls_set_default_priority(s);
	if (e == 0)
		e = gnutls_credentials_set(s, GNUTLS_CRD_CERTIFICATE, t->credentials);
	if (e == 0 && inet_pton(AF_INET, name, &any) != 1 && inet_pton(AF_INET6, name, &any) != 1)
		e = gnutls_server_name_set(s, GNUTLS_NAME_DNS, name, strlen(name));
	if (e < 0)
		return failed(io, gnutls_strerror(e));
	gnutls_session_set_verify_cert(s, name, 0);
	gnutls_transport_set_int(s, io->fd);
	return true;
}

int client_io_handshake(struct io *io)
{
	gnutls_session_t s = io->session;
	int e = gnutls_handshake(s);

	if (e == 0)
		return 1;
	if (!gnutls_error_is_fatal(e))
		return 0;
	if (e == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR) {
		gnutls_datum_t text = { 0 };

		gnutls_certificate_verification_status_print(gnutls_session_get_verify_cert_status(s), gnutls_certificate_type_get(s), &text, 0);
		failed(io, text.data ? (const char *)text.data : gnutls_strerror(e));
		gnutls_free(text.data);
		return -1;
	}
	failed(io, gnutls_strerror(e));
	return -1;
}

static ssize_t tls_result(struct io *io, ssize_t n)
{
	if (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED)
		return IO_AGAIN;
	/* Many servers close the socket without the alert that TLS asks for. */
	if (n == GNUTLS_E_PREMATURE_TERMINATION)
		return IO_END;
	failed(io, gnutls_strerror((int)n));
	return IO_FAILED;
}

ssize_t client_io_read(struct io *io, void *p, size_t n)
{
	ssize_t got;

	if (io->session) {
		/* The library also says "again" when it has taken a session ticket, with more to read behind it. */
		do {
			got = gnutls_record_recv(io->session, p, n);
		} while (got < 0 && !gnutls_error_is_fatal((int)got) && (got != GNUTLS_E_AGAIN || !client_io_quiet(io)));
		return got > 0 ? got : got == 0 ? IO_END : tls_result(io, got);
	}
	do {
		got = recv(io->fd, p, n, 0);
	} while (got < 0 && errno == EINTR);
	if (got > 0)
		return got;
	if (got == 0)
		return IO_END;
	if (errno == EAGAIN)
		return IO_AGAIN;
	failed(io, strerror(errno));
	return IO_FAILED;
}

ssize_t client_io_write(struct io *io, const struct iovec *v, int n)
{
	struct msghdr m = { .msg_iov = (struct iovec *)(uintptr_t)v, .msg_iovlen = (size_t)n };
	ssize_t put;

	if (io->session) {
		put = gnutls_record_send(io->session, v->iov_base, v->iov_len);
		return put >= 0 ? put : tls_result(io, put);
	}
	do {
		put = n == 1 ? send(io->fd, v->iov_base, v->iov_len, MSG_NOSIGNAL) : sendmsg(io->fd, &m, MSG_NOSIGNAL);
	} while (put < 0 && errno == EINTR);
	if (put >= 0)
		return put;
	if (errno == EAGAIN)
		return IO_AGAIN;
	failed(io, strerror(errno));
	return IO_FAILED;
}

bool client_io_quiet(struct io *io)
{
	char c;

	return recv(io->fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

void client_io_close(struct io *io)
{
	if (io->session) {
		gnutls_deinit(io->session);
		io->session = NULL;
	}
	if (io->fd >= 0)
		close(io->fd);
	io->fd = -1;
}
