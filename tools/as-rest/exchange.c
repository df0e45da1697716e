/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"
#include "key.h"
#include "bytes.h"
#include "particle.h"

#include <stdlib.h>

#define KEEP ((size_t)64 << 10)		/* a free exchange keeps buffers up to this size */
#define LARGE ((size_t)64 << 10)	/* larger bodies are counted */
#define UNIT_MAX ((size_t)128 << 20)
#define ANSWER_MAX ((size_t)256 << 20)

struct exchange *exchange_new(struct server *s, struct span target)
{
	struct exchange *e = s->free;

	if (e) {
		const struct exchange kept = *e;

		s->free = e->next;
		*e = (struct exchange){ .target = kept.target, .body = kept.body, .r = { .arena = kept.r.arena, .unit = kept.r.unit,
			.out = kept.r.out } };
	} else {
		e = calloc(1, sizeof(*e));
		if (!e)
			return NULL;
	}
	e->r.server = s;
	e->r.exchange = e;
	e->r.answer.out = &e->r.out;
	e->start = s->now_us;
	e->body.max = s->opt.max_body;
	e->r.unit.max = UNIT_MAX;
	e->r.out.max = ANSWER_MAX;
	e->r.arena.max = 4 * s->opt.max_body + ((size_t)1 << 20);
	buf_span(&e->target, target);
	s->count.in_flight++;
	return e;
}

static void tidy(struct buf *b)
{
	if (b->cap > KEEP)
		buf_free(b);
	else
		buf_reset(b);
}

void exchange_free(struct server *s, struct exchange *e)
{
	pool_release(e);
	s->body_bytes -= e->reserved;
	s->answer_bytes -= e->answered;
	s->count.in_flight--;
	tidy(&e->target);
	tidy(&e->body);
	tidy(&e->r.unit);
	tidy(&e->r.out);
	arena_reset(&e->r.arena);
	e->next = s->free;
	s->free = e;
}

/* ---- the head ---- */

static void forms(struct exchange *e)
{
	struct request *r = &e->r;
	int takes = media_type(e->head.type), gives = media_accept(e->head.accept);

	r->takes = takes < 0 ? MEDIA_JSON : (enum media)takes;
	r->gives = gives < 0 ? MEDIA_JSON : (enum media)gives;
	r->answer = (struct answer){ .out = &r->out, .msgpack = r->gives == MEDIA_MSGPACK };
	if (!r->route)
		return;
	if (r->route->takes != BODY_NONE && takes < 0)
		reply_problem(r, 415, "Content-Type '%s' is not supported.", e->head.type.p ? e->head.type.p : "");
	else if (r->route->gives != BODY_NONE && gives < 0)
		reply_problem(r, 406, "Acceptable representations: [application/json, application/msgpack].");
}

static void no_route(struct exchange *e, const char *method, const char *allow)
{
	struct request *r = &e->r;

	if (!allow) {
		reply_problem(r, 404, "No static resource %.*s.", (int)(e->query.p ? e->query.p - 1 - e->target.p : (long)e->target.n) - 1,
			e->target.p + 1);
		return;
	}
	e->allow = arena_copy(&r->arena, (struct span){ allow, strlen(allow) + 1 }).p;
	if (r->method == METHOD_OPTIONS)
		rest_answer_status(r, 200);
	else
		reply_problem(r, 405, "Method '%.*s' is not supported.", 20, method);
}

static void find_route(struct exchange *e, const char *method)
{
	struct request *r = &e->r;
	const char *allow = NULL;
	unsigned status = path_split(buf_as_span(&e->target), r->server->opt.prefix, e->segment, &e->n_segments, &e->query);

	if (status == 400) {
		reply_problem(r, 400, "The request target is no path.");
		return;
	}
	if (!status)
		r->route = route_find(r->method, e->segment, e->n_segments, &allow);
	if (!r->route)
		no_route(e, method, allow);
}

/* Nothing of what follows can be trusted, or taken: answer now, and close. */
static bool refuse(struct exchange *e, unsigned status, const char *why)
{
	e->close = true;
	reply_problem(&e->r, status, "%s", why);
	return false;
}

static bool size_fits(struct exchange *e)
{
	struct server *s = e->r.server;

	if (!e->head.has_length)
		return true;
	if (e->head.length > s->opt.max_body)
		return refuse(e, 413, "The body is larger than is taken here.");
	if (e->discard || e->head.length <= LARGE)
		return true;
	if (s->body_bytes + e->head.length > s->opt.max_bodies)
		return refuse(e, 503, "Too many large bodies at a time.");
	e->reserved = e->head.length;
	s->body_bytes += e->reserved;
	return true;
}

/* A zero byte ends what libmicrohttpd says of a target; the version stands behind the true end, one blank further. */
static bool target_sound(const struct exchange *e, const char *version)
{
	if (version != e->target_end + 1)
		return false;
	for (size_t i = 0; i < e->target.n; i++)
		if ((unsigned char)e->target.p[i] < ' ' || e->target.p[i] == 0x7f)
			return false;
	return true;
}

bool exchange_head(struct exchange *e, const char *method, const char *version)
{
	struct request *r = &e->r;

	r->method = method_of(method);
	strncpy(e->method, method, sizeof(e->method) - 1);
	strncpy(e->version, version, sizeof(e->version) - 1);
	http_head_read(e->h1, &e->head);
	e->stage = STAGE_BODY;
	forms(e);
	if (e->head.bad)
		return refuse(e, 400, e->head.bad);
	if (e->head.chunked && strcmp(version, "HTTP/1.0") == 0)
		return refuse(e, 400, "HTTP/1.0 has no Transfer-Encoding");
	if (!target_sound(e, version))
		return refuse(e, 400, "The request target holds a control character.");
	if (e->target.full)
		return refuse(e, 414, "The request target is too long.");
	find_route(e, method);
	if (e->stage != STAGE_DONE)
		forms(e);
	e->discard = e->stage == STAGE_DONE || r->route->takes == BODY_NONE;
	if (!size_fits(e))
		return false;
	/* Whoever asks before sending need not send what is thrown away. */
	return !(e->stage == STAGE_DONE && e->head.expect);
}

/* ---- the whole ---- */

static bool key(struct request *r)
{
	struct record_key k;
	const char *why;

	if (!key_parse(&k, &r->arena, r->p.keytype, r->set, r->key, &why)) {
		rest_fail(r, 400, "%s: %.*s", why, SPAN_ARG(r->key));
		return false;
	}
	memcpy(r->digest, k.digest, DIGEST_SIZE);
	r->key_type = k.type;
	r->key_value = k.value;
	return true;
}

static void start(struct exchange *e)
{
	struct request *r = &e->r;
	const char *why;

	if (!route_segments(r, e->segment)) {
		reply_problem(r, 400, "A segment of the path holds an encoded slash, a zero byte or what is not UTF-8.");
		return;
	}
	params_default(&r->p, r->route->params);
	r->p.exists = r->route->exists;
	why = params_parse(&r->p, &r->arena, r->route->params, e->query);
	if (why) {
		rest_fail(r, 400, "%s", why);
		return;
	}
	if (r->key.p && !key(r))
		return;
	if (r->arena.full)
		rest_fail(r, 413, "The request is too large");
	else
		r->route->handle(r);
}

void exchange_client(struct exchange *e, unsigned refused)
{
	if (refused == 401)
		rest_fail(&e->r, 401, "Rest Gateway error");
	else if (refused)
		rest_fail_code(&e->r, CLIENT_UNREACHABLE, false, NULL);
	else
		start(e);
}

void exchange_whole(struct exchange *e)
{
	unsigned status;

	if (e->stage == STAGE_DONE)
		return;
	e->stage = STAGE_WAIT;
	e->r.body = buf_as_span(&e->body);
	if (e->r.route->local || pool_find(e, &status))
		start(e);
	else if (status == 401)
		rest_fail(&e->r, 401, "Rest Gateway error");
	else if (status)
		rest_fail(&e->r, status, e->r.server->stop ? "Shutting down" : "Too many different credentials at a time");
}
