/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LISTEN_H
#define LISTEN_H

#include "ack_source.h"
#include "buf.h"
#include "dead_file.h"
#include "http.h"
#include "http_auth.h"
#include "http_manage.h"
#include "http_serve.h"
#include "log.h"
#include "metrics.h"
#include "writer.h"

#include <gnutls/gnutls.h>
#include <stdint.h>
#include <sys/epoll.h>

/* cn-listen: HTTP in, notification lines out, acks in, answers out; one thread, one epoll loop.
 *
 *	main.c		options, start, end
 *	loop.c		the loop: what is ready, and in which order it is served
 *	connection.c	accepting, the first bytes that tell HTTP/2 from HTTP/1.1, time limits
 *	h1.c		requests of libmicrohttpd
 *	h2.c, h2_request.c	HTTP/2 connections, and the requests of their streams
 *	request.c	what both have in common: head, body, memory
 *	tls.c		TLS for HTTP/2; libmicrohttpd does its own
 *	flight.c	from a whole request to its answer: room, line, ack, deadline
 *	acks.c		the ack stream
 *	dead.c		the dead-letter file
 *	counters.c	metrics
 *
 * A request belongs to its protocol (h1.c, h2.c) until it is whole, then to flight.c until it is answered. */

struct server;
struct h1;
struct h2;

/* Something that epoll watches: the first member of what it stands for. */
struct watch {
	void (*ready)(struct server *s, struct watch *w, uint32_t events);
};

/* An open connection. Times are those of server.now. */
struct connection {
	struct watch watch;
	struct connection *next, *prev;
	struct h2 *h2;			/* NULL: still unknown, or HTTP/1.1 */
	int fd;
	enum { CONN_NEW, CONN_IDLE, CONN_RECEIVING, CONN_HELD, CONN_ANSWERING, CONN_LINGER } state;
	int64_t since;			/* when it came into this state */
	bool client_ok;			/* h1 with --tls-ca: its certificate has been looked at */
};

struct request {
	struct request *next;		/* in the queue for room, in the dead-letter round, or among the free ones */
	enum {
		STAGE_HEAD,		/* the target is known */
		STAGE_GATE,		/* a large body may not come yet: bodies take all the memory they may */
		STAGE_BODY,
		STAGE_REFUSED,		/* answered in the middle of its body, of which the rest is thrown away */
		STAGE_WAIT,		/* whole, waits for room */
		STAGE_FLIGHT,		/* its line is written, waits for the ack */
		STAGE_DONE		/* `status` can be sent */
	} stage;
	unsigned status;
	bool gone;			/* nobody waits for the answer any more: free it when the ack comes */
	bool suspended;			/* h1 */
	bool received, sent;		/* h2: the stream's end has come; the answer is on its way */
	uint64_t id;
	int64_t at;			/* ms since 1970 */
	int64_t start;			/* us: when its head had come */
	int64_t whole;			/* ms: when all of it had come; the deadline counts from here */
	size_t line_size;
	uint64_t out_end;		/* bytes of output up to the end of its line */
	struct buf head;		/* path, then content type */
	size_t path_n;
	bool has_type, admitted;
	struct buf body;
	size_t length;			/* of the body, when its head says so */
	size_t reserved;		/* bytes of server.body_bytes */
	struct buf reason;		/* why it can never succeed: raw JSON string */
	struct connection *conn;
	struct MHD_Connection *h1;
	size_t discarded;		/* bytes thrown away after the answer */
	size_t withheld;		/* h2, at the gate: bytes of the body for which the client gets no new credit yet */
	int32_t stream;			/* h2 */
	struct request *sibling, **sibling_at;	/* h2: others of the same connection */
};

struct queue {
	struct request *first, **end;
	size_t n;
};

struct options {
	char *host;
	uint16_t port;
	bool reuse_port;
	bool manage;
	char *manage_host;
	uint16_t manage_port;
	size_t window, window_bytes, max_body;
	int64_t deadline, idle_timeout, read_timeout;	/* ms */
	unsigned connections;
	const char *dead_letter, *auth_file;
	const char *tls_cert, *tls_key, *tls_ca;
	const char *metrics_prefix;
	uint64_t first_id;
};

struct counters {
	uint64_t active, closed;			/* connections */
	uint64_t success, error, skipped, parse_error;	/* requests, by the connectors' words */
	uint64_t lag_ms;				/* age of the oldest request without an answer */
	uint64_t received, body_bytes, line_bytes;
	uint64_t in_flight, in_flight_bytes, waiting;
	uint64_t expired;
	struct ack_counts acks;
	uint64_t retry_nacks, dead_letters, dead_letter_errors;
	uint64_t refused, gone, probes;
	struct histogram latency;
};

struct server {
	struct options opt;
	int epoll_fd;
	int64_t now, now_us, now_unix;		/* taken once a round */
	struct MHD_Daemon *daemon;
	bool h1_work;				/* the daemon has something to do */
	struct http_auth *auth;
	struct http_tls *tls;
	gnutls_certificate_credentials_t tls_credentials;	/* of HTTP/2; libmicrohttpd has its own */
	struct http_manage manage;

	struct http_acceptor acceptor;
	struct connection conns;		/* list head */
	struct connection *adding;		/* the one on its way into the daemon */

	struct reader acks;
	bool no_acks;				/* 200 once the line is written */
	bool acks_file;				/* epoll can't watch it: read it every round */
	bool acks_ended;
	struct writer out;
	uint64_t out_total;			/* bytes ever put into out */
	bool out_full;				/* waits for EPOLLOUT */
	bool out_watched, out_closed;
	struct window *window;
	size_t flight_bytes;			/* lines in flight */
	size_t body_bytes;			/* large bodies being received or waiting */
	struct queue waiting, gate, dead;
	struct buf line;
	struct request *free;
	struct h2 *h2_dirty;			/* sessions with something to send */

	struct dead_file dead_file;	/* fd -1: none */
	bool draining;
	bool stop;				/* leave the loop */
	int exit_code;
	int64_t drain_end, next_sweep;
	struct counters count;
	struct metric *metrics;

	struct watch watch_listen, watch_daemon, watch_manage, watch_acks, watch_out, watch_signal;
};

/* loop.c */
void loop_init(struct server *s);
void loop_run(struct server *s);
/* epoll_ctl that dies when it fails; -1 only for a descriptor that epoll can't watch (EPERM). */
int loop_watch(struct server *s, int op, int fd, uint32_t events, struct watch *w);
/* Answer 503 to everything and leave with this exit code. */
void loop_give_up(struct server *s, int exit_code);

/* connection.c */
void connection_listen(struct server *s);
void connection_state(struct server *s, struct connection *c, int state);
void connection_free(struct server *s, struct connection *c);
void connection_sweep(struct server *s);

/* h1.c */
void h1_start(struct server *s);
/* The answer of a held request is known. */
void h1_wake(struct server *s, struct request *r);
void h1_stop(struct server *s);

/* h2.c */
/* Take over a connection; its first bytes are still in the socket. */
void h2_start(struct server *s, struct connection *c);
void h2_answer(struct server *s, struct request *r);
/* The body of a request that waited at the gate may come now. */
void h2_wake(struct request *r);
void h2_flush(struct server *s);
void h2_close(struct server *s, struct connection *c);

/* request.c */
struct request *request_new(struct server *s, struct connection *c, struct span target);
/* Look at method and head: the status to answer at once, or 0 to go on with the body. */
unsigned request_head(struct server *s, struct request *r, const char *method, const struct http_head *h);
/* A large body of known length is counted before it comes: false when there is no room, and it has to wait at the gate. So those
 * who were let in can always finish. */
bool request_reserve(struct server *s, struct request *r);
/* Add a piece of the body: 0, or the status that refuses it (413; 503 when bodies of unknown length take too much memory). */
unsigned request_body(struct server *s, struct request *r, const void *p, size_t n);
void request_free(struct server *s, struct request *r);
struct span request_path(const struct request *r);
struct span request_type(const struct request *r);

/* flight.c */
/* A whole request: answers it at once (stage DONE), or holds it. */
void flight_submit(struct server *s, struct request *r);
/* Admit those who wait while there is room. */
void flight_admit(struct server *s);
/* Answer 503 to those whose time is over. */
void flight_expire(struct server *s);
/* Answer 503 to all. */
void flight_fail_all(struct server *s);
/* Milliseconds until the next deadline, -1 for none. */
int64_t flight_next_deadline(const struct server *s);
/* Give the answer: the request has left the window. */
void flight_finish(struct server *s, struct request *r, unsigned status);
/* Without acks: answer what is written. */
void flight_written(struct server *s);
/* Let a large body wait before it is received. */
void flight_gate(struct server *s, struct request *r);
void queue_init(struct queue *q);
void queue_add(struct queue *q, struct request *r);
struct request *queue_take(struct queue *q);

/* acks.c */
void acks_start(struct server *s);
void acks_read(struct server *s);

/* dead.c */
void dead_open(struct server *s);
void dead_reopen(struct server *s);
/* Write and sync what the dead queue holds, then answer it. */
void dead_flush(struct server *s);

/* counters.c */
void counters_init(struct server *s);
void counters_refresh(void *server);
void counters_log(struct server *s);

#endif
