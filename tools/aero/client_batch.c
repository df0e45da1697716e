/* SPDX-License-Identifier: Apache-2.0 */
#include "client_batch.h"
#include "client_batch_parts.h"
#include "client_message.h"
#include "client_parts.h"
#include "client_retry.h"
#include "clock.h"
#include "frame.h"
#include "info.h"
#include "result.h"

#include <stdlib.h>

/* Rounds: each sends what has no answer yet to whoever owns it now. */

#define DEFAULT_RETRIES 2
#define ROUND_PAUSE 50		/* ms until rows that no node is known for are looked at again */

static void look_again(struct client_batch *b, unsigned ms)
{
	if (!client_timer_is_set(&b->timer))
		client_timer_set(&b->client->wheel, &b->timer, b->client->now + ms);
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
	struct retry_choice again;

	if (row->answered)
		return;
	if (code == RESULT_OK) {
		answer(b, index, code, false, body);
		return;
	}
	if (code == RESULT_UNAVAILABLE && !local)
		client_tend_soon(b->client);
	if (b->give_up != INT64_MAX)
		a.left_ms = b->give_up - b->client->now;
	again = client_retry_decide(&a);
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

static void leave(struct client_batch *b)
{
	client_timer_clear(&b->timer);
	*b->at = b->next;
	if (b->next)
		b->next->at = b->at;
}

static void finish(struct client_batch *b)
{
	if (b->sending || b->groups || b->n_answered < b->n)
		return;
	leave(b);
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
		client_batch_encode(g, old);
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
		client_batch_row_parts(&b->rows[index[i]], &plain);
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
		else if (!row->ns.p && !client_batch_row_parts(row, &plain))
			answer(b, i, RESULT_PARAMETER, false, (struct span){ 0 });
		else if (b->give_up <= c->now)
			answer(b, i, c->state == CLIENT_READY ? RESULT_TIMEOUT : CLIENT_NO_NODE, row->in_doubt, (struct span){ 0 });
		if (row->answered)
			continue;
		ns = client_map_find(&c->map, row->ns);
		n = ns ? client_request_replica(c, ns, row->partition, row->column) : NULL;
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

static void on_timer(struct client_timer *t)
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
	b->timer = (struct client_timer){ .fire = on_timer };
	b->soon = (struct client_soon){ .call = on_soon };
	client_soon_add(c, &b->soon);
	b->next = c->batches;
	b->at = &c->batches;
	if (b->next)
		b->next->at = &b->next;
	c->batches = b;
}

void client_batches_close(struct client *c)
{
	struct client_batch *b;

	while ((b = c->batches)) {
		client_soon_take(c, &b->soon);
		while (b->groups) {
			client_cancel(&b->groups->r);
			group_free(b->groups);
		}
		b->sending = true;	/* until all rows are answered */
		for (uint32_t i = 0; i < b->n; i++)
			answer(b, i, CLIENT_CLOSED, b->rows[i].in_doubt, (struct span){ 0 });
		b->sending = false;
		finish(b);
	}
}

void client_batch_cancel(struct client_batch *b)
{
	leave(b);
	client_soon_take(b->client, &b->soon);
	while (b->groups) {
		client_cancel(&b->groups->r);
		group_free(b->groups);
	}
}
