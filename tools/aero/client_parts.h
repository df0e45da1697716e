/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLIENT_PARTS_H
#define CLIENT_PARTS_H

#include "buf.h"
#include "client.h"
#include "client_io.h"
#include "client_map.h"
#include "client_timer.h"
#include "log.h"

/* The inside of the client; nobody else includes this. Who calls whom: client_loop.c -> client_request.c and client_route.c (requests),
 * client_conn.c and client_unit.c (connections), client_tend.c and client_learn.c (what is asked of nodes), client_node.c (nodes coming and
 * going).
 *
 * Connections and nodes that go are closed at once and freed at the end of client_run, so that nobody up the stack meets freed memory.
 * A conn that is `dead` is never touched again except to be freed. */

_Static_assert(CLIENT_NODES <= MAP_SLOTS, "every node has a slot in the map");
_Static_assert(CLIENT_PARTITIONS == MAP_PARTITIONS, "the map has them all");

struct request_list {
	struct client_request *first, *last;
	unsigned n;
};
void client_list_add(struct request_list *l, struct client_request *r);
void client_list_take(struct client_request *r);

enum conn_state { CONN_CONNECTING, CONN_HANDSHAKE, CONN_AUTH, CONN_OPEN };

struct conn {
	struct io io;
	struct client *client;
	struct node *node;
	enum conn_state state;
	bool tending;			/* the node's own, not of its pool */
	bool dead, dirty, again, writable, available;
	bool doomed;			/* a request in its midst was cancelled: it ends with the next timers */
	struct request_list requests;	/* in the order of their answers */
	struct client_request *unsent;	/* the first that is not wholly written ... */
	size_t unsent_at;		/* ... and how much of it is */
	struct buf in;			/* a unit that has not wholly come */
	struct client_timer timer;		/* opening: its deadline; open: idle limit */
	int64_t used;
	struct client_request *auth;	/* owned, with its unit behind it */
	struct conn *next, *prev;	/* all of the node's pool */
	struct conn *next_available, *prev_available;
	struct conn *next_dirty, *next_again, *next_dead;
};

enum step { STEP_NONE, STEP_LOGIN, STEP_HELLO, STEP_AGENT, STEP_REFRESH, STEP_PEERS, STEP_REPLICAS, STEP_RACKS };
#define NODE_ADDRESSES 16
#define NODE_FAILURES 5		/* tends in a row */

struct node {
	struct client *client;
	char id[17];			/* "" while not known */
	char expected[17];		/* what its peer calls it; "" for seeds */
	int slot;
	bool active, gone;
	struct address *address;	/* owned; all that it may have, while it is not active */
	unsigned n_addresses, at;	/* address[at] is the one in use */
	char tls_name[128];
	uint32_t build;
	int64_t peers_generation, partition_generation;	/* -1: to be asked */
	int64_t new_peers_generation, new_partition_generation;
	int64_t rebalance_generation, new_rebalance_generation;	/* of the racks */
	char (*peer)[17];		/* owned: ids that it names */
	unsigned n_peers;
	bool seed, service_asked, agent_set, security_off;
	bool relogin;			/* its session was refused: nothing is sent before the next login */
	unsigned failures, errors;
	/* tending */
	struct conn *tend;
	bool tending;
	enum step step;
	struct client_request ask;
	struct buf text;		/* the unit of ask */
	struct buf token;		/* of the session; empty for none */
	int64_t session_end;		/* clock_ms */
	/* pool */
	struct conn *conns, *available, *available_last;
	unsigned n_conns, n_opening, in_flight;
	struct request_list waiting;	/* for a connection */
	struct node *next_gone;
};

struct client {
	struct client_options o;
	char *texts;			/* owned: the copies behind o */
	char hash[64];
	struct io_tls *tls;
	int epoll;
	int64_t now;
	struct client_wheel wheel;
	struct client_timer tend;
	int64_t last_tend;
	struct node *node[CLIENT_NODES];
	unsigned next_any;		/* turns of requests without a node, and of any_replica */
	struct map map;
	enum client_state state;
	bool changed;
	int login_refused;		/* the result; 0 after a good one */
	bool peers_again;		/* a peer could not be reached: ask for the lists again */
	struct client_soon *soon, *calling;	/* for the next turn; the rest of this one's */
	struct client_batch *batches;		/* that are not done */
	struct client_scan *scans;		/* the same */
	struct request_list submitted, pending, pausing;
	struct conn *dirty, *again, *dead;
	struct node *gone;
	struct buf unpacked;		/* a compressed answer's inside, while its callback runs */
	char *scratch;			/* what is read, before it is known whether it is a whole unit */
	struct client_counters counters;
	struct log_limit limit;
	char why[256];
};
#define SCRATCH ((size_t)64 << 10)

/* client_conn.c, client_unit.c */
struct conn *client_conn_open(struct node *n, bool tending);	/* NULL: no memory */
void client_conn_event(struct conn *c, uint32_t events);
void client_conn_read(struct conn *c);
void client_conn_flush(struct conn *c);
void client_conn_assign(struct conn *c, struct client_request *r);
void client_conn_close(struct conn *c);	/* has no requests */
/* Close it; its requests fail: `first`, when not NULL, with code, all others as broken off. */
void client_conn_fail(struct conn *c, struct client_request *first, int code, const char *why);
void client_conn_doom(struct conn *c);		/* end it, without a callback from in here */
void client_conn_dirty(struct conn *c);
void client_conn_again(struct conn *c);
bool client_conn_stale(struct conn *c);
/* In the node's list of connections that can take a request, or out of it. */
void client_pool_add(struct conn *c, bool front);
void client_pool_take(struct conn *c);

/* client_pack.c */
bool client_request_pack(struct client_request *r);		/* compress what is sent; false: no memory */
void client_request_unpack(struct client_request *r);		/* drop that */
struct span client_request_bytes(const struct client_request *r);
bool client_unit_unpack(struct conn *c, struct span *body);	/* a compressed answer's inside; false: the connection has failed */

/* client_request.c, client_route.c */
void client_request_route(struct client *c, struct client_request *r);
void client_request_done(struct client_request *r, int code, bool in_doubt, struct span body);
/* An attempt ended; decides between another one and the end. body: of the answer, absent for none. */
void client_request_ended(struct client_request *r, int code, bool local, struct span body);
void client_request_unit(struct conn *conn, uint8_t type, struct span body);	/* one answer unit, to the first request */
void client_request_timer(struct client_request *r);		/* set for the place where it is now */
void client_request_timer_fire(struct client_timer *t);
void client_request_wake(struct client *c);			/* the map has changed */
void client_node_next_waiting(struct conn *c);

struct node *client_request_replica(const struct client *c, const struct map_namespace *ns, unsigned partition, unsigned column);

/* client.c, client_loop.c */
void client_free_gone(struct client *c);
void client_soon_add(struct client *c, struct client_soon *s);
void client_soon_take(struct client *c, struct client_soon *s);

/* client_batch.c, client_scan.c: end all of them. Called when no request of theirs is under way any more. */
void client_batches_close(struct client *c);
void client_scans_close(struct client *c);

/* client_tend.c */
bool client_logs_in(const struct client *c);
void client_tend_all(struct client *c);
void client_tend_node(struct node *n);
void client_tend_opened(struct node *n);			/* its connection is ready to be asked */
void client_tend_failed(struct node *n, const char *why);
void client_tend_soon(struct client *c);
void client_tend_ask(struct node *n, enum step step);
void client_tend_done(struct node *n);
bool client_tend_asks_service(const struct node *n);
const char *client_tend_peers_command(const struct client *c);
const char *client_tend_service_command(const struct client *c);

/* client_learn.c */
void client_learn_hello(struct node *n, struct span body);
void client_learn_refresh(struct node *n, struct span body);
void client_learn_peers(struct node *n, struct span body);
void client_learn_replicas(struct node *n, struct span body);
void client_learn_racks(struct node *n, struct span body);

/* client_node.c */
struct node *client_node_new(struct client *c, const struct address *a, unsigned n, struct span tls_name);
void client_node_activate(struct node *n);
void client_node_remove(struct node *n, const char *why);
struct node *client_node_find(const struct client *c, const char *id);
void client_node_open_more(struct node *n);			/* connections for what waits */
void client_node_refuse(struct node *n);			/* what waits for it, fails */
void client_node_broken(struct node *n);	/* one of its connections could not be opened */
void client_node_prune(struct client *c);
void client_seeds_try(struct client *c);
void client_state_update(struct client *c);
void client_set_why(struct client *c, const char *where, const char *what);

#endif
