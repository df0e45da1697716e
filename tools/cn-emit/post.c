/* SPDX-License-Identifier: Apache-2.0 */
#include "emit.h"

#include "clock.h"
#include "err.h"
#include "fetch.h"
#include "log.h"

#include <stdlib.h>
#include <sys/epoll.h>

/* One per connection: the request under way on it. */
struct slot {
	struct fetch_request request;
	struct job *job;
	struct slot *next;	/* while free */
};

#define PROBES_BEFORE_AWAY 6	/* 30 s at XDR's own 5 s */
#define PROBE_TIMEOUT_MS 1000

static const struct options *opt;
static struct fetch *fetch;
static struct fetch_endpoint *endpoint;
static void (*finished)(struct job *, const struct post_result *);
static struct slot *slots, *unused;
static struct curl_slist *headers;

static struct {
	struct fetch_endpoint *endpoint;
	struct fetch_request request;
	bool under_way;
	int64_t next, last_good;
} probe = { .next = INT64_MAX };

static void slot_done(struct fetch_request *request, const struct fetch_response *a)
{
	struct slot *s = request->ctx;
	struct post_result r = { .taken = a->status == 200, .status = a->status, .error = a->error };
	struct job *j = s->job;

	s->job = NULL;
	s->next = unused;
	unused = s;
	finished(j, &r);
}

static void probe_done(struct fetch_request *request, const struct fetch_response *a)
{
	bool was_away = post_away();

	(void)request;
	probe.under_way = false;
	if (a->status != 200)
		return;
	probe.last_good = clock_us();
	if (was_away)
		log_info("probe answered again", "url", opt->url, NULL);
}

static void open_slots(void)
{
	slots = xcalloc(opt->connections, sizeof(*slots));
	for (unsigned i = opt->connections; i-- > 0;) {
		struct slot *s = &slots[i];

		s->request = (struct fetch_request){ .headers = headers, .done = slot_done, .ctx = s };
		s->next = unused;
		unused = s;
	}
}

void post_open(const struct options *o, int epoll, void (*done)(struct job *j, const struct post_result *r))
{
	struct fetch_options f = { .connections = o->connections, .call_timeout = o->timeout, .ca = o->ca_file, .cert = o->cert,
		.key = o->key };
	struct epoll_event e = { .events = EPOLLIN };

	opt = o;
	finished = done;
	fetch = fetch_open(&f);
	endpoint = fetch_endpoint(fetch, o->url, 0);
	e.data.fd = fetch_fd(fetch);
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fetch_fd(fetch), &e) < 0)
		die(EX_SOFTWARE, "can't wait for events:");
	/* As XDR: Content-type, and nothing that curl would add by itself. */
	headers = fetch_headers();
	fetch_header_add(&headers, SPAN("Content-type"), span_of(format_media_type(o->as)));
	if (o->header_file)
		fetch_headers_file(&headers, o->header_file);
	open_slots();
	if (o->probe) {
		probe.endpoint = fetch_endpoint(fetch, o->url, 1);
		probe.request = (struct fetch_request){ .method = "GET", .headers = headers, .done = probe_done,
			.timeout = PROBE_TIMEOUT_MS < o->probe ? PROBE_TIMEOUT_MS : o->probe };
		probe.last_good = probe.next = clock_us();
	}
}

/* A place of the endpoint's is free a moment later than the slot, when done() has returned. */
bool post_room(void)
{
	return unused && fetch_room(endpoint);
}

void post_start(struct job *j)
{
	struct slot *s = unused;

	unused = s->next;
	s->job = j;
	j->tries++;
	j->sent = clock_us();
	s->request.body = buf_as_span(&j->body);
	fetch_start(endpoint, &s->request);
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
	fetch_start(probe.endpoint, &probe.request);
}

bool post_away(void)
{
	return probe.endpoint && clock_us() - probe.last_good > opt->probe * 1000 * PROBES_BEFORE_AWAY;
}

void post_run(int64_t now)
{
	if (probe.next <= now)
		probe_start(now);
	fetch_run(fetch);
}

int64_t post_next_due(void)
{
	int ms = fetch_wait(fetch);
	int64_t due = ms < 0 ? INT64_MAX : clock_us() + (int64_t)ms * 1000;

	return probe.next < due ? probe.next : due;
}

void post_close(void)
{
	fetch_close(fetch);
	curl_slist_free_all(headers);
	free(slots);
}
