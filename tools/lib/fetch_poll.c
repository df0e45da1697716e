/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch_poll.h"

#include "clock.h"
#include "err.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct fetch_watched {
	uint32_t events;	/* registered with epoll */
	bool wanted;		/* by libcurl, now */
	bool connection;	/* opened and closed through us; its resolver's descriptors are not */
};

static void grow(struct fetch_poll *p, size_t fd)
{
	size_t count = p->count ? p->count : 64;

	if (fd < p->count)
		return;
	while (count <= fd)
		count *= 2;
	p->watched = reallocarray(p->watched, count, sizeof(*p->watched));
	if (!p->watched)
		die(EX_SOFTWARE, "out of memory");
	memset(p->watched + p->count, 0, (count - p->count) * sizeof(*p->watched));
	p->count = count;
}

static void watch(struct fetch_poll *p, int fd, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.fd = fd };
	struct fetch_watched *w = &p->watched[fd];

	if (w->events == events)
		return;
	if (epoll_ctl(p->epoll, w->events ? events ? EPOLL_CTL_MOD : EPOLL_CTL_DEL : EPOLL_CTL_ADD, fd, &e) < 0 &&
		(errno != ENOENT || epoll_ctl(p->epoll, EPOLL_CTL_ADD, fd, &e) < 0) && events)
		die(EX_SOFTWARE, "can't watch a connection:");
	w->events = events;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *sockp)
{
	struct fetch_poll *p = ctx;
	uint32_t events = 0;

	(void)easy;
	(void)sockp;
	grow(p, (size_t)fd);
	p->watched[fd].wanted = what != CURL_POLL_REMOVE;
	if (what == CURL_POLL_REMOVE) {
		if (!p->watched[fd].connection)
			watch(p, fd, 0);
		return 0;
	}
	if (what & CURL_POLL_IN)
		events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		events |= EPOLLOUT;
	watch(p, fd, events);
	return 0;
}

static curl_socket_t on_open(void *ctx, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct fetch_poll *p = ctx;
	int fd = socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);

	(void)purpose;
	if (fd < 0)
		return CURL_SOCKET_BAD;
	grow(p, (size_t)fd);
	p->watched[fd] = (struct fetch_watched){ .connection = true };
	return fd;
}

static int on_close(void *ctx, curl_socket_t fd)
{
	struct fetch_poll *p = ctx;

	if ((size_t)fd < p->count)
		p->watched[fd] = (struct fetch_watched){ 0 };	/* epoll forgets it with the close */
	return close(fd);
}

static int on_timer(CURLM *m, long ms, void *ctx)
{
	struct fetch_poll *p = ctx;

	(void)m;
	p->due = ms < 0 ? INT64_MAX : clock_us() + (int64_t)ms * 1000;
	return 0;
}

void fetch_poll_open(struct fetch_poll *p)
{
	*p = (struct fetch_poll){ .due = INT64_MAX, .epoll = epoll_create1(EPOLL_CLOEXEC) };
	if (p->epoll < 0)
		die(EX_SOFTWARE, "epoll_create1:");
	p->multi = curl_multi_init();
	if (!p->multi)
		die(EX_SOFTWARE, "libcurl can't start");
	curl_multi_setopt(p->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(p->multi, CURLMOPT_SOCKETDATA, p);
	curl_multi_setopt(p->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(p->multi, CURLMOPT_TIMERDATA, p);
}

void fetch_poll_easy(struct fetch_poll *p, CURL *easy)
{
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, p);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, p);
}

static void ready(struct fetch_poll *p, int fd, uint32_t events)
{
	int running, what = 0;

	if ((size_t)fd >= p->count)
		return;
	if (!p->watched[fd].wanted) {	/* an idle connection: the other side closes it, most likely; libcurl sees that itself */
		watch(p, fd, 0);
		return;
	}
	if (events & EPOLLIN)
		what |= CURL_CSELECT_IN;
	if (events & EPOLLOUT)
		what |= CURL_CSELECT_OUT;
	if (events & (EPOLLERR | EPOLLHUP))
		what |= CURL_CSELECT_ERR;
	curl_multi_socket_action(p->multi, fd, what, &running);
}

bool fetch_poll_run(struct fetch_poll *p)
{
	struct epoll_event events[64];
	int n = epoll_wait(p->epoll, events, 64, 0), running;

	for (int i = 0; i < n; i++)
		ready(p, events[i].data.fd, events[i].events);
	if (p->due > clock_us())
		return n > 0;
	p->due = INT64_MAX;
	curl_multi_socket_action(p->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	return true;
}

void fetch_poll_close(struct fetch_poll *p)
{
	curl_multi_cleanup(p->multi);
	close(p->epoll);
	free(p->watched);
}
