/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"
#include "result.h"

#include <stdio.h>

static const char *const media_names[] = { [MEDIA_JSON] = "application/json", [MEDIA_MSGPACK] = "application/msgpack" };

/* ---- what the answer is ---- */

static void done(struct request *r, unsigned status)
{
	struct exchange *e = r->exchange;

	e->status = status;
	e->stage = STAGE_DONE;
	if (e->gone)
		exchange_free(r->server, e);
	else if (e->suspended || e->polled)
		http_wake(e);
}

void rest_answer_status(struct request *r, unsigned status)
{
	r->exchange->plain = true;
	done(r, status);
}

static void put_name(struct answer *a, const char *name, struct span text)
{
	answer_key(a, span_of(name));
	answer_text(a, text);
}

static void fail(struct request *r, unsigned status, const char *text, const int *number, bool in_doubt)
{
	const struct exchange *e = r->exchange;
	struct answer *a = &r->answer;

	r->out.full = false;
	buf_reset(&r->out);
	a->comma = false;
	answer_map(a, 2 + (number != NULL) + (e->problem ? 4 : 0));
	put_name(a, "message", span_of(text));
	answer_key(a, SPAN("inDoubt"));
	answer_bool(a, in_doubt);
	if (number) {
		answer_key(a, SPAN("internalErrorCode"));
		answer_int(a, *number);
	}
	if (e->problem) {
		const size_t query = e->query.p ? e->query.n + 1 : 0;

		answer_key(a, SPAN("status"));
		answer_int(a, status);
		put_name(a, "title", span_of(reply_title(status)));
		put_name(a, "detail", span_of(text));
		put_name(a, "instance", (struct span){ e->target.p, e->target.n - query });
	}
	answer_map_end(a);
	done(r, status);
}

#define LARGE ((size_t)64 << 10)

/* Answers stay in memory for as long as their clients take to read them. One alone is always let out. */
static bool answer_fits(struct request *r)
{
	struct server *s = r->server;

	if (r->out.n <= LARGE)
		return true;
	if (s->answer_bytes && s->answer_bytes + r->out.n > s->opt.max_answers)
		return false;
	r->exchange->answered = r->out.n;
	s->answer_bytes += r->out.n;
	return true;
}

void rest_answer(struct request *r)
{
	if (r->out.full)
		rest_fail(r, 500, "The answer is too large");
	else if (!answer_fits(r))
		fail(r, 503, "Too many large answers at a time.", NULL, (r->route->params & PARAM_WRITE) || r->route->takes == BODY_BATCH);
	else
		done(r, r->route->success);
}

#define TEXT_MAX 1024

void rest_fail(struct request *r, unsigned status, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fail(r, status, text, NULL, false);
}

void rest_fail_as(struct request *r, unsigned status, int number, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fail(r, status, text, &number, false);
}

void reply_problem(struct request *r, unsigned status, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	r->exchange->problem = true;
	fail(r, status, text, NULL, false);
}

void rest_fail_missing(struct request *r)
{
	fail(r, 404, "Record not found", NULL, false);
}

void rest_fail_code(struct request *r, int code, bool in_doubt, const char *node)
{
	char text[TEXT_MAX];
	const int number = code_number(code);

	snprintf(text, sizeof(text), "Error %d%s%s: %s", number, node ? "," : "", node ? node : "", code_text(code));
	fail(r, code_status(code), text, &number, in_doubt);
}

void rest_fail_reply(struct request *r, const struct client_reply *reply)
{
	rest_fail_code(r, reply->code, reply->in_doubt, reply->node);
}

/* ---- how it goes out ---- */

const char *reply_title(unsigned status)
{
	switch (status) {
	case 400: return "Bad Request";
	case 401: return "Unauthorized";
	case 403: return "Forbidden";
	case 404: return "Not Found";
	case 405: return "Method Not Allowed";
	case 406: return "Not Acceptable";
	case 413: return "Content Too Large";
	case 414: return "URI Too Long";
	case 415: return "Unsupported Media Type";
	case 503: return "Service Unavailable";
	default: return "Internal Server Error";
	}
}

static void cors(struct MHD_Response *m, const struct exchange *e)
{
	MHD_add_response_header(m, "Access-Control-Allow-Origin", "*");
	MHD_add_response_header(m, "Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers");
	if (e->r.method != METHOD_OPTIONS || !e->head.cors_method.p)
		return;
	MHD_add_response_header(m, "Access-Control-Allow-Methods", e->allow ? e->allow : e->head.cors_method.p);
	if (e->head.cors_headers.p)
		MHD_add_response_header(m, "Access-Control-Allow-Headers", e->head.cors_headers.p);
	MHD_add_response_header(m, "Access-Control-Max-Age", "1800");
}

static void headers(struct MHD_Response *m, const struct exchange *e, bool closing)
{
	if (e->r.out.n && !e->plain)
		MHD_add_response_header(m, "Content-Type", e->type ? e->type : media_names[e->r.gives]);
	if (e->allow)
		MHD_add_response_header(m, "Allow", e->allow);
	if (e->location)
		MHD_add_response_header(m, "Location", e->location);
	if (e->head.origin.p)
		cors(m, e);
	if (e->status == 415)
		MHD_add_response_header(m, "Accept", "application/json, application/msgpack");
	if (e->status == 503)
		MHD_add_response_header(m, "Retry-After", "1");
	if (closing)
		MHD_add_response_header(m, "Connection", "close");
}

/* Empty answers without any header of their own are made once. */
static struct MHD_Response *shared(void)
{
	static struct MHD_Response *empty;

	if (!empty)
		empty = MHD_create_response_from_buffer(0, (void *)(uintptr_t)"", MHD_RESPMEM_PERSISTENT);
	return empty;
}

enum MHD_Result reply_send(struct exchange *e)
{
	const struct buf *out = &e->r.out;
	const bool closing = e->close || e->r.server->draining;
	const size_t n = e->plain ? 0 : out->n;
	struct MHD_Response *m;
	enum MHD_Result sent;

	if (n == 0 && !closing && !e->allow && !e->location && !e->head.origin.p && e->status < 300)
		return shared() ? MHD_queue_response(e->h1, e->status, shared()) : MHD_NO;
	/* The bytes stay until the exchange is freed, which is after they have gone. */
	m = MHD_create_response_from_buffer(n, n ? out->p : (void *)(uintptr_t)"", MHD_RESPMEM_PERSISTENT);
	if (!m)
		return MHD_NO;
	headers(m, e, closing);
	sent = MHD_queue_response(e->h1, e->status, m);
	MHD_destroy_response(m);
	return sent;
}
