/* SPDX-License-Identifier: Apache-2.0 */
#include "listen.h"
#include "tls.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define PREFACE_SIZE (sizeof(PREFACE) - 1)
#define LINGER_MS 2000

void connection_state(struct server *s, struct connection *c, int state)
{
	c->state = state;
	c->since = s->now;
}

static struct connection *connection_new(struct server *s, int fd)
{
	struct connection *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->fd = fd;
	connection_state(s, c, CONN_NEW);
	c->next = s->conns.next;
	c->prev = &s->conns;
	c->next->prev = c;
	s->conns.next = c;
	s->count.active++;
	return c;
}

/* The descriptor is the caller's business. */
void connection_free(struct server *s, struct connection *c)
{
	c->next->prev = c->prev;
	c->prev->next = c->next;
	free(c);
	s->count.active--;
	s->count.closed++;
}

static void drop(struct server *s, struct connection *c)
{
	close(c->fd);
	connection_free(s, c);
}

static void to_daemon(struct server *s, struct connection *c)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);

	if (getpeername(c->fd, (struct sockaddr *)&address, &size) < 0) {
		drop(s, c);
		return;
	}
	connection_state(s, c, CONN_IDLE);
	s->adding = c;
	s->h1_work = true;
	if (http_add(s->daemon, c->fd, &address, size) < 0)
		connection_free(s, c);
	s->adding = NULL;
}

enum verdict { WAIT, HTTP_1, HTTP_2, GONE };

/* The first bytes stay in the socket for whoever gets it. */
static enum verdict look(const struct server *s, int fd)
{
	static const enum verdict of_tls[] = { [TLS_MORE] = WAIT, [TLS_H2] = HTTP_2, [TLS_OTHER] = HTTP_1, [TLS_GONE] = GONE };
	char first[PREFACE_SIZE];
	ssize_t n;

	if (s->tls)
		return of_tls[tls_look(fd)];
	n = recv(fd, first, sizeof(first), MSG_PEEK | MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? WAIT : GONE;
	if (n == 0)
		return GONE;
	if (memcmp(first, PREFACE, (size_t)n) != 0)
		return HTTP_1;
	return (size_t)n == PREFACE_SIZE ? HTTP_2 : WAIT;
}

static void hand_over(struct server *s, struct connection *c, enum verdict v)
{
	if (v == GONE)
		drop(s, c);
	else if (v == HTTP_2)
		h2_start(s, c);
	else
		to_daemon(s, c);
}

static void peek(struct server *s, struct watch *w, uint32_t events)
{
	struct connection *c = (struct connection *)w;
	enum verdict v = look(s, c->fd);

	if (v == WAIT && !(events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP)))
		return;
	loop_watch(s, EPOLL_CTL_DEL, c->fd, 0, NULL);
	hand_over(s, c, v == WAIT ? GONE : v);
}

static void welcome(void *server, int fd, const struct sockaddr_storage *from, socklen_t size)
{
	struct server *s = server;
	struct connection *c = connection_new(s, fd);
	enum verdict v;

	(void)from;
	(void)size;
	if (!c) {
		close(fd);
		return;
	}
	v = look(s, fd);
	if (v != WAIT) {
		hand_over(s, c, v);
		return;
	}
	c->watch.ready = peek;
	/* Edge-triggered: the first bytes stay in the socket and would wake us again and again. */
	loop_watch(s, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLRDHUP | EPOLLET, &c->watch);
}

static void accept_some(struct server *s, struct watch *w, uint32_t events)
{
	(void)w;
	(void)events;
	http_accept(&s->acceptor);
}

void connection_listen(struct server *s)
{
	s->conns.next = s->conns.prev = &s->conns;
	s->watch_listen.ready = accept_some;
	s->acceptor = (struct http_acceptor){
		.epoll_fd = s->epoll_fd, .watch = &s->watch_listen, .connections = &s->count.active, .max = s->opt.connections,
		.welcome = welcome, .ctx = s,
	};
	http_accept_start(&s->acceptor, s->opt.host, &s->opt.port, s->opt.reuse_port);
}

/* How long a connection may stay as it is, ms; 0 for ever (a held request has its own deadline). */
static int64_t patience(const struct server *s, const struct connection *c)
{
	switch (c->state) {
	case CONN_HELD:
		return 0;
	case CONN_IDLE:
		return s->opt.idle_timeout;
	case CONN_LINGER:
		return LINGER_MS;
	default:
		return s->opt.read_timeout;
	}
}

/* Once a second: end connections that take too long over what they do, which is what a slow-loris client lives from. */
void connection_sweep(struct server *s)
{
	for (struct connection *c = s->conns.next, *next; c != &s->conns; c = next) {
		const int64_t ms = patience(s, c);

		next = c->next;
		if (!ms || s->now - c->since < ms)
			continue;
		if (c->h2)
			h2_close(s, c);
		else if (c->state == CONN_NEW)
			drop(s, c);	/* closing takes it out of epoll */
		else
			shutdown(c->fd, SHUT_RDWR);	/* the daemon sees the end and closes it */
	}
	http_accept_again(&s->acceptor);
}
