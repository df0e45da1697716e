/* SPDX-License-Identifier: Apache-2.0 */
#include "listen.h"
#include "err.h"

#include <stdio.h>

#define POOL 16384		/* memory per connection; a request's head must fit into it */
#define LINGER_BYTES ((size_t)1 << 20)

static void *target(void *ctx, const char *text, struct MHD_Connection *c)
{
	struct server *s = ctx;
	struct connection *conn = http_socket_context(c);
	struct request *r = request_new(s, conn, span_of(text));

	connection_state(s, conn, CONN_RECEIVING);
	if (r)
		r->h1 = c;
	return r;
}

static enum MHD_Result answer(struct server *s, struct request *r)
{
	connection_state(s, r->conn, CONN_ANSWERING);
	return http_answer(r->h1, r->status, s->draining);
}

static enum MHD_Result refuse(struct server *s, struct request *r, unsigned status)
{
	s->count.refused += status >= 400 && status != 503;
	r->stage = STAGE_DONE;
	r->status = status;
	connection_state(s, r->conn, CONN_ANSWERING);
	/* A head that could be read in two ways leaves nothing to trust behind it. */
	return http_answer(r->h1, status, s->draining || status == 400 || status == 413);
}

static enum MHD_Result hold(struct server *s, struct request *r)
{
	connection_state(s, r->conn, CONN_HELD);
	r->suspended = true;
	MHD_suspend_connection(r->h1);
	return MHD_YES;
}

static bool client_ok(const struct server *s, const struct request *r)
{
	if (s->opt.tls_ca && !r->conn->client_ok)
		r->conn->client_ok = http_client_ok(r->h1);
	return !s->opt.tls_ca || r->conn->client_ok;
}

static enum MHD_Result on_head(struct server *s, struct request *r, const char *method)
{
	struct http_head h;
	unsigned status;

	if (!client_ok(s, r))
		return refuse(s, r, 403);
	http_head_read(r->h1, &h);
	status = request_head(s, r, method, &h);
	if (status == 200) {	/* answered at the next call: a response at this one would end the connection */
		r->stage = STAGE_DONE;
		r->status = status;
		return MHD_YES;
	}
	if (status)
		return refuse(s, r, status);
	if (!request_reserve(s, r)) {
		flight_gate(s, r);
		return hold(s, r);
	}
	r->stage = STAGE_BODY;
	connection_state(s, r->conn, CONN_RECEIVING);
	return MHD_YES;
}

static enum MHD_Result cut_off(struct server *s, struct request *r, unsigned status)
{
	char text[100];
	const size_t n = (size_t)snprintf(text, sizeof(text), "HTTP/1.1 %u %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
		status, status == 413 ? "Content Too Large" : "Service Unavailable");

	s->count.refused++;
	r->stage = STAGE_REFUSED;
	buf_free(&r->body);
	r->body.max = LINGER_BYTES;
	if (!http_cut_off(r->h1, (struct span){ text, n }))
		return MHD_NO;
	connection_state(s, r->conn, CONN_LINGER);
	return MHD_YES;
}

static enum MHD_Result on_body(struct server *s, struct request *r, const char *data, size_t *size)
{
	const size_t n = *size;
	unsigned status;

	*size = 0;
	if (r->stage == STAGE_DONE)
		return MHD_YES;
	if (r->stage == STAGE_REFUSED) {
		r->discarded += n;
		return r->discarded > LINGER_BYTES ? MHD_NO : MHD_YES;
	}
	status = request_body(s, r, data, n);
	return status ? cut_off(s, r, status) : MHD_YES;
}

static enum MHD_Result on_whole(struct server *s, struct request *r)
{
	if (r->stage == STAGE_REFUSED)
		return MHD_NO;
	if (r->body.n == 0)
		return refuse(s, r, 400);
	flight_submit(s, r);
	return r->stage == STAGE_DONE ? answer(s, r) : hold(s, r);
}

static enum MHD_Result handle(void *ctx, struct MHD_Connection *c, const char *url, const char *method, const char *version,
	const char *data, size_t *size, void **con_cls)
{
	struct server *s = ctx;
	struct request *r = *con_cls;

	(void)c;
	(void)url;
	(void)version;
	if (!r)
		return MHD_NO;
	if (r->stage == STAGE_HEAD)
		return on_head(s, r, method);
	if (*size)
		return on_body(s, r, data, size);
	if (r->stage == STAGE_DONE)
		return answer(s, r);
	return on_whole(s, r);
}

static void completed(void *ctx, struct MHD_Connection *c, void **con_cls, enum MHD_RequestTerminationCode how)
{
	struct server *s = ctx;
	struct request *r = *con_cls;

	(void)c;
	if (!r)
		return;
	*con_cls = NULL;
	if (how != MHD_REQUEST_TERMINATED_COMPLETED_OK && r->stage != STAGE_REFUSED)
		s->count.gone++;
	connection_state(s, r->conn, CONN_IDLE);
	if (r->stage == STAGE_WAIT || r->stage == STAGE_FLIGHT || r->stage == STAGE_GATE)
		r->gone = true;
	else
		request_free(s, r);
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

void h1_start(struct server *s)
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

void h1_wake(struct server *s, struct request *r)
{
	if (!r->suspended)
		return;
	r->suspended = false;
	s->h1_work = true;
	MHD_resume_connection(r->h1);
}

void h1_stop(struct server *s)
{
	http_run(s->daemon);	/* resumes those that were answered last: a suspended one would abort the process */
	MHD_stop_daemon(s->daemon);
	s->daemon = NULL;
}
