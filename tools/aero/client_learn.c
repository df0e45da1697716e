/* SPDX-License-Identifier: Apache-2.0 */
#include "client_parts.h"
#include "client_peers.h"
#include "info.h"

#include <stdlib.h>

/* What is learnt from a node's answers to the questions of client_tend.c; each ends with the next question, with client_tend_done or with
 * client_tend_failed. */

static bool number(struct node *n, struct span body, const char *name, int64_t *to)
{
	if (info_number(info_value(body, name), to))
		return true;
	client_tend_failed(n, "no number where one was asked for");
	return false;
}

/* The list is there and does not name the address that led here: a load balancer answered. Go to the first listed address that connects,
 * and stay here when none does. */
static bool goes_elsewhere(struct node *n, struct span list)
{
	struct address here = n->address[n->at], *all;
	struct span part, host;
	unsigned count = 0;
	uint16_t port;
	const char *why;

	n->service_asked = true;
	if (list.n == 0 || info_error(list, NULL) || client_peers_service_has(list, here.host, here.port))
		return false;
	all = calloc(NODE_ADDRESSES, sizeof(*all));
	if (!all)
		return false;
	while (count < NODE_ADDRESSES - 1 && info_part(&list, ',', &part))
		if (client_peers_host(part, here.port, &host, &port))
			count += client_address_find(host, port, all + count, NODE_ADDRESSES - 1 - count, &why);
	all[count++] = here;
	free(n->address);
	n->address = all;
	n->n_addresses = count;
	n->at = 0;
	client_conn_close(n->tend);
	client_tend_node(n);
	return true;
}

/* The last question of a look: racks, when they may have changed. */
static void finish(struct node *n)
{
	if (n->client->o.rack_aware && n->new_rebalance_generation != n->rebalance_generation)
		client_tend_ask(n, STEP_RACKS);
	else
		client_tend_done(n);
}

void client_learn_racks(struct node *n, struct span body)
{
	struct span ids = info_value(body, "rack-ids");
	const char *why;
	struct span text;

	if (!number(n, body, "rebalance-generation", &n->new_rebalance_generation))
		return;
	why = info_error(ids, &text) ? "the node tells no racks" : client_map_racks(&n->client->map, n->slot, ids);
	if (why)
		log_warn("no racks", "node", n->id, "why", why, NULL);
	n->rebalance_generation = n->new_rebalance_generation;
	client_tend_done(n);
}

void client_learn_hello(struct node *n, struct span body)
{
	struct client *c = n->client;
	struct span id = info_value(body, "node"), name = info_value(body, "cluster-name");
	bool same = n->n_addresses == 0;
	int64_t generation;

	if (id.n < 1 || id.n > 16) {
		client_tend_failed(n, "it does not tell its node id");
		return;
	}
	if (c->o.cluster_name && !span_is(name, c->o.cluster_name)) {
		client_tend_failed(n, "it belongs to another cluster (cluster-name)");
		return;
	}
	if (!number(n, body, "partition-generation", &generation))
		return;
	if (generation < 0) {
		client_tend_failed(n, "it has no partitions yet");
		return;
	}
	n->build = info_build(info_value(body, "build"));
	if (n->build < INFO_BUILD(4, 9, 0, 0)) {
		client_tend_failed(n, "its release is older than 4.9");
		return;
	}
	if (n->expected[0] && !span_is(id, n->expected)) {
		client_tend_failed(n, "another node answers at its address");
		return;
	}
	if (client_tend_asks_service(n) && goes_elsewhere(n, info_value(body, client_tend_service_command(c))))
		return;
	for (unsigned i = 0; i < CLIENT_NODES && !same; i++)
		same = c->node[i] && c->node[i] != n && span_is(id, c->node[i]->id);
	if (same) {
		client_node_remove(n, NULL);	/* found by another way */
		return;
	}
	memcpy(n->id, id.p, id.n);
	n->id[id.n] = '\0';
	client_tend_ask(n, n->build >= INFO_BUILD(8, 1, 0, 0) ? STEP_AGENT : STEP_PEERS);
}

void client_learn_refresh(struct node *n, struct span body)
{
	if (!span_is(info_value(body, "node"), n->id)) {
		client_node_remove(n, "another node answers at its address");
		return;
	}
	if (!number(n, body, "peers-generation", &n->new_peers_generation) ||
	    !number(n, body, "partition-generation", &n->new_partition_generation))
		return;
	if (n->client->o.rack_aware && !number(n, body, "rebalance-generation", &n->new_rebalance_generation))
		return;
	if (n->new_peers_generation != n->peers_generation)
		client_tend_ask(n, STEP_PEERS);
	else if (n->new_partition_generation != n->partition_generation)
		client_tend_ask(n, STEP_REPLICAS);
	else
		finish(n);
}

/* A peer that is not known yet, or is known where it is no longer, is looked at. */
static void meet(struct node *n, const struct peer *p, uint16_t port_default)
{
	struct client *c = n->client;
	struct address found[NODE_ADDRESSES];
	struct span hosts = p->hosts, host;
	struct node *known;
	unsigned count = 0;
	uint16_t port;
	const char *why = "it has no address";
	char id[17] = "";

	memcpy(id, p->id.p, p->id.n);
	if (strcmp(id, n->id) == 0)
		return;
	known = client_node_find(c, id);
	if (known && known->failures == 0)
		return;
	while (count < NODE_ADDRESSES && client_peers_next_host(&hosts, port_default, &host, &port) > 0)
		count += client_address_find(host, port, found + count, NODE_ADDRESSES - count, &why);
	if (count == 0) {
		client_set_why(c, id, why);
		return;
	}
	if (known) {
		for (unsigned i = 0; i < count; i++)
			if (client_address_eq(&found[i], &known->address[known->at]))
				return;
		client_node_remove(known, "it has moved to another address");
	}
	known = client_node_new(c, found, count, p->tls_name);
	if (!known)
		return;
	strcpy(known->expected, id);
	client_tend_node(known);
}

void client_learn_peers(struct node *n, struct span body)
{
	struct peers ps, again;
	struct peer p;
	unsigned count = 0;
	int more;
	char (*ids)[17];

	if (!client_peers_open(&ps, info_value(body, client_tend_peers_command(n->client)))) {
		client_tend_failed(n, "its list of peers can't be read");
		return;
	}
	again = ps;
	while ((more = client_peers_next(&ps, &p)) > 0)
		count++;
	ids = calloc(count + 1, sizeof(*ids));
	if (more < 0 || !ids) {
		free(ids);
		client_tend_failed(n, "its list of peers can't be read");
		return;
	}
	free(n->peer);
	n->peer = ids;
	n->n_peers = count;
	n->peers_generation = again.generation;
	for (unsigned i = 0; client_peers_next(&again, &p) > 0; i++) {
		memcpy(ids[i], p.id.p, p.id.n);
		if (p.hosts.n)
			meet(n, &p, again.port);
	}
	if (!n->active || n->new_partition_generation != n->partition_generation)
		client_tend_ask(n, STEP_REPLICAS);
	else
		finish(n);
}

void client_learn_replicas(struct node *n, struct span body)
{
	struct client *c = n->client;
	const char *why;
	int64_t generation;

	if (!number(n, body, "partition-generation", &generation))
		return;
	why = generation < 0 ? "it has no partitions yet" : client_map_update(&c->map, n->slot, info_value(body, "replicas"));
	if (why) {
		client_tend_failed(n, why);
		return;
	}
	n->partition_generation = generation;
	finish(n);
	client_request_wake(c);
}
