/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_H
#define SERVER_H

#include "http.h"
#include "http_manage.h"
#include "http_serve.h"
#include "metrics.h"
#include "rest.h"

#include <stdint.h>
#include <sys/epoll.h>

/* as-rest: HTTP in front, the cluster client behind; one thread, one epoll loop.
 *
 *	main.c		start, end
 *	options.c	options; settings.c: the Java gateway's environment and property names
 *	loop.c		the loop: what is ready, in which order it is served
 *	connection.c	accepting, time limits
 *	http.c		requests of libmicrohttpd, from head to answer
 *	exchange.c	memory of a request; from a whole request to its handler
 *	reply.c		answers and errors
 *	path.c, media.c, params.c	targets, content types, query parameters
 *	routes.c	the table of all endpoints, and finding a row in it; docs.c: the API document made of it
 *	codes.c		results to statuses
 *	pool.c		cluster clients, one per credential
 *	access.c	the access log; counters.c: metrics
 *	and the handlers, which see no more than rest.h */

/* Something that epoll watches: the first member of what it stands for. */
struct watch {
	void (*ready)(struct server *s, struct watch *w, uint32_t events);
};

struct connection {
	struct connection *next, *prev;
	int fd;
	enum { CONN_IDLE, CONN_RECEIVING, CONN_HELD, CONN_ANSWERING, CONN_LINGER } state;
	int64_t since;			/* when it came into this state */
	size_t bytes;			/* of the body that has come, or of the answer that goes out: gives it time */
	bool client_ok;			/* with --tls-ca: its certificate has been looked at */
	char address[48];
};

#define SEGMENTS_MAX 10

/* The HTTP side of a request. */
struct exchange {
	struct request r;		/* first */
	struct exchange *next;		/* among the free ones, or those who wait for a client */
	enum {
		STAGE_HEAD,
		STAGE_BODY,		/* comes, or is thrown away (discard) */
		STAGE_REFUSED,		/* answered in the middle of its body */
		STAGE_WAIT,		/* whole: with its handler, or waiting for its client */
		STAGE_DONE		/* `status` and r.out can be sent */
	} stage;
	unsigned status;
	struct MHD_Connection *h1;
	struct connection *conn;
	bool suspended, discard, close, plain;	/* plain: r.out is empty whatever it holds */
	bool gone;			/* nobody waits for the answer any more: freed when it comes */
	bool polled;			/* waits without being suspended, since ... */
	int64_t since;			/* ... us */
	bool problem;			/* an error of HTTP itself: its body has the framework's members too */
	struct buf target;		/* as it came */
	const char *target_end;		/* where libmicrohttpd has it, its end: good until the head is looked at */
	struct span segment[SEGMENTS_MAX];	/* raw */
	unsigned n_segments;
	struct span query;
	char method[12], version[12];
	struct http_head head;
	struct buf body;
	size_t reserved;		/* bytes of server.body_bytes */
	size_t answered;		/* bytes of server.answer_bytes */
	size_t discarded;
	int64_t start;			/* us */
	const char *allow, *location, *type;	/* headers of the answer; type NULL: as r.gives says */
	struct tenant *tenant;
	struct span user;		/* of Basic credentials, for the access log */
};

struct options {
	char *host;
	uint16_t port;
	bool reuse_port, manage;
	char *manage_host;
	uint16_t manage_port;
	size_t max_body, max_bodies, max_answers;
	int64_t idle_timeout, read_timeout, drain_timeout;	/* ms */
	unsigned connections;
	const char *tls_cert, *tls_key, *tls_ca;
	const char *access_log;
	const char *prefix;		/* of all paths; "" for none */
	bool require_auth, bool_bins, must_connect;
	unsigned pool;
	struct client_options client;	/* the default client's; user NULL for none */
};

struct counters {
	uint64_t connections, closed;
	uint64_t requests, ok, client_errors, server_errors;
	uint64_t status_2xx, in_flight, received_bytes, sent_bytes;
	uint64_t refused, gone, unauthorized;
	uint64_t clients, clients_opened, clients_closed, logins_refused;
	uint64_t db_requests, db_failed, db_retries, db_timeouts, db_in_doubt, db_nodes, db_ready;
	struct histogram latency;
};

struct server {
	struct options opt;
	int epoll_fd;
	int64_t now, now_us;		/* taken once a round */
	struct MHD_Daemon *daemon;
	bool h1_work;			/* the daemon has something to do */
	bool progress;			/* in this run of it something moved */
	unsigned polled;		/* exchanges that wait without being suspended; the daemon runs at least every ms for them */
	int64_t next_poll;
	unsigned suspended;		/* connections */
	struct http_tls *tls;
	struct http_manage manage;
	struct http_acceptor acceptor;
	struct connection conns;	/* list head */
	struct connection *adding;	/* the one on its way into the daemon */
	struct exchange *free;
	size_t body_bytes;		/* large bodies being received or held */
	size_t answer_bytes;		/* large answers on their way */
	struct pool *pool;
	struct access *access;
	bool draining, stop;
	int64_t drain_end, next_sweep;
	struct counters count;
	struct metric *metrics;
	struct watch watch_listen, watch_daemon, watch_manage, watch_signal;
};

/* options.c, settings.c */
void options_parse(struct options *o, int argc, char **argv);
/* Takes words such as --aerospike.restclient.hostname=h out of argv (the new argc is returned), and reads the environment in the gateway's
 * names. set is called with the key of an option of as-rest's own and its value. */
int settings_read(int argc, char **argv, void (*set)(void *ctx, int key, const char *value), void *ctx);

/* loop.c */
void loop_init(struct server *s);
void loop_run(struct server *s);
void loop_watch(struct server *s, int op, int fd, uint32_t events, struct watch *w);

/* connection.c */
void connection_listen(struct server *s);
void connection_state(struct server *s, struct connection *c, int state);
void connection_free(struct server *s, struct connection *c);
void connection_sweep(struct server *s);
/* Close those that wait for a request. */
void connection_close_idle(struct server *s);

/* http.c */
void http_begin(struct server *s);
/* The request is answered: send that when its connection has its turn. */
void http_wake(struct exchange *e);
void http_work(struct server *s);	/* run the daemon */
void http_unpoll(struct exchange *e);
void http_end(struct server *s);

/* exchange.c */
struct exchange *exchange_new(struct server *s, struct span target);
void exchange_free(struct server *s, struct exchange *e);
/* Method, path and head: finds the route; may refuse. False: refused, answer at once and close. */
bool exchange_head(struct exchange *e, const char *method, const char *version);
/* All of it has come. */
void exchange_whole(struct exchange *e);
/* Its client is ready, or (refused: with this status) will not be. */
void exchange_client(struct exchange *e, unsigned refused);

/* reply.c */
/* An error of HTTP itself. */
void reply_problem(struct request *r, unsigned status, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
const char *reply_title(unsigned status);
/* The MHD answer of a request that is DONE. */
enum MHD_Result reply_send(struct exchange *e);

/* path.c */
/* Split a raw target into segments and query: 0, or the status that refuses it. */
unsigned path_split(struct span target, const char *prefix, struct span *segments, unsigned *n, struct span *query);
/* Percent-decode a segment, into the arena where it must change. Absent: not UTF-8, a slash, a zero byte, or no good escape. */
struct span path_decode(struct arena *a, struct span raw);
/* The same for names and values of a query: "+" is a blank, every byte may come. */
struct span query_decode(struct arena *a, struct span raw);

/* media.c */
/* Content-Type: JSON or MessagePack; -1 for anything else. */
int media_type(struct span content_type);
/* Accept: what of the two the client likes better (JSON when it is all the same); -1: neither. Absent: JSON. */
int media_accept(struct span accept);

/* routes.c */
extern const struct route route_table[];	/* ends with a row whose path is NULL */
void routes_init(void);
/* The row for a method, NULL for none; HEAD finds GET. *known: the path exists with some method, and allow (in static memory) is the list. */
const struct route *route_find(enum method m, const struct span *segments, unsigned n, const char **allow);
/* Decode the variable segments into r. False: one of them can't be. */
bool route_segments(struct request *r, const struct span *segments);
enum method method_of(const char *text);
const char *method_text(enum method m);

/* docs.c */
struct span docs_api(const char *prefix);	/* the OpenAPI document, made once */
int docs_print(const char *what);	/* for --print: 0, or -1 when there is no such document */

/* pool.c */
void pool_open(struct server *s);
/* The client for these credentials: true when e->r.client is set. False: *status refuses it, or is 0 when the exchange waits for
 * exchange_client. */
bool pool_find(struct exchange *e, unsigned *status);
void pool_release(struct exchange *e);
/* Run what is due. */
void pool_run(struct server *s);
int64_t pool_deadline(const struct server *s);	/* clock_ms time of the next pool_run, INT64_MAX for none */
bool pool_ready(const struct server *s);
bool pool_connect(struct server *s, int ms);	/* at start: wait for the cluster */
const char *pool_why(const struct server *s);
void pool_counters(struct server *s);
void pool_close(struct server *s);		/* what is under way fails, and what comes */
void pool_free(struct server *s);		/* after the last exchange */

/* access.c */
void access_open(struct server *s);
void access_write(struct server *s, const struct exchange *e);
bool access_pending(const struct server *s);
void access_flush(struct server *s);
void access_reopen(struct server *s);

/* counters.c */
void counters_init(struct server *s);
void counters_refresh(void *server);
void counters_log(struct server *s);

#endif
