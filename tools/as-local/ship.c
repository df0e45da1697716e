/* SPDX-License-Identifier: Apache-2.0 */
#include "ship.h"
#include "clock.h"
#include "err.h"
#include "log.h"
#include "message.h"
#include "server.h"
#include "ship_log.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <sys/epoll.h>

#define PROBE_TIMEOUT_MS 1000L
#define BAD_AFTER 6		/* probes' time without a good one */
#define POST_TIMEOUT_MS 10000L
#define TROUBLE_MS 100		/* between posts while the other side takes none */
#define CONNECTIONS_MAX 32

struct post {
	CURL *easy;
	struct change *change;		/* NULL: idle */
	struct buf body;
};

struct ship_counters ship_counters;

static CURLM *multi;
static struct curl_slist *headers;
static struct post posts[CONNECTIONS_MAX];
static unsigned n_posts;
static CURL *probe;
static bool probing, was_good;
static unsigned under_way, failures;	/* failures: in a row */
static int64_t probe_ms, next_probe, next_try, last_good = INT64_MIN / 2, curl_due = INT64_MAX;

static bool good(void)
{
	return clock_ms() - last_good < BAD_AFTER * probe_ms;
}

/* The record as it stands now; what is no more is a delete, and then nothing but namespace and digest is known. */
static void build_body(const struct change *c, struct buf *out)
{
	static struct arena mem;
	const struct stored *rec = store_get(c->ns, c->digest);
	struct message head = { .info1 = INFO1_XDR, .info2 = INFO2_WRITE };
	struct message_writer w;
	struct bin *bins = NULL;

	buf_reset(out);
	buf_byte(out, 1);
	if (!rec)
		head.info2 |= INFO2_DELETE | (c->durable ? INFO2_DURABLE_DELETE : 0);
	else if (rec->void_time)
		head.ttl = rec->void_time - now_2010();
	message_begin(&w, out, &head);
	message_put_field(&w, FIELD_NAMESPACE, span_of(c->ns->name));
	if (rec && rec->set)
		message_put_field(&w, FIELD_SET, span_of(c->ns->set[rec->set].name));
	message_put_field(&w, FIELD_DIGEST, (struct span){ (const char *)c->digest, DIGEST_SIZE });
	if (rec && rec->key_size)
		message_put_field(&w, FIELD_KEY, (struct span){ (const char *)rec->data, rec->key_size });
	arena_reset(&mem);
	if (rec)
		bins = stored_bins(rec, &mem);
	for (unsigned i = 0; bins && i < rec->n_bins; i++) {
		size_t mark = message_begin_op(&w, OP_WRITE, bins[i].v.particle, bins[i].name);

		buf_span(out, bins[i].v.data);
		message_end_op(&w, mark);
	}
	message_end(&w);
}

static void start_post(struct post *p, struct change *c)
{
	if (!c->deleted && !store_get(c->ns, c->digest)) {	/* it has expired, which is not shipped */
		ship_log_done(c);
		return;
	}
	build_body(c, &p->body);
	if (p->body.full) {
		log_error("no memory to ship a record", "namespace", c->ns->name, NULL);
		ship_log_retry(c);
		return;
	}
	p->change = c;
	under_way++;
	curl_easy_setopt(p->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)p->body.n);
	curl_easy_setopt(p->easy, CURLOPT_POSTFIELDS, p->body.p);
	curl_multi_add_handle(multi, p->easy);
}

static void end_post(struct post *p, bool ok)
{
	struct change *c = p->change;

	p->change = NULL;
	under_way--;
	if (ok) {
		failures = 0;
		ship_counters.shipped++;
		ship_log_done(c);
	} else {
		failures++;
		ship_counters.failed++;
		ship_log_retry(c);
	}
}

static void end_probe(bool ok, const char *why)
{
	probing = false;
	next_probe = clock_ms() + probe_ms;
	if (ok)
		last_good = clock_ms();
	else if (!was_good)
		next_probe = clock_ms() + probe_ms / 10;
	if (ok != was_good)
		log_event(ok ? LOG_INFO : LOG_WARN, ok ? "shipping" : "the other side is not well", "error", why, NULL);
	was_good = ok;
}

static void on_done(CURLMsg *m)
{
	CURL *easy = m->easy_handle;
	CURLcode code = m->data.result;
	struct post *p = NULL;
	long status = 0;

	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&p);
	curl_multi_remove_handle(multi, easy);
	if (p)
		end_post(p, code == CURLE_OK && status == 200);
	else
		end_probe(code == CURLE_OK && status == 200, code ? curl_easy_strerror(code) : status == 200 ? NULL : "not 200");
}

static void collect(void)
{
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(multi, &left)) != NULL)
		if (m->msg == CURLMSG_DONE)
			on_done(m);
}

static void on_ready(void *ctx, uint32_t events)
{
	int running, mask = (events & EPOLLIN ? CURL_CSELECT_IN : 0) | (events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
		(events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);

	curl_multi_socket_action(multi, (int)(intptr_t)ctx, mask, &running);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *of_socket)
{
	uint32_t events = (what & CURL_POLL_IN ? EPOLLIN : 0) | (what & CURL_POLL_OUT ? EPOLLOUT : 0);

	(void)easy;
	(void)ctx;
	(void)of_socket;
	server_watch(fd, what == CURL_POLL_REMOVE ? 0 : events, on_ready, (void *)(intptr_t)fd);
	return 0;
}

static int on_timer(CURLM *m, long ms, void *ctx)
{
	(void)m;
	(void)ctx;
	curl_due = ms < 0 ? INT64_MAX : clock_ms() + ms;
	return 0;
}

static size_t swallow(char *p, size_t size, size_t n, void *ctx)
{
	(void)p;
	(void)ctx;
	return size * n;
}

/* The other side takes nothing: one post at a time, now and then, until one goes well. */
static bool in_trouble(void)
{
	return failures >= n_posts + 1;
}

static bool may_post(void)
{
	return in_trouble() ? !under_way && next_try <= clock_ms() : under_way < n_posts;
}

static void start_posts(void)
{
	for (unsigned i = 0; i < n_posts && may_post(); i++) {
		struct change *c;

		if (posts[i].change)
			continue;
		c = ship_log_due() <= clock_ms() ? ship_log_take() : NULL;
		if (!c)
			return;
		next_try = clock_ms() + TROUBLE_MS;
		start_post(&posts[i], c);
	}
}

/* Once in a round, before what it changed is committed: so only what earlier rounds changed is shipped. */
static void ship_round(void)
{
	int running;

	if (curl_due <= clock_ms()) {
		curl_due = INT64_MAX;
		curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
	}
	collect();
	if (!probing && next_probe <= clock_ms()) {
		probing = true;
		curl_multi_add_handle(multi, probe);
	}
	if (good())
		start_posts();
	ship_log_round();
}

static int64_t ship_deadline(void)
{
	int64_t due = curl_due, wanted;

	if (!probing && next_probe < due)
		due = next_probe;
	if (!good() || (in_trouble() ? under_way : under_way == n_posts))
		return due;
	wanted = ship_log_due();
	if (in_trouble() && wanted < next_try)
		wanted = next_try;
	return wanted < due ? wanted : due;
}

static CURL *new_easy(const char *url, long timeout)
{
	CURL *easy = curl_easy_init();

	if (!easy)
		die(EX_SOFTWARE, "libcurl does not start");
	if (curl_easy_setopt(easy, CURLOPT_URL, url) || curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https"))
		die(EX_USAGE, "--ship %s: not a URL", url);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, swallow);
	return easy;
}

static void check_url(const char *url)
{
	CURLU *u = curl_url();
	char *scheme = NULL;

	if (!u || curl_url_set(u, CURLUPART_URL, url, 0) || curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) ||
	    (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0))
		die(EX_USAGE, "--ship %s: not a URL of http or https", url);
	curl_free(scheme);
	curl_url_cleanup(u);
}

void ship_open(const char *url, unsigned connections, int64_t probe_every)
{
	probe_ms = probe_every;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	check_url(url);
	multi = curl_multi_init();
	curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)connections + 1);
	headers = curl_slist_append(NULL, "Content-Type: application/octet-stream");
	headers = curl_slist_append(headers, "Expect:");
	n_posts = connections;
	for (unsigned i = 0; i < n_posts; i++) {
		posts[i].easy = new_easy(url, POST_TIMEOUT_MS);
		curl_easy_setopt(posts[i].easy, CURLOPT_POST, 1L);
		curl_easy_setopt(posts[i].easy, CURLOPT_HTTPHEADER, headers);
		curl_easy_setopt(posts[i].easy, CURLOPT_PRIVATE, &posts[i]);
	}
	probe = new_easy(url, PROBE_TIMEOUT_MS);
	curl_easy_setopt(probe, CURLOPT_PRIVATE, NULL);
	ship_log_open();
	server_each_round(ship_round, ship_deadline);
}

uint64_t ship_pending(void)
{
	return multi ? ship_log_pending() : 0;
}

void ship_close(void)
{
	if (!multi)
		return;
	if (ship_log_pending())
		log_warn("ends with changes not yet shipped", "pending", log_num((int64_t)ship_log_pending()), NULL);
	for (unsigned i = 0; i < n_posts; i++) {
		curl_multi_remove_handle(multi, posts[i].easy);
		curl_easy_cleanup(posts[i].easy);
		buf_free(&posts[i].body);
	}
	curl_multi_remove_handle(multi, probe);
	curl_easy_cleanup(probe);
	curl_multi_cleanup(multi);
	curl_slist_free_all(headers);
	curl_global_cleanup();
	multi = NULL;
	ship_log_close();
}
