/* SPDX-License-Identifier: Apache-2.0 */
#include "handlers.h"
#include "body.h"
#include "client_batch.h"
#include "key.h"
#include "ops.h"
#include "result.h"

#include <stdlib.h>
#include <time.h>

/* /v1/operate, /v2/operate: several operations on one record, or the same reads of several. */

#define READ_RETRIES 2		/* the route's own default is that of writes */

/* False: the request has failed. */
static bool take_ops(struct request *r, struct ops *o, enum ops_version v)
{
	const bool msgpack = r->takes == MEDIA_MSGPACK;
	const struct tree *body = body_read(r, v == OPS_V1 && msgpack ? "Invalid msgpack representation" : NULL);

	if (!body)
		return false;
	if (ops_read_body(o, body, v, msgpack, rest_bool_bins(r)))
		return true;
	if (o->code)
		rest_fail_as(r, code_status(o->code), code_number(o->code), "%s", o->why);
	else
		rest_fail(r, 400, "%s", o->why);
	return false;
}

/* ---- one record ---- */

struct operate {
	enum ops_version v;
	bool writes;
};

static void operated(struct request *r, const struct client_reply *reply)
{
	const struct operate *op = r->own;
	struct answer *a = &r->answer;
	struct message m;

	if (reply->code == RESULT_FILTERED_OUT || (reply->code == RESULT_NOT_FOUND && !op->writes)) {
		rest_fail_missing(r);
		return;
	}
	if (reply->code != RESULT_OK) {
		rest_fail_reply(r, reply);
		return;
	}
	if (op->v == OPS_V2) {
		answer_map(a, 1);
		answer_key(a, SPAN("record"));
	}
	if (!message_open(&m, reply->body.p, reply->body.n) || !ops_record(a, &r->arena, &m, time(NULL))) {
		rest_fail_code(r, CLIENT_BAD_REPLY, false, reply->node);
		return;
	}
	if (op->v == OPS_V2)
		answer_map_end(a);
	rest_answer(r);
}

static void operate(struct request *r, enum ops_version v)
{
	struct operate *own = arena_take(&r->arena, sizeof(*own));
	struct ops o = { 0 };
	struct command c;

	if (take_ops(r, &o, v)) {
		rest_command(r, &c);
		if (!o.writes) {
			body_read_command(&c);
			if (!r->p.max_retries_set)
				r->p.max_retries = READ_RETRIES;
		}
		ops_unit(&o, &r->unit, &c);
		if (own)
			*own = (struct operate){ v, o.writes };
		r->own = own;
		rest_send(r, o.writes ? REST_WRITE : REST_READ, operated);
	}
	ops_free(&o);
}

void operate_v1(struct request *r)
{
	operate(r, OPS_V1);
}

void operate_v2(struct request *r)
{
	operate(r, OPS_V2);
}

/* ---- the same reads of several records ---- */

struct reading {
	struct client_batch batch;
	struct request *r;
	enum ops_version v;
	struct span *body;	/* of each row, in the arena; absent: no record */
	int code;		/* of a row that failed */
};

static void row(struct client_batch *b, unsigned i, int code, bool in_doubt, struct span body)
{
	struct reading *d = (struct reading *)b;

	(void)in_doubt;
	if (code == RESULT_OK)
		d->body[i] = arena_copy(&d->r->arena, body);
	else if (code != RESULT_NOT_FOUND && code != RESULT_FILTERED_OUT && !d->code)
		d->code = code;
}

static void answer_all(struct request *r, struct reading *d)
{
	struct answer *a = &r->answer;
	struct message m;

	if (d->v == OPS_V2) {
		answer_map(a, 1);
		answer_key(a, SPAN("records"));
	}
	answer_list(a, d->batch.n);
	for (unsigned i = 0; i < d->batch.n; i++) {
		if (!d->body[i].p) {
			answer_null(a);
		} else if (!message_open(&m, d->body[i].p, d->body[i].n) || !ops_record(a, &r->arena, &m, time(NULL))) {
			rest_fail_code(r, CLIENT_BAD_REPLY, false, NULL);
			return;
		}
	}
	answer_list_end(a);
	if (d->v == OPS_V2)
		answer_map_end(a);
	rest_answer(r);
}

static void done(struct client_batch *b)
{
	struct reading *d = (struct reading *)b;

	if (d->code)
		rest_fail_code(d->r, d->code, false, NULL);
	else if (d->r->arena.full)
		rest_fail_code(d->r, CLIENT_NO_MEMORY, false, NULL);
	else
		answer_all(d->r, d);
}

/* A unit for each key, behind each other in r->unit. False: the request has failed. */
static bool put_units(struct request *r, const struct ops *o, struct batch_row *rows)
{
	const struct param_list *keys = &r->p.keys;
	struct record_key k;
	struct command c;
	const char *why;

	rest_command(r, &c);
	body_read_command(&c);
	c.digest = k.digest;
	for (unsigned i = 0; i < keys->n; i++) {
		struct command one = c;
		size_t before = r->unit.n;

		if (!key_parse(&k, &r->arena, r->p.keytype, r->set, keys->item[i], &why)) {
			rest_fail(r, 400, "%s: %.*s", why, (int)(keys->item[i].n > 200 ? 200 : keys->item[i].n), keys->item[i].p);
			return false;
		}
		if (r->p.send_key && k.type) {
			one.key_type = k.type;
			one.key = k.value;
		}
		ops_unit(o, &r->unit, &one);
		rows[i] = (struct batch_row){ .unit = { NULL, r->unit.n - before } };
	}
	return true;
}

static void operate_read(struct request *r, enum ops_version v)
{
	const unsigned n = r->p.keys.n;
	struct reading *d = arena_take(&r->arena, sizeof(*d));
	struct batch_row *rows = arena_take(&r->arena, (n + 1) * sizeof(*rows));
	struct span *bodies = arena_take(&r->arena, (n + 1) * sizeof(*bodies));
	struct ops o = { 0 };
	bool good = take_ops(r, &o, v);

	if (good && o.writes) {
		good = false;
		rest_fail_as(r, 400, RESULT_PARAMETER, "Write operations are not allowed here");
	}
	if (good && r->arena.full) {
		good = false;
		rest_fail(r, 413, "The request is too large");
	}
	good = good && put_units(r, &o, rows);
	ops_free(&o);
	if (!good)
		return;
	memset(bodies, 0, n * sizeof(*bodies));
	*d = (struct reading){ .r = r, .v = v, .body = bodies };
	body_batch(r, &d->batch, rows, n);
	d->batch.row = row;
	d->batch.done = done;
	if (r->unit.full || r->arena.full)
		rest_fail(r, 413, "The request is too large");
	else if (n == 0)
		answer_all(r, d);
	else
		client_batch(r->client, &d->batch);
}

void operate_read_v1(struct request *r)
{
	operate_read(r, OPS_V1);
}

void operate_read_v2(struct request *r)
{
	operate_read(r, OPS_V2);
}
