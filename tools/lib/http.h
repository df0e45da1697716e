/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HTTP_H
#define HTTP_H

#include "span.h"

#include <microhttpd.h>
#include <stdint.h>

/* HTTP/1.1 on libmicrohttpd inside an event loop of the caller's own: no threads, one epoll descriptor that goes into the caller's.
 * The caller runs http_run when that descriptor is readable, after MHD_resume_connection, when http_run asked for it, and at least
 * once a second.
 *
 * What libmicrohttpd 0.9.75 needs from its user, all of it done here or said where it matters:
 * - a client that leaves is not noticed while its connection is suspended: every suspension needs a deadline;
 * - duplicate Content-Length, and Transfer-Encoding beside Content-Length, are accepted: http_head_read refuses them;
 * - a response can be queued at the first call of the handler and after the last byte of the body, not between;
 * - MHD_stop_daemon with a suspended connection aborts the process: resume them all and http_run first. */
struct http_tls;

struct http_options {
	void *ctx;			/* first argument of the four functions */
	MHD_AccessHandlerCallback handle;
	/* The request target as it came, with its query, before anything is decoded; what it returns is *con_cls of this request. May
	 * be NULL. */
	void *(*target)(void *ctx, const char *target, struct MHD_Connection *c);
	MHD_RequestCompletedCallback completed;
	MHD_NotifyConnectionCallback connection;
	int listen_fd;			/* from http_listen; -1: connections come through http_add */
	size_t pool;			/* bytes of memory per connection, its read buffer included; the longest head is a bit less */
	unsigned connections;		/* at most so many at a time */
	unsigned idle_s;		/* close a silent connection after so many seconds; 0: the caller sees to it */
	const struct http_tls *tls;	/* NULL: plain */
};

/* NULL and a log line when libmicrohttpd refuses. */
struct MHD_Daemon *http_start(const struct http_options *o);
int http_epoll_fd(struct MHD_Daemon *d);
/* Hand over an accepted non-blocking socket, which the daemon closes from now on, also when this fails (-1, errno). */
int http_add(struct MHD_Daemon *d, int fd, const void *address, unsigned address_size);
/* True when it has more to do already, though its descriptor may not be readable: run it again, after others had their turn. */
bool http_run(struct MHD_Daemon *d);

/* The address of --listen, bound and listening (non-blocking); dies when it can't. NULL host: 127.0.0.1. *port becomes the real
 * one when it was 0. */
int http_listen(const char *host, uint16_t *port, bool reuse_port);

/* The head of a request, spans good until the request is done. Absent where the client did not send it. */
struct http_head {
	struct span type;		/* Content-Type */
	struct span authorization, api_key;	/* Authorization, X-Api-Key */
	struct span accept, origin;	/* Accept, Origin; of a preflight: Access-Control-Request-Method and -Headers */
	struct span cors_method, cors_headers;
	bool has_length, chunked, expect, host;
	uint64_t length;
	const char *bad;		/* why this head is ambiguous and must be answered 400 and closed; NULL when it is sound */
};
void http_head_read(struct MHD_Connection *c, struct http_head *h);

/* Answer with a status and a short plain text; the response objects are made once and shared. 401 carries WWW-Authenticate, 405
 * Allow, 503 Retry-After. close: say so and close. */
enum MHD_Result http_answer(struct MHD_Connection *c, unsigned status, bool close);
/* Answer with a body of the caller's, which is copied. */
enum MHD_Result http_answer_body(struct MHD_Connection *c, unsigned status, const char *type, struct span body);

/* Certificate, key and client CA, each a PEM file; key and ca may be NULL (ca NULL: no client certificate asked for). Dies when a file
 * can't be read or does not fit. */
struct http_tls *http_tls_load(const char *cert, const char *key, const char *ca);
void http_tls_free(struct http_tls *t);
struct http_tls {
	char *cert, *key, *ca;		/* PEM text */
};

#endif
