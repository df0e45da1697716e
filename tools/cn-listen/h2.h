/* SPDX-License-Identifier: Apache-2.0 */
#ifndef H2_H
#define H2_H

#include "listen.h"

#include <nghttp2/nghttp2.h>

/* One HTTP/2 connection; h2.c has its life and its bytes, h2_request.c what nghttp2 tells of its streams. */
struct h2 {
	struct server *s;
	struct connection *c;
	nghttp2_session *session;
	struct h2 *next_dirty;
	gnutls_session_t tls;		/* NULL: plain */
	bool handshaking;
	bool dirty, closing, want_out;
	bool progress;			/* a request has become whole, or was answered, since the connection's state was last set */
	struct buf out;			/* frames that the socket did not take yet: out.p[out_head..out.n) */
	size_t out_head;
	struct request *requests;	/* all whose stream is open */
	size_t receiving;		/* those that are not whole yet */

	/* The head that is being received; nghttp2 gives one whole before it begins with the next. */
	struct buf text;
	struct { size_t at, n; bool set; } method, path, type, authorization, api_key;
	bool has_length;
	uint64_t length;
};

nghttp2_session *h2_session_new(struct h2 *h);
void h2_dirty(struct h2 *h);
void h2_unlink(struct request *r);

#endif
