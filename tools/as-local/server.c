/* SPDX-License-Identifier: Apache-2.0 */
#include "connection.h"
#include "clock.h"
#include "counters.h"
#include "err.h"
#include "latency.h"
#include "log.h"
#include "sig.h"
#include "store.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS 256

static int epoll = -1;	/* made by the first who needs it */
static int listener = -1;
static bool listening;
static unsigned max_connections;
struct server_counts server_counts;

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

void server_epoll(int op, int fd, uint32_t events, void *what)
{
	struct epoll_event e = { .events = events, .data.ptr = what };

	if (epoll < 0)
		epoll = epoll_create1(EPOLL_CLOEXEC);
	if (epoll_ctl(epoll, op, fd, &e) == 0 || op == EPOLL_CTL_DEL)
		return;
	/* A library may close a watched descriptor, and get the same number again, without saying so. */
	op = errno == ENOENT ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
	if (epoll_ctl(epoll, op, fd, &e) < 0)
		die(EX_SOFTWARE, "epoll_ctl:");
}

void server_watch(int fd, uint32_t events, server_ready *ready, void *ctx)
{
	struct watch *free_one = NULL;

	for (unsigned i = 0; i < WATCHES; i++) {
		struct watch *w = &watches[i];

		if (w->ready && w->fd == fd) {
			server_epoll(events ? EPOLL_CTL_MOD : EPOLL_CTL_DEL, fd, events, w);
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
	server_epoll(EPOLL_CTL_ADD, fd, events, free_one);
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

void server_name_of(const struct sockaddr *a, socklen_t n, char to[64])
{
	char host[48], port[8];

	if (getnameinfo(a, n, host, sizeof(host), port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV))
		strcpy(to, "?");
	else
		snprintf(to, 64, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
}

/* Out of descriptors: clients wait in the kernel's queue until a connection ends, or for a second. */
static void pause_listening(void)
{
	if (!listening)
		return;
	log_warn("can't accept", "error", strerror(errno), "connections", log_num(server_connections()), NULL);
	server_epoll(EPOLL_CTL_DEL, listener, 0, NULL);
	listening = false;
}

void server_has_room(void)
{
	if (listening)
		return;
	server_epoll(EPOLL_CTL_ADD, listener, EPOLLIN, &listener);
	listening = true;
}

static void accept_some(void)
{
	for (unsigned i = 0; i < 64; i++) {
		struct sockaddr_storage peer;
		socklen_t n = sizeof(peer);
		int fd = accept4(listener, (struct sockaddr *)&peer, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0 && server_connections() < max_connections && connection_new(fd, &peer, n)) {
			server_counts.opened++;
			continue;
		}
		if (fd >= 0) {
			close(fd);
			server_counts.refused++;
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
			pause_listening();
		return;
	}
}

/* As many descriptors as the connections may need, and some for the rest. */
static void raise_limit(void)
{
	struct rlimit l;
	rlim_t wanted = max_connections + 100;

	if (getrlimit(RLIMIT_NOFILE, &l) < 0 || l.rlim_cur >= wanted)
		return;
	l.rlim_cur = l.rlim_max < wanted ? l.rlim_max : wanted;
	setrlimit(RLIMIT_NOFILE, &l);
}

static void listen_on(const char *host, uint16_t port)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV }, *found;
	struct sockaddr_storage a;
	socklen_t n = sizeof(a);
	char service[8], name[64];
	int one = 1, bad;

	snprintf(service, sizeof(service), "%u", port);
	bad = getaddrinfo(host, service, &hints, &found);
	if (bad)
		die(EX_UNAVAILABLE, "%s: %s", host, gai_strerror(bad));
	listener = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (listener < 0)
		die(EX_UNAVAILABLE, "can't make a socket:");
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, found->ai_addr, found->ai_addrlen) < 0 || listen(listener, 1024) < 0)
		die(EX_UNAVAILABLE, "can't listen on %s:%u:", host, port);
	freeaddrinfo(found);
	getsockname(listener, (struct sockaddr *)&a, &n);
	server_name_of((struct sockaddr *)&a, n, name);
	printf("%s\n", name);
	if (fflush(stdout) == EOF)
		die(EX_IOERR, "can't write to stdout:");
	log_info("listening", "address", name, NULL);
	server_has_room();
}

static int timeout(int64_t next_sweep)
{
	int64_t now = clock_ms(), until = next_sweep;

	for (unsigned i = 0; i < ROUND_CALLS && round_call[i].call; i++)
		if (round_call[i].deadline() < until)
			until = round_call[i].deadline();
	return until <= now ? 0 : (int)(until - now);
}

static bool is_watch(const void *p)
{
	return (const struct watch *)p >= watches && (const struct watch *)p < watches + WATCHES;
}

static void on_event(void *what, uint32_t events)
{
	if (what == &listener) {
		accept_some();
	} else if (what == &max_connections) {
		sig_fd_clear();
	} else if (is_watch(what)) {
		struct watch *w = what;

		if (w->ready)
			w->ready(w->ctx, events);
	} else {
		connection_event(what, events);
	}
}

/* Clients that wait for their answers come back at about the same time: one commit for all of them is as dear as one for the first.
 * So wait for the rest, an eighth of a commit's time at most. */
static void gather(struct epoll_event *events, int64_t commit_us)
{
	int64_t end = clock_us() + commit_us / 8, left;

	while (connections_expected() && (left = end - clock_us()) > 0) {
		struct timespec t = { .tv_nsec = (left < 999999 ? left : 999999) * 1000 };
		int n = epoll_pwait2(epoll, events, EVENTS, &t, NULL);

		for (int i = 0; i < n; i++)
			on_event(events[i].data.ptr, events[i].events);
		if (n < 0)
			return;
	}
}

static void round_once(struct epoll_event *events, int n)
{
	static int64_t commit_us;	/* on average */
	int64_t start, begin = clock_us();

	for (int i = 0; i < n; i++)
		on_event(events[i].data.ptr, events[i].events);
	if (store_changed())
		gather(events, commit_us);
	for (unsigned i = 0; i < ROUND_CALLS && round_call[i].call; i++)
		round_call[i].call();
	if (store_changed()) {
		start = clock_us();
		store_commit();
		commit_us += (clock_us() - start - commit_us) / 8;
	}
	connections_flush();
	latency_round(clock_us() - begin);
}

#define SLICE_MS 10000	/* of latencies */

static void each_second(void)
{
	static int64_t slice;

	if (!slice)
		slice = server_counts.started;
	if (clock_ms() - slice >= SLICE_MS) {
		latency_slice((double)(clock_ms() - slice) / 1000);
		slice = clock_ms();
	}
	store_sweep();
	server_has_room();
}

int server_run(const char *host, uint16_t port, unsigned connections_max)
{
	struct epoll_event events[EVENTS];
	int64_t next_second = clock_ms() + 1000;

	max_connections = connections_max;
	server_counts.started = clock_ms();
	raise_limit();
	server_epoll(EPOLL_CTL_ADD, sig_fd(), EPOLLIN, &max_connections);
	listen_on(host, port);
	while (!sig_stop()) {
		int n = epoll_wait(epoll, events, EVENTS, timeout(next_second));

		round_once(events, n < 0 ? 0 : n);
		if (clock_ms() >= next_second) {
			each_second();
			next_second = clock_ms() + 1000;
		}
		if (sig_take_usr1())
			counters_log();
	}
	connections_close();
	close(listener);
	counters_log();
	return EX_OK;
}
