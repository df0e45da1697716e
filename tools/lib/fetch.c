/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch.h"

#include "clock.h"
#include "err.h"
#include "fetch_poll.h"

#include <limits.h>
#include <stdlib.h>
#include <strings.h>

/* One easy handle per request at a time, used again and again. */
struct slot {
	CURL *easy;
	struct fetch_endpoint *at;
	struct fetch_request *request;
	struct slot *next;		/* while free */
	struct buf body;
	bool cut, own_url, custom_method, signed_;
	char error[CURL_ERROR_SIZE];
};

struct fetch_endpoint {
	struct fetch *fetch;
	struct fetch_endpoint *next;
	char *url;
	struct slot *slots, *unused;
	unsigned size, made, under_way;
};

struct fetch {
	struct fetch_options options;
	struct fetch_poll poll;
	struct fetch_endpoint *endpoints;
	unsigned connections;		/* all endpoints together */
};

static void must(CURLcode code)
{
	if (code != CURLE_OK)
		die(EX_CONFIG, "libcurl refuses an option: %s", curl_easy_strerror(code));
}

static size_t on_body(char *p, size_t size, size_t n, void *ctx)
{
	struct slot *s = ctx;
	size_t max = s->at->fetch->options.body_max, take = size * n;

	if (take > max - s->body.n) {
		s->cut = true;
		take = max - s->body.n;
	}
	buf_put(&s->body, p, take);
	return size * n;
}

static void make_easy(struct slot *s)
{
	const struct fetch_options *o = &s->at->fetch->options;
	int64_t ttl = (o->connection_ttl + 999) / 1000;

	s->easy = curl_easy_init();
	if (!s->easy)
		die(EX_SOFTWARE, "libcurl gives no handle");
	fetch_poll_easy(&s->at->fetch->poll, s->easy);
	must(curl_easy_setopt(s->easy, CURLOPT_PRIVATE, s));
	must(curl_easy_setopt(s->easy, CURLOPT_ERRORBUFFER, s->error));
	must(curl_easy_setopt(s->easy, CURLOPT_WRITEFUNCTION, on_body));
	must(curl_easy_setopt(s->easy, CURLOPT_WRITEDATA, s));
	must(curl_easy_setopt(s->easy, CURLOPT_PATH_AS_IS, 1L));
	must(curl_easy_setopt(s->easy, CURLOPT_PROTOCOLS_STR, "http,https"));
	must(curl_easy_setopt(s->easy, CURLOPT_PROXY, ""));
	must(curl_easy_setopt(s->easy, CURLOPT_NOSIGNAL, 1L));
	must(curl_easy_setopt(s->easy, CURLOPT_HTTP_VERSION, (long)(o->http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1)));
	must(curl_easy_setopt(s->easy, CURLOPT_PIPEWAIT, o->http2 ? 1L : 0L));
	must(curl_easy_setopt(s->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2));
	must(curl_easy_setopt(s->easy, CURLOPT_POST, 1L));
	if (o->connect_timeout)
		must(curl_easy_setopt(s->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)o->connect_timeout));
	if (ttl)
		must(curl_easy_setopt(s->easy, CURLOPT_MAXLIFETIME_CONN, (long)ttl));
	if (o->ca)
		must(curl_easy_setopt(s->easy, CURLOPT_CAINFO, o->ca));
	if (o->cert)
		must(curl_easy_setopt(s->easy, CURLOPT_SSLCERT, o->cert));
	if (o->key)
		must(curl_easy_setopt(s->easy, CURLOPT_SSLKEY, o->key));
}

struct fetch *fetch_open(const struct fetch_options *o)
{
	struct fetch *f = xcalloc(1, sizeof(*f));

	f->options = *o;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		die(EX_SOFTWARE, "libcurl can't start");
	fetch_poll_open(&f->poll);
	if (o->http2) {		/* over HTTP/1.1 the number of requests is the number of connections */
		curl_multi_setopt(f->poll.multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)o->connections);
		curl_multi_setopt(f->poll.multi, CURLMOPT_MAX_CONCURRENT_STREAMS, (long)o->streams);
	}
	return f;
}

int fetch_fd(const struct fetch *f)
{
	return f->poll.epoll;
}

int fetch_wait(const struct fetch *f)
{
	int64_t left;

	if (f->poll.due == INT64_MAX)
		return -1;
	left = f->poll.due - clock_us();
	if (left <= 0)
		return 0;
	return left > (int64_t)INT_MAX * 1000 - 1000 ? INT_MAX : (int)((left + 999) / 1000);
}

struct fetch_endpoint *fetch_endpoint(struct fetch *f, const char *url, unsigned at_a_time)
{
	struct fetch_endpoint *e = xcalloc(1, sizeof(*e));
	unsigned normal = f->options.connections * (f->options.http2 ? f->options.streams : 1);

	e->fetch = f;
	e->url = url ? xstrdup(url) : NULL;
	e->size = at_a_time ? at_a_time : normal;
	e->slots = xcalloc(e->size, sizeof(*e->slots));
	e->next = f->endpoints;
	f->endpoints = e;
	f->connections += f->options.http2 ? f->options.connections : e->size;
	curl_multi_setopt(f->poll.multi, CURLMOPT_MAXCONNECTS, (long)f->connections);
	return e;
}

const char *fetch_endpoint_url(const struct fetch_endpoint *e)
{
	return e->url;
}

bool fetch_room(const struct fetch_endpoint *e)
{
	return e->under_way < e->size;
}

unsigned fetch_under_way(const struct fetch_endpoint *e)
{
	return e->under_way;
}

/* Handles are made when they are first needed: HTTP/2 allows for many, and few are used. */
static struct slot *take_slot(struct fetch_endpoint *e)
{
	struct slot *s = e->unused;

	if (s) {
		e->unused = s->next;
		return s;
	}
	if (e->made == e->size)
		die(EX_SOFTWARE, "a request without room for it");
	s = &e->slots[e->made++];
	s->at = e;
	s->body.max = e->fetch->options.body_max ? e->fetch->options.body_max : 1;
	make_easy(s);
	return s;
}

static void set_method(struct slot *s, const char *method)
{
	bool get = method && strcmp(method, "GET") == 0, head = method && strcmp(method, "HEAD") == 0;
	bool custom = method && !get && !head && strcmp(method, "POST") != 0;

	if (custom || s->custom_method)
		must(curl_easy_setopt(s->easy, CURLOPT_CUSTOMREQUEST, custom ? method : NULL));
	s->custom_method = custom;
	if (head)
		must(curl_easy_setopt(s->easy, CURLOPT_NOBODY, 1L));
	else
		must(curl_easy_setopt(s->easy, get ? CURLOPT_HTTPGET : CURLOPT_POST, 1L));
}

void fetch_start(struct fetch_endpoint *e, struct fetch_request *r)
{
	struct slot *s = take_slot(e);

	s->request = r;
	buf_reset(&s->body);
	s->cut = false;
	s->error[0] = '\0';
	e->under_way++;
	if (r->url || !s->own_url)
		must(curl_easy_setopt(s->easy, CURLOPT_URL, r->url ? r->url : e->url));
	s->own_url = !r->url;
	must(curl_easy_setopt(s->easy, CURLOPT_POSTFIELDS, r->body.p ? r->body.p : ""));
	must(curl_easy_setopt(s->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.n));
	set_method(s, r->method);	/* after POSTFIELDS, which makes it a POST */
	must(curl_easy_setopt(s->easy, CURLOPT_HTTPHEADER, r->headers));
	must(curl_easy_setopt(s->easy, CURLOPT_TIMEOUT_MS, (long)(r->timeout ? r->timeout : e->fetch->options.call_timeout)));
	if (r->sigv4 || s->signed_) {
		must(curl_easy_setopt(s->easy, CURLOPT_AWS_SIGV4, r->sigv4));
		must(curl_easy_setopt(s->easy, CURLOPT_USERPWD, r->sigv4 ? r->userpwd : NULL));
	}
	s->signed_ = r->sigv4;
	if (curl_multi_add_handle(e->fetch->poll.multi, s->easy) != CURLM_OK)
		die(EX_SOFTWARE, "libcurl takes no request");
}

static const char *error_text(const struct slot *s, CURLcode code, bool refused)
{
	if (code == CURLE_OPERATION_TIMEDOUT)
		return refused ? "no connection in time" : "no answer in time";
	if (code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR || code == CURLE_HTTP2_STREAM || code == CURLE_HTTP2)
		return "the answer was cut off";
	return s->error[0] ? s->error : curl_easy_strerror(code);
}

static void read_headers(CURL *easy, struct fetch_response *a)
{
	struct curl_header *h;
	curl_off_t seconds = 0;

	if (curl_easy_header(easy, "Retry-After", 0, CURLH_HEADER, -1, &h) == CURLHE_OK &&
		curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK)
		a->retry_after = seconds < 1000000 ? (int64_t)seconds * 1000 : INT64_C(1000000000);
	if (curl_easy_header(easy, "x-amzn-ErrorType", 0, CURLH_HEADER, -1, &h) == CURLHE_OK)
		a->error_type = (struct span){ h->value, strcspn(h->value, ":") };
}

static void finished(struct slot *s, CURLcode code)
{
	struct fetch_response a = { .retry_after = -1, .body = buf_as_span(&s->body), .cut = s->cut, .easy = s->easy };
	struct fetch_endpoint *e = s->at;
	struct fetch_request *r = s->request;
	curl_off_t took = 0, connected = 0;

	curl_easy_getinfo(s->easy, CURLINFO_TOTAL_TIME_T, &took);
	a.took = took;
	if (code == CURLE_OK) {
		curl_easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &a.status);
		read_headers(s->easy, &a);
	} else {
		curl_easy_getinfo(s->easy, CURLINFO_PRETRANSFER_TIME_T, &connected);
		a.refused = connected == 0;
		a.error = error_text(s, code, a.refused);
	}
	curl_multi_remove_handle(e->fetch->poll.multi, s->easy);
	/* The slot is given back after done(), which looks at what is in it. */
	s->request = NULL;
	r->done(r, &a);
	e->under_way--;
	s->next = e->unused;
	e->unused = s;
}

void fetch_run(struct fetch *f)
{
	CURLMsg *m;
	int left;

	while (fetch_poll_run(&f->poll)) {
		while ((m = curl_multi_info_read(f->poll.multi, &left))) {
			struct slot *s = NULL;
			CURLcode code = m->data.result;

			if (m->msg != CURLMSG_DONE)
				continue;
			curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)(void *)&s);
			finished(s, code);
		}
		if (f->poll.due > clock_us())
			break;
	}
}

void fetch_close(struct fetch *f)
{
	struct fetch_endpoint *e;

	while ((e = f->endpoints)) {
		for (unsigned i = 0; i < e->made; i++) {
			if (e->slots[i].request)
				curl_multi_remove_handle(f->poll.multi, e->slots[i].easy);
			curl_easy_cleanup(e->slots[i].easy);
			buf_free(&e->slots[i].body);
		}
		f->endpoints = e->next;
		free(e->slots);
		free(e->url);
		free(e);
	}
	fetch_poll_close(&f->poll);
	curl_global_cleanup();
	free(f);
}
