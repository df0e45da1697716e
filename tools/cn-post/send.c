/* SPDX-License-Identifier: Apache-2.0 */
/* A message on its way: the request that is made of it, and what follows from the answer. */
#include "target.h"

#include "err.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <zlib.h>

#define LATE_TIMEOUT 100	/* ms that a further try is given at least */

static struct span body_of(const struct item *i)
{
	return (struct span){ i->text, i->body_n };
}

/* [a,b] or a\nb\n; of one item when they go one by one. */
static void join_bodies(struct message *m)
{
	bool array = !post.options.ndjson;

	if (array)
		buf_byte(&m->body, '[');
	for (const struct item *i = m->items; i; i = m->one_by_one ? NULL : i->next) {
		if (array && i != m->items)
			buf_byte(&m->body, ',');
		buf_span(&m->body, body_of(i));
		if (!array)
			buf_byte(&m->body, '\n');
	}
	if (array)
		buf_byte(&m->body, ']');
	m->request.body = buf_as_span(&m->body);
}

/* False, and nothing changed, when it does not work or makes it no smaller. */
static bool compress_body(struct message *m)
{
	struct span plain = m->request.body;
	z_stream z = { .next_in = (Bytef *)(uintptr_t)plain.p, .avail_in = (uInt)plain.n };
	struct buf packed = { 0 };
	char *room = buf_reserve(&packed, plain.n);
	int code;

	if (!room || deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
		buf_free(&packed);
		return false;
	}
	z.next_out = (Bytef *)room;
	z.avail_out = (uInt)plain.n;
	code = deflate(&z, Z_FINISH);
	packed.n = z.total_out;
	deflateEnd(&z);
	if (code != Z_STREAM_END) {
		buf_free(&packed);
		return false;
	}
	buf_free(&m->body);
	m->body = packed;
	m->request.body = buf_as_span(&m->body);
	return true;
}

static void add(struct curl_slist **list, const char *name, const char *value)
{
	if (!fetch_header_add(list, span_of(name), span_of(value)))
		die(EX_SOFTWARE, "a header can't be made: %s", name);
}

/* The headers of all records when no record has any of its own. */
static struct curl_slist *common_headers(bool gzip)
{
	struct curl_slist **list = gzip ? &post.gzip_headers : &post.plain_headers;
	const struct options *o = &post.options;
	bool type = false;

	if (*list)
		return *list;
	*list = fetch_headers();
	for (int i = 0; i < o->n_headers; i++) {
		struct buf value = { 0 };
		struct record none = { 0 };
		const char *why;
		bool retry;

		type |= strcasecmp(o->headers[i].name, "Content-Type") == 0;
		template_write(&value, o->headers[i].value, &none, TEMPLATE_TEXT, &retry, &why);
		buf_byte(&value, '\0');
		add(list, o->headers[i].name, value.p);
		buf_free(&value);
	}
	if (!type)
		add(list, "Content-Type", options_media_type(o, o->format));
	if (gzip)
		add(list, "Content-Encoding", "gzip");
	return *list;
}

static void set_url(struct message *m, const struct endpoint *e, enum target_url kind, const char *text)
{
	size_t n = text ? strlen(text) + (e->origin ? strlen(e->origin) : 0) + 1 : 0;

	free(m->url);
	m->url = NULL;
	if (!text)
		return;
	m->url = malloc(n);
	if (!m->url)
		die(EX_SOFTWARE, "out of memory");
	snprintf(m->url, n, "%s%s", kind == TARGET_URL ? "" : e->origin, text);
}

/* What the items say: URL for this endpoint, method, and the first time the headers. */
static void read_target(struct message *m, const struct endpoint *e)
{
	const struct item *i = m->items;
	const char *p = i->text + i->body_n, *end = p + i->target_n, *text = NULL, *name, *value;
	enum target_url kind;

	m->request.method = post.options.method;
	if (!i->target_n) {
		m->headers = common_headers(m->gzip);
		return;
	}
	kind = (enum target_url)*target_next(&p, end);
	m->request.method = target_next(&p, end);
	if (kind == TARGET_URL || kind == TARGET_PATH)
		text = target_next(&p, end);
	for (unsigned k = 0; kind == TARGET_RESTS && k < e->dest->n_rests; k++) {
		const char *rest = target_next(&p, end);

		text = k == e->rest_index ? rest : text;
	}
	set_url(m, e, kind, text);
	if (m->headers)
		return;
	m->own_headers = true;
	m->headers = fetch_headers();
	while ((name = target_next(&p, end)) && (value = target_next(&p, end)))
		add(&m->headers, name, value);
	if (m->gzip)
		add(&m->headers, "Content-Encoding", "gzip");
}

void send_forget(struct message *m)
{
	if (m->own_headers)
		curl_slist_free_all(m->headers);
	m->headers = NULL;
	m->own_headers = m->ready_made = false;
	free(m->url);
	m->url = NULL;
	buf_free(&m->body);
}

static void finished(struct fetch_request *r, const struct fetch_response *a);

static void make_request(struct message *m, const struct endpoint *e)
{
	if (!m->ready_made) {
		const struct options *o = &post.options;

		if (o->batch > 1)
			join_bodies(m);
		else
			m->request.body = body_of(m->items);
		if (m->body.full)
			die(EX_SOFTWARE, "a batch is too large");
		m->gzip = o->gzip && m->request.body.n >= o->gzip_threshold && compress_body(m);
		m->request.done = finished;
		m->request.ctx = m;
		m->ready_made = true;
	}
	read_target(m, e);
	m->request.url = m->url;
	m->request.headers = m->headers;
}

void send_message(struct message *m, struct endpoint *e)
{
	int64_t left = m->begun + post.options.deadline - post.now;

	make_request(m, e);
	m->at = e;
	m->tries++;
	m->request.timeout = 0;
	if (m->tries > 1 && left < post.options.fetch.call_timeout)
		m->request.timeout = left > LATE_TIMEOUT ? left : LATE_TIMEOUT;
	post.count.requests++;
	post.under_way++;
	fetch_start(e->at, &m->request);
}

/* ---- the answer */

static void where(char *text, size_t n, const struct message *m, long status)
{
	const char *url = m->url ? m->url : fetch_endpoint_url(m->at->at);

	snprintf(text, n, "%.1000s %ld", url ? url : "?", status);
}

/* The first item is done, and goes alone; on with the next one. */
static void next_alone(struct message *m)
{
	if (queue_next_item(m)) {
		send_forget(m);
		m->tries = 0;
		m->tried = 0;
		queue_at_once(m);
	} else {
		queue_done(m);
	}
}

static void succeeded(struct message *m, long status)
{
	char to[1040] = "";

	if (post.options.verbose)
		where(to, sizeof(to), m, status);
	for (const struct item *i = m->items; i; i = m->one_by_one ? NULL : i->next) {
		post.count.bytes += i->body_n;
		sink_done_to(&post.sink, i->tag, span_of(to));
	}
	if (m->one_by_one)
		next_alone(m);
	else
		queue_done(m);
}

/* A batch is refused for what is wrong with one record in it: find out with which. */
static void refused(struct message *m)
{
	if (m->n > 1 && !m->one_by_one) {
		m->one_by_one = true;
		send_forget(m);
		m->tries = 0;
		m->tried = 0;
		queue_at_once(m);
	} else if (m->one_by_one) {
		sink_fail(&post.sink, m->items->tag, false, m->error, &(struct sink_more){ .detail = m->detail });
		next_alone(m);
	} else {
		message_fail(m, false, m->error);
		queue_done(m);
	}
}

static void try_again(struct message *m, const struct fetch_response *a)
{
	int64_t at;

	m->tried |= UINT64_C(1) << m->at->index;
	if (a->retry_after < 0 && m->at->dest->n > 1 && dest_other(m->dest, m) && m->begun + post.options.deadline > post.now) {
		post.count.failovers++;
		queue_at_once(m);
		return;
	}
	at = retry_at(&post.retry, m->tries, m->begun, post.now, a->retry_after);
	if (at >= 0) {
		post.count.again++;
		queue_again(m, at);
		return;
	}
	message_fail(m, true, m->error);
	queue_done(m);
}

/* What the other side says of its reasons is short, mostly, and helps; but it is not ours: only text, and little of it. */
static void describe(struct message *m, const struct fetch_response *a)
{
	const char *url = m->url && !m->at->origin ? m->url : m->at->origin;

	m->detail[0] = '\0';
	if (!a->status) {
		snprintf(m->error, sizeof(m->error), "%.100s: %s", url, a->error);
		return;
	}
	snprintf(m->error, sizeof(m->error), "%.100s: status %ld", url, a->status);
	snprintf(m->detail, sizeof(m->detail), "%.*s", a->body.n < 120 ? (int)a->body.n : 120, a->body.p);
	for (char *c = m->detail; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
}

static void finished(struct fetch_request *r, const struct fetch_response *a)
{
	struct message *m = r->ctx;
	enum status_meaning meaning = a->status ? status_meaning(&post.options.status, a->status) : STATUS_TEMPORARY;

	post.under_way--;
	if (a->status)
		endpoint_good(m->at);
	if (meaning == STATUS_OK) {
		succeeded(m, a->status);
		return;
	}
	describe(m, a);
	if (!a->status)
		endpoint_failed(m->at, a->error);
	if (meaning == STATUS_PERMANENT)
		refused(m);
	else
		try_again(m, a);
}
