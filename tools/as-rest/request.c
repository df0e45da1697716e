/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"
#include "result.h"

#include <stddef.h>

/* What handlers ask of the cluster. */

int8_t rest_retries(const struct request *r)
{
	const int32_t n = r->p.max_retries;

	return n <= 0 ? -1 : n > INT8_MAX ? INT8_MAX : (int8_t)n;
}

uint32_t rest_socket_ms(const struct request *r)
{
	return r->p.socket_ms > 0 ? (uint32_t)r->p.socket_ms : 0;
}

uint32_t rest_total_ms(const struct request *r)
{
	return r->p.total_ms > 0 ? (uint32_t)r->p.total_ms : 0;
}

void rest_command(struct request *r, struct command *c)
{
	const struct policy *p = &r->p;
	const uint32_t total = rest_total_ms(r), socket = rest_socket_ms(r);

	*c = (struct command){
		.ns = r->ns, .set = r->set, .digest = r->digest, .timeout_ms = total && (!socket || total < socket) ? total : socket,
		.strict = p->read_sc == SC_LINEARIZE, .filter = p->filter,
	};
	if (p->send_key && r->key_type) {
		c->key_type = r->key_type;
		c->key = r->key_value;
	}
	if (!(r->route->params & PARAM_WRITE))
		return;
	c->ttl = (uint32_t)p->expiration;	/* -1 and -2 are TTL_NEVER and TTL_KEEP */
	c->generation = (uint32_t)p->generation;
	c->generation_policy = p->generation_policy;
	c->exists = p->exists;
	c->durable = p->durable;
	c->commit_master = p->commit == COMMIT_MASTER;
	c->respond_all = p->respond_all;
}

static void on_done(struct client_request *db, const struct client_reply *reply)
{
	struct request *r = (struct request *)((char *)db - offsetof(struct request, db));

	r->done(r, reply);
}

void rest_send(struct request *r, enum rest_kind kind, void (*call)(struct request *r, const struct client_reply *reply))
{
	if (r->unit.full || r->arena.full) {
		rest_fail(r, 413, "The request is too large");
		return;
	}
	r->done = call;
	r->db = (struct client_request){
		.unit = buf_as_span(&r->unit), .ns = r->ns, .digest = r->digest, .kind = CLIENT_MESSAGE, .write = kind == REST_WRITE,
		.any_replica = kind == REST_READ && (r->p.replica == REPLICA_RANDOM || r->p.replica == REPLICA_MASTER_PROLES),
		.retries = rest_retries(r), .socket_ms = rest_socket_ms(r), .total_ms = rest_total_ms(r), .done = on_done,
	};
	client_submit(r->client, &r->db);
}

bool rest_bool_bins(const struct request *r)
{
	return r->server->opt.bool_bins;
}
