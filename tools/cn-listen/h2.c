/* SPDX-License-Identifier: Apache-2.0 */
#include "h2.h"
#include "tls.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define BLOCK ((size_t)64 << 10)
#define OUT_MAX ((size_t)256 << 10)	/* a client that does not read its answers gets no more than this made for it */
#define KEEP ((size_t)4 << 10)

void h2_dirty(struct h2 *h)
{
	if (h->dirty)
		return;
	h->dirty = true;
	h->next_dirty = h->s->h2_dirty;
	h->s->h2_dirty = h;
}

static void end(struct h2 *h)
{
	struct server *s = h->s;
	struct connection *c = h->c;

	while (h->requests) {
		struct request *r = h->requests;

		h2_unlink(r);
		if (r->stage != STAGE_DONE)
			s->count.gone++;
		if (r->stage == STAGE_WAIT || r->stage == STAGE_FLIGHT || r->stage == STAGE_GATE)
			r->gone = true;
		else
			request_free(s, r);
	}
	if (h->tls)
		gnutls_deinit(h->tls);
	nghttp2_session_del(h->session);
	buf_free(&h->out);
	buf_free(&h->text);
	free(h);
	close(c->fd);
	connection_free(s, c);
}

/* What the connection is doing, for its time limits. A request that trickles in keeps the time of its beginning. */
static void set_state(struct h2 *h)
{
	int state = CONN_IDLE;

	if (h->out.n > h->out_head)
		state = CONN_ANSWERING;
	else if (h->receiving)
		state = CONN_RECEIVING;
	else if (h->requests)
		state = CONN_HELD;
	if ((int)h->c->state != state || h->progress)
		connection_state(h->s, h->c, state);
	h->progress = false;
}

static ssize_t get(struct h2 *h, void *p, size_t n)
{
	return h->tls ? tls_result(gnutls_record_recv(h->tls, p, n)) : recv(h->c->fd, p, n, 0);
}

static ssize_t put(struct h2 *h, const void *p, size_t n)
{
	return h->tls ? tls_result(gnutls_record_send(h->tls, p, n)) : send(h->c->fd, p, n, MSG_NOSIGNAL);
}

/* Write what is in out: false when the connection is lost. */
static bool write_out(struct h2 *h)
{
	while (h->out_head < h->out.n) {
		ssize_t n = put(h, h->out.p + h->out_head, h->out.n - h->out_head);

		if (n < 0 && errno == EAGAIN)
			return true;
		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0)
			h->out_head += (size_t)n;
	}
	h->out_head = 0;
	if (h->out.cap > KEEP && h->out.n < KEEP / 4)
		buf_free(&h->out);
	buf_reset(&h->out);
	return true;
}

static bool send_frames(struct h2 *h)
{
	for (;;) {
		const uint8_t *p;
		ssize_t n;

		if (h->out.n - h->out_head >= OUT_MAX)
			return write_out(h);
		n = nghttp2_session_mem_send(h->session, &p);
		if (n < 0)
			return false;
		if (n == 0)
			return write_out(h);
		buf_put(&h->out, p, (size_t)n);
		if (h->out.full)
			return false;
		if (h->out.n - h->out_head >= BLOCK && !write_out(h))
			return false;
	}
}

static void watch_out(struct h2 *h)
{
	const bool want = h->out.n > h->out_head || (h->handshaking && gnutls_record_get_direction(h->tls) == 1);

	if (want == h->want_out)
		return;
	h->want_out = want;
	loop_watch(h->s, EPOLL_CTL_MOD, h->c->fd, want ? EPOLLIN | EPOLLOUT : EPOLLIN, &h->c->watch);
}

void h2_flush(struct server *s)
{
	struct h2 *h;

	while ((h = s->h2_dirty)) {
		bool ok;

		s->h2_dirty = h->next_dirty;
		h->dirty = false;
		if (h->handshaking && !h->closing)
			continue;
		ok = h->handshaking || send_frames(h);
		if (!ok || h->closing || (!nghttp2_session_want_read(h->session) && !nghttp2_session_want_write(h->session))) {
			end(h);
			continue;
		}
		watch_out(h);
		set_state(h);
	}
}

static void handshake(struct h2 *h)
{
	int r = gnutls_handshake(h->tls);

	if (r == 0) {
		h->handshaking = false;
		h->progress = true;
	} else if (gnutls_error_is_fatal(r)) {
		log_debug("TLS handshake failed", "reason", gnutls_strerror(r), NULL);
		h->closing = true;
	}
	watch_out(h);
}

static void ready(struct server *s, struct watch *w, uint32_t events)
{
	static uint8_t in[2 * BLOCK];
	struct h2 *h = ((struct connection *)w)->h2;

	(void)s;
	h2_dirty(h);
	if (h->handshaking)
		handshake(h);
	if (h->handshaking || h->closing || !(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		return;
	/* What GnuTLS has decrypted already epoll does not know of. */
	do {
		ssize_t n = get(h, in, sizeof(in));

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0 || nghttp2_session_mem_recv(h->session, in, (size_t)n) < 0) {
			h->closing = true;
			return;
		}
	} while (h->tls && gnutls_record_check_pending(h->tls) > 0);
}

void h2_start(struct server *s, struct connection *c)
{
	struct h2 *h = calloc(1, sizeof(*h));

	if (h) {
		*h = (struct h2){ .s = s, .c = c, .text.max = 65536 };
		h->session = h2_session_new(h);
		if (s->tls)
			h->tls = tls_session(s->tls_credentials, s->opt.tls_ca != NULL, c->fd);
		h->handshaking = h->tls != NULL;
	}
	if (!h || !h->session || (s->tls && !h->tls)) {
		log_error("out of memory for a connection", NULL);
		free(h);
		close(c->fd);
		connection_free(s, c);
		return;
	}
	c->h2 = h;
	c->watch.ready = ready;
	connection_state(s, c, CONN_RECEIVING);
	loop_watch(s, EPOLL_CTL_ADD, c->fd, EPOLLIN, &c->watch);
	h2_dirty(h);
}

void h2_close(struct server *s, struct connection *c)
{
	(void)s;
	nghttp2_session_terminate_session(c->h2->session, NGHTTP2_NO_ERROR);
	c->h2->closing = true;
	h2_dirty(c->h2);
}
