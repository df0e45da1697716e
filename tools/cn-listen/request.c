/* SPDX-License-Identifier: Apache-2.0 */
#include "listen.h"

#include <stdlib.h>

#define KEEP 4096		/* a free request keeps buffers up to this size */
#define LARGE ((size_t)64 << 10)	/* larger bodies are counted */

struct request *request_new(struct server *s, struct connection *c, struct span target)
{
	struct request *r = s->free;

	if (r) {
		struct buf head = r->head, body = r->body;

		s->free = r->next;
		buf_reset(&head);
		buf_reset(&body);
		*r = (struct request){ .head = head, .body = body };
	} else {
		r = calloc(1, sizeof(*r));
		if (!r)
			return NULL;
	}
	r->conn = c;
	r->start = s->now_us;
	r->body.max = s->opt.max_body;
	buf_span(&r->head, target);
	r->path_n = r->head.n;
	return r;
}

void request_free(struct server *s, struct request *r)
{
	s->body_bytes -= r->reserved;
	r->reserved = 0;
	if (r->head.cap > KEEP)
		buf_free(&r->head);
	if (r->body.cap > KEEP)
		buf_free(&r->body);
	buf_free(&r->reason);
	r->next = s->free;
	s->free = r;
}

struct span request_path(const struct request *r)
{
	return (struct span){ r->head.p ? r->head.p : "", r->path_n };
}

struct span request_type(const struct request *r)
{
	if (!r->has_type)
		return (struct span){ NULL, 0 };
	return (struct span){ r->head.p ? r->head.p + r->path_n : "", r->head.n - r->path_n };
}

/* In this order: who asks, what for, how much. */
unsigned request_head(struct server *s, struct request *r, const char *method, const struct http_head *h)
{
	if (h->bad)
		return 400;
	if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0) {
		s->count.probes++;
		return s->draining ? 503 : 200;
	}
	if (s->auth && !http_auth_ok(s->auth, h->authorization, h->api_key))
		return 401;
	if (strcmp(method, "POST") != 0)
		return 405;
	if (h->has_length && h->length > s->opt.max_body)
		return 413;
	if (h->has_length && h->length == 0)
		return 400;
	if (s->draining || s->stop)
		return 503;
	r->length = h->has_length ? h->length : 0;
	r->head.n = r->path_n;
	r->has_type = h->type.p != NULL;
	if (r->has_type)
		buf_span(&r->head, h->type);
	return r->head.full ? 400 : 0;
}

bool request_reserve(struct server *s, struct request *r)
{
	if (r->length <= LARGE || r->reserved)
		return true;
	if (s->body_bytes && s->body_bytes + r->length > s->opt.window_bytes)
		return false;
	r->reserved = r->length;
	s->body_bytes += r->length;
	return true;
}

unsigned request_body(struct server *s, struct request *r, const void *p, size_t n)
{
	if (r->body.n + n > s->opt.max_body)
		return 413;
	buf_put(&r->body, p, n);
	if (!r->length && r->body.n > LARGE) {
		s->body_bytes += r->body.n - r->reserved;
		r->reserved = r->body.n;
		if (s->body_bytes > 2 * s->opt.window_bytes + s->opt.max_body)
			return 503;
	}
	return r->body.full ? 503 : 0;
}
