/* SPDX-License-Identifier: Apache-2.0 */
#include "base64.h"
#include "client_login.h"
#include "client_message.h"
#include "client_parts.h"
#include "info.h"
#include "result.h"

#include <stdio.h>
#include <stdlib.h>

/* What nodes are asked, on a connection of their own: first who they are, their peers and their map; then, each second, whether any of
 * that has changed. Source: the wire protocol reference, sections 2.8 and 11.2. */

#define SOON 20			/* ms between looks that were asked for out of turn */
#define AGENT_MAX 63

const char *client_tend_peers_command(const struct client *c)
{
	return c->o.tls ? c->o.alternate ? "peers-tls-alt" : "peers-tls-std" : c->o.alternate ? "peers-clear-alt" : "peers-clear-std";
}

const char *client_tend_service_command(const struct client *c)
{
	return c->o.tls ? c->o.alternate ? "service-tls-alt" : "service-tls-std" : c->o.alternate ? "service-clear-alt" : "service-clear-std";
}

bool client_tend_asks_service(const struct node *n)
{
	return n->seed && !n->service_asked && (n->client->o.service_always || !n->address[n->at].loopback);
}

bool client_logs_in(const struct client *c)
{
	return c->o.user || c->o.auth == CLIENT_AUTH_PKI;
}

static void put_agent(struct buf *out, const char *agent)
{
	char raw[AGENT_MAX + 1];
	int n = snprintf(raw, sizeof(raw), "1,%.48s,not-set", agent);

	buf_lit(out, "user-agent-set:value=");
	base64_encode(out, raw, (size_t)n);
	buf_byte(out, '\n');
}

static void put_question(struct node *n, enum step step)
{
	struct client *c = n->client;
	struct buf *b = &n->text;

	switch (step) {
	case STEP_HELLO:
		buf_lit(b, "node\nbuild\npartition-generation\nfeatures\n");
		if (c->o.cluster_name)
			buf_lit(b, "cluster-name\n");
		if (client_tend_asks_service(n))
			buf_printf(b, "%s\n", client_tend_service_command(c));
		break;
	case STEP_AGENT:
		put_agent(b, c->o.agent);
		break;
	case STEP_REFRESH:
		buf_lit(b, "node\npeers-generation\npartition-generation\n");
		if (c->o.rack_aware)
			buf_lit(b, "rebalance-generation\n");
		break;
	case STEP_PEERS:
		buf_printf(b, "peers-generation\n%s\n", client_tend_peers_command(c));
		break;
	case STEP_REPLICAS:
		buf_lit(b, "partition-generation\nreplicas\n");
		break;
	case STEP_RACKS:
		buf_lit(b, "rebalance-generation\nrack-ids\n");
		break;
	default:
		break;
	}
}

void client_tend_failed(struct node *n, const char *why)
{
	struct client *c = n->client;
	struct conn *conn = n->tend;
	uint64_t missed;

	if (n->gone)
		return;
	n->tending = false;
	n->step = STEP_NONE;
	n->failures++;
	n->agent_set = false;
	c->counters.tend_errors++;
	client_set_why(c, n->address[n->at].text, why);
	if (conn)
		client_conn_fail(conn, NULL, CLIENT_UNREACHABLE, why);
	if (log_allow(&c->limit, 10000, &missed))
		log_warn("can't ask node", "node", n->id[0] ? n->id : NULL, "address", n->address[n->at].text, "why", why, NULL);
	if (n->active) {
		if (n->failures >= NODE_FAILURES)
			client_node_remove(n, "five looks in a row failed");
	} else if (n->at + 1 < n->n_addresses) {
		n->at++;
		client_tend_node(n);
	} else {
		c->peers_again |= !n->seed;
		client_node_remove(n, why);
	}
}

void client_tend_done(struct node *n)
{
	n->tending = false;
	n->step = STEP_NONE;
	n->failures = 0;
	n->client->counters.tends++;
	if (!n->active)
		client_node_activate(n);
}

static void on_login(struct node *n, int code, struct span body)
{
	struct client *c = n->client;
	struct login_reply reply;
	char why[160];

	c->login_refused = 0;
	if (code == RESULT_SECURITY_DISABLED || (code == RESULT_SECURITY_UNSUPPORTED && c->o.auth_lenient)) {
		n->security_off = true;
		n->relogin = false;
		client_tend_ask(n, n->active ? STEP_REFRESH : STEP_HELLO);
		return;
	}
	if (code != RESULT_OK || !client_login_parse(body, &reply)) {
		snprintf(why, sizeof(why), "login: %s (%d)%s", client_text(code), code, code == RESULT_SECURITY_UNSUPPORTED ?
			": this server knows no users, connect without one" : "");
		c->login_refused = code != RESULT_OK ? code : RESULT_NOT_AUTHENTICATED;
		client_tend_failed(n, why);
		return;
	}
	n->relogin = false;
	buf_reset(&n->token);
	buf_span(&n->token, reply.token);
	/* A minute before its time, or half-way when it is shorter. */
	n->session_end = reply.ttl == 0 ? INT64_MAX : c->now + 1000 * (reply.ttl > 120 ? reply.ttl - 60 : (reply.ttl + 1) / 2);
	client_node_open_more(n);
	client_tend_ask(n, n->active ? STEP_REFRESH : STEP_HELLO);
}

static void on_answer(struct client_request *r, const struct client_reply *reply)
{
	struct node *n = (struct node *)((char *)r - offsetof(struct node, ask));
	enum step step = n->step;
	struct span text = { 0 };
	char why[160];
	int code = reply->code;

	n->step = STEP_NONE;
	if (n->gone)
		return;
	if (step == STEP_LOGIN && code >= 0 && reply->body.p) {
		on_login(n, code, reply->body);
		return;
	}
	if (code == RESULT_OK && step != STEP_AGENT)
		code = info_body_error(reply->body, &text);
	/* `features` and the service list are welcome, not needed: an error there is none of the node's. */
	if (step == STEP_HELLO && code > 0 && info_value(reply->body, "node").p && !info_error(info_value(reply->body, "node"), NULL))
		code = RESULT_OK;
	/* Nor are racks, which a Community server refuses to tell. */
	if (step == STEP_RACKS && code > 0 && info_value(reply->body, "rack-ids").p)
		code = RESULT_OK;
	if (code != RESULT_OK) {
		if (code == RESULT_NOT_AUTHENTICATED)
			n->session_end = 0;
		snprintf(why, sizeof(why), "%s%s%.*s", client_text(code), text.n ? ": " : "", (int)(text.n > 80 ? 80 : text.n), text.n ? text.p : "");
		client_tend_failed(n, why);
		return;
	}
	switch (step) {
	case STEP_HELLO: client_learn_hello(n, reply->body); break;
	case STEP_AGENT:
		n->agent_set = true;
		client_tend_ask(n, n->active ? STEP_REFRESH : STEP_PEERS);
		break;
	case STEP_REFRESH: client_learn_refresh(n, reply->body); break;
	case STEP_PEERS: client_learn_peers(n, reply->body); break;
	case STEP_REPLICAS: client_learn_replicas(n, reply->body); break;
	case STEP_RACKS: client_learn_racks(n, reply->body); break;
	default: break;
	}
}

void client_tend_ask(struct node *n, enum step step)
{
	struct client *c = n->client;
	const char *user = c->o.auth == CLIENT_AUTH_PKI ? NULL : c->o.user;
	size_t unit;

	if (!n->tend || n->tend->state != CONN_OPEN) {
		client_tend_failed(n, "connection lost");
		return;
	}
	n->step = step;
	buf_reset(&n->text);
	n->ask = (struct client_request){ .kind = step == STEP_LOGIN ? CLIENT_SECURITY : CLIENT_INFO, .retries = -1, .done = on_answer,
		.socket_ms = step == STEP_LOGIN ? c->o.login_ms : c->o.connect_ms };
	n->ask.state = (struct client_request_state){ .client = c, .slot = (int16_t)n->slot, .give_up = INT64_MAX,
		.timer.fire = client_request_timer_fire };
	if (step == STEP_LOGIN) {
		client_login_put(&n->text, user, c->hash, c->o.auth == CLIENT_AUTH_EXTERNAL ? c->o.password : NULL);
	} else {
		unit = proto_begin(&n->text, PROTO_INFO);
		put_question(n, step);
		proto_end(&n->text, unit);
	}
	n->ask.unit = buf_as_span(&n->text);
	client_conn_assign(n->tend, &n->ask);
}

/* ---- when ---- */

static void begin(struct node *n)
{
	struct client *c = n->client;
	bool login = client_logs_in(c) && !n->security_off;

	if (login && (!n->token.n || c->now >= n->session_end || !n->active))
		client_tend_ask(n, STEP_LOGIN);
	else if (n->active && !n->agent_set && n->build >= INFO_BUILD(8, 1, 0, 0))
		client_tend_ask(n, STEP_AGENT);
	else
		client_tend_ask(n, n->active ? STEP_REFRESH : STEP_HELLO);
}

void client_tend_opened(struct node *n)
{
	/* A new connection knows nothing of an earlier one's login: do that again, a token is not asked for on this one. */
	n->session_end = 0;
	n->agent_set = false;
	begin(n);
}

void client_tend_node(struct node *n)
{
	if (n->tending && n->step != STEP_NONE)
		return;
	n->tending = true;
	if (n->tend && n->tend->state == CONN_OPEN)
		begin(n);
	else if (!n->tend && !client_conn_open(n, true))
		client_tend_failed(n, "out of memory");
}

void client_tend_all(struct client *c)
{
	c->last_tend = c->now;
	for (unsigned i = 0; i < CLIENT_NODES; i++) {
		struct node *n = c->node[i];

		if (!n)
			continue;
		n->errors = 0;
		if (c->peers_again)
			n->peers_generation = -1;
		if (!n->tending)
			client_tend_node(n);
	}
	c->peers_again = false;
	client_node_prune(c);
	client_seeds_try(c);
	client_state_update(c);
}

void client_tend_soon(struct client *c)
{
	int64_t at = c->last_tend + SOON;

	if (client_timer_is_set(&c->tend) && c->tend.at <= at)
		return;
	client_timer_set(&c->wheel, &c->tend, at);
}
