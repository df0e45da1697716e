/* SPDX-License-Identifier: Apache-2.0 */
#include "batch.h"
#include "body.h"
#include "handlers.h"
#include "json.h"
#include "ops.h"
#include "result.h"

#include <time.h>

/* /v1/batch: many records, each in its own way; what becomes of one is told in its place and fails no other. */

static void row(struct client_batch *b, unsigned i, int code, bool in_doubt, struct span body)
{
	struct batch *d = (struct batch *)b;
	struct entry *e = &d->entries[i];

	e->code = code;
	e->in_doubt = in_doubt;
	/* Of failures only that of a function says more. */
	if (body.p && (code == RESULT_OK || code == RESULT_UDF_FAILURE))
		e->body = arena_copy(&d->r->arena, body);
}

static void put_text(struct answer *a, struct span name, struct span text)
{
	answer_key(a, name);
	answer_text(a, text);
}

/* base64url, with padding. */
static void put_bytes_key(struct answer *a, const void *bytes, size_t n)
{
	struct buf text = { 0 };

	json_put_base64(&text, bytes, n);
	for (size_t i = 0; i < text.n; i++)
		text.p[i] = text.p[i] == '+' ? '-' : text.p[i] == '/' ? '_' : text.p[i];
	if (text.full)
		a->out->full = true;
	else
		put_text(a, SPAN("userKey"), (struct span){ text.p + 1, text.n - 2 });
	buf_free(&text);
}

static void put_key(struct answer *a, const struct entry *e)
{
	static const char *const keytypes[] = { [KEYTYPE_STRING] = "STRING", [KEYTYPE_INTEGER] = "INTEGER", [KEYTYPE_BYTES] = "BYTES",
		[KEYTYPE_DIGEST] = "DIGEST" };
	int64_t n = 0;

	answer_key(a, SPAN("key"));
	answer_map(a, e->set.p ? 4 : 3);
	put_text(a, SPAN("namespace"), e->ns);
	if (e->set.p)
		put_text(a, SPAN("setName"), e->set);
	put_text(a, SPAN("keytype"), span_of(keytypes[e->keytype]));
	switch (e->keytype) {
	case KEYTYPE_STRING:
		put_text(a, SPAN("userKey"), e->user_key);
		break;
	case KEYTYPE_INTEGER:
		param_integer(e->user_key, INT64_MIN, INT64_MAX, &n);
		answer_key(a, SPAN("userKey"));
		answer_int(a, n);
		break;
	case KEYTYPE_BYTES:
		put_bytes_key(a, e->key.value.p, e->key.value.n);
		break;
	default:
		put_bytes_key(a, e->key.digest, DIGEST_SIZE);
	}
	answer_map_end(a);
}

/* False: the record makes no sense. */
static bool put_parts(struct batch *d, struct entry *e, struct message *m)
{
	struct answer *a = &d->r->answer;

	answer_map(a, m ? 5 : 4);
	answer_key(a, SPAN("resultCode"));
	answer_int(a, code_number(e->code));
	put_text(a, SPAN("resultCodeString"), span_of(code_text(e->code)));
	if (m) {
		answer_key(a, SPAN("record"));
		if (!ops_record(a, &d->r->arena, m, d->now))
			return false;
	}
	put_key(a, e);
	answer_key(a, SPAN("inDoubt"));
	answer_bool(a, e->in_doubt);
	answer_map_end(a);
	return true;
}

/* Rows that failed have no record, but for what a function has said. */
static void put_entry(struct batch *d, struct entry *e)
{
	const struct answer before = d->r->answer;
	const size_t n = before.out->n;
	struct message m;
	bool has = e->body.p && message_open(&m, e->body.p, e->body.n) && (e->code == RESULT_OK || m.n_ops > 0);

	if (put_parts(d, e, has ? &m : NULL))
		return;
	before.out->n = n;
	d->r->answer = before;
	e->code = CLIENT_BAD_REPLY;
	put_parts(d, e, NULL);
}

static void answer_all(struct batch *d)
{
	struct answer *a = &d->r->answer;

	d->now = time(NULL);
	answer_map(a, 1);
	answer_key(a, SPAN("batchRecords"));
	answer_list(a, d->batch.n);
	for (unsigned i = 0; i < d->batch.n; i++)
		put_entry(d, &d->entries[i]);
	answer_list_end(a);
	answer_map_end(a);
	rest_answer(d->r);
}

/* What befell all of them, and has nothing to do with any of them, is the request's own failure. */
static int common_failure(const struct batch *d, bool *in_doubt)
{
	int code = d->entries[0].code;

	*in_doubt = false;
	if (code >= 0 && code != RESULT_TIMEOUT && code != RESULT_NAMESPACE && (code < RESULT_BATCH_DISABLED || code > RESULT_BATCH_QUEUES_FULL))
		return 0;
	for (unsigned i = 0; i < d->batch.n; i++) {
		if (d->entries[i].code != code)
			return 0;
		*in_doubt |= d->entries[i].in_doubt;
	}
	return code;
}

static void done(struct client_batch *b)
{
	struct batch *d = (struct batch *)b;
	bool in_doubt;
	int code = common_failure(d, &in_doubt);

	if (code)
		rest_fail_code(d->r, code, in_doubt, NULL);
	else if (d->r->arena.full)
		rest_fail_code(d->r, CLIENT_NO_MEMORY, in_doubt, NULL);
	else
		answer_all(d);
}

void batch_run(struct request *r)
{
	const struct tree *body = body_read(r, NULL);
	struct batch_row *rows;
	struct entry *entries;
	struct batch *d;

	if (!body)
		return;
	if (body->kind != TREE_LIST) {
		rest_fail(r, 400, "A batch must be a list");
		return;
	}
	d = arena_take(&r->arena, sizeof(*d));
	rows = arena_take(&r->arena, (body->n + 1) * sizeof(*rows));
	entries = arena_take(&r->arena, (body->n + 1) * sizeof(*entries));
	for (uint32_t i = 0; !r->arena.full && i < body->n; i++)
		if (!batch_read(r, &body->items[i], &entries[i], &rows[i]))
			return;
	if (r->arena.full || r->unit.full) {
		rest_fail(r, 413, "The request is too large");
		return;
	}
	*d = (struct batch){ .r = r, .entries = entries };
	body_batch(r, &d->batch, rows, body->n);
	d->batch.row = row;
	d->batch.done = done;
	if (body->n)
		client_batch(r->client, &d->batch);
	else
		answer_all(d);
}
