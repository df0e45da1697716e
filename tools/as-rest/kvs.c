/* SPDX-License-Identifier: Apache-2.0 */
#include "handlers.h"
#include "gateway_value.h"
#include "result.h"

#include <time.h>

/* /v1/kvs: one record. */

static bool bin_fits(struct request *r, struct span name)
{
	if (name.n <= BIN_NAME_MAX)
		return true;
	rest_fail_code(r, RESULT_BIN_NAME, false, NULL);
	return false;
}

/* ---- reading ---- */

static uint32_t count_bins(struct message m)
{
	struct message_op op;
	uint32_t n = 0;

	while (message_next_op(&m, &op))
		n += op.particle != PARTICLE_NULL;
	return n;
}

static bool put_bins(struct answer *a, struct message *m, struct gateway_error *e)
{
	const uint32_t n = count_bins(*m);
	struct message_op op;

	if (n == 0) {
		answer_null(a);
		return true;
	}
	answer_map(a, n);
	while (message_next_op(m, &op)) {
		if (op.particle == PARTICLE_NULL)
			continue;
		answer_key(a, op.name);
		if (!gateway_answer(a, op.particle, op.value, e))
			return false;
	}
	answer_map_end(a);
	return !m->error;
}

static void got(struct request *r, const struct client_reply *reply)
{
	struct answer *a = &r->answer;
	struct gateway_error e = { "" };
	struct message m;
	uint32_t ttl;

	if (reply->code == RESULT_NOT_FOUND || reply->code == RESULT_FILTERED_OUT) {
		rest_fail_missing(r);
		return;
	}
	if (reply->code != RESULT_OK) {
		rest_fail_reply(r, reply);
		return;
	}
	if (!message_open(&m, reply->body.p, reply->body.n)) {
		rest_fail_code(r, CLIENT_BAD_REPLY, false, reply->node);
		return;
	}
	ttl = command_ttl(m.ttl, time(NULL));
	answer_map(a, 3);
	answer_key(a, SPAN("generation"));
	answer_int(a, m.generation);
	answer_key(a, SPAN("ttl"));
	answer_int(a, ttl == TTL_NEVER ? -1 : (int64_t)ttl);
	answer_key(a, SPAN("bins"));
	if (!put_bins(a, &m, &e)) {
		rest_fail_code(r, CLIENT_BAD_REPLY, false, reply->node);
		return;
	}
	answer_map_end(a);
	rest_answer(r);
}

void kvs_get(struct request *r)
{
	const struct param_list *bins = &r->p.bins;
	struct command c;

	for (unsigned i = 0; i < bins->n; i++)
		if (!bin_fits(r, bins->item[i]))
			return;
	rest_command(r, &c);
	command_get(&r->unit, &c, bins->item, bins->n);
	rest_send(r, REST_READ, got);
}

static void looked(struct request *r, const struct client_reply *reply)
{
	if (reply->code == RESULT_OK)
		rest_answer(r);
	else if (reply->code == RESULT_NOT_FOUND)
		rest_fail_missing(r);
	else
		rest_fail_reply(r, reply);
}

void kvs_head(struct request *r)
{
	struct command c;

	rest_command(r, &c);
	command_exists(&r->unit, &c);
	rest_send(r, REST_READ, looked);
}

/* ---- writing ---- */

static void written(struct request *r, const struct client_reply *reply)
{
	/* A write that the filter holds back is no failure. */
	if (reply->code == RESULT_OK || reply->code == RESULT_FILTERED_OUT)
		rest_answer(r);
	else
		rest_fail_reply(r, reply);
}

static bool put_bin(struct request *r, struct command_writer *w, const struct tree *name, const struct tree *value)
{
	struct gateway_error e;
	uint8_t particle;
	size_t mark;

	if (name->kind != TREE_STRING) {
		rest_fail(r, 400, "Binnames must be strings got %s", tree_kind_text(name));
		return false;
	}
	if (!bin_fits(r, name->text))
		return false;
	mark = command_begin_op(w, OP_WRITE, name->text, 0);
	if (!gateway_bin(&r->unit, &particle, name->text, value, rest_bool_bins(r), &e)) {
		rest_fail(r, 400, "%s", e.text);
		return false;
	}
	if (!r->unit.full)
		r->unit.p[mark + 5] = (char)particle;	/* known only now */
	command_end_op(w, mark);
	return true;
}

static const struct tree *read_bins(struct request *r, struct tree_reader *t)
{
	const struct tree *body = r->takes == MEDIA_MSGPACK ? tree_msgpack(t, r->body) : tree_json(t, r->body);

	if (!body) {
		if (r->takes == MEDIA_MSGPACK)
			rest_fail(r, 400, "Failed to deserialize MsgPack data: %s at byte %zu", t->why, t->offset);
		else
			rest_fail(r, 400, "Invalid JSON: %s at byte %zu", t->why, t->offset);
	} else if (body->kind != TREE_MAP) {
		rest_fail(r, 400, "Bins must be a map<String, Object> got  %s", tree_kind_text(body));
		body = NULL;
	} else if (body->n > UINT16_MAX) {
		rest_fail_code(r, RESULT_BIN_NAME, false, NULL);
		body = NULL;
	}
	return body;
}

void kvs_write(struct request *r)
{
	struct tree_reader t = { .mem = &r->arena };
	const struct tree *body = read_bins(r, &t);
	struct command_writer w;
	struct command c;
	bool good = body;

	tree_reader_free(&t);
	if (!good)
		return;
	rest_command(r, &c);
	command_begin(&w, &r->unit, &c);
	w.writes = true;	/* also without a bin */
	for (uint32_t i = 0; good && i < body->n; i++)
		good = put_bin(r, &w, tree_key(body, i), tree_value(body, i));
	if (!good)
		return;
	command_end(&w);
	rest_send(r, REST_WRITE, written);
}

static void deleted(struct request *r, const struct client_reply *reply)
{
	if (reply->code == RESULT_OK)
		rest_answer(r);
	else if (reply->code == RESULT_NOT_FOUND || reply->code == RESULT_FILTERED_OUT)
		rest_fail_missing(r);
	else
		rest_fail_reply(r, reply);
}

void kvs_delete(struct request *r)
{
	struct command c;

	rest_command(r, &c);
	command_delete(&r->unit, &c);
	rest_send(r, REST_WRITE, deleted);
}
