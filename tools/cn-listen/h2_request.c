/* SPDX-License-Identifier: Apache-2.0 */
#include "h2.h"

#include <stdio.h>
#include <stdlib.h>

#define STREAMS 512		/* open at a time on one connection */
#define STREAM_WINDOW 65535	/* no large body (request.c) comes in whole before there is room for it */
#define CONNECTION_WINDOW (1 << 20)

static void link_request(struct h2 *h, struct request *r)
{
	r->sibling = h->requests;
	r->sibling_at = &h->requests;
	if (r->sibling)
		r->sibling->sibling_at = &r->sibling;
	h->requests = r;
}

void h2_unlink(struct request *r)
{
	if (r->sibling)
		r->sibling->sibling_at = r->sibling_at;
	*r->sibling_at = r->sibling;
}

#define HEADER(literal, text) { (uint8_t *)(uintptr_t)literal, (uint8_t *)(uintptr_t)text, sizeof(literal) - 1, sizeof(text) - 1, \
	NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE }

/* Status and at most one more header; no body. */
static void respond(struct h2 *h, struct request *r)
{
	static const struct { unsigned status; size_t n; nghttp2_nv nv[2]; } answers[] = {
		{ 200, 1, { HEADER(":status", "200") } },
		{ 400, 1, { HEADER(":status", "400") } },
		{ 401, 2, { HEADER(":status", "401"), HEADER("www-authenticate", "Basic realm=\"notifications\", charset=\"UTF-8\"") } },
		{ 405, 2, { HEADER(":status", "405"), HEADER("allow", "GET, HEAD, POST") } },
		{ 413, 1, { HEADER(":status", "413") } },
		{ 503, 2, { HEADER(":status", "503"), HEADER("retry-after", "1") } },
	};
	const size_t last = sizeof(answers) / sizeof(*answers) - 1;
	size_t i = 0;

	while (i < last && answers[i].status != r->status)
		i++;
	nghttp2_submit_response(h->session, r->stream, answers[i].nv, answers[i].n, NULL);
	h2_dirty(h);
}

void h2_answer(struct server *s, struct request *r)
{
	struct h2 *h = r->conn->h2;

	(void)s;
	h->progress = true;
	respond(h, r);
}

static void refuse(struct h2 *h, struct request *r, unsigned status)
{
	h->s->count.refused += status >= 400 && status != 503;
	r->stage = STAGE_DONE;
	r->status = status;
	h->progress = true;
	respond(h, r);
}

/* The body of a request that has its answer already. A little more of it is taken, because some clients lose the answer when a
 * reset comes close behind it; a client that goes on is told that no more is wanted (RFC 9113, 8.1). */
static void discard(nghttp2_session *session, struct request *r, size_t n)
{
	r->discarded += n;
	if (r->sent && !r->received && r->discarded > STREAM_WINDOW / 4)
		nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, r->stream, NGHTTP2_NO_ERROR);
}

static int frame_sent(nghttp2_session *session, const nghttp2_frame *frame, void *ctx)
{
	struct request *r;

	(void)ctx;
	if (frame->hd.type != NGHTTP2_HEADERS)
		return 0;
	r = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
	if (r) {
		r->sent = true;
		discard(session, r, 0);
	}
	return 0;
}

static void whole(struct h2 *h, struct request *r)
{
	h->receiving--;
	r->received = true;
	if (r->stage == STAGE_DONE)
		return;
	if (r->body.n == 0) {
		refuse(h, r, 400);
		return;
	}
	h->progress = true;
	flight_submit(h->s, r);
}

static int begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *ctx)
{
	struct h2 *h = ctx;

	(void)session;
	if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;
	buf_reset(&h->text);
	h->method.set = h->path.set = h->type.set = h->authorization.set = h->api_key.set = h->has_length = false;
	return 0;
}

#define IS(literal) (name_n == sizeof(literal) - 1 && memcmp(name, literal, sizeof(literal) - 1) == 0)
#define KEEP(field) \
	do { \
		h->field.at = h->text.n; \
		h->field.n = value_n; \
		h->field.set = true; \
		buf_put(&h->text, value, value_n); \
	} while (0)

/* nghttp2 has checked already that names are lower case, that pseudo headers come once, and what Content-Length says. */
static int header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t name_n, const uint8_t *value,
	size_t value_n, uint8_t flags, void *ctx)
{
	struct h2 *h = ctx;

	(void)session;
	(void)flags;
	if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;
	if (IS(":method"))
		KEEP(method);
	else if (IS(":path"))
		KEEP(path);
	else if (IS("content-type"))
		KEEP(type);
	else if (IS("authorization"))
		KEEP(authorization);
	else if (IS("x-api-key"))
		KEEP(api_key);
	else if (IS("content-length") && value_n < 19) {
		h->has_length = true;
		h->length = 0;
		for (size_t i = 0; i < value_n; i++)
			h->length = h->length * 10 + (uint64_t)(value[i] - '0');
	}
	return 0;
}

#define FIELD(field) (h->field.set ? (struct span){ h->text.p + h->field.at, h->field.n } : (struct span){ NULL, 0 })

static int on_head(struct h2 *h, nghttp2_session *session, const nghttp2_frame *frame)
{
	const bool last = frame->hd.flags & NGHTTP2_FLAG_END_STREAM;
	struct http_head head = {
		.has_length = h->has_length && !last, .length = h->length, .type = FIELD(type), .authorization = FIELD(authorization),
		.api_key = FIELD(api_key), .bad = h->text.full ? "too large" : NULL
	};
	struct request *r = request_new(h->s, h->c, h->path.set ? FIELD(path) : SPAN("*"));
	const struct span method_text = FIELD(method);
	char method[16] = "";
	unsigned status;

	if (!r)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	if (method_text.n < sizeof(method))
		memcpy(method, method_text.p ? method_text.p : "", method_text.n);
	r->stream = frame->hd.stream_id;
	link_request(h, r);
	h->receiving++;
	nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, r);
	status = request_head(h->s, r, method, &head);
	r->stage = STAGE_BODY;
	if (status)
		refuse(h, r, status);
	else if (!request_reserve(h->s, r))
		flight_gate(h->s, r);
	return 0;
}

static int frame_received(nghttp2_session *session, const nghttp2_frame *frame, void *ctx)
{
	struct h2 *h = ctx;
	struct request *r;

	if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA)
		return 0;
	if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST && on_head(h, session, frame) < 0)
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	r = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
	if (r && frame->hd.flags & NGHTTP2_FLAG_END_STREAM)
		whole(h, r);
	return 0;
}

static int data(nghttp2_session *session, uint8_t flags, int32_t stream, const uint8_t *p, size_t n, void *ctx)
{
	struct h2 *h = ctx;
	struct request *r = nghttp2_session_get_stream_user_data(session, stream);

	unsigned status;

	(void)flags;
	nghttp2_session_consume_connection(session, n);
	if (!r)
		return 0;
	if (r->stage == STAGE_DONE) {
		discard(session, r, n);
		return 0;
	}
	status = request_body(h->s, r, p, n);
	if (r->stage == STAGE_GATE)
		r->withheld += n;
	else
		nghttp2_session_consume_stream(session, stream, n);
	if (status && r->stage == STAGE_BODY)
		refuse(h, r, status);
	return 0;
}

void h2_wake(struct request *r)
{
	struct h2 *h = r->conn->h2;

	nghttp2_session_consume_stream(h->session, r->stream, r->withheld);
	r->withheld = 0;
	h2_dirty(h);
}

static int stream_closed(nghttp2_session *session, int32_t stream, uint32_t error, void *ctx)
{
	struct h2 *h = ctx;
	struct request *r = nghttp2_session_get_stream_user_data(session, stream);

	(void)error;
	if (!r)
		return 0;
	h2_unlink(r);
	if (!r->received)
		h->receiving--;
	if (r->stage != STAGE_DONE)
		h->s->count.gone++;
	if (r->stage == STAGE_WAIT || r->stage == STAGE_FLIGHT || r->stage == STAGE_GATE)
		r->gone = true;
	else
		request_free(h->s, r);
	return 0;
}

static nghttp2_session_callbacks *callbacks(void)
{
	static nghttp2_session_callbacks *c;

	if (c || nghttp2_session_callbacks_new(&c) != 0)
		return c;
	nghttp2_session_callbacks_set_on_begin_headers_callback(c, begin_headers);
	nghttp2_session_callbacks_set_on_header_callback(c, header);
	nghttp2_session_callbacks_set_on_frame_recv_callback(c, frame_received);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(c, data);
	nghttp2_session_callbacks_set_on_frame_send_callback(c, frame_sent);
	nghttp2_session_callbacks_set_on_stream_close_callback(c, stream_closed);
	return c;
}

static nghttp2_option *option(void)
{
	static nghttp2_option *o;

	if (o || nghttp2_option_new(&o) != 0)
		return o;
	nghttp2_option_set_no_auto_window_update(o, 1);
	nghttp2_option_set_no_closed_streams(o, 1);
	return o;
}

nghttp2_session *h2_session_new(struct h2 *h)
{
	static const nghttp2_settings_entry settings[] = {
		{ NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, STREAMS },
		{ NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, STREAM_WINDOW },
		{ NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, 32768 },
	};
	nghttp2_session *session = NULL;

	if (!callbacks() || !option() || nghttp2_session_server_new2(&session, callbacks(), h, option()) != 0)
		return NULL;
	if (nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings, sizeof(settings) / sizeof(*settings)) != 0 ||
	    nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, CONNECTION_WINDOW) != 0) {
		nghttp2_session_del(session);
		return NULL;
	}
	return session;
}
