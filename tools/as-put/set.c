/* SPDX-License-Identifier: Apache-2.0 */
/* Deletes that tell no set: servers before 5.0 ship them so, with the digest alone, and a cluster refuses one (result 4) when the record is in a
 * set. Then the record itself is asked what its set is, and the delete goes off again with it. */
#include "bytes.h"
#include "client_message.h"
#include "cluster_options.h"
#include "expression.h"
#include "particle.h"
#include "put.h"
#include "result.h"

/* Where a unit of one record has its size, and the number of its fields. */
#define SIZE 4
#define N_FIELDS (PROTO_SIZE + 18)

/* A field more, before the others. */
static void add_set(struct job *j, struct span set)
{
	uint8_t head[5] = { [4] = FIELD_SET };
	const size_t n = j->unit.n, more = sizeof(head) + set.n;
	char *p;

	put_be32(head, (uint32_t)(set.n + 1));
	buf_put(&j->unit, head, sizeof(head));
	buf_span(&j->unit, set);
	if (j->unit.full)
		return;
	p = j->unit.p + PROTO_SIZE + MESSAGE_HEADER_SIZE;
	memmove(p + more, p, n - (size_t)(p - j->unit.p));
	memcpy(p, head, sizeof(head));
	memcpy(p + sizeof(head), set.p, set.n);
	put_be16(j->unit.p + N_FIELDS, (uint16_t)(get_be16(j->unit.p + N_FIELDS) + 1));
	put_be32(j->unit.p + SIZE, (uint32_t)(j->unit.n - PROTO_SIZE));
	j->put->bytes += more;
}

static void answered(struct client_request *r, const struct client_reply *reply)
{
	struct job *j = (struct job *)r;
	struct message_op op;
	struct message m;

	if (reply->code != RESULT_OK) {
		/* A server that can't say it (before 5.6) refuses the question as it refused the delete; what passes is asked again. */
		j->setless = reply->code != RESULT_PARAMETER;
		job_answered(j, reply->code, false, (struct span){ 0 });
	} else if (message_open(&m, reply->body.p, reply->body.n) && message_next_op(&m, &op) && op.particle == PARTICLE_STRING &&
		op.value.n && op.value.n <= SET_NAME_MAX) {
		add_set(j, op.value);
		j->alone = true;
		send_job(j);
	} else {
		job_answered(j, RESULT_PARAMETER, false, (struct span){ 0 });
	}
}

bool set_ask(struct job *j)
{
	struct put *p = j->put;
	const uint32_t patience = (uint32_t)(job_patience(&p->options) / 3);
	struct command c = { .ns = span_of(j->ns), .digest = j->digest, .ttl = TTL_NEVER, .timeout_ms = patience };
	struct command_writer w;
	struct buf question = { 0 };

	if (!j->setless)
		return false;
	j->setless = false;
	expression_read_set(&question);
	buf_reset(&j->ask);
	command_begin(&w, &j->ask, &c);
	command_op(&w, OP_EXPR_READ, SPAN("set"), PARTICLE_BLOB, buf_as_span(&question));
	command_end(&w);
	buf_free(&question);
	if (j->ask.full)
		return false;
	j->request = (struct client_request){ .unit = buf_as_span(&j->ask), .ns = span_of(j->ns), .digest = j->digest, .socket_ms = patience,
		.total_ms = patience, .done = answered };
	client_submit(p->client, &j->request);
	return true;
}
