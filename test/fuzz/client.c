/* SPDX-License-Identifier: Apache-2.0 */
#include "client_parts.h"
#include "client_scan.h"
#include "client_batch.h"
#include "bytes.h"
#include "frame.h"
#include "fuzz.h"
#include "message.h"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

/* What a node may send on a connection: the input's first byte says what was asked, the rest is what comes back, in pieces. Every request
 * must end exactly once. */

/* Names are not looked up here. */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **found)
{
	(void)node;
	(void)service;
	(void)hints;
	(void)found;
	return EAI_NONAME;
}

static unsigned submitted, ended;

static void on_done(struct client_request *r, const struct client_reply *reply)
{
	(void)r;
	MUST(!reply->in_doubt || reply->code != 0);
	ended++;
}

static bool on_part(struct client_request *r, struct span body)
{
	(void)r;
	(void)body;
	return true;
}

static struct conn *connect_by_hand(struct client *c, struct node *n, int fd)
{
	struct conn *conn = calloc(1, sizeof(*conn));

	conn->client = c;
	conn->node = n;
	conn->io.fd = fd;
	conn->state = CONN_OPEN;
	conn->writable = true;
	conn->in.max = c->o.reply_max + 2 * SCRATCH;
	return conn;
}

static void on_pool(struct client *c, struct node *n, int fd, uint8_t kind)
{
	static const char unit[] = "\2\3\0\0\0\0\0\x16" "\x16\x8\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
	static struct client_request r[3];
	struct conn *conn = connect_by_hand(c, n, fd);

	n->active = true;
	n->conns = conn;
	n->n_conns = 1;
	for (unsigned i = 0; i < 3; i++) {
		r[i] = (struct client_request){ .unit = { unit, PROTO_SIZE + MESSAGE_HEADER_SIZE }, .kind = kind & 3, .write = kind & 4, .retries = -1,
			.done = on_done, .part = on_part };
		r[i].state = (struct client_request_state){ .client = c, .slot = -1, .give_up = INT64_MAX, .timer.fire = client_request_timer_fire };
		client_conn_assign(conn, &r[i]);
		submitted++;
	}
	client_conn_flush(conn);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct client_options o = { .seeds = "127.0.0.1:1", .pipeline = 8, .reply_max = 1 << 20,
		.compress = size && (data[0] & 0x40), .rack_aware = size && (data[0] & 0x20) };
	struct address a = { .text = "127.0.0.1:1", .host = "127.0.0.1", .port = 1, .loopback = true };
	const char *why;
	struct client *c;
	struct node *n;
	size_t at = 1;
	int fd[2];

	if (size < 2 || size > 60000)
		return 0;
	log_set_level("error");
	submitted = ended = 0;
	c = client_open(&o, &why);
	MUST(c && socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd) == 0);
	client_timer_clear(&c->tend);
	n = client_node_new(c, &a, 1, (struct span){ 0 });
	if (data[0] & 8) {
		n->tend = connect_by_hand(c, n, fd[0]);
		n->tend->tending = true;
		n->tending = true;
		client_tend_opened(n);
		client_conn_flush(n->tend);
	} else {
		on_pool(c, n, fd[0], data[0]);
	}
	while (at < size) {
		size_t piece = 1 + data[at] * (data[0] & 16 ? 1 : 97);
		struct conn *conn = n->gone ? NULL : data[0] & 8 ? n->tend : n->conns;

		if (piece > size - at)
			piece = size - at;
		if (!conn || conn->dead || write(fd[1], data + at, piece) != (ssize_t)piece)
			break;
		at += piece;
		client_conn_read(conn);
		if (!conn->dead)
			client_conn_flush(conn);
	}
	close(fd[1]);
	client_close(c);
	MUST(ended == submitted);
	return 0;
}
