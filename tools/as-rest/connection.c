/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"

#include <netdb.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINGER_MS 2000
#define BYTES_PER_MS 16		/* large bodies and answers may take their time, at this rate at least */

void connection_state(struct server *s, struct connection *c, int state)
{
	c->state = state;
	c->since = s->now;
	c->bytes = 0;
}

void connection_free(struct server *s, struct connection *c)
{
	c->next->prev = c->prev;
	c->prev->next = c->next;
	free(c);
	s->count.connections--;
	s->count.closed++;
}

static void welcome(void *server, int fd, const struct sockaddr_storage *from, socklen_t size)
{
	struct server *s = server;
	struct connection *c = calloc(1, sizeof(*c));

	if (!c) {
		close(fd);
		return;
	}
	c->fd = fd;
	connection_state(s, c, CONN_IDLE);
	c->next = s->conns.next;
	c->prev = &s->conns;
	c->next->prev = c;
	s->conns.next = c;
	s->count.connections++;
	if (!s->access || getnameinfo((const struct sockaddr *)from, size, c->address, sizeof(c->address), NULL, 0, NI_NUMERICHOST))
		strcpy(c->address, "-");
	s->adding = c;
	s->h1_work = true;
	if (http_add(s->daemon, fd, from, size) < 0)
		connection_free(s, c);
	s->adding = NULL;
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
		.epoll_fd = s->epoll_fd, .watch = &s->watch_listen, .connections = &s->count.connections, .max = s->opt.connections,
		.welcome = welcome, .ctx = s,
	};
	http_accept_start(&s->acceptor, s->opt.host, &s->opt.port, s->opt.reuse_port);
}

/* How long a connection may stay as it is, ms; 0 for ever (what is asked of the cluster has deadlines of its own). */
static int64_t patience(const struct server *s, const struct connection *c)
{
	switch (c->state) {
	case CONN_HELD:
		return 0;
	case CONN_IDLE:
		/* Those that had an answer under way when the end began are idle only now. */
		return s->draining ? 1 : s->opt.idle_timeout;
	case CONN_LINGER:
		return LINGER_MS;
	default:
		return s->opt.read_timeout + (int64_t)(c->bytes / BYTES_PER_MS);
	}
}

/* Once a second: end connections that take too long over what they do, which is what a slow-loris client lives from. */
void connection_sweep(struct server *s)
{
	for (struct connection *c = s->conns.next; c != &s->conns; c = c->next) {
		const int64_t ms = patience(s, c);

		if (ms && s->now - c->since >= ms)
			shutdown(c->fd, SHUT_RDWR);	/* the daemon sees the end and closes it */
	}
	http_accept_again(&s->acceptor);
}

void connection_close_idle(struct server *s)
{
	for (struct connection *c = s->conns.next; c != &s->conns; c = c->next)
		if (c->state == CONN_IDLE)
			shutdown(c->fd, SHUT_RDWR);
	s->h1_work = true;
}
