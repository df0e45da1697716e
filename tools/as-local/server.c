/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"
#include "bytes.h"
#include "clock.h"
#include "err.h"
#include "frame.h"
#include "log.h"
#include "result.h"
#include "sig.h"
#include "store.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_BLOCK ((size_t)64 << 10)
#define OUT_HIGH ((size_t)1 << 20)
#define OUT_MAX ((size_t)256 << 20)
#define EVENTS 256
#define KEEP_BUFFER ((size_t)256 << 10)	/* an idle connection keeps no more than this */

static int epoll = -1;	/* made by the first who needs it */
static unsigned n_connections, max_connections;
struct server_counts server_counts;
static struct connection *connections, *dirty;

struct watch {
	int fd;
	server_ready *ready;
	void *ctx;
};
#define WATCHES 64
static struct watch watches[WATCHES];
#define ROUND_CALLS 4
static struct round_call {
	void (*call)(void);
	int64_t (*deadline)(void);
} round_call[ROUND_CALLS];

unsigned server_connections(void)
{
	return n_connections;
}

static void epoll_set(int op, int fd, uint32_t events, void *what)
{
	struct epoll_event e = { .events = events, .data.ptr = what };

	if (epoll < 0)
		epoll = epoll_create1(EPOLL_CLOEXEC);
	if (epoll_ctl(epoll, op, fd, &e) < 0 && op != EPOLL_CTL_DEL)
		die(EX_SOFTWARE, "epoll_ctl:");
}

void server_watch(int fd, uint32_t events, server_ready *ready, void *ctx)
{
	struct watch *free_one = NULL;

	for (unsigned i = 0; i < WATCHES; i++) {
		struct watch *w = &watches[i];

		if (w->ready && w->fd == fd) {
			epoll_set(events ? EPOLL_CTL_MOD : EPOLL_CTL_DEL, fd, events, w);
			*w = events ? (struct watch){ fd, ready, ctx } : (struct watch){ 0 };
			return;
		}
		if (!w->ready && !free_one)
			free_one = w;
	}
	if (!events)
		return;
	if (!free_one)
		die(EX_SOFTWARE, "too many watched descriptors");
	*free_one = (struct watch){ fd, ready, ctx };
	epoll_set(EPOLL_CTL_ADD, fd, events, free_one);
}

void server_each_round(void (*call)(void), int64_t (*deadline)(void))
{
	struct round_call *r = round_call;

	while (r < round_call + ROUND_CALLS && r->call && r->call != call)
		r++;
	if (r == round_call + ROUND_CALLS)
		die(EX_SOFTWARE, "too many calls in each round");
	*r = (struct round_call){ call, deadline };
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
}

static void mark(struct connection *c)
{
	if (c->dirty)
		return;
	c->dirty = true;
	c->next_dirty = dirty;
	dirty = c;
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
		request_answer(c, body);
		break;
	case PROTO_COMPRESSED:
		reply_code(&c->out, RESULT_ENTERPRISE_ONLY, 0, 0);
		break;
	default:
		c->close = true;
	}
}

/* All whole frames that are in memory, as long as no answer is under way and the client reads its answers. */
static void serve(struct connection *c)
{
	while (!c->close && !c->job && c->out.n - c->sent < OUT_HIGH) {
		struct frame f;
		int there = frame_parse(&f, c->in.p + c->taken, c->in.n - c->taken);

		if (there < 0) {
			c->close = true;
			break;
		}
		if (there == 0)
			break;
		answer(c, f.type, f.body);
		c->taken += f.size;
	}
	if (c->taken == c->in.n)
		c->taken = c->in.n = 0;
	mark(c);
}

/* False when the other side has gone. */
static bool fill(struct connection *c)
{
	for (;;) {
		char *to;
		ssize_t n;

		if (c->taken > READ_BLOCK) {
			memmove(c->in.p, c->in.p + c->taken, c->in.n - c->taken);
			c->in.n -= c->taken;
			c->taken = 0;
		}
		to = buf_reserve(&c->in, READ_BLOCK);
		if (!to)
			return false;
		n = read(c->fd, to, READ_BLOCK);
		if (n > 0) {
			c->in.n += (size_t)n;
			if ((size_t)n < READ_BLOCK)
				return true;
		} else {
			return n < 0 && (errno == EAGAIN || errno == EINTR);
		}
		if (c->job || c->out.n - c->sent >= OUT_HIGH)
			return true;
	}
}

static void run_job(struct connection *c)
{
	while (c->job && c->out.n - c->sent < OUT_HIGH)
		if (!c->job->step(c->job, c)) {
			c->job->free(c->job);
			c->job = NULL;
		}
}

/* False when the connection is no more. */
static bool flush(struct connection *c)
{
	while (c->sent < c->out.n) {
		ssize_t n = send(c->fd, c->out.p + c->sent, c->out.n - c->sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN;
		c->sent += (size_t)n;
	}
	buf_reset(&c->out);
	c->sent = 0;
	if (c->out.cap > KEEP_BUFFER)
		buf_free(&c->out);
	if (c->in.n == 0 && c->in.cap > KEEP_BUFFER)
		buf_free(&c->in);
	return !c->close;
}

/* Write what this round has answered; a connection whose output is taken may have more work waiting. */
static void flush_all(void)
{
	while (dirty) {
		struct connection *c = dirty;
		bool more;

		dirty = c->next_dirty;
		c->dirty = false;
		if (c->out.full || !flush(c)) {
			drop(c);
			continue;
		}
		more = c->sent == c->out.n && (c->job || c->in.n > c->taken);
		epoll_set(EPOLL_CTL_MOD, c->fd, (c->sent < c->out.n || more ? EPOLLOUT : 0) |
			(c->job || c->sent < c->out.n ? 0 : EPOLLIN), c);
	}
}

static void name_of(const struct sockaddr *a, socklen_t n, char to[64])
{
	char host[48], port[8];

	if (getnameinfo(a, n, host, sizeof(host), port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV))
		strcpy(to, "?");
	else
		snprintf(to, 64, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
}

static void accept_one(int listener)
{
	struct sockaddr_storage a;
	socklen_t n = sizeof(a);
	int one = 1, fd = accept4(listener, (struct sockaddr *)&a, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct connection *c;

	if (fd < 0)
		return;
	c = n_connections < max_connections ? calloc(1, sizeof(*c)) : NULL;
	if (!c) {
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	c->fd = fd;
	c->in.max = FRAME_MAX + 2 * READ_BLOCK;
	c->out.max = OUT_MAX;
	name_of((struct sockaddr *)&a, n, c->peer);
	n = sizeof(a);
	getsockname(fd, (struct sockaddr *)&a, &n);
	name_of((struct sockaddr *)&a, n, c->local);
	c->next = connections;
	if (connections)
		connections->prev = c;
	connections = c;
	n_connections++;
	server_counts.opened++;
	epoll_set(EPOLL_CTL_ADD, fd, EPOLLIN, c);
}

static int listen_on(const char *host, uint16_t port)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV }, *found;
	struct sockaddr_storage a;
	socklen_t n = sizeof(a);
	char service[8], name[64];
	int fd, one = 1, bad;

	snprintf(service, sizeof(service), "%u", port);
	bad = getaddrinfo(host, service, &hints, &found);
	if (bad)
		die(EX_UNAVAILABLE, "%s: %s", host, gai_strerror(bad));
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		die(EX_UNAVAILABLE, "can't make a socket:");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, found->ai_addr, found->ai_addrlen) < 0 || listen(fd, 1024) < 0)
		die(EX_UNAVAILABLE, "can't listen on %s:%u:", host, port);
	freeaddrinfo(found);
	getsockname(fd, (struct sockaddr *)&a, &n);
	name_of((struct sockaddr *)&a, n, name);
	printf("%s\n", name);
	if (fflush(stdout) == EOF)
		die(EX_IOERR, "can't write to stdout:");
	log_info("listening", "address", name, NULL);
	return fd;
}

static int timeout(int64_t next_sweep)
{
	int64_t now = clock_ms(), until = next_sweep;

	for (unsigned i = 0; i < ROUND_CALLS && round_call[i].call; i++)
		if (round_call[i].deadline() < until)
			until = round_call[i].deadline();
	return until <= now ? 0 : (int)(until - now);
}

static void on_connection(struct connection *c, uint32_t events)
{
	if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) && !c->job && c->sent == c->out.n && !fill(c)) {
		serve(c);	/* a client may shut its side down behind the last request */
		c->close = true;
		mark(c);
		return;
	}
	if ((events & EPOLLOUT) && c->sent < c->out.n && !flush(c)) {
		c->close = true;
		mark(c);
		return;
	}
	run_job(c);
	serve(c);
}

static bool is_watch(const void *p)
{
	return (const struct watch *)p >= watches && (const struct watch *)p < watches + WATCHES;
}

static void round_once(struct epoll_event *events, int n, int listener)
{
	for (int i = 0; i < n; i++) {
		void *what = events[i].data.ptr;

		if (what == &epoll) {
			for (int k = 0; k < 64; k++)
				accept_one(listener);
		} else if (what == &dirty) {
			sig_fd_clear();
		} else if (is_watch(what)) {
			struct watch *w = what;

			if (w->ready)
				w->ready(w->ctx, events[i].events);
		} else {
			on_connection(what, events[i].events);
		}
	}
	for (unsigned i = 0; i < ROUND_CALLS && round_call[i].call; i++)
		round_call[i].call();
	store_commit();
	flush_all();
}

int server_run(const char *host, uint16_t port, unsigned connections_max)
{
	struct epoll_event events[EVENTS];
	int64_t next_sweep = clock_ms() + 1000;
	int listener;

	max_connections = connections_max;
	server_counts.started = clock_ms();
	listener = listen_on(host, port);
	epoll_set(EPOLL_CTL_ADD, listener, EPOLLIN, &epoll);
	epoll_set(EPOLL_CTL_ADD, sig_fd(), EPOLLIN, &dirty);
	while (!sig_stop()) {
		int n = epoll_wait(epoll, events, EVENTS, timeout(next_sweep));

		round_once(events, n < 0 ? 0 : n, listener);
		if (clock_ms() >= next_sweep) {
			store_sweep();
			next_sweep = clock_ms() + 1000;
		}
	}
	close(listener);
	while (connections)
		drop(connections);
	return EX_OK;
}
