/* SPDX-License-Identifier: Apache-2.0 */
#include "client_parts.h"
#include "clock.h"

#include <stdlib.h>
#include <sys/epoll.h>

/* The loop. */

#define EVENTS 256

void client_free_gone(struct client *c)
{
	struct conn **at = &c->dead;

	while (*at) {
		struct conn *conn = *at;

		if (conn->again || conn->dirty) {	/* still in those lists */
			at = &conn->next_dead;
			continue;
		}
		*at = conn->next_dead;
		free(conn->auth);
		free(conn);
	}
	if (c->dead)
		return;		/* they point to their nodes */
	while (c->gone) {
		struct node *n = c->gone;

		c->gone = n->next_gone;
		buf_free(&n->text);
		if (n->token.p)
			explicit_bzero(n->token.p, n->token.cap);
		buf_free(&n->token);
		free(n->address);
		free(n->peer);
		free(n);
	}
}

static void route_submitted(struct client *c)
{
	/* What callbacks submit meanwhile is left for the next time, so that this ends. */
	for (unsigned n = c->submitted.n; n && c->submitted.first; n--) {
		struct client_request *r = c->submitted.first;

		client_list_take(r);
		client_request_route(c, r);
	}
}

static void flush_dirty(struct client *c)
{
	while (c->dirty) {
		struct conn *conn = c->dirty;

		c->dirty = conn->next_dirty;
		conn->dirty = false;
		client_conn_flush(conn);
	}
}

static void read_again(struct client *c)
{
	struct conn *all = c->again;

	c->again = NULL;
	for (struct conn *conn = all, *next; conn; conn = next) {
		next = conn->next_again;
		conn->again = false;
		if (!conn->dead)
			client_conn_read(conn);
	}
}

void client_soon_add(struct client *c, struct client_soon *s)
{
	if (s->set)
		return;
	s->set = true;
	s->next = c->soon;
	c->soon = s;
}

void client_soon_take(struct client *c, struct client_soon *s)
{
	struct client_soon **at = &c->soon;

	if (!s->set)
		return;
	while (*at && *at != s)
		at = &(*at)->next;
	if (!*at)
		for (at = &c->calling; *at != s;)
			at = &(*at)->next;
	*at = s->next;
	s->set = false;
}

static void send_all(struct client *c)
{
	/* A call may take others away, and add some for the next turn. */
	c->calling = c->soon;
	c->soon = NULL;
	while (c->calling) {
		struct client_soon *s = c->calling;

		client_soon_take(c, s);
		s->call(s);
	}
	route_submitted(c);
	flush_dirty(c);
}

/* How long to wait, of at most ms (-1: any time). */
static int patience(const struct client *c, int ms)
{
	int64_t left = client_deadline(c);

	if (ms == 0 || left <= c->now)
		return 0;
	left = left == INT64_MAX ? INT32_MAX : left - c->now;
	return ms < 0 || left < ms ? (int)(left < INT32_MAX ? left : INT32_MAX) : ms;
}

static void run(struct client *c, int ms)
{
	struct epoll_event e[EVENTS];
	int n;

	/* Events first: a connection that the node has closed is seen before anything is sent on it. */
	c->now = clock_ms();
	n = epoll_wait(c->epoll, e, EVENTS, patience(c, ms));
	c->now = clock_ms();
	read_again(c);
	for (int i = 0; i < n; i++)
		client_conn_event(e[i].data.ptr, e[i].events);
	client_wheel_run(&c->wheel, c->now);
	send_all(c);
	client_free_gone(c);
	if (c->changed && c->o.changed) {
		c->changed = false;
		c->o.changed(c->o.ctx);
	}
}

int client_fd(const struct client *c)
{
	return c->epoll;
}

int64_t client_deadline(const struct client *c)
{
	return c->submitted.n || c->dirty || c->again || c->soon ? 0 : c->wheel.bound;
}

void client_run(struct client *c)
{
	run(c, 0);
}

void client_wait(struct client *c, int ms)
{
	run(c, ms);
}
