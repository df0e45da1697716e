/* SPDX-License-Identifier: Apache-2.0 */
#include "client_batch.h"
#include "bytes.h"
#include "client_message.h"
#include "client_parts.h"
#include "client_retry.h"
#include "clock.h"
#include "digest.h"
#include "frame.h"
#include "info.h"
#include "result.h"

#include <stdlib.h>

/* Source of the layouts: the wire protocol reference, section 7. */

enum { ROW_REPEAT = 1, ROW_INFO = 2, ROW_GENERATION = 4, ROW_TTL = 8 };
enum { BATCH_INLINE = 1, BATCH_INLINE_DEVICE = 2, BATCH_ANSWER_ALL = 4, BATCH_RECORDS_IN_ERRORS = 8 };
#define DEFAULT_RETRIES 2
#define ROUND_PAUSE 50		/* ms until rows that no node is known for are looked at again */

/* What goes to one node. */
struct batch_group {
	struct client_request r;
	struct client_batch *b;
	struct batch_group *next;
	struct buf unit;
	char node[17];
	bool single;
	unsigned n;
	uint32_t index[];		/* of its rows */
};

static void look_again(struct client_batch *b, unsigned ms)
{
	if (!timer_is_set(&b->timer))
		timer_set(&b->client->wheel, &b->timer, b->client->now + ms);
}

static void answer(struct client_batch *b, uint32_t index, int code, bool in_doubt, struct span body)
{
	struct batch_row *row = &b->rows[index];

	if (row->answered)
		return;
	row->answered = true;
	b->n_answered++;
	b->row(b, index, code, in_doubt && code != RESULT_OK, body);
}

/* One row's attempt has ended. */
static void ended(struct client_batch *b, uint32_t index, int code, bool local, bool sent, struct span body)
{
	struct batch_row *row = &b->rows[index];
	struct attempt a = { .code = code, .local = local, .sent = sent, .write = row->write, .idempotent = row->idempotent,
		.in_doubt = row->in_doubt, .number = row->attempt, .left_ms = INT32_MAX,
		.retries = b->retries < 0 ? 0 : b->retries ? (unsigned)b->retries : DEFAULT_RETRIES };
	struct retry again;

	if (row->answered)
		return;
	if (code == RESULT_OK) {
		answer(b, index, code, false, body);
		return;
	}
	if (code == RESULT_UNAVAILABLE && !local)
		tend_soon(b->client);
	if (b->give_up != INT64_MAX)
		a.left_ms = b->give_up - b->client->now;
	again = retry_decide(&a);
	row->in_doubt = again.in_doubt;
	if (again.where == RETRY_NO) {
		answer(b, index, code, again.in_doubt, body);
		return;
	}
	row->again = true;
	row->attempt++;
	row->column += again.where == RETRY_NEXT;
	look_again(b, again.pause_ms);
}

static void finish(struct client_batch *b)
{
	if (b->sending || b->groups || b->n_answered < b->n)
		return;
	timer_clear(&b->timer);
	b->done(b);
}

static bool on_part(struct client_request *r, struct span body)
{
	struct batch_group *g = (struct batch_group *)r;
	struct message m;
	struct span row;

	while (command_split(&body, &row)) {
		if (!message_open(&m, row.p, row.n) || (m.info3 & INFO3_LAST))
			break;
		/* Only rows of this group are believed. They come in any order; the index is searched, as it is sorted. */
		for (unsigned low = 0, high = g->n; low < high;) {
			unsigned middle = (low + high) / 2;

			if (g->index[middle] == m.timeout) {
				ended(g->b, m.timeout, m.result, false, true, row);
				break;
			}
			if (g->index[middle] < m.timeout)
				low = middle + 1;
			else
				high = middle;
		}
	}
	return true;
}

static void group_free(struct batch_group *g)
{
	struct batch_group **at = &g->b->groups;

	while (*at != g)
		at = &(*at)->next;
	*at = g->next;
	buf_free(&g->unit);
	free(g);
}

static void on_done(struct client_request *r, const struct client_reply *reply)
{
	struct batch_group *g = (struct batch_group *)r;
	struct client_batch *b = g->b;
	bool local = reply->code < 0 || (reply->code == RESULT_TIMEOUT && !reply->body.p);
	int code = reply->code;

	b->sending = true;	/* until the group is gone */
	if (g->single) {
		ended(b, g->index[0], code, local, reply->sent > 0, reply->body);
	} else {
		/* What has no answer has the batch's. */
		if (code == RESULT_OK) {
			code = CLIENT_BAD_REPLY;
			local = true;
		}
		for (unsigned i = 0; i < g->n; i++) {
			struct batch_row *row = &b->rows[g->index[i]];

			if (!row->answered && !row->again)
				ended(b, g->index[i], code, local, reply->sent > 0, (struct span){ 0 });
		}
	}
	group_free(g);
	b->sending = false;
	finish(b);
}

/* ---- encoding ---- */

/* Namespace and partition of a row, and whether an old node can take it in a batch. */
static bool row_parts(struct batch_row *row, bool *plain_read)
{
	struct message m;
	struct message_field f;
	bool has_digest = false;

	*plain_read = !row->write;
	if (row->unit.n < PROTO_SIZE || !message_open(&m, row->unit.p + PROTO_SIZE, row->unit.n - PROTO_SIZE))
		return false;
	while (message_next_field(&m, &f)) {
		if (f.type == FIELD_NAMESPACE)
			row->ns = f.data;
		else if (f.type == FIELD_DIGEST && f.data.n == DIGEST_SIZE) {
			row->partition = (uint16_t)digest_partition((const uint8_t *)f.data.p);
			has_digest = true;
		} else if (f.type != FIELD_SET)
			*plain_read = false;
	}
	return !m.error && has_digest && row->ns.p;
}

static void put_row(struct buf *out, uint32_t index, const struct batch_row *row, bool old)
{
	struct message m;
	struct message_field f;
	struct span digest = { 0 };
	uint8_t number[4];
	size_t counts;
	uint16_t n_fields = 0;

	message_open(&m, row->unit.p + PROTO_SIZE, row->unit.n - PROTO_SIZE);
	for (struct message look = m; message_next_field(&look, &f);)
		if (f.type == FIELD_DIGEST)
			digest = f.data;
	put_be32(number, index);
	buf_put(out, number, 4);
	buf_span(out, digest);
	buf_byte(out, old ? 0 : row->write ? ROW_INFO | ROW_GENERATION | ROW_TTL : ROW_INFO | ROW_TTL);
	buf_byte(out, (char)m.info1);
	if (!old) {
		buf_byte(out, (char)m.info2);
		buf_byte(out, (char)m.info3);
		put_be16(number, (uint16_t)m.generation);
		if (row->write)
			buf_put(out, number, 2);
		put_be32(number, m.ttl);
		buf_put(out, number, 4);
	}
	counts = out->n;
	put_be16(number + 2, m.n_ops);
	buf_put(out, number, 4);
	while (message_next_field(&m, &f)) {
		if (f.type == FIELD_DIGEST)
			continue;
		put_be32(number, (uint32_t)f.data.n + 1);
		buf_put(out, number, 4);
		buf_byte(out, (char)f.type);
		buf_span(out, f.data);
		n_fields++;
	}
	buf_put(out, m.p, (size_t)(m.end - m.p));
	if (!out->full)
		put_be16(out->p + counts, n_fields);
}

static void encode(struct batch_group *g, bool old)
{
	struct client_batch *b = g->b;
	struct buf *out = &g->unit;
	struct message head = { .info1 = INFO1_BATCH | INFO1_READ, .timeout = b->socket_ms };
	struct message_writer w;
	size_t unit = proto_begin(out, PROTO_MESSAGE), field;
	uint8_t count[4];

	if (b->total_ms && (!head.timeout || b->total_ms < head.timeout))
		head.timeout = b->total_ms;
	message_begin(&w, out, &head);
	field = out->n;
	message_put_field(&w, FIELD_BATCH, (struct span){ 0 });
	put_be32(count, g->n);
	buf_put(out, count, 4);
	buf_byte(out, old ? BATCH_INLINE : BATCH_INLINE | BATCH_ANSWER_ALL | BATCH_RECORDS_IN_ERRORS);
	for (unsigned i = 0; i < g->n; i++)
		put_row(out, g->index[i], &b->rows[g->index[i]], old);
	if (!out->full)
		put_be32(out->p + field, (uint32_t)(out->n - field - 4));
	message_end(&w);
	proto_end(out, unit);
}

/* ---- splitting ---- */

static void send_group(struct client_batch *b, struct node *n, const uint32_t *index, unsigned count, bool single, bool old)
{
	struct batch_group *g = calloc(1, sizeof(*g) + count * sizeof(*index));
	bool writes = false, safe = true;

	if (!g) {
		for (unsigned i = 0; i < count; i++)
			ended(b, index[i], CLIENT_NO_MEMORY, true, false, (struct span){ 0 });
		return;
	}
	g->b = b;
	g->n = count;
	g->single = single;
	memcpy(g->index, index, count * sizeof(*index));
	strcpy(g->node, n->id);
	g->next = b->groups;
	b->groups = g;
	g->unit.max = FRAME_MAX;
	if (!single)
		encode(g, old);
	for (unsigned i = 0; i < count; i++) {
		writes |= b->rows[index[i]].write;
		safe &= b->rows[index[i]].idempotent;
	}
	g->r = (struct client_request){ .unit = single ? b->rows[index[0]].unit : buf_as_span(&g->unit), .node = g->node,
		.kind = single ? CLIENT_MESSAGE : CLIENT_STREAM, .write = writes, .idempotent = safe, .retries = -1, .socket_ms = b->socket_ms,
		.done = on_done, .part = single ? NULL : on_part };
	if (b->give_up != INT64_MAX)
		g->r.total_ms = (uint32_t)(b->give_up > b->client->now ? b->give_up - b->client->now : 1);
	if (g->unit.full) {
		for (unsigned i = 0; i < count; i++)
			answer(b, index[i], RESULT_RECORD_TOO_BIG, false, (struct span){ 0 });
		group_free(g);
		return;
	}
	client_submit(b->client, &g->r);
}

static void send_node(struct client_batch *b, struct node *n, const uint32_t *index, unsigned count)
{
	bool old = n->build < INFO_BUILD(6, 0, 0, 0), plain;
	uint32_t together[BATCH_ROWS];
	unsigned k = 0;

	for (unsigned i = 0; i < count; i++) {
		row_parts(&b->rows[index[i]], &plain);
		if (count == 1 || (old && !plain)) {
			send_group(b, n, &index[i], 1, true, false);
			continue;
		}
		together[k++] = index[i];
		if (k == BATCH_ROWS) {
			send_group(b, n, together, k, false, old);
			k = 0;
		}
	}
	if (k)
		send_group(b, n, together, k, k == 1, old);
}

/* Send every row that has no answer and is not under way; called when nothing is. */
static void send_rows(struct client_batch *b)
{
	struct client *c = b->client;
	uint32_t *all = malloc((b->n + 1) * sizeof(*all));
	unsigned count[CLIENT_NODES] = { 0 }, start[CLIENT_NODES], at = 0;
	int16_t *slot = malloc((b->n + 1) * sizeof(*slot));

	b->sending = true;
	for (uint32_t i = 0; i < b->n; i++) {
		struct batch_row *row = &b->rows[i];
		struct map_namespace *ns;
		struct node *n;
		bool plain;

		if (row->answered)
			continue;
		row->again = false;
		if (!all || !slot)
			answer(b, i, CLIENT_NO_MEMORY, row->in_doubt, (struct span){ 0 });
		else if (!row->ns.p && !row_parts(row, &plain))
			answer(b, i, RESULT_PARAMETER, false, (struct span){ 0 });
		else if (b->give_up <= c->now)
			answer(b, i, c->state == CLIENT_READY ? RESULT_TIMEOUT : CLIENT_NO_NODE, row->in_doubt, (struct span){ 0 });
		if (row->answered)
			continue;
		ns = map_find(&c->map, row->ns);
		n = ns ? request_replica(c, ns, row->partition, row->column) : NULL;
		slot[i] = n ? (int16_t)n->slot : MAP_NONE;
		if (n)
			count[n->slot]++;
		else if (!ns && c->state == CLIENT_READY)
			answer(b, i, RESULT_NAMESPACE, false, (struct span){ 0 });
		else
			look_again(b, ROUND_PAUSE);
	}
	for (unsigned i = 0; i < CLIENT_NODES; i++) {
		start[i] = at;
		at += count[i];
		count[i] = 0;
	}
	for (uint32_t i = 0; i < b->n && at; i++)
		if (!b->rows[i].answered && slot[i] != MAP_NONE)
			all[start[slot[i]] + count[slot[i]]++] = i;
	for (unsigned i = 0; i < CLIENT_NODES; i++)
		if (count[i])
			send_node(b, c->node[i], all + start[i], count[i]);
	free(all);
	free(slot);
	b->sending = false;
	finish(b);
}

static void on_timer(struct timer *t)
{
	struct client_batch *b = (struct client_batch *)((char *)t - offsetof(struct client_batch, timer));

	/* Rows of groups that are still under way must not be sent twice. */
	if (b->groups)
		look_again(b, ROUND_PAUSE / 5);
	else
		send_rows(b);
}

static void on_soon(struct client_soon *s)
{
	send_rows((struct client_batch *)((char *)s - offsetof(struct client_batch, soon)));
}

void client_batch(struct client *c, struct client_batch *b)
{
	b->client = c;
	b->give_up = b->total_ms ? clock_ms() + b->total_ms : INT64_MAX;
	b->timer = (struct timer){ .fire = on_timer };
	b->soon = (struct client_soon){ .call = on_soon };
	soon_add(c, &b->soon);
}

void client_batch_cancel(struct client_batch *b)
{
	timer_clear(&b->timer);
	soon_take(b->client, &b->soon);
	while (b->groups) {
		client_cancel(&b->groups->r);
		group_free(b->groups);
	}
}
