/* SPDX-License-Identifier: Apache-2.0 */
#include "bytes.h"
#include "client.h"
#include "client_message.h"
#include "digest.h"
#include "log.h"
#include "particle.h"
#include "result.h"

#include <inttypes.h>
#include <stdio.h>

/* hello HOST:PORT: writes one record of namespace test, set demo, adds to it, and reads it back, one request after the other. The least
 * that a program needs to do with client.h; build it as the Makefile does: the two libraries, GnuTLS, libcrypt, libgcrypt, zlib. */

struct call {
	struct client_request r;	/* first: done() gets it back as what it is part of */
	bool finished;
	int code;
};

/* What comes back lives only as long as this call, so all is done with it here. */
static void on_done(struct client_request *r, const struct client_reply *reply)
{
	struct call *c = (struct call *)r;
	struct message m;
	struct message_op op;

	c->finished = true;
	c->code = reply->code;
	if (reply->code != RESULT_OK) {
		fprintf(stderr, "%s%s\n", client_text(reply->code), reply->in_doubt ? " (it may have been done)" : "");
		return;
	}
	message_open(&m, reply->body.p, reply->body.n);
	while (message_next_op(&m, &op)) {
		printf("generation %" PRIu32 ", %.*s = ", m.generation, SPAN_ARG(op.name));
		if (op.particle == PARTICLE_INTEGER && op.value.n == 8)
			printf("%" PRId64 "\n", (int64_t)get_be64(op.value.p));
		else
			printf("%.*s\n", SPAN_ARG(op.value));
	}
}

/* Submit, and wait. A program with other things to do watches client_fd instead, and calls client_run. */
static int run(struct client *client, const struct command *c, struct buf *unit, bool write)
{
	struct call call = { .r = { .unit = buf_as_span(unit), .ns = c->ns, .digest = c->digest, .write = write, .total_ms = 3000,
		.done = on_done } };

	client_submit(client, &call.r);
	while (!call.finished)
		client_wait(client, -1);
	buf_reset(unit);
	return call.code;
}

static void put_integer(struct command_writer *w, uint8_t op, struct span bin, int64_t n)
{
	char bytes[8];

	put_be64(bytes, (uint64_t)n);
	command_op(w, op, bin, PARTICLE_INTEGER, (struct span){ bytes, sizeof(bytes) });
}

int main(int argc, char **argv)
{
	uint8_t digest[DIGEST_SIZE];
	struct command c = { .ns = SPAN("test"), .set = SPAN("demo"), .digest = digest, .timeout_ms = 1000,
		.key_type = PARTICLE_STRING, .key = SPAN("hello") };
	struct command_writer w;
	struct client *client;
	struct buf unit = { 0 };
	const char *why;
	bool good;

	log_set_level("error");	/* nodes that come and go are no news here */
	client = client_open(&(struct client_options){ .seeds = argc > 1 ? argv[1] : "127.0.0.1:3000" }, &why);
	if (!client || !client_connect(client, 5000)) {
		fprintf(stderr, "can't connect: %s\n", client ? client_why(client) : why);
		client_close(client);
		return 69;
	}
	digest_compute(digest, c.set, c.key_type, c.key);

	command_begin(&w, &unit, &c);
	command_put(&w, SPAN("greeting"), PARTICLE_STRING, SPAN("hello, world"));
	put_integer(&w, OP_WRITE, SPAN("times"), 1);
	command_end(&w);
	good = run(client, &c, &unit, true) == RESULT_OK;

	command_begin(&w, &unit, &c);
	put_integer(&w, OP_INCREMENT, SPAN("times"), 41);
	command_end(&w);
	good = good && run(client, &c, &unit, true) == RESULT_OK;

	command_get(&unit, &c, NULL, 0);
	good = good && run(client, &c, &unit, false) == RESULT_OK;

	buf_free(&unit);
	client_close(client);
	return good ? 0 : 75;
}
