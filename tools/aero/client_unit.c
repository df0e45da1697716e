/* SPDX-License-Identifier: Apache-2.0 */
#include "client_parts.h"
#include "frame.h"
#include "result.h"

/* Units out and in, on a connection that is open. */

#define IOVECS 32
#define READS 16		/* in a row, before others get their turn */

/* ---- out ---- */

void client_conn_assign(struct conn *c, struct client_request *r)
{
	client_list_add(&c->requests, r);
	r->state.conn = c;
	r->state.out = false;
	if (!c->unsent) {
		c->unsent = r;
		c->unsent_at = 0;
	}
	if (!c->tending && r != c->auth) {
		c->node->in_flight++;
		if (r->kind == CLIENT_STREAM || c->requests.n >= c->client->o.pipeline)
			client_pool_take(c);
	}
	if (r != c->auth)
		client_request_timer(r);
	if (c->writable)
		client_conn_dirty(c);
}

static int gather(const struct conn *c, struct iovec v[IOVECS])
{
	size_t at = c->unsent_at;
	int n = 0;

	for (const struct client_request *r = c->unsent; r && n < IOVECS; r = r->state.next, at = 0) {
		struct span unit = client_request_bytes(r);

		v[n++] = (struct iovec){ (char *)(uintptr_t)unit.p + at, unit.n - at };
	}
	return n;
}

static void written(struct conn *c, size_t n)
{
	while (n && c->unsent) {
		struct client_request *r = c->unsent;
		size_t left = client_request_bytes(r).n - c->unsent_at;

		if (!r->state.out) {
			r->state.out = true;
			if (r->state.sent < UINT8_MAX)
				r->state.sent++;
		}
		if (n < left) {
			c->unsent_at += n;
			return;
		}
		n -= left;
		c->unsent = r->state.next;
		c->unsent_at = 0;
	}
}

void client_conn_flush(struct conn *c)
{
	struct iovec v[IOVECS];

	while (!c->dead && !c->doomed && c->unsent && c->writable) {
		ssize_t n = client_io_write(&c->io, v, gather(c, v));

		if (n == IO_AGAIN)
			c->writable = false;
		else if (n < 0)
			client_conn_fail(c, NULL, CLIENT_UNREACHABLE, c->io.why);
		else
			written(c, (size_t)n);
	}
}

/* ---- in ---- */

/* What whole units there are in data; returns how many bytes they took. */
static size_t units(struct conn *c, struct span data)
{
	size_t taken = 0;

	while (!c->dead && !c->doomed && taken < data.n) {
		struct frame f;
		int there = frame_parse(&f, data.p + taken, data.n - taken);

		if (there < 0 || f.size > c->client->o.reply_max + PROTO_SIZE || c->requests.n == 0 || c->unsent == c->requests.first) {
			client_conn_fail(c, c->requests.first, CLIENT_BAD_REPLY, there < 0 ? "not a unit" : "an answer that nobody asked for");
			break;
		}
		if (there == 0 || c->requests.first->state.paused)
			break;
		taken += f.size;
		c->used = c->client->now;
		if (f.type == PROTO_COMPRESSED) {
			if (!client_unit_unpack(c, &f.body))
				break;
			f.type = PROTO_MESSAGE;
		}
		client_request_unit(c, f.type, f.body);
	}
	return taken;
}

/* Keep what is no whole unit. */
static bool keep(struct conn *c, const char *p, size_t n)
{
	buf_put(&c->in, p, n);
	if (!c->in.full)
		return true;
	client_conn_fail(c, c->requests.first, CLIENT_NO_MEMORY, "an answer too large");
	return false;
}

/* How much more of the unit at the start of c->in to ask for. */
static size_t wanted(const struct conn *c)
{
	struct frame f;

	frame_parse(&f, c->in.p, c->in.n);
	return f.size > c->in.n && f.size - c->in.n > SCRATCH ? f.size - c->in.n : SCRATCH;
}

/* One read. False when there is no more for now, or ever. */
static bool read_once(struct conn *c)
{
	bool direct = c->in.n == 0;
	size_t room = direct ? SCRATCH : wanted(c), taken;
	char *to = direct ? c->client->scratch : buf_reserve(&c->in, room);
	ssize_t n;

	if (!to) {
		client_conn_fail(c, c->requests.first, CLIENT_NO_MEMORY, "an answer too large");
		return false;
	}
	n = client_io_read(&c->io, to, room);
	if (n == IO_AGAIN)
		return false;
	if (n < 0) {
		client_conn_fail(c, NULL, CLIENT_UNREACHABLE, n == IO_END ? "connection closed by the node" : c->io.why);
		return false;
	}
	if (direct) {
		taken = units(c, (struct span){ to, (size_t)n });
		if (c->dead || (taken < (size_t)n && !keep(c, to + taken, (size_t)n - taken)))
			return false;
	} else {
		c->in.n += (size_t)n;
		taken = units(c, buf_as_span(&c->in));
		if (c->dead)
			return false;
		c->in.n -= taken;
		memmove(c->in.p, c->in.p + taken, c->in.n);
		if (c->in.n == 0 && c->in.cap > SCRATCH)
			buf_free(&c->in);
	}
	return c->io.session || (size_t)n == room;
}

void client_conn_read(struct conn *c)
{
	if (c->doomed)
		return;
	/* Units that were left when a stream was paused come before anything new. */
	if (c->in.n && c->requests.first && !c->requests.first->state.paused) {
		size_t taken = units(c, buf_as_span(&c->in));

		if (c->dead)
			return;
		c->in.n -= taken;
		memmove(c->in.p, c->in.p + taken, c->in.n);
	}
	for (unsigned i = 0; i < READS; i++) {
		if (c->requests.first && c->requests.first->state.paused)
			return;
		if (!read_once(c))
			return;
	}
	client_conn_again(c);
}
