/* SPDX-License-Identifier: Apache-2.0 */
#include "connection.h"
#include "frame.h"
#include "frame_zip.h"
#include "local.h"
#include "result.h"

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
#define OUT_HIGH ((size_t)1 << 20)	/* no new answer is begun while so much waits to be written */
#define OUT_LOW ((size_t)256 << 10)
#define OUT_MAX ((size_t)256 << 20)
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

static size_t unsent(const struct connection *c)
{
	return c->out.n - c->sent;
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

/* ---- compression: only with --compression ---- */

/* The units behind mark, each compressed where that makes it smaller. */
static void squeeze(struct connection *c, size_t mark)
{
	static struct buf plain;
	struct frame f;

	if (!c->compress || c->out.full || c->out.n - mark <= ZIP_WORTH)
		return;
	plain.max = OUT_MAX;
	buf_reset(&plain);
	buf_put(&plain, c->out.p + mark, c->out.n - mark);
	if (plain.full)
		return;
	c->out.n = mark;
	for (size_t at = 0; frame_parse(&f, plain.p + at, plain.n - at) == 1; at += f.size) {
		struct span unit = { plain.p + at, f.size };

		if (zip_unit(&c->out, unit))
			server_counts.zipped++;
		else
			buf_span(&c->out, unit);
	}
	if (plain.cap > OUT_HIGH)
		buf_free(&plain);
}

static void answer_message(struct connection *c, struct span body)
{
	size_t mark = c->out.n;

	c->compress = settings.compression && body.n > 1 && ((uint8_t)body.p[1] & INFO1_COMPRESS);
	request_answer(c, body);
	squeeze(c, mark);
}

static void answer_compressed(struct connection *c, struct span body)
{
	static struct buf plain;

	if (!settings.compression) {
		reply_code(&c->out, RESULT_ENTERPRISE_ONLY, 0, 0);
		return;
	}
	plain.max = FRAME_MAX + READ_BLOCK * 2;
	if (zip_open(&plain, body, FRAME_MAX)) {
		reply_code(&c->out, RESULT_PARAMETER, 0, 0);
	} else {
		server_counts.unzipped++;
		answer_message(c, (struct span){ plain.p + PROTO_SIZE, plain.n - PROTO_SIZE });
	}
	if (plain.cap > OUT_HIGH)
		buf_free(&plain);
}

/* One whole frame is there: answer it. */
static void answer(struct connection *c, uint8_t type, struct span body)
{
	size_t unit;

	switch (type) {
	case PROTO_INFO:
		unit = proto_begin(&c->out, PROTO_INFO);
		info_answer(c, body, &c->out);
		proto_end(&c->out, unit);
		break;
	case PROTO_SECURITY:
		/* "Security is off" (52): clients that were given credentials go on without; see the wire reference, section 9. */
		unit = proto_begin(&c->out, PROTO_SECURITY);
		buf_put(&c->out, "\0\064\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
		proto_end(&c->out, unit);
		break;
	case PROTO_MESSAGE:
		answer_message(c, body);
		break;
	case PROTO_COMPRESSED:
		answer_compressed(c, body);
		break;
	default:
		c->close = true;
	}
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
		if (c->job || unsent(c) >= OUT_HIGH) {
			c->stalled = true;
			break;
		}
		answer(c, f.type, f.body);
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

static void run_job(struct connection *c)
{
	while (c->job && unsent(c) < OUT_HIGH) {
		size_t mark = c->out.n;

		if (!c->job->step(c->job, c)) {
			c->job->free(c->job);
			c->job = NULL;
		}
		squeeze(c, mark);
	}
}

static void flush(struct connection *c)
{
	while (unsent(c)) {
		ssize_t n = send(c->fd, c->out.p + c->sent, unsent(c), MSG_NOSIGNAL);

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
	return c->gone || c->out.full || c->in.full || (!unsent(c) && (c->close || (c->eof && !c->job && !c->stalled)));
}

/* What to wait for: room for output while there is some, or while there is more to do as soon as it is taken; else requests. */
static void watch(struct connection *c)
{
	uint32_t events = unsent(c) || c->job || c->stalled ? EPOLLOUT : c->eof ? 0 : EPOLLIN;

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
	if (unsent(c)) {
		flush(c);
		if (c->gone || unsent(c) > OUT_LOW)
			return;
		memmove(c->out.p, c->out.p + c->sent, unsent(c));
		c->out.n -= c->sent;
		c->sent = 0;
	}
	run_job(c);
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

bool connections_expected(void)
{
	return in_round < expected;
}

void connections_close(void)
{
	while (connections)
		drop(connections);
}
