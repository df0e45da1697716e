/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_H
#define SERVER_H

#include "arena.h"
#include "buf.h"
#include "message.h"
#include "span.h"

#include <stdint.h>

/* One epoll loop: connections, frames, and who answers what. A connection has one request at work at a time. Every round: requests
 * that are there are answered into the connections' output buffers, store_commit, then the buffers are written. */

struct job;
struct connection {
	int fd;
	struct buf in, out;
	size_t taken;		/* bytes of `in` that are answered */
	size_t sent;		/* bytes of `out` that are written */
	struct job *job;	/* an answer that is still being produced (scan, query) */
	bool user_agent_set;
	bool compress;		/* the request at work would like its answer compressed */
	bool close;		/* close when out is written */
	bool eof;		/* the client sends no more; it still gets its answers */
	bool gone;		/* nobody is there to answer to */
	bool stalled;		/* a whole request is in `in`, and waits for output to be taken */
	uint32_t events;	/* what epoll waits for */
	unsigned round;		/* the last in which it had something */
	bool dirty;		/* in this round's list of connections with something to write */
	struct connection *next_dirty;
	struct connection *next, *prev;
	char peer[64];		/* "127.0.0.1:50608" */
	char local[64];
};

/* An answer in pieces: the loop calls step while out holds less than a megabyte, but not before `due` (clock_ms, 0: now), until it says
 * false; then, or when the connection goes away, it calls free. */
struct job {
	int64_t due;
	bool (*step)(struct job *j, struct connection *c);
	void (*free)(struct job *j);
};

/* Other descriptors in the same loop (shipping): called when one is ready; and once in every round, before store_commit. */
typedef void server_ready(void *ctx, uint32_t events);
void server_watch(int fd, uint32_t events, server_ready *ready, void *ctx);	/* events 0: no longer */
void server_each_round(void (*call)(void), int64_t (*deadline)(void));	/* deadline: clock_ms of its next wish, INT64_MAX none; again: no-op */

/* Listens, prints "host:port" of the socket it got on stdout, and runs until SIGTERM. */
int server_run(const char *host, uint16_t port, unsigned connections_max);
unsigned server_connections(void);
extern bool server_compression;	/* compressed requests are taken, as by an Enterprise server */
extern struct server_counts {
	int64_t started;	/* clock_ms */
	uint64_t opened, refused, info, batches;
	uint64_t unzipped, zipped;	/* units */
} server_counts;

/* Type 1: text in, text appended to out (info.c). */
void info_answer(struct connection *c, struct span request, struct buf *out);
/* Type 3 (request.c): body without the proto header; appends whole units to c->out. */
void request_answer(struct connection *c, struct span body);

/* Append one unit: proto header, then as_msg with nothing behind it. */
void reply_code(struct buf *out, uint8_t code, uint32_t generation, uint32_t void_time);

#endif
