/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HTTP_SERVE_H
#define HTTP_SERVE_H

#include "http_manage.h"
#include "span.h"

#include <stdbool.h>
#include <sys/socket.h>

/* What servers have in common that accept their connections themselves and hand them to http.h with http_add. */

/* Every connection is a descriptor: raise the limit of open files to so many, or as near as the system lets us. What it is then, at least
 * `files` when there are enough. */
uint64_t http_raise_files(uint64_t files);
/* Log where the program listens, and its manage endpoint when that was started. host NULL: 127.0.0.1. */
void http_say_listening(const char *host, uint16_t port, bool tls, const struct http_manage *m);

/* The listening socket in the caller's epoll: when that reports `watch`, call http_accept. */
struct http_acceptor {
	int fd;				/* -1: stopped */
	int epoll_fd;
	void *watch;
	const uint64_t *connections;	/* how many there are, counted by the caller */
	uint64_t max;
	bool paused;
	/* fd is the callee's, non-blocking, with TCP_NODELAY. */
	void (*welcome)(void *ctx, int fd, const struct sockaddr_storage *from, socklen_t size);
	void *ctx;
};
void http_accept_start(struct http_acceptor *a, const char *host, uint16_t *port, bool reuse_port);	/* as http_listen */
/* Accept those that wait, not too many in a row. When as many as may be are there, or the system has no room for more, it pauses until
 * http_accept_again, which may be called at any time. */
void http_accept(struct http_acceptor *a);
void http_accept_again(struct http_acceptor *a);
void http_accept_stop(struct http_acceptor *a);

/* What the `connection` function of http.h left as the socket's context. */
void *http_socket_context(struct MHD_Connection *c);
/* Over TLS: has the client shown a certificate of the authority? libmicrohttpd asks for it but leaves the judgement to us. */
bool http_client_ok(struct MHD_Connection *c);
/* In the middle of a body libmicrohttpd takes no response: this one, head and all, goes out by hand. Then the sending half is closed; the
 * caller throws some of what is still coming away, because closing at once would take the answer away from the client (RST). False when
 * it could not be sent. */
bool http_cut_off(struct MHD_Connection *c, struct span answer);

#endif
