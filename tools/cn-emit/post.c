/* SPDX-License-Identifier: Apache-2.0 */
#include "emit.h"

#include "clock.h"
#include "err.h"
#include "log.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

/* One easy handle per connection, used again and again; libcurl's multi interface driven by our epoll. */
struct slot {
	CURL *easy;
	struct job *job;
	struct slot *next;	/* while free */
};

#define PROBES_BEFORE_AWAY 6	/* 30 s at XDR's own 5 s */
#define PROBE_TIMEOUT_MS 1000

static const struct options *opt;
static CURLM *multi;
static int epoll_fd;
static void (*finished)(struct job *, const struct post_result *);
static struct slot *slots, *unused;
static struct curl_slist *headers;
static int64_t curl_due = INT64_MAX;

static struct {
	CURL *easy;
	bool under_way;
	int64_t next, last_good;
} probe = { .next = INT64_MAX };

/* What epoll watches of each descriptor. libcurl takes its interest back at the end of every request and declares it anew at the
 * next one; telling epoll of it each time would cost as much as the request. So the interest stays until something happens
 * that nobody waits for, or the socket is closed. */
static struct watched {
	uint32_t events;	/* registered with epoll */
	bool wanted;		/* by libcurl, now */
	bool connection;	/* opened and closed through us; its resolver's descriptors are not */
} *watched;
static size_t watched_count;

static void grow_watched(size_t fd)
{
	size_t count = watched_count ? watched_count : 64;

	if (fd < watched_count)
		return;
	while (count <= fd)
		count *= 2;
	watched = reallocarray(watched, count, sizeof(*watched));
	if (!watched)
		die(EX_SOFTWARE, "out of memory");
	memset(watched + watched_count, 0, (count - watched_count) * sizeof(*watched));
	watched_count = count;
}

static void watch(int fd, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.fd = fd };
	struct watched *w = &watched[fd];

	if (w->events == events)
		return;
	if (epoll_ctl(epoll_fd, w->events ? events ? EPOLL_CTL_MOD : EPOLL_CTL_DEL : EPOLL_CTL_ADD, fd, &e) < 0 &&
		(errno != ENOENT || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &e) < 0) && events)
		die(EX_SOFTWARE, "can't watch a connection:");
	w->events = events;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *sockp)
{
	uint32_t events = 0;

	(void)easy;
	(void)ctx;
	(void)sockp;
	grow_watched((size_t)fd);
	watched[fd].wanted = what != CURL_POLL_REMOVE;
	if (what == CURL_POLL_REMOVE) {
		if (!watched[fd].connection)
			watch(fd, 0);
		return 0;
	}
	if (what & CURL_POLL_IN)
		events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		events |= EPOLLOUT;
	watch(fd, events);
	return 0;
}

static curl_socket_t on_open(void *ctx, curlsocktype purpose, struct curl_sockaddr *a)
{
	int fd = socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);

	(void)ctx;
	(void)purpose;
	if (fd < 0)
		return CURL_SOCKET_BAD;
	grow_watched((size_t)fd);
	watched[fd] = (struct watched){ .connection = true };
	return fd;
}

static int on_close(void *ctx, curl_socket_t fd)
{
	(void)ctx;
	if ((size_t)fd < watched_count)
		watched[fd] = (struct watched){ 0 };	/* epoll forgets it with the close */
	return close(fd);
}

static int on_timer(CURLM *m, long ms, void *ctx)
{
	(void)m;
	(void)ctx;
	curl_due = ms < 0 ? INT64_MAX : clock_us() + (int64_t)ms * 1000;
	return 0;
}

static size_t discard(char *p, size_t size, size_t n, void *ctx)
{
	(void)p;
	(void)ctx;
	return size * n;
}

static void add_header(const char *line)
{
	headers = curl_slist_append(headers, line);
	if (!headers)
		die(EX_SOFTWARE, "out of memory");
}

static void headers_from_file(const char *path)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	if (!f)
		die(EX_CONFIG, "can't open %s:", path);
	while ((n = getline(&line, &cap, f)) > 0) {
		while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
			line[--n] = '\0';
		if (n == 0 || line[0] == '#')
			continue;
		if (!strchr(line, ':'))
			die(EX_CONFIG, "%s: a line without a colon is no header", path);
		add_header(line);
	}
	free(line);
	fclose(f);
}

static void must(CURLcode code)
{
	if (code != CURLE_OK)
		die(EX_CONFIG, "libcurl refuses an option: %s", curl_easy_strerror(code));
}

/* What requests and probes have in common. */
static CURL *new_easy(long timeout_ms)
{
	CURL *e = curl_easy_init();

	if (!e)
		die(EX_SOFTWARE, "libcurl gives no handle");
	must(curl_easy_setopt(e, CURLOPT_URL, opt->url));
	must(curl_easy_setopt(e, CURLOPT_PATH_AS_IS, 1L));
	must(curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https"));
	must(curl_easy_setopt(e, CURLOPT_PROXY, ""));
	must(curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1));
	must(curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L));
	must(curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, timeout_ms));
	must(curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, discard));
	must(curl_easy_setopt(e, CURLOPT_HTTPHEADER, headers));
	must(curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_open));
	must(curl_easy_setopt(e, CURLOPT_CLOSESOCKETFUNCTION, on_close));
	if (opt->ca_file)
		must(curl_easy_setopt(e, CURLOPT_CAINFO, opt->ca_file));
	if (opt->cert)
		must(curl_easy_setopt(e, CURLOPT_SSLCERT, opt->cert));
	if (opt->key)
		must(curl_easy_setopt(e, CURLOPT_SSLKEY, opt->key));
	return e;
}

static void open_slots(void)
{
	slots = xcalloc(opt->connections, sizeof(*slots));
	for (unsigned i = opt->connections; i-- > 0;) {
		struct slot *s = &slots[i];

		s->easy = new_easy((long)opt->timeout);
		must(curl_easy_setopt(s->easy, CURLOPT_POST, 1L));
		must(curl_easy_setopt(s->easy, CURLOPT_PRIVATE, s));
		s->next = unused;
		unused = s;
	}
}

void post_open(const struct options *o, int epoll, void (*done)(struct job *j, const struct post_result *r))
{
	char type[64];

	opt = o;
	epoll_fd = epoll;
	finished = done;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(multi = curl_multi_init()))
		die(EX_SOFTWARE, "libcurl can't start");
	/* As XDR: Content-type, and nothing that curl would add by itself. */
	snprintf(type, sizeof(type), "Content-type: %s", format_media_type(o->as));
	add_header(type);
	add_header("Accept:");
	add_header("Expect:");
	if (o->header_file)
		headers_from_file(o->header_file);
	curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)o->connections + 1);
	open_slots();
	if (o->probe) {
		probe.easy = new_easy(PROBE_TIMEOUT_MS < o->probe ? PROBE_TIMEOUT_MS : (long)o->probe);
		probe.last_good = probe.next = clock_us();
	}
}

bool post_room(void)
{
	return unused;
}

void post_start(struct job *j)
{
	struct slot *s = unused;

	unused = s->next;
	s->job = j;
	j->tries++;
	j->sent = clock_us();
	must(curl_easy_setopt(s->easy, CURLOPT_POSTFIELDS, j->body.p));
	must(curl_easy_setopt(s->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)j->body.n));
	if (curl_multi_add_handle(multi, s->easy) != CURLM_OK)
		die(EX_SOFTWARE, "libcurl takes no request");
}

static void probe_done(CURLcode code)
{
	long status = 0;
	bool was_away = post_away();

	curl_easy_getinfo(probe.easy, CURLINFO_RESPONSE_CODE, &status);
	curl_multi_remove_handle(multi, probe.easy);
	probe.under_way = false;
	if (code != CURLE_OK || status != 200)
		return;
	probe.last_good = clock_us();
	if (was_away)
		log_info("probe answered again", "url", opt->url, NULL);
}

static void probe_start(int64_t now)
{
	static bool told;

	probe.next = now + opt->probe * 1000;
	if (post_away() != told) {
		told = !told;
		if (told)
			log_warn("no good answer to probes, nothing is posted until there is one", "url", opt->url, NULL);
	}
	if (probe.under_way)
		return;
	probe.under_way = true;
	if (curl_multi_add_handle(multi, probe.easy) != CURLM_OK)
		die(EX_SOFTWARE, "libcurl takes no request");
}

bool post_away(void)
{
	return probe.easy && clock_us() - probe.last_good > opt->probe * 1000 * PROBES_BEFORE_AWAY;
}

static void slot_done(struct slot *s, CURLcode code)
{
	struct post_result r = { 0 };
	struct job *j = s->job;

	if (code == CURLE_OK)
		curl_easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &r.status);
	else
		r.error = code == CURLE_OPERATION_TIMEDOUT ? "no answer in time" : curl_easy_strerror(code);
	r.taken = r.status == 200;
	curl_multi_remove_handle(multi, s->easy);
	s->job = NULL;
	s->next = unused;
	unused = s;
	finished(j, &r);
}

static void collect(void)
{
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(multi, &left))) {
		struct slot *s = NULL;
		CURL *easy = m->easy_handle;
		CURLcode code = m->data.result;

		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)(void *)&s);
		if (s)
			slot_done(s, code);
		else
			probe_done(code);
	}
}

void post_event(int fd, uint32_t events)
{
	int running, what = 0;

	if ((size_t)fd >= watched_count)
		return;
	if (!watched[fd].wanted) {	/* an idle connection: the receiver closes it, most likely; libcurl sees that itself */
		watch(fd, 0);
		return;
	}
	if (events & EPOLLIN)
		what |= CURL_CSELECT_IN;
	if (events & EPOLLOUT)
		what |= CURL_CSELECT_OUT;
	if (events & (EPOLLERR | EPOLLHUP))
		what |= CURL_CSELECT_ERR;
	curl_multi_socket_action(multi, fd, what, &running);
	collect();
}

void post_due(int64_t now)
{
	int running;

	if (probe.next <= now)
		probe_start(now);
	while (curl_due <= now) {
		curl_due = INT64_MAX;
		curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
		collect();
	}
}

int64_t post_next_due(void)
{
	return probe.next < curl_due ? probe.next : curl_due;
}

void post_close(void)
{
	for (unsigned i = 0; i < opt->connections; i++) {
		if (slots[i].job)
			curl_multi_remove_handle(multi, slots[i].easy);
		curl_easy_cleanup(slots[i].easy);
	}
	if (probe.under_way)
		curl_multi_remove_handle(multi, probe.easy);
	curl_easy_cleanup(probe.easy);
	curl_multi_cleanup(multi);
	curl_slist_free_all(headers);
	curl_global_cleanup();
	free(slots);
	free(watched);
}
