/* SPDX-License-Identifier: Apache-2.0 */
#include "body.h"

const struct tree *body_read(struct request *r, const char *message)
{
	struct tree_reader t = { .mem = &r->arena };
	const bool msgpack = r->takes == MEDIA_MSGPACK;
	const struct tree *body = msgpack ? tree_msgpack(&t, r->body) : tree_json(&t, r->body);

	if (!body && message)
		rest_fail(r, 400, "%s", message);
	else if (!body)
		rest_fail(r, 400, "Invalid %s: %s at byte %zu", msgpack ? "MessagePack" : "JSON", t.why, t.offset);
	tree_reader_free(&t);
	return body;
}

void body_read_command(struct command *c)
{
	c->ttl = TTL_DEFAULT;
	c->generation = 0;
	c->generation_policy = GENERATION_ANY;
	c->exists = COMMAND_ANY;
	c->durable = false;
	c->commit_master = false;
}

#define BATCH_MS 30000		/* for each try, where the caller sets no limit at all */

void body_batch(struct request *r, struct client_batch *b, struct batch_row *rows, unsigned n)
{
	size_t at = 0;

	/* A batch has no other end than its time: its rows look for their nodes up to then. */
	*b = (struct client_batch){ .rows = rows, .n = n, .retries = rest_retries(r), .socket_ms = rest_socket_ms(r), .total_ms = rest_total_ms(r),
		.not_inline = !r->p.allow_inline, .inline_device = r->p.allow_inline_ssd };
	if (!b->total_ms)
		b->total_ms = BATCH_MS * (b->retries < 0 ? 1 : (uint32_t)b->retries + 1);
	for (unsigned i = 0; i < n && !r->unit.full; i++) {
		rows[i].unit.p = r->unit.p + at;
		at += rows[i].unit.n;
	}
}
