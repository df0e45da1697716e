/* SPDX-License-Identifier: Apache-2.0 */
#include "client_parts.h"
#include "client_message.h"
#include "client_retry.h"
#include "clock.h"
#include "digest.h"
#include "message.h"
#include "result.h"

/* A request's way: submitted -> routed to a node -> waiting for a connection -> on a connection -> ended: again, or done. A request
 * without a node to go to is `pending` until the map changes; one that is to be sent again after a while is `pausing`. */

#define DEFAULT_SOCKET_MS 30000
#define DEFAULT_RETRIES 2
#define TURNS 12	/* divides by every number of replicas up to four, so that each gets as many */

void client_list_add(struct request_list *l, struct client_request *r)
{
	r->state.list = l;
	r->state.next = NULL;
	r->state.prev = l->last;
	if (l->last)
		l->last->state.next = r;
	else
		l->first = r;
	l->last = r;
	l->n++;
}

void client_list_take(struct client_request *r)
{
	struct request_list *l = r->state.list;

	if (!l)
		return;
	if (r->state.next)
		r->state.next->state.prev = r->state.prev;
	else
		l->last = r->state.prev;
	if (r->state.prev)
		r->state.prev->state.next = r->state.next;
	else
		l->first = r->state.next;
	l->n--;
	r->state.list = NULL;
	r->state.next = r->state.prev = NULL;
}

static unsigned socket_ms(const struct client_request *r)
{
	return r->socket_ms ? r->socket_ms : DEFAULT_SOCKET_MS;
}

void client_request_timer(struct client_request *r)
{
	struct client *c = r->state.client;
	int64_t at = c->now + socket_ms(r);

	if (r->state.paused && r->state.conn) {
		client_timer_clear(&r->state.timer);
		return;
	}
	client_timer_set(&c->wheel, &r->state.timer, at < r->state.give_up ? at : r->state.give_up);
}

void client_request_done(struct client_request *r, int code, bool in_doubt, struct span body)
{
	struct client *c = r->state.client;
	struct node *n = r->state.slot >= 0 ? c->node[r->state.slot] : NULL;
	struct client_reply reply = { code, in_doubt && code != RESULT_OK, body, n ? n->id : NULL, r->state.sent };

	client_timer_clear(&r->state.timer);
	client_list_take(r);
	client_request_unpack(r);
	c->counters.done++;
	if (code != RESULT_OK)
		c->counters.failed++;
	if (reply.in_doubt)
		c->counters.in_doubt++;
	r->done(r, &reply);
}

void client_request_ended(struct client_request *r, int code, bool local, struct span body)
{
	struct client *c = r->state.client;
	struct attempt a = { .code = code, .local = local, .sent = r->state.out, .write = r->write, .idempotent = r->idempotent,
		.in_doubt = r->state.in_doubt, .started = r->state.started, .number = r->state.attempt, .left_ms = INT32_MAX,
		.retries = r->retries < 0 ? 0 : r->retries ? (unsigned)r->retries : DEFAULT_RETRIES };
	struct retry_choice again;

	client_timer_clear(&r->state.timer);
	client_list_take(r);
	if (code == RESULT_OK) {
		client_request_done(r, code, false, body);
		return;
	}
	if (code == RESULT_TIMEOUT)
		c->counters.timeouts++;
	if (code == RESULT_UNAVAILABLE && !local)
		client_tend_soon(c);
	if (code == RESULT_NOT_AUTHENTICATED && !client_logs_in(c))
		a.retries = 0;
	if (r->state.give_up != INT64_MAX)
		a.left_ms = r->state.give_up - c->now;
	again = client_retry_decide(&a);
	r->state.in_doubt = again.in_doubt;
	if (again.where == RETRY_NO) {
		client_request_done(r, code, again.in_doubt, body);
		return;
	}
	c->counters.retries++;
	r->state.attempt++;
	if (again.where == RETRY_NEXT)
		r->state.column++;
	client_list_add(&c->pausing, r);
	client_timer_set(&c->wheel, &r->state.timer, c->now + again.pause_ms);
}

/* The deadline of the place where the request is, or the end of its pause. */
void client_request_timer_fire(struct client_timer *t)
{
	struct client_request *r = (struct client_request *)((char *)t - offsetof(struct client_request, state.timer));
	struct client *c = r->state.client;

	if (r->state.list == &c->pausing) {
		client_list_take(r);
		client_request_route(c, r);
	} else if (r->state.conn) {
		client_conn_fail(r->state.conn, r, RESULT_TIMEOUT, "timeout");
	} else if (r->state.list == &c->pending) {
		client_list_take(r);
		client_request_done(r, CLIENT_NO_NODE, r->state.in_doubt, (struct span){ 0 });
	} else {
		client_request_ended(r, RESULT_TIMEOUT, true, (struct span){ 0 });
	}
}

void client_request_wake(struct client *c)
{
	struct client_request *r;

	while ((r = c->pending.first)) {
		client_timer_clear(&r->state.timer);
		client_list_take(r);
		client_list_add(&c->submitted, r);
	}
}

void client_node_next_waiting(struct conn *conn)
{
	struct node *n = conn->node;
	struct client_request *r;

	while (conn->available && (r = n->waiting.first)) {
		if (r->kind == CLIENT_STREAM && conn->requests.n)
			return;
		client_list_take(r);
		client_conn_assign(conn, r);
	}
}

/* ---- answers ---- */

/* The last row says it; or a refusal before anything began, which only batches may not take for their first row. */
static bool stream_end(struct client_request *r, struct span body, int *code)
{
	struct span rest = body, row;
	const uint8_t *h = NULL;
	bool batch = r->unit.n > PROTO_SIZE + 1 && (r->unit.p[PROTO_SIZE + 1] & INFO1_BATCH);

	while (command_split(&rest, &row))
		h = (const uint8_t *)row.p;
	if (!h || rest.n) {
		*code = CLIENT_BAD_REPLY;
		return true;
	}
	*code = h[5];
	if (h[3] & INFO3_LAST)
		return true;
	if (r->state.started || body.n != MESSAGE_HEADER_SIZE || *code == RESULT_OK || (h[3] & INFO3_PARTITION_DONE))
		return false;
	return !batch || *code == RESULT_NOT_AUTHENTICATED || *code == RESULT_ROLE_VIOLATION;
}

/* The first request of the connection is answered for good. */
static void answered(struct conn *conn, int code, bool local, struct span body)
{
	struct client_request *r = conn->requests.first;
	struct node *n = conn->node;

	client_timer_clear(&r->state.timer);
	client_list_take(r);
	r->state.conn = NULL;
	if (!conn->tending && r != conn->auth) {
		n->in_flight--;
		if (!conn->dead) {
			client_pool_add(conn, conn->requests.n == 0);
			client_node_next_waiting(conn);
		}
	}
	client_request_ended(r, code, local, body);
}

static void stream_unit(struct conn *conn, struct client_request *r, struct span body)
{
	int code;
	bool end = stream_end(r, body, &code);

	if (code == CLIENT_BAD_REPLY && end) {
		client_conn_fail(conn, r, CLIENT_BAD_REPLY, "not rows");
		return;
	}
	if (!end || body.n > MESSAGE_HEADER_SIZE) {
		r->state.started = true;
		if (r->part && !r->part(r, body)) {
			if (conn->dead || conn->doomed)
				return;		/* cancelled in there */
			client_conn_fail(conn, r, CLIENT_STOPPED, "stopped");
			return;
		}
		if (conn->dead || conn->doomed)
			return;
	}
	if (end)
		answered(conn, code, false, body);
	else if (!r->state.paused)
		client_request_timer(r);
}

void client_request_unit(struct conn *conn, uint8_t type, struct span body)
{
	static const uint8_t types[] = { PROTO_MESSAGE, PROTO_MESSAGE, PROTO_INFO, PROTO_SECURITY };
	struct client_request *r = conn->requests.first;
	int code = RESULT_OK;

	if (type != types[r->kind] || (r->kind == CLIENT_MESSAGE && body.n < MESSAGE_HEADER_SIZE) || (r->kind == CLIENT_SECURITY && body.n < 16)) {
		client_conn_fail(conn, r, CLIENT_BAD_REPLY, "an answer of the wrong kind");
		return;
	}
	if (r->kind == CLIENT_STREAM) {
		stream_unit(conn, r, body);
		return;
	}
	if (r->kind == CLIENT_MESSAGE)
		code = (uint8_t)body.p[5];
	else if (r->kind == CLIENT_SECURITY)
		code = (uint8_t)body.p[1];
	if (code == RESULT_NOT_AUTHENTICATED && !conn->tending && conn->state == CONN_OPEN) {
		/* The node has closed the session: log in anew, on fresh connections. */
		conn->node->session_end = 0;
		conn->node->relogin = client_logs_in(conn->client);
		client_tend_soon(conn->client);
		client_list_take(r);
		r->state.conn = NULL;
		conn->node->in_flight--;
		client_conn_fail(conn, NULL, CLIENT_UNREACHABLE, "not authenticated");
		client_request_ended(r, code, false, body);
		return;
	}
	answered(conn, code, false, body);
}

/* ---- the callers' side ---- */

void client_submit(struct client *c, struct client_request *r)
{
	c->counters.requests++;
	r->state = (struct client_request_state){ .client = c, .timer.fire = client_request_timer_fire, .slot = -1, .give_up = INT64_MAX };
	if (r->total_ms)
		r->state.give_up = clock_ms() + r->total_ms;
	if (r->digest)
		r->state.partition = (uint16_t)digest_partition(r->digest);
	if (r->any_replica)
		r->state.column = (uint8_t)(c->next_any++ % TURNS);
	if (c->o.compress && !client_request_pack(r))
		r->state.give_up = INT64_MIN;
	client_list_add(&c->submitted, r);
}

void client_cancel(struct client_request *r)
{
	struct conn *conn = r->state.conn;

	client_timer_clear(&r->state.timer);
	if (!conn) {
		client_list_take(r);
		client_request_unpack(r);
		return;
	}
	/* Its answer would be taken for the next one's. */
	if (conn->unsent == r)
		conn->unsent = r->state.next;
	client_list_take(r);
	r->state.conn = NULL;
	conn->node->in_flight--;
	client_request_unpack(r);
	client_conn_doom(conn);
}

void client_pause(struct client_request *r)
{
	r->state.paused = true;
	if (r->state.conn)
		client_timer_clear(&r->state.timer);
}

void client_resume(struct client_request *r)
{
	if (!r->state.paused)
		return;
	r->state.paused = false;
	if (!r->state.conn)
		return;
	client_request_timer(r);
	client_conn_again(r->state.conn);
}
