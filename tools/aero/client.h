/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLIENT_H
#define CLIENT_H

#include "client_timer.h"
#include "span.h"

#include <stdbool.h>
#include <stdint.h>

/* A client of an Aerospike cluster, servers 4.9 to 8.1: finds the nodes, follows the partition map, keeps connections, sends requests to the
 * node that owns the record, repeats what may be repeated, and tells the result to a callback.
 *
 * One client belongs to one thread (what is underneath, log.h and digest.h, is not made for several) and never blocks (exceptions: client_open,
 * client_connect and client_wait, and the look-up of host names, which getaddrinfo does; addresses in numbers need none). It nests in any event
 * loop: watch client_fd for reading, wake at client_deadline, and then call client_run. A loop that has nothing else to watch calls client_wait.
 *
 *	struct client *c = client_open(&(struct client_options){ .seeds = "127.0.0.1:3000" }, &why);
 *	command_get(&unit, &(struct command){ .ns = SPAN("test"), .digest = digest, .timeout_ms = 1000 }, NULL, 0);	(client_message.h)
 *	r = (struct client_request){ .unit = buf_as_span(&unit), .ns = SPAN("test"), .digest = digest, .done = got };
 *	client_submit(c, &r);
 *	while (!finished)
 *		client_wait(c, -1);
 *
 * A whole program: example/hello.c.
 *
 * Times are milliseconds. Nothing here writes to stdout; what happens to nodes goes to the log (log.h). SIGPIPE is never raised.
 *
 * More on top of this: client_message.h (requests encoded, answers decoded), client_batch.h (many records at once), client_scan.h (scans and
 * queries). */
struct client;

enum client_auth {
	CLIENT_AUTH_INTERNAL,	/* users of the server: the password is hashed here */
	CLIENT_AUTH_EXTERNAL,	/* LDAP: the password itself is sent too, so only with tls */
	CLIENT_AUTH_PKI,	/* the TLS client certificate says who it is */
};

/* Zero means the default in brackets, except where told. Texts are copied. */
struct client_options {
	const char *seeds;		/* "host[:port][,host[:port]...]", v6 in brackets; port 3000, or 4333 with tls. Must be given. */
	const char *cluster_name;	/* nodes of another name are refused */
	bool alternate;			/* use the nodes' alternate addresses */
	bool service_always;		/* ask for the service list on loopback addresses, too */
	bool rack_aware;		/* learn which rack each node is in, for requests with prefer_rack (Enterprise servers know) */
	int rack;			/* with rack_aware: the one that this client is in */

	const char *user, *password;	/* NULL user: no login (unless PKI) */
	enum client_auth auth;
	bool auth_lenient;		/* a server without security (result 51) is used without login, not refused */

	bool tls;
	const char *tls_ca;		/* file of PEM certificates to trust; NULL: the system's */
	const char *tls_cert, *tls_key;	/* files: the client's certificate and key, NULL for none */
	const char *tls_name;		/* name that the seeds' certificates must carry; NULL: the seed's host */

	unsigned connections;		/* per node at most, without the one for tending [100] */
	unsigned pipeline;		/* requests under way on one connection at most. More than 1 makes few connections carry much, but
					 * a slow request holds up those behind it, and a connection that breaks leaves more in doubt [1] */
	unsigned idle_ms;		/* a connection that was not used for so long is closed [55000] */
	unsigned connect_ms;		/* TCP and TLS [1000] */
	unsigned login_ms;		/* login and authentication [5000] */
	unsigned tend_ms;		/* between looks at the cluster [1000] */
	unsigned errors_max;		/* errors of a node between two looks until it gets no more requests up to the next [100] */
	size_t reply_max;		/* bytes of one answer (unit), also when it is unpacked [128 MiB] */
	bool compress;			/* compress messages of more than 128 bytes, and ask for compressed answers: Enterprise servers only, others
					 * answer such requests with RESULT_ENTERPRISE_ONLY */
	const char *agent;		/* "name-version" for servers 8.1 and later [aero-VERSION] */

	void (*changed)(void *ctx);	/* a node came or went, or client_state changed; may be NULL. Called from client_run and client_wait. */
	void *ctx;
};

/* NULL: *why says what is wrong with the options (good until the next call). A cluster that can't be reached is no error: the client goes on
 * trying, and client_state tells. */
struct client *client_open(const struct client_options *o, const char **why);
/* Requests that are not done are done now, with CLIENT_CLOSED. Not from inside a callback. */
void client_close(struct client *c);

/* ---- the loop ---- */

int client_fd(const struct client *c);			/* readable: there is something to run */
int64_t client_deadline(const struct client *c);	/* clock_ms time by which to call client_run; in the past: now */
/* Do what is ready and due, and send what was submitted. Never blocks. Callbacks run in here, never inside client_submit. */
void client_run(struct client *c);
/* Wait for the client alone, up to ms (-1: until something happens), and run it. Ends early at a signal. */
void client_wait(struct client *c, int ms);

/* ---- the cluster ---- */

enum client_state {
	CLIENT_CONNECTING,	/* the first look at the cluster is not finished */
	CLIENT_READY,
	CLIENT_LOST,		/* no node answers; the seeds are tried again and again */
};
enum client_state client_state(const struct client *c);
/* The latest reason why a node can't be used: "10.0.0.7:3000: Connection refused"; "" for none. Good until the next client_run. */
const char *client_why(const struct client *c);
/* The result with which a node refused the latest login; 0 when the latest one was good, or there was none. */
int client_login_refused(const struct client *c);
/* client_wait until the state is CLIENT_READY. False when that takes longer than ms, or every seed has been tried in vain. */
bool client_connect(struct client *c, int ms);

#define CLIENT_NODES 128
#define CLIENT_PARTITIONS 4096	/* of each namespace */
struct client_node {
	const char *id;		/* "BB9000000000001" */
	const char *address;	/* "127.0.0.1:3000" */
	uint32_t build;		/* compare with INFO_BUILD of info.h */
	unsigned connections, in_flight;
};
/* The nodes in use, n at most; returns how many there are. Good until the next client_run. */
unsigned client_nodes(const struct client *c, struct client_node *nodes, unsigned n);
/* The node to ask for a partition (its master), NULL when it is not known; and whether the namespace is known at all. */
const char *client_master(const struct client *c, struct span ns, unsigned partition);
bool client_has_namespace(const struct client *c, struct span ns);
/* The release of the oldest node, 0 when there is none. */
uint32_t client_build(const struct client *c);

/* Counters since client_open. */
struct client_counters {
	uint64_t requests, done, failed, retries, timeouts, in_doubt, connects, connect_errors, tends, tend_errors, nodes_lost;
};
const struct client_counters *client_counters(const struct client *c);

/* ---- requests ---- */

/* Codes of results that no server has sent (those are positive: result.h). A timeout here is RESULT_TIMEOUT, like one of the server. */
enum client_code {
	CLIENT_UNREACHABLE = -1,	/* no connection, or it broke */
	CLIENT_NO_NODE = -2,		/* no node is known that would serve it */
	CLIENT_BAD_REPLY = -3,		/* what came was no answer */
	CLIENT_CLOSED = -4,		/* by client_close */
	CLIENT_STOPPED = -5,		/* by the caller's part() */
	CLIENT_AUTH = -6,		/* the node refuses the login */
	CLIENT_NO_MEMORY = -7,
};
/* Words for a code of either kind. Static, or good until the next call. */
const char *client_text(int code);

struct client_reply {
	int code;		/* RESULT_OK, another result of the server, or CLIENT_... */
	bool in_doubt;		/* a write that failed, or nobody knows: it may have been done, now or later */
	struct span body;	/* of the answer's unit: an as_msg for message.h, text of an info answer; absent when there was none. Lives
				 * only as long as the callback runs. */
	const char *node;	/* the node that was asked last, NULL for none */
	unsigned sent;		/* how many times it was sent */
};

enum client_kind {
	CLIENT_MESSAGE,		/* one unit out, one unit back */
	CLIENT_STREAM,		/* units back until the last one: batch, scan, query */
	CLIENT_INFO,		/* an info request: text back */
	CLIENT_SECURITY,	/* an admin request: one unit back */
};

/* A request is memory of the caller, who sets the upper part, zeroes the rest, and leaves it and everything it points to in place until done
 * is called. It is called exactly once, and from then on everything is the caller's again: done may free it or submit it anew. */
struct client_request {
	struct span unit;	/* what is sent, with its proto header */
	struct span ns;		/* namespace, and ... */
	const uint8_t *digest;	/* ... digest choose the node: its partition's master, later a replica */
	const char *node;	/* or this node, by its id. Neither: any node */
	uint8_t kind;		/* enum client_kind */
	bool write;		/* changes data: sent again only when it certainly was not done, or ... */
	bool idempotent;	/* ... when doing it twice is the same as once. Reads are taken as such. */
	bool any_replica;	/* a read that may begin at any replica, by turns */
	bool prefer_rack;	/* a read that begins at a replica in the client's rack, when there is one */
	int8_t retries;		/* sent again at most so often; 0: the default [2]; -1: never */
	uint32_t socket_ms;	/* without a byte from the node; 0: the default [30000] */
	uint32_t total_ms;	/* for everything, from client_submit on; 0: no limit but the socket's */
	void (*done)(struct client_request *r, const struct client_reply *reply);
	/* CLIENT_STREAM: one unit's body: rows for command_next_row. False: enough, done follows with CLIENT_STOPPED. NULL for the other kinds. A
	 * stream that breaks after a unit was handed over is not sent again. */
	bool (*part)(struct client_request *r, struct span body);

	/* The client's own from here on: zero. */
	struct client_request_state {
		struct client_request *next, *prev;	/* in the list it is in */
		struct request_list *list;
		struct client *client;
		struct conn *conn;
		struct client_timer timer;
		int64_t give_up;	/* clock_ms; INT64_MAX: never */
		uint16_t partition;
		int16_t slot;		/* of the node that was tried last, -1 before */
		char *packed;		/* owned: what is sent instead of `unit`, when messages are compressed */
		size_t packed_n;
		uint8_t column, attempt, sent;
		bool out;		/* bytes of this attempt went out */
		bool in_doubt, started, stopped, paused;
	} state;
};

/* A call from the next client_run, for the modules on top of this one. */
struct client_soon {
	struct client_soon *next;
	void (*call)(struct client_soon *s);
	bool set;
};

void client_submit(struct client *c, struct client_request *r);
/* Forget a request that is not done; done is not called. The server may do it all the same. */
void client_cancel(struct client_request *r);
/* A stream comes faster than it can be used: read no more of it until client_resume. Its timeouts rest meanwhile. */
void client_pause(struct client_request *r);
void client_resume(struct client_request *r);

/* One info text ("namespaces\n") to every node: one call of each() per node, and one of done() at the end. */
typedef void client_info_each(void *ctx, const char *node, int code, struct span answer);
typedef void client_info_done(void *ctx, unsigned nodes, unsigned failed);
/* False when there is no node, or no memory; then neither is called. The text is copied. */
bool client_info_all(struct client *c, const char *commands, uint32_t timeout_ms, client_info_each *each, client_info_done *done, void *ctx);

#endif
