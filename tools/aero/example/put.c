/* SPDX-License-Identifier: Apache-2.0 */
#include "buf.h"
#include "bytes.h"
#include "client.h"
#include "client_message.h"
#include "digest.h"
#include "err.h"
#include "particle.h"
#include "reader.h"
#include "result.h"
#include "value.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* put HOST:PORT <record lines: writes and deletes each, one after the other, and prints how many. The least that a program needs to do
 * with client.h; the demo's writer. */

static bool finished;
static int code;

static void on_done(struct client_request *r, const struct client_reply *reply)
{
	(void)r;
	finished = true;
	code = reply->code;
}

static void send_and_wait(struct client *client, struct client_request *r)
{
	finished = false;
	r->done = on_done;
	client_submit(client, r);
	while (!finished)
		client_wait(client, -1);
}

/* The user key: text, or an integer. False when the record tells none. */
static bool take_key(const struct record *rec, struct command *c, char number[8], struct buf *text)
{
	int64_t n;

	c->key_type = PARTICLE_STRING;
	c->key = json_text(rec->user_key, text);
	if (c->key.p || !json_int64(rec->user_key, &n))
		return c->key.p != NULL;
	put_be64(number, (uint64_t)n);
	c->key_type = PARTICLE_INTEGER;
	c->key = (struct span){ number, 8 };
	return true;
}

static void put_bins(struct command_writer *w, const struct record *rec)
{
	struct buf value = { 0 }, name = { 0 };
	struct value_error why;
	struct json_member m;
	struct json j;

	json_open(&j, rec->bins);
	for (json_object(&j); json_member(&j, &m);) {
		struct span raw, bin;
		uint8_t particle;

		json_value(&j, &raw);
		buf_reset(&name);
		bin = json_text((struct span){ m.key.p - 1, m.key.n + 2 }, &name);
		buf_reset(&value);
		if (!value_json_to_particle(&value, &particle, rec, bin, raw, &why))
			die(EX_DATAERR, "bin %.*s: %s", (int)bin.n, bin.p, why.why);
		command_put(w, bin, particle, buf_as_span(&value));
	}
	buf_free(&value);
	buf_free(&name);
}

/* RESULT_OK, or what the cluster says. */
static int put(struct client *client, const struct record *rec)
{
	struct buf ns = { 0 }, set = { 0 }, key = { 0 }, unit = { 0 };
	struct command c = { .ns = json_text(rec->ns, &ns), .set = json_text(rec->set, &set), .timeout_ms = 1000 };
	struct client_request r = { .ns = c.ns, .write = true, .idempotent = true, .retries = 5, .total_ms = 10000 };
	uint8_t digest[DIGEST_SIZE];
	struct command_writer w;
	char number[8];

	if (!take_key(rec, &c, number, &key))
		die(EX_DATAERR, "a record without userKey");
	digest_compute(digest, c.set, c.key_type, c.key);
	c.digest = r.digest = digest;
	if (rec->is_delete) {
		command_delete(&unit, &c);
	} else {
		command_begin(&w, &unit, &c);
		put_bins(&w, rec);
		command_end(&w);
	}
	r.unit = buf_as_span(&unit);
	send_and_wait(client, &r);
	buf_free(&ns);
	buf_free(&set);
	buf_free(&key);
	buf_free(&unit);
	return code;
}

int main(int argc, char **argv)
{
	struct client *client;
	struct reader in;
	struct record rec;
	struct span line;
	const char *why;
	enum reader_result got;
	unsigned n = 0;

	err_program(argv[0]);
	if (argc != 2)
		die(EX_USAGE, "usage: put HOST:PORT <RECORD-LINES");
	client = client_open(&(struct client_options){ .seeds = argv[1] }, &why);
	if (!client)
		die(EX_USAGE, "%s: %s", argv[1], why);
	if (!client_connect(client, 5000))
		die(EX_UNAVAILABLE, "can't reach %s: %s", argv[1], client_why(client));
	reader_open(&in, STDIN_FILENO, (size_t)16 << 20);
	while ((got = reader_next(&in, NULL, &line)) == READER_LINE) {
		if (!record_parse(line, &rec))
			die(EX_DATAERR, "line %u: %s", n + 1, rec.why);
		if (put(client, &rec) != RESULT_OK)
			die(EX_UNAVAILABLE, "line %u: %s", n + 1, client_text(code));
		n++;
	}
	if (got != READER_EOF)
		die(EX_DATAERR, "line %u: too long, or can't be read", n + 1);
	reader_free(&in);
	client_close(client);
	printf("%u\n", n);
	return fflush(stdout) == EOF ? EX_IOERR : EX_OK;
}
