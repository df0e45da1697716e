/* SPDX-License-Identifier: Apache-2.0 */
#include "listen.h"
#include <unistd.h>
void h2_start(struct server *s, struct connection *c) { close(c->fd); connection_free(s, c); }
void h2_answer(struct server *s, struct request *r) { (void)s; (void)r; }
void h2_consume(struct server *s, struct request *r) { (void)s; (void)r; }
void h2_flush(struct server *s) { (void)s; }
void h2_close(struct server *s, struct connection *c) { (void)s; (void)c; }
