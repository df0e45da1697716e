/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"
#include "err.h"

#include <stdio.h>

#define POOL 12288		/* memory per connection, cleared for each request; a request's head must fit into it */
#define LINGER_BYTES ((size_t)1 << 20)
#define LARGE ((size_t)64 << 10)

static void *target(void *ctx, const char *text, struct MHD_Connection *c)
{
	struct server *s = ctx;
	struct connection *conn = http_socket_context(c);
	struct exchange *e = exchange_new(s, span_of(text));

	connection_state(s, conn, CONN_RECEIVING);
	if (e) {
		e->h1 = c;
		e->conn = conn;
		e->target_end = text + strlen(text);
	}
	return e;
}

static enum MHD_Result answer(struct server *s, struct exchange *e)
{
	http_unpoll(e);
	connection_state(s, e->conn, CONN_ANSWERING);
	e->conn->bytes = e->r.out.n;
	return reply_send(e);
}

static bool client_ok(const struct server *s, const struct exchange *e)
{
	if (s->opt.tls_ca && !e->conn->client_ok)
		e->conn->client_ok = http_client_ok(e->h1);
	return !s->opt.tls_ca || e->conn->client_ok;
}

static enum MHD_Result on_head(struct server *s, struct exchange *e, const char *method, const char *version)
{
	if (!client_ok(s, e)) {
		e->close = true;
		reply_problem(&e->r, 403, "A client certificate is needed.");
		return answer(s, e);
	}
	return exchange_head(e, method, version) ? MHD_YES : answer(s, e);
}

static enum MHD_Result cut_off(struct server *s, struct exchange *e, unsigned status, const char *why)
{
	char head[160];
	struct buf all = { .max = 8192 };
	bool sent;

	reply_problem(&e->r, status, "%s", why);
	snprintf(head, sizeof(head), "HTTP/1.1 %u %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n", status,
		reply_title(status), e->r.gives == MEDIA_JSON ? "application/json" : "application/msgpack", e->r.out.n);
	buf_span(&all, span_of(head));
	buf_span(&all, buf_as_span(&e->r.out));
	sent = http_cut_off(e->h1, buf_as_span(&all));
	buf_free(&all);
	e->stage = STAGE_REFUSED;
	buf_free(&e->body);
	if (!sent)
		return MHD_NO;
	connection_state(s, e->conn, CONN_LINGER);
	return MHD_YES;
}

static enum MHD_Result on_body(struct server *s, struct exchange *e, const char *data, size_t *size)
{
	const size_t n = *size;

	*size = 0;
	e->conn->bytes += n;
	s->count.received_bytes += n;
	if (e->stage == STAGE_REFUSED || e->discard) {
		e->discarded += n;
		if (e->stage == STAGE_REFUSED)
			return e->discarded > LINGER_BYTES ? MHD_NO : MHD_YES;
		return e->discarded > s->opt.max_body ? cut_off(s, e, 413, "The body is larger than is taken here.") : MHD_YES;
	}
	if (e->body.n == 0 && e->head.has_length)
		buf_reserve(&e->body, e->head.length);
	buf_put(&e->body, data, n);
	if (e->body.full)
		return cut_off(s, e, 413, "The body is larger than is taken here.");
	if (!e->head.has_length && e->body.n > LARGE) {
		s->body_bytes += e->body.n - e->reserved;
		e->reserved = e->body.n;
		if (s->body_bytes > s->opt.max_bodies + s->opt.max_body)
			return cut_off(s, e, 503, "Too many large bodies at a time.");
	}
	return MHD_YES;
}

/* Suspending takes a connection out of epoll and resuming puts it back, two system calls that most answers are faster than: for a moment
 * libmicrohttpd keeps asking for the answer instead. Only few at a time, as it asks for all of them in every round. */
#define POLLED_MAX 64
#define POLLED_US 2000

static enum MHD_Result hold(struct server *s, struct exchange *e)
{
	if (e->polled && s->now_us - e->since < POLLED_US)
		return MHD_YES;
	if (!e->polled && s->polled < POLLED_MAX) {
		e->polled = true;
		e->since = s->now_us;
		s->polled++;
		return MHD_YES;
	}
	http_unpoll(e);
	e->suspended = true;
	s->suspended++;
	MHD_suspend_connection(e->h1);
	return MHD_YES;
}

static enum MHD_Result on_whole(struct server *s, struct exchange *e)
{
	if (e->stage == STAGE_REFUSED)
		return MHD_NO;
	if (e->stage == STAGE_WAIT)
		return hold(s, e);
	exchange_whole(e);
	if (e->stage == STAGE_DONE)
		return answer(s, e);
	connection_state(s, e->conn, CONN_HELD);
	return hold(s, e);
}

static enum MHD_Result handle(void *ctx, struct MHD_Connection *c, const char *url, const char *method, const char *version,
	const char *data, size_t *size, void **con_cls)
{
	struct server *s = ctx;
	struct exchange *e = *con_cls;

	(void)c;
	(void)url;
	if (!e)
		return MHD_NO;
	s->progress |= !e->polled || e->stage == STAGE_DONE;
	if (e->stage == STAGE_HEAD)
		return on_head(s, e, method, version);
	if (*size)
		return on_body(s, e, data, size);
	if (e->stage == STAGE_DONE)
		return answer(s, e);
	return on_whole(s, e);
}

static void count(struct server *s, const struct exchange *e)
{
	s->count.requests++;
	if (e->status < 400)
		s->count.ok++;
	else if (e->status < 500)
		s->count.client_errors++;
	else
		s->count.server_errors++;
	s->count.unauthorized += e->status == 401;
	s->count.sent_bytes += e->plain ? 0 : e->r.out.n;
	histogram_add(&s->count.latency, (double)(s->now_us - e->start) / 1e6);
}

static void completed(void *ctx, struct MHD_Connection *c, void **con_cls, enum MHD_RequestTerminationCode how)
{
	struct server *s = ctx;
	struct exchange *e = *con_cls;

	(void)c;
	if (!e)
		return;
	*con_cls = NULL;
	s->progress = true;
	http_unpoll(e);
	if (how != MHD_REQUEST_TERMINATED_COMPLETED_OK && e->stage != STAGE_REFUSED)
		s->count.gone++;
	if (e->stage == STAGE_DONE || e->stage == STAGE_REFUSED) {
		count(s, e);
		access_write(s, e);
	}
	connection_state(s, e->conn, CONN_IDLE);
	e->conn = NULL;
	e->h1 = NULL;
	if (e->stage == STAGE_WAIT)
		e->gone = true;		/* the cluster's answer is still to come */
	else
		exchange_free(s, e);
}

static void connection(void *ctx, struct MHD_Connection *c, void **socket_context, enum MHD_ConnectionNotificationCode code)
{
	struct server *s = ctx;

	(void)c;
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		*socket_context = s->adding;
	else if (*socket_context)
		connection_free(s, *socket_context);
}

static void ready(struct server *s, struct watch *w, uint32_t events)
{
	(void)w;
	(void)events;
	s->h1_work = true;
}

void http_begin(struct server *s)
{
	const struct http_options o = {
		.ctx = s, .handle = handle, .target = target, .completed = completed, .connection = connection,
		.listen_fd = -1, .pool = POOL, .connections = s->opt.connections + 1, .tls = s->tls,
	};

	s->daemon = http_start(&o);
	if (!s->daemon)
		die(EX_UNAVAILABLE, "can't start the HTTP server");
	s->watch_daemon.ready = ready;
	loop_watch(s, EPOLL_CTL_ADD, http_epoll_fd(s->daemon), EPOLLIN, &s->watch_daemon);
}

void http_unpoll(struct exchange *e)
{
	e->r.server->polled -= e->polled;
	e->polled = false;
}

void http_wake(struct exchange *e)
{
	e->r.server->h1_work = true;
	if (!e->suspended)
		return;		/* asked for in the next round */
	e->suspended = false;
	e->r.server->suspended--;
	MHD_resume_connection(e->h1);
}

/* Those that are polled always count as more to do: look whether anything else moved. */
void http_work(struct server *s)
{
	bool more;

	s->h1_work = false;
	s->progress = false;
	more = http_run(s->daemon);
	s->h1_work |= more && (s->polled == 0 || s->progress);
	s->next_poll = s->now + 1;
}

void http_end(struct server *s)
{
	http_run(s->daemon);	/* resumes those that were answered last: a suspended one would abort the process */
	if (s->suspended)
		return;
	MHD_stop_daemon(s->daemon);
	s->daemon = NULL;
}
