/* SPDX-License-Identifier: Apache-2.0 */
#include "client_parts.h"
#include "result.h"

/* Which node a request goes to, and which of its connections. */

static void pend(struct client *c, struct client_request *r)
{
	client_list_add(&c->pending, r);
	client_request_timer(r);
}

static bool usable(const struct client *c, const struct node *n)
{
	return n && n->active && n->errors <= c->o.errors_max;
}

static struct node *any_node(struct client *c)
{
	struct node *second = NULL;

	for (unsigned i = 0; i < CLIENT_NODES; i++) {
		struct node *n = c->node[c->next_any++ % CLIENT_NODES];

		if (usable(c, n))
			return n;
		if (n && n->active)
			second = n;
	}
	return second;
}

/* The first usable node of the partition's, from the request's column on; failing that, one that has had many errors. */
struct node *client_request_replica(const struct client *c, const struct map_namespace *ns, unsigned partition, unsigned column)
{
	const int16_t *slots = ns->node[partition];
	struct node *second = NULL;
	unsigned columns = 0;

	if (ns->strong)
		return slots[0] == MAP_NONE ? NULL : c->node[slots[0]];
	while (columns < MAP_COLUMNS && (slots[columns] != MAP_NONE || columns == 0))
		columns++;
	for (unsigned i = 0; i < columns; i++) {
		int slot = slots[(column + i) % columns];
		struct node *n = slot == MAP_NONE ? NULL : c->node[slot];

		if (usable(c, n))
			return n;
		if (n && n->active)
			second = n;
	}
	return second;
}

static void send_to(struct client *c, struct node *n, struct client_request *r)
{
	struct conn *conn;

	r->state.slot = (int16_t)n->slot;
	if (n->errors > c->o.errors_max) {
		client_request_ended(r, CLIENT_UNREACHABLE, true, (struct span){ 0 });
		return;
	}
	while ((conn = n->available) && client_conn_stale(conn))
		client_conn_close(conn);
	if (conn && (conn->requests.n == 0 || (n->n_conns >= c->o.connections && r->kind != CLIENT_STREAM))) {
		client_conn_assign(conn, r);
		if (conn->available && conn->requests.n < c->o.pipeline)
			client_pool_add(conn, false);	/* to the end: the next request goes to another one */
		return;
	}
	client_list_add(&n->waiting, r);
	client_request_timer(r);
	r->state.out = false;
	client_node_open_more(n);
}

void client_request_route(struct client *c, struct client_request *r)
{
	const struct map_namespace *ns;
	struct node *n;

	if (r->state.give_up == INT64_MIN) {	/* could not be compressed */
		client_request_done(r, CLIENT_NO_MEMORY, false, (struct span){ 0 });
		return;
	}
	if (r->state.give_up <= c->now) {
		client_request_done(r, RESULT_TIMEOUT, r->state.in_doubt, (struct span){ 0 });
		return;
	}
	if (r->node) {
		n = client_node_find(c, r->node);
		if (!n || !n->active) {
			client_request_done(r, CLIENT_NO_NODE, r->state.in_doubt, (struct span){ 0 });
			return;
		}
	} else if (r->digest) {
		ns = client_map_find(&c->map, r->ns);
		if (!ns && c->state == CLIENT_READY) {
			client_request_done(r, RESULT_NAMESPACE, r->state.in_doubt, (struct span){ 0 });
			return;
		}
		if (ns && r->prefer_rack && r->state.attempt == 0)
			r->state.column = (uint8_t)client_map_near(ns, r->state.partition, c->o.rack);
		n = ns ? client_request_replica(c, ns, r->state.partition, r->state.column) : NULL;
	} else {
		n = any_node(c);
	}
	if (n)
		send_to(c, n, r);
	else
		pend(c, r);
}
