/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLIENT_IO_H
#define CLIENT_IO_H

#include "span.h"

#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

/* Bytes to and from a node: a non-blocking TCP socket, with TLS around it or not. */

struct address {
	struct sockaddr_storage a;
	socklen_t n;
	char text[64];		/* "127.0.0.1:3000", "[::1]:3000" */
	char host[48];		/* "127.0.0.1" */
	uint16_t port;
	bool loopback;
};
/* Addresses of a host, max at most: 0 when it has none, with *why set. Blocks for names, not for numbers. */
unsigned client_address_find(struct span host, uint16_t port, struct address *found, unsigned max, const char **why);
bool client_address_eq(const struct address *a, const struct address *b);

struct io_tls;			/* certificates: what all connections share */
struct io_tls *client_io_tls_open(const char *ca, const char *cert, const char *key, const char **why);
void client_io_tls_close(struct io_tls *t);

struct io {
	int fd;			/* -1: closed */
	void *session;		/* of TLS, NULL for none */
	bool no_tls_yet;
	char why[96];		/* of the last failure */
};
/* Start to connect. False when that fails at once; why is set. */
bool client_io_connect(struct io *io, const struct address *to);
/* After the descriptor has become writable: has it worked? */
bool client_io_connected(struct io *io);
/* TLS: begin with the name that the certificate must carry, then shake hands until it says 1 (done) or -1 (failed); 0: not yet. */
bool client_io_tls_begin(struct io *io, struct io_tls *t, const char *name);
int client_io_handshake(struct io *io);
/* Bytes, or one of these. */
enum { IO_AGAIN = -1, IO_FAILED = -2, IO_END = -3 };
ssize_t client_io_read(struct io *io, void *p, size_t n);
ssize_t client_io_write(struct io *io, const struct iovec *v, int n);
/* Nothing is to be read and the other side has not closed: what an idle connection must be like. */
bool client_io_quiet(struct io *io);
void client_io_close(struct io *io);

#endif
