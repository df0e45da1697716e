/* SPDX-License-Identifier: Apache-2.0 */
#include "connection.h"
#include "clock.h"
#include "frame.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_BLOCK ((size_t)64 << 10)
#define READS 16		/* of one connection in one round */
#define OUT_LOW ((size_t)256 << 10)
#define KEEP_BUFFER ((size_t)16 << 10)	/* an idle connection keeps no more than this */

static unsigned n_connections;
static struct connection *connections, *dirty;

unsigned server_connections(void)
{
	return n_connections;
}

static void drop(struct connection *c)
{
	if (c->job)
		c->job->free(c->job);
	if (c->next)
		c->next->prev = c->prev;
	if (c->prev)
		c->prev->next = c->next;
	else
		connections = c->next;
	close(c->fd);
	buf_free(&c->in);
	buf_free(&c->out);
	free(c);
	n_connections--;
	server_has_room();
}

/* Connections that had something in this round and the last one, each counted once. */
static unsigned round_number = 2, in_round, in_both, in_last, expected;

static void mark(struct connection *c)
{
	if (c->dirty)
		return;
	in_round++;
	in_both += c->round == round_number - 1;
	c->round = round_number;
	c->dirty = true;
	c->next_dirty = dirty;
	dirty = c;
}

/* All whole frames there, as long as no answer is under way and the client reads its answers; how many bytes they were. */
static size_t serve(struct connection *c, const char *p, size_t n)
{
	size_t taken = 0;

	c->stalled = false;
	while (!c->close) {
		struct frame f;
		int there = frame_parse(&f, p + taken, n - taken);

		if (there < 0)
			c->close = true;
		if (there <= 0)
			break;
		if (c->job || connection_unsent(c) >= OUT_HIGH) {
			c->stalled = true;
			break;
		}
		answer_frame(c, f.type, f.body);
		taken += f.size;
	}
	return taken;
}

static void serve_kept(struct connection *c)
{
	c->taken += serve(c, c->in.p + c->taken, c->in.n - c->taken);
	if (c->taken == c->in.n)
		c->taken = c->in.n = 0;
}

static void on_end(struct connection *c, ssize_t n)
{
	if (n == 0)
		c->eof = true;	/* it may still wait for answers */
	else if (errno != EAGAIN && errno != EINTR)
		c->gone = true;
}

/* The usual case: whole requests, answered from where they were read; only what is left of the last is kept. */
static void read_fresh(struct connection *c)
{
	static char block[READ_BLOCK];
	ssize_t n = read(c->fd, block, sizeof(block));
	size_t taken;

	if (n <= 0) {
		on_end(c, n);
		return;
	}
	taken = serve(c, block, (size_t)n);
	buf_put(&c->in, block + taken, (size_t)n - taken);
}

/* More of a request of which some is there. */
static void read_more(struct connection *c)
{
	memmove(c->in.p, c->in.p + c->taken, c->in.n - c->taken);
	c->in.n -= c->taken;
	c->taken = 0;
	for (unsigned i = 0; i < READS; i++) {
		char *to = buf_reserve(&c->in, READ_BLOCK);
		ssize_t n = to ? read(c->fd, to, READ_BLOCK) : 0;

		if (!to)
			c->gone = true;
		if (n <= 0) {
			on_end(c, n);
			break;
		}
		c->in.n += (size_t)n;
		if ((size_t)n < READ_BLOCK)
			break;
	}
	serve_kept(c);
}

static void flush(struct connection *c)
{
	while (connection_unsent(c)) {
		ssize_t n = send(c->fd, c->out.p + c->sent, connection_unsent(c), MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			c->gone = errno != EAGAIN;
			return;
		}
		c->sent += (size_t)n;
	}
	buf_reset(&c->out);
	c->sent = 0;
	if (c->out.cap > KEEP_BUFFER)
		buf_free(&c->out);
	if (c->in.n == 0 && c->in.cap > KEEP_BUFFER)
		buf_free(&c->in);
}

/* Ended, or all that it asked is answered and it asks no more. */
static bool is_over(const struct connection *c)
{
	return c->gone || c->out.full || c->in.full || (!connection_unsent(c) && (c->close || (c->eof && !c->job && !c->stalled)));
}

/* What to wait for: room for output while there is some, or while there is more to do as soon as it is taken; else requests. */
static void watch(struct connection *c)
{
	uint32_t events = connection_unsent(c) ? EPOLLOUT : answer_waits(c) ? 0 : c->job || c->stalled ? EPOLLOUT : c->eof ? 0 : EPOLLIN;

	if (events != c->events)
		server_epoll(EPOLL_CTL_MOD, c->fd, events, c);
	c->events = events;
}

/* Write what this round has answered. */
void connections_flush(void)
{
	unsigned most = n_connections;

	expected = in_round + in_last - in_both;
	expected = expected < most ? expected : most;
	in_last = in_round;
	in_round = in_both = 0;
	round_number++;
	while (dirty) {
		struct connection *c = dirty;

		dirty = c->next_dirty;
		c->dirty = false;
		if (!c->gone && !c->out.full)
			flush(c);
		if (is_over(c))
			drop(c);
		else
			watch(c);
	}
}

/* Output that waited goes first; when little of it is left there is time for more. */
void connection_event(struct connection *c, uint32_t events)
{
	if (c->dirty)	/* its answer waits for the commit */
		return;
	mark(c);
	if (connection_unsent(c)) {
		flush(c);
		if (c->gone || connection_unsent(c) > OUT_LOW)
			return;
		memmove(c->out.p, c->out.p + c->sent, connection_unsent(c));
		c->out.n -= c->sent;
		c->sent = 0;
	}
	/* Both sides have ended it, and there is nothing to write that would show. */
	if (answer_waits(c) && (events & (EPOLLHUP | EPOLLERR)))
		c->gone = true;
	answer_go_on(c);
	if (c->job)
		return;
	if (c->stalled)
		serve_kept(c);
	else if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		c->in.n ? read_more(c) : read_fresh(c);
}

bool connection_new(int fd, const struct sockaddr_storage *peer, socklen_t n)
{
	struct connection *c = calloc(1, sizeof(*c));
	struct sockaddr_storage own;
	int one = 1;

	if (!c)
		return false;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	c->fd = fd;
	c->in.max = FRAME_MAX + (READS + 2) * READ_BLOCK;
	c->out.max = OUT_MAX;
	c->events = EPOLLIN;
	server_name_of((const struct sockaddr *)peer, n, c->peer);
	n = sizeof(own);
	getsockname(fd, (struct sockaddr *)&own, &n);
	server_name_of((struct sockaddr *)&own, n, c->local);
	c->next = connections;
	if (connections)
		connections->prev = c;
	connections = c;
	n_connections++;
	server_epoll(EPOLL_CTL_ADD, fd, EPOLLIN, c);
	return true;
}

/* ---- answers that wait for their time, as the rate of a scan wants it ---- */

static int64_t next_due = INT64_MAX;

static void waiting_round(void)
{
	if (next_due > clock_ms())
		return;
	next_due = INT64_MAX;
	for (struct connection *c = connections; c; c = c->next) {
		if (answer_waits(c) || (c->job && c->dirty))	/* in this round it has had its turn */
			connection_waits(c);
		else if (c->job)
			connection_event(c, 0);
	}
}

static int64_t waiting_deadline(void)
{
	return next_due;
}

void connection_waits(const struct connection *c)
{
	if (next_due == INT64_MAX)
		server_each_round(waiting_round, waiting_deadline);
	if (c->job->due < next_due)
		next_due = c->job->due;
}

bool connections_expected(void)
{
	return in_round < expected;
}

void connections_close(void)
{
	while (connections)
		drop(connections);
}
