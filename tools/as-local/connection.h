/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONNECTION_H
#define CONNECTION_H

#include "server.h"

#include <sys/socket.h>

/* One client: requests in, answers out, in bounded memory. Between server.c, which waits, and request.c, which answers. */

/* Takes over the descriptor; false when memory is out, and then does not. */
bool connection_new(int fd, const struct sockaddr_storage *peer, socklen_t n);
void connection_event(struct connection *c, uint32_t events);
/* Write what this round has answered; ends connections that are over. */
void connections_flush(void);
/* Is somebody missing in this round who was there in one of the last two? Worth a moment's wait where a commit is dear. */
bool connections_expected(void);
void connections_close(void);

#define OUT_HIGH ((size_t)1 << 20)	/* no new answer is begun while so much waits to be written */
#define OUT_MAX ((size_t)256 << 20)
static inline size_t connection_unsent(const struct connection *c) { return c->out.n - c->sent; }
/* Its job goes on when its time has come. */
void connection_waits(const struct connection *c);

/* answer.c: one whole frame is there; the job goes on as far as there is room; it waits for its time. */
void answer_frame(struct connection *c, uint8_t type, struct span body);
void answer_go_on(struct connection *c);
bool answer_waits(const struct connection *c);

/* What they need of the loop: epoll_ctl that can't fail; a connection has ended, so another may be accepted. */
void server_epoll(int op, int fd, uint32_t events, void *what);
void server_has_room(void);
void server_name_of(const struct sockaddr *a, socklen_t n, char to[64]);

#endif
