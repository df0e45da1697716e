/* SPDX-License-Identifier: Apache-2.0 */
#include "client_login.h"
#include "client_parts.h"
#include "result.h"

#include <stdlib.h>
#include <sys/epoll.h>

/* One connection: opening and closing it, and its place in the pool. The descriptor is watched edge-triggered for its whole life, so no request
 * costs a call of epoll_ctl: what can be read is read until there is no more, and `writable` remembers what the last write said. */

#define IDLE_PROBE 50		/* ms after which a connection is looked at before it is used */

void client_pool_take(struct conn *c)
{
	struct node *n = c->node;

	if (!c->available)
		return;
	c->available = false;
	if (c->next_available)
		c->next_available->prev_available = c->prev_available;
	else
		n->available_last = c->prev_available;
	if (c->prev_available)
		c->prev_available->next_available = c->next_available;
	else
		n->available = c->next_available;
	c->next_available = c->prev_available = NULL;
}

void client_pool_add(struct conn *c, bool front)
{
	struct node *n = c->node;

	client_pool_take(c);
	c->available = true;
	if (!n->available) {
		n->available = n->available_last = c;
	} else if (front) {
		c->next_available = n->available;
		n->available->prev_available = c;
		n->available = c;
	} else {
		c->prev_available = n->available_last;
		n->available_last->next_available = c;
		n->available_last = c;
	}
}

void client_conn_dirty(struct conn *c)
{
	if (c->dirty)
		return;
	c->dirty = true;
	c->next_dirty = c->client->dirty;
	c->client->dirty = c;
}

void client_conn_again(struct conn *c)
{
	if (c->again)
		return;
	c->again = true;
	c->next_again = c->client->again;
	c->client->again = c;
}

bool client_conn_stale(struct conn *c)
{
	return c->requests.n == 0 && !c->io.session && c->client->now - c->used > IDLE_PROBE && !client_io_quiet(&c->io);
}

void client_conn_close(struct conn *c)
{
	struct node *n = c->node;

	if (c->dead)
		return;
	c->dead = true;
	client_timer_clear(&c->timer);
	client_io_close(&c->io);
	buf_free(&c->in);
	if (c->tending) {
		if (n->tend == c)
			n->tend = NULL;
	} else {
		client_pool_take(c);
		if (c->state != CONN_OPEN)
			n->n_opening--;
		n->n_conns--;
		if (c->next)
			c->next->prev = c->prev;
		if (c->prev)
			c->prev->next = c->next;
		else
			n->conns = c->next;
	}
	c->next_dead = c->client->dead;
	c->client->dead = c;
}

void client_conn_fail(struct conn *c, struct client_request *first, int code, const char *why)
{
	struct node *n = c->node;
	struct request_list lost = c->requests;
	bool opening = c->state != CONN_OPEN;

	if (c->dead)
		return;
	if (opening)
		client_set_why(c->client, n->address[n->at].text, why);
	if (opening)
		c->client->counters.connect_errors++;
	c->requests = (struct request_list){ 0 };
	for (struct client_request *r = lost.first; r; r = r->state.next)
		r->state.list = &lost;
	client_conn_close(c);
	if (lost.n || opening)
		n->errors++;
	while (lost.first) {
		struct client_request *r = lost.first;

		client_list_take(r);
		r->state.conn = NULL;
		if (r == c->auth)
			continue;
		if (!c->tending)
			n->in_flight--;
		client_request_ended(r, r == first ? code : CLIENT_UNREACHABLE, true, (struct span){ 0 });
	}
	if (c->tending && opening)
		client_tend_failed(n, why);
	else if (opening)
		client_node_broken(n);
	else if (n->errors > c->client->o.errors_max)
		client_node_refuse(n);
	else
		client_node_open_more(n);
}

void client_conn_doom(struct conn *c)
{
	if (c->dead)
		return;
	client_pool_take(c);
	if (c->requests.n == 0) {
		client_conn_close(c);
		client_node_open_more(c->node);
		return;
	}
	c->doomed = true;
	client_timer_set(&c->client->wheel, &c->timer, c->client->now);
}

static void on_timer(struct client_timer *t)
{
	struct conn *c = (struct conn *)((char *)t - offsetof(struct conn, timer));
	int64_t until = c->used + c->client->o.idle_ms;

	if (c->doomed)
		client_conn_fail(c, NULL, CLIENT_UNREACHABLE, "a request on it was cancelled");
	else if (c->state != CONN_OPEN)
		client_conn_fail(c, NULL, CLIENT_UNREACHABLE, c->io.fd < 0 ? c->io.why : c->state == CONN_AUTH ? "authentication timed out" :
			"connecting timed out");
	else if (c->requests.n == 0 && c->client->now >= until)
		client_conn_close(c);
	else
		client_timer_set(&c->client->wheel, &c->timer, until > c->client->now ? until : c->client->now + c->client->o.idle_ms);
}

static void opened(struct conn *c)
{
	struct node *n = c->node;

	c->state = CONN_OPEN;
	c->used = c->client->now;
	if (c->tending) {
		client_timer_clear(&c->timer);
		client_tend_opened(n);
		return;
	}
	n->n_opening--;
	client_timer_set(&c->client->wheel, &c->timer, c->used + c->client->o.idle_ms);
	client_pool_add(c, true);
	client_node_next_waiting(c);
}

struct auth_request {
	struct client_request r;
	struct conn *conn;
	char unit[];
};

static void on_auth(struct client_request *r, const struct client_reply *reply)
{
	struct conn *c = ((struct auth_request *)r)->conn;
	struct node *n = c->node;

	if (reply->code == RESULT_OK) {
		opened(c);
		return;
	}
	/* The session may have ended before its time: log in anew. */
	n->session_end = 0;
	n->relogin = true;
	client_tend_soon(c->client);
	client_conn_fail(c, NULL, CLIENT_UNREACHABLE, client_text(reply->code));
}

static void authenticate(struct conn *c)
{
	struct client *cl = c->client;
	struct buf unit = { 0 };
	struct auth_request *a;

	client_login_put_authenticate(&unit, cl->o.auth == CLIENT_AUTH_PKI ? NULL : cl->o.user, buf_as_span(&c->node->token));
	a = unit.full ? NULL : malloc(sizeof(*a) + unit.n);
	if (a) {
		*a = (struct auth_request){ .r = { .unit = { a->unit, unit.n }, .kind = CLIENT_SECURITY, .retries = -1, .done = on_auth },
			.conn = c };
		memcpy(a->unit, unit.p, unit.n);
		a->r.state.client = cl;
		a->r.state.give_up = INT64_MAX;
		c->auth = &a->r;
		c->state = CONN_AUTH;
		client_timer_set(&cl->wheel, &c->timer, cl->now + cl->o.login_ms);
		client_conn_assign(c, c->auth);
	} else {
		client_conn_fail(c, NULL, CLIENT_UNREACHABLE, "out of memory");
	}
	buf_free(&unit);
}

static void proceed(struct conn *c)
{
	if (c->state == CONN_CONNECTING) {
		if (!client_io_connected(&c->io)) {
			client_conn_fail(c, NULL, CLIENT_UNREACHABLE, c->io.why);
			return;
		}
		c->client->counters.connects++;
		if (c->client->tls) {
			if (!client_io_tls_begin(&c->io, c->client->tls, c->node->tls_name)) {
				client_conn_fail(c, NULL, CLIENT_UNREACHABLE, c->io.why);
				return;
			}
			c->state = CONN_HANDSHAKE;
		}
	}
	if (c->state == CONN_HANDSHAKE) {
		int done = client_io_handshake(&c->io);

		if (done < 0)
			client_conn_fail(c, NULL, CLIENT_UNREACHABLE, c->io.why);
		if (done <= 0)
			return;
	}
	c->writable = true;
	if (!c->tending && c->node->token.n)
		authenticate(c);
	else
		opened(c);
}

struct conn *client_conn_open(struct node *n, bool tending)
{
	struct client *cl = n->client;
	struct conn *c = calloc(1, sizeof(*c));
	struct epoll_event e = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = c };

	if (!c)
		return NULL;
	c->client = cl;
	c->node = n;
	c->tending = tending;
	c->in.max = cl->o.reply_max + 2 * SCRATCH;
	c->timer.fire = on_timer;
	if (tending) {
		n->tend = c;
	} else {
		c->next = n->conns;
		if (n->conns)
			n->conns->prev = c;
		n->conns = c;
		n->n_conns++;
		n->n_opening++;
	}
	/* What fails at once fails a moment later, from the timer, with nobody of our callers up the stack. */
	if (client_io_connect(&c->io, &n->address[n->at]) && epoll_ctl(cl->epoll, EPOLL_CTL_ADD, c->io.fd, &e) == 0)
		client_timer_set(&cl->wheel, &c->timer, cl->now + cl->o.connect_ms);
	else
		client_timer_set(&cl->wheel, &c->timer, cl->now);
	return c;
}

void client_conn_event(struct conn *c, uint32_t events)
{
	if (c->dead)
		return;
	if (c->state == CONN_CONNECTING || c->state == CONN_HANDSHAKE) {
		if (c->io.fd >= 0)
			proceed(c);
		if (c->dead || c->state < CONN_AUTH)
			return;
		/* What came with the end of the handshake makes no event of its own. */
		if (c->io.session)
			events |= EPOLLIN;
	}
	if (events & EPOLLOUT && !c->writable) {
		c->writable = true;
		if (c->unsent)
			client_conn_dirty(c);
	}
	if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		client_conn_read(c);
}
