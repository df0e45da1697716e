/* SPDX-License-Identifier: Apache-2.0 */
#include "bytes.h"
#include "clock.h"
#include "err.h"
#include "message.h"
#include "opt.h"

#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* Load on an Aerospike node: one request at a time on each of some connections, records with one string bin. Prints requests per
 * second, median and 99th percentile in microseconds, CPU microseconds per request on this side, answers other than 0. */

static struct settings {
	char *host;
	uint16_t port;
	unsigned connections;
	int64_t ms;
	uint64_t keys, value;
	bool fill;
	const char *ns;
} opt = { .port = 3000, .connections = 16, .ms = 3000, .keys = 100000, .value = 100, .ns = "test" };

static const struct opt table[] = {
	{ 'c', "connections", "N", NULL, "connections [16]" },
	{ 't', "time", "TIME", NULL, "how long [3s]" },
	{ 'k', "keys", "N", NULL, "different records [100000]" },
	{ 'd', "value", "BYTES", NULL, "size of the bin [100]" },
	{ 'n', "namespace", "NAME", NULL, "[test]" },
	{ 'f', "fill", NULL, NULL, "write each record once, in order, then end" },
	{ 0 }
};

static void set(void *ctx, int key, const char *value)
{
	(void)ctx;
	switch (key) {
	case 'c': opt.connections = (unsigned)opt_count(value, 1, 10000); break;
	case 't': opt.ms = opt_ms(value, 1, 3600000); break;
	case 'k': opt.keys = opt_count(value, 1, 1000000000); break;
	case 'd': opt.value = opt_bytes(value, 1, 1 << 20); break;
	case 'n': opt.ns = value; break;
	case 'f': opt.fill = true; break;
	}
}

struct connection {
	int fd;
	int64_t sent;
	char answer[64 << 10];
	size_t n;
};

#define SLOTS 1000000	/* microseconds */
static uint32_t took[SLOTS];
static uint64_t done, other, random_state = 88172645463325252u, next_fill;
static struct buf request;
static size_t digest_at;

static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

static uint64_t random_number(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	return random_state ^= random_state << 17;
}

static void build(bool write)
{
	struct message_writer w;
	size_t unit = proto_begin(&request, PROTO_MESSAGE), mark;
	char digest[20] = { 0 };

	message_begin(&w, &request, &(struct message){ .info1 = write ? 0 : INFO1_READ | INFO1_GET_ALL,
		.info2 = write ? INFO2_WRITE : 0, .timeout = 1000 });
	message_put_field(&w, FIELD_NAMESPACE, span_of(opt.ns));
	message_put_field(&w, FIELD_SET, SPAN("demo"));
	message_put_field(&w, FIELD_DIGEST, (struct span){ digest, sizeof(digest) });
	digest_at = request.n - sizeof(digest);
	if (write) {
		mark = message_begin_op(&w, OP_WRITE, 3, SPAN("b"));
		for (uint64_t i = 0; i < opt.value; i++)
			buf_byte(&request, (char)('a' + i % 26));
		message_end_op(&w, mark);
	}
	message_end(&w);
	proto_end(&request, unit);
}

static bool send_next(struct connection *c)
{
	uint64_t key = opt.fill ? next_fill++ : random_number() % opt.keys;

	if (opt.fill && key >= opt.keys)
		return false;
	put_be64(request.p + digest_at, mix(key));
	put_be64(request.p + digest_at + 8, mix(key ^ 0xabcdef));
	put_be32(request.p + digest_at + 16, (uint32_t)key);
	c->sent = clock_us();
	c->n = 0;
	if (send(c->fd, request.p, request.n, MSG_NOSIGNAL) != (ssize_t)request.n)
		die(EX_UNAVAILABLE, "can't send:");
	return true;
}

/* False when there is nothing more to ask. */
static bool on_answer(struct connection *c)
{
	ssize_t n = recv(c->fd, c->answer + c->n, sizeof(c->answer) - c->n, 0);
	int64_t us;

	if (n <= 0)
		die(EX_UNAVAILABLE, "the connection ended:");
	c->n += (size_t)n;
	if (c->n < 8 || c->n < 8 + (size_t)get_be32(c->answer + 4))
		return true;
	done++;
	if (c->answer[13] != 0)
		other++;
	us = clock_us() - c->sent;
	took[us < SLOTS ? us : SLOTS - 1]++;
	return send_next(c);
}

static int connect_to(const char *host, uint16_t port)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found;
	char service[8];
	int fd, one = 1;

	snprintf(service, sizeof(service), "%u", port);
	if (getaddrinfo(host ? host : "127.0.0.1", service, &hints, &found))
		die(EX_UNAVAILABLE, "no such host: %s", host);
	fd = socket(found->ai_family, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, found->ai_addr, found->ai_addrlen) < 0)
		die(EX_UNAVAILABLE, "can't reach port %u:", port);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	freeaddrinfo(found);
	return fd;
}

static unsigned percentile(double p)
{
	uint64_t seen = 0;
	unsigned i = 0;

	while (i < SLOTS - 1 && (seen += took[i]) < (uint64_t)((double)done * p))
		i++;
	return i;
}

static void run(struct connection *c)
{
	int epoll = epoll_create1(0);
	int64_t end = clock_ms() + opt.ms;
	struct epoll_event ready[256];
	unsigned open = 0;

	for (unsigned i = 0; i < opt.connections; i++) {
		struct epoll_event e = { .events = EPOLLIN, .data.ptr = &c[i] };

		c[i].fd = connect_to(opt.host, opt.port);
		epoll_ctl(epoll, EPOLL_CTL_ADD, c[i].fd, &e);
	}
	for (unsigned i = 0; i < opt.connections; i++)
		open += send_next(&c[i]);
	while (open && (opt.fill || clock_ms() < end)) {
		int n = epoll_wait(epoll, ready, 256, 1000);

		for (int i = 0; i < n; i++)
			open -= !on_answer(ready[i].data.ptr);
	}
	close(epoll);
}

int main(int argc, char **argv)
{
	static const struct opts opts = { "[options] HOST:PORT put|get", "Load on an Aerospike node.", table, NULL, set };
	struct connection *c;
	struct rusage usage;
	double seconds, cpu;
	int64_t start;
	int i;

	err_program(argv[0]);
	i = opt_parse(&opts, argc, argv, NULL);
	if (argc - i != 2)
		die(EX_USAGE, "needs HOST:PORT and put or get");
	opt_host_port(argv[i], &opt.host, &opt.port);
	build(strcmp(argv[i + 1], "put") == 0);
	c = xcalloc(opt.connections, sizeof(*c));
	start = clock_us();
	run(c);
	seconds = (double)(clock_us() - start) / 1e6;
	getrusage(RUSAGE_SELF, &usage);
	cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
	printf("{\"rate\":%.0f,\"p50\":%u,\"p99\":%u,\"cpu\":%.3f,\"done\":%" PRIu64 ",\"other\":%" PRIu64 "}\n", (double)done / seconds,
		percentile(0.5), percentile(0.99), cpu / (double)(done ? done : 1) * 1e6, done, other);
	free(c);
	free(opt.host);
	buf_free(&request);
	return 0;
}
