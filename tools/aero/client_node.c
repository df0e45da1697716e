/* SPDX-License-Identifier: Apache-2.0 */
#include "client_parts.h"
#include "client_peers.h"
#include "info.h"
#include "result.h"

#include <stdio.h>
#include <stdlib.h>

/* Nodes coming and going. A node that is not active is a candidate: it is being looked at for the first time. */

void client_set_why(struct client *c, const char *where, const char *what)
{
	snprintf(c->why, sizeof(c->why), "%s: %s", where, what);
}

struct node *client_node_find(const struct client *c, const char *id)
{
	for (unsigned i = 0; i < CLIENT_NODES; i++) {
		struct node *n = c->node[i];

		if (n && (strcmp(n->id, id) == 0 || (!n->active && n->expected[0] && strcmp(n->expected, id) == 0)))
			return n;
	}
	return NULL;
}

struct node *client_node_new(struct client *c, const struct address *a, unsigned count, struct span tls_name)
{
	struct node *n;
	int slot = 0;

	while (slot < CLIENT_NODES && c->node[slot])
		slot++;
	if (slot == CLIENT_NODES || count == 0)
		return NULL;
	n = calloc(1, sizeof(*n));
	if (!n)
		return NULL;
	*n = (struct node){ .client = c, .slot = slot, .n_addresses = count, .peers_generation = -1, .partition_generation = -1,
		.rebalance_generation = -1 };
	n->address = malloc(count * sizeof(*a));
	if (!n->address) {
		free(n);
		return NULL;
	}
	memcpy(n->address, a, count * sizeof(*a));
	n->text.max = 64 << 10;
	n->token.max = 64 << 10;
	snprintf(n->tls_name, sizeof(n->tls_name), "%.*s", (int)(tls_name.n ? tls_name.n : strlen(a->host)), tls_name.n ? tls_name.p : a->host);
	c->node[slot] = n;
	return n;
}

void client_node_activate(struct node *n)
{
	n->active = true;
	n->client->changed = true;
	log_info("node found", "node", n->id, "address", n->address[n->at].text, NULL);
	client_state_update(n->client);
	client_request_wake(n->client);
}

/* why NULL: quietly. */
void client_node_remove(struct node *n, const char *why)
{
	struct client *c = n->client;
	struct request_list waiting = n->waiting;
	bool was_active = n->active;

	if (n->gone)
		return;
	n->gone = true;
	n->active = false;
	c->node[n->slot] = NULL;
	client_map_remove(&c->map, n->slot);
	if (was_active) {
		log_warn("node lost", "node", n->id, "address", n->address[n->at].text, "why", why, NULL);
		c->counters.nodes_lost++;
		c->changed = true;
	}
	n->next_gone = c->gone;
	c->gone = n;
	n->waiting = (struct request_list){ 0 };
	if (!why)
		why = "not needed";
	for (struct client_request *r = waiting.first; r; r = r->state.next)
		r->state.list = &waiting;
	if (n->tend)
		client_conn_fail(n->tend, NULL, CLIENT_UNREACHABLE, why);
	while (n->conns)
		client_conn_fail(n->conns, NULL, CLIENT_UNREACHABLE, why);
	while (waiting.first)
		client_request_ended(waiting.first, CLIENT_UNREACHABLE, true, (struct span){ 0 });
	for (unsigned i = 0; i < CLIENT_NODES; i++)
		if (was_active && c->node[i])
			c->node[i]->peers_generation = -1;	/* it may come back under another address */
	client_state_update(c);
}

void client_node_open_more(struct node *n)
{
	if (n->gone || n->relogin)
		return;
	while (n->n_opening < n->waiting.n && n->n_conns < n->client->o.connections)
		if (!client_conn_open(n, false)) {
			client_node_broken(n);
			return;
		}
}

void client_node_refuse(struct node *n)
{
	struct request_list waiting = n->waiting;

	if (n->gone)
		return;
	n->waiting = (struct request_list){ 0 };
	for (struct client_request *r = waiting.first; r; r = r->state.next)
		r->state.list = &waiting;
	while (waiting.first)
		client_request_ended(waiting.first, CLIENT_UNREACHABLE, true, (struct span){ 0 });
}

/* What waits for a connection that can't be had does not wait for ever; what is open already will serve it. */
void client_node_broken(struct node *n)
{
	if (n->n_conns == 0 && !n->relogin)
		client_node_refuse(n);
}

static bool is_named(const struct client *c, const struct node *n)
{
	for (unsigned i = 0; i < CLIENT_NODES; i++)
		for (unsigned k = 0; c->node[i] && c->node[i] != n && k < c->node[i]->n_peers; k++)
			if (strcmp(c->node[i]->peer[k], n->id) == 0)
				return true;
	return false;
}

/* Nodes that no other node names any more, and that serve nothing or don't answer. */
void client_node_prune(struct client *c)
{
	unsigned active = 0;

	for (unsigned i = 0; i < CLIENT_NODES; i++)
		active += c->node[i] && c->node[i]->active;
	for (unsigned i = 0; i < CLIENT_NODES && active > 1; i++) {
		struct node *n = c->node[i];

		if (!n || !n->active || is_named(c, n) || (n->failures == 0 && client_map_has(&c->map, n->slot)))
			continue;
		client_node_remove(n, "no other node names it");
		active--;
	}
}

static void seed(struct client *c, struct span text)
{
	struct address found[NODE_ADDRESSES];
	struct span host;
	uint16_t port;
	const char *why;
	char name[128];
	unsigned count;
	struct node *n;

	client_peers_host(text, c->o.tls ? 4333 : 3000, &host, &port);
	count = client_address_find(host, port, found, NODE_ADDRESSES, &why);
	if (count == 0) {
		snprintf(name, sizeof(name), "%.*s", (int)text.n, text.p);
		client_set_why(c, name, why);
		return;
	}
	n = client_node_new(c, found, count, c->o.tls_name ? span_of(c->o.tls_name) : host);
	if (!n)
		return;
	n->seed = true;
	client_tend_node(n);
}

/* Only when there is nobody to ask. */
void client_seeds_try(struct client *c)
{
	struct span seeds = span_of(c->o.seeds), one;

	for (unsigned i = 0; i < CLIENT_NODES; i++)
		if (c->node[i])
			return;
	while (info_part(&seeds, ',', &one))
		if (one.n)
			seed(c, one);
}

void client_state_update(struct client *c)
{
	unsigned active = 0, candidates = 0;
	enum client_state was = c->state;

	for (unsigned i = 0; i < CLIENT_NODES; i++) {
		active += c->node[i] && c->node[i]->active;
		candidates += c->node[i] && !c->node[i]->active;
	}
	if (active && (candidates == 0 || was == CLIENT_READY))
		c->state = CLIENT_READY;
	else if (active == 0 && (candidates == 0 || was == CLIENT_READY))
		c->state = CLIENT_LOST;
	if (c->state == was)
		return;
	c->changed = true;
	if (c->state == CLIENT_READY) {
		c->why[0] = '\0';
		client_request_wake(c);
	}
}
