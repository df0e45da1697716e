/* SPDX-License-Identifier: Apache-2.0 */
#include "client_scan.h"
#include "client_message.h"
#include "client_parts.h"
#include "client_scan_parts.h"
#include "clock.h"
#include "info.h"
#include "result.h"

#include <stdlib.h>

/* Rounds: each asks every node for those of its partitions that are not done, and ends when all nodes have answered. */

#define DEFAULT_RETRIES 10	/* in all 6 s: longer than it takes to see that a node is lost */
#define ROUND_PAUSE 50

bool scan_cursor_done(const struct scan_cursor *k, unsigned first, unsigned count)
{
	for (unsigned p = first; p < first + count && p < CLIENT_PARTITIONS; p++)
		if (!k->partition[p].done)
			return false;
	return true;
}

static void leave(struct client_scan *s)
{
	client_timer_clear(&s->timer);
	if (s->at) {
		*s->at = s->next;
		if (s->next)
			s->next->at = s->at;
	}
	s->at = NULL;
	free(s->own);
	s->own = NULL;
}

static void end(struct client_scan *s, int code)
{
	leave(s);
	s->done(s, code);
}

static bool enough(const struct client_scan *s)
{
	return s->max_records && s->rows >= s->max_records;
}

static unsigned pause_ms(unsigned attempt)
{
	return attempt < 5 ? ROUND_PAUSE << attempt : 1000;
}

/* When all nodes of a round have answered: the end, or another round. */
static void round_ended(struct client_scan *s)
{
	unsigned retries = s->retries < 0 ? 0 : s->retries ? (unsigned)s->retries : DEFAULT_RETRIES;

	if (s->groups || s->sending)
		return;
	if (s->stopped || enough(s) || scan_cursor_done(scan_cursor(s), s->first, s->count)) {
		end(s, s->stopped ? s->code : RESULT_OK);
		return;
	}
	s->attempt = s->rows > s->rows_before ? 0 : s->attempt;
	s->rows_before = s->rows;
	if (s->failed && s->attempt++ >= retries)
		end(s, s->code);
	else if (s->give_up <= s->client->now)
		end(s, RESULT_TIMEOUT);
	else
		client_timer_set(&s->client->wheel, &s->timer, s->client->now + (s->failed ? pause_ms(s->attempt) : 0));
}

static void group_free(struct scan_group *g)
{
	struct scan_group **at = &g->s->groups;

	while (*at != g)
		at = &(*at)->next;
	*at = g->next;
	buf_free(&g->unit);
	free(g);
}

/* ---- answers ---- */

static void row_fields(struct scan_row *row, uint64_t *bval)
{
	struct message_field f;

	while (message_next_field(&row->m, &f))
		switch (f.type) {
		case FIELD_NAMESPACE: row->ns = f.data; break;
		case FIELD_SET: row->set = f.data; break;
		case FIELD_DIGEST: row->digest = f.data; break;
		case FIELD_KEY:
			if (f.data.n) {
				row->key_type = (uint8_t)f.data.p[0];
				row->key = (struct span){ f.data.p + 1, f.data.n - 1 };
			}
			break;
		case FIELD_BVALS:
			if (f.data.n >= 8)
				memcpy(bval, f.data.p, 8);	/* little endian, given back as it came */
			break;
		}
}

static void not_here(struct scan_group *g, unsigned partition)
{
	for (unsigned i = 0; i < g->n; i++)
		if (g->partition[i] == partition)
			g->partition[i] |= GONE;
	g->s->failed = true;
	g->s->code = RESULT_UNAVAILABLE;
}

/* False: the caller has had enough. */
static bool take_row(struct scan_group *g, struct message *m)
{
	struct client_scan *s = g->s;
	struct scan_row row = { .generation = m->generation, .void_time = m->ttl, .m = *m };
	struct scan_mark *mark;
	uint64_t bval = 0;

	if (m->info3 & INFO3_PARTITION_DONE) {
		if (m->result != RESULT_OK)
			not_here(g, m->generation);
		return true;
	}
	if (m->result != RESULT_OK)
		return true;
	row_fields(&row, &bval);
	if (row.digest.n != DIGEST_SIZE || row.m.error)
		return true;
	if (!g->whole) {
		mark = &scan_cursor(s)->partition[digest_partition((const uint8_t *)row.digest.p)];
		memcpy(mark->digest, row.digest.p, DIGEST_SIZE);
		mark->begun = true;
		mark->bval = bval;
	}
	g->rows++;
	s->rows++;
	return s->row(s, &row);
}

static bool on_part(struct client_request *r, struct span body)
{
	struct scan_group *g = (struct scan_group *)r;
	struct message m;

	while (command_next_row(&body, &m)) {
		if (m.info3 & INFO3_LAST)
			break;
		if (g->s->stopped || !take_row(g, &m)) {
			g->s->stopped = true;
			g->s->code = CLIENT_STOPPED;
			return false;
		}
	}
	return true;
}

static void on_done(struct client_request *r, const struct client_reply *reply)
{
	struct scan_group *g = (struct scan_group *)r;
	struct client_scan *s = g->s;
	int code = reply->code;
	bool local = code < 0 || (code == RESULT_TIMEOUT && !reply->body.p);

	if (code == RESULT_OK && !(g->share && g->rows >= g->share)) {
		for (unsigned i = 0; i < g->n; i++)
			if (!(g->partition[i] & GONE))
				scan_cursor(s)->partition[g->partition[i]].done = true;
	} else if (code != RESULT_OK) {
		/* What another try will not mend ends the scan: bad parameters, no such namespace or index, aborted. */
		if (!s->stopped)
			s->code = code;
		s->failed = true;
		if (g->whole || !(local || code == RESULT_TIMEOUT || code == RESULT_UNAVAILABLE ||
		    code == RESULT_DEVICE_OVERLOAD || code == RESULT_NOT_AUTHENTICATED))
			s->stopped = true;
		client_tend_soon(s->client);
	}
	group_free(g);
	round_ended(s);
}

/* ---- rounds ---- */

static bool send_group(struct client_scan *s, struct node *n, unsigned partitions, uint64_t share, const int16_t *slot_of)
{
	struct client *c = s->client;
	struct scan_group *g = calloc(1, sizeof(*g) + partitions * sizeof(*g->partition));

	if (!g)
		return false;
	g->s = s;
	g->share = share;
	g->whole = !slot_of;
	strcpy(g->node, n->id);
	for (unsigned p = s->first; slot_of && p < s->first + s->count; p++)
		if (slot_of[p] == n->slot && g->n < partitions)
			g->partition[g->n++] = (uint16_t)p;
	client_scan_encode(g);
	if (g->unit.full) {
		buf_free(&g->unit);
		free(g);
		return false;
	}
	g->next = s->groups;
	s->groups = g;
	g->r = (struct client_request){ .unit = buf_as_span(&g->unit), .node = g->node, .kind = CLIENT_STREAM, .retries = -1,
		.socket_ms = s->socket_ms, .done = on_done, .part = on_part };
	if (s->give_up != INT64_MAX)
		g->r.total_ms = (uint32_t)(s->give_up > c->now ? s->give_up - c->now : 1);
	client_submit(c, &g->r);
	return true;
}

/* Which node is to be asked for which partition; returns the number of nodes, and how many partitions each gets. */
static unsigned split(struct client_scan *s, const struct map_namespace *ns, int16_t slot_of[CLIENT_PARTITIONS], unsigned count[CLIENT_NODES])
{
	unsigned nodes = 0;

	for (unsigned p = s->first; p < s->first + s->count; p++) {
		struct node *n = ns && !scan_cursor(s)->partition[p].done ? client_request_replica(s->client, ns, p, s->attempt) : NULL;

		slot_of[p] = n ? (int16_t)n->slot : MAP_NONE;
		if (n && count[n->slot]++ == 0)
			nodes++;
		if (!n && !scan_cursor(s)->partition[p].done)
			s->failed = true;
	}
	return nodes;
}

static void run_round(struct client_scan *s)
{
	struct client *c = s->client;
	struct map_namespace *ns = client_map_find(&c->map, s->ns);
	int16_t slot_of[CLIENT_PARTITIONS];
	unsigned count[CLIENT_NODES] = { 0 }, nodes, at = 0, sent = 0;
	uint64_t left = s->max_records - s->rows;
	bool whole = s->index_range.p && client_build(c) && client_build(c) < INFO_BUILD(6, 0, 0, 0);

	s->failed = false;
	s->code = CLIENT_NO_NODE;
	if (!ns && c->state == CLIENT_READY) {
		end(s, RESULT_NAMESPACE);
		return;
	}
	nodes = split(s, ns, slot_of, count);
	s->sending = true;
	for (unsigned i = 0; i < CLIENT_NODES; i++) {
		uint64_t share = 0;

		if (!count[i])
			continue;
		if (s->max_records) {
			share = left / nodes + (at++ < left % nodes);
			if (!share)
				continue;
		}
		if (s->nodes_at_once && sent == s->nodes_at_once)
			break;		/* the next round is for them */
		sent++;
		if (!send_group(s, c->node[i], count[i], share, whole ? NULL : slot_of)) {
			s->code = CLIENT_NO_MEMORY;
			s->failed = s->stopped = true;
		}
	}
	/* Nodes before 6.0 answer an index query once, for everything they have. */
	for (unsigned p = 0; whole && nodes && p < CLIENT_PARTITIONS; p++)
		scan_cursor(s)->partition[p].done = true;
	s->sending = false;
	round_ended(s);
}

static void on_timer(struct client_timer *t)
{
	run_round((struct client_scan *)((char *)t - offsetof(struct client_scan, timer)));
}

static void on_soon(struct client_soon *soon)
{
	struct client_scan *s = (struct client_scan *)((char *)soon - offsetof(struct client_scan, soon));

	if (!s->cursor && !s->own)
		end(s, CLIENT_NO_MEMORY);
	else
		run_round(s);
}

void client_scan(struct client *c, struct client_scan *s)
{
	s->client = c;
	if (s->count == 0) {
		s->first = 0;
		s->count = CLIENT_PARTITIONS;
	}
	if (s->first >= CLIENT_PARTITIONS)
		s->first = s->count = 0;
	if (s->count > CLIENT_PARTITIONS - s->first)
		s->count = CLIENT_PARTITIONS - s->first;
	s->give_up = s->total_ms ? clock_ms() + s->total_ms : INT64_MAX;
	s->own = s->cursor ? NULL : calloc(1, sizeof(*s->own));
	s->timer = (struct client_timer){ .fire = on_timer };
	s->soon = (struct client_soon){ .call = on_soon };
	client_soon_add(c, &s->soon);
	s->next = c->scans;
	s->at = &c->scans;
	if (s->next)
		s->next->at = &s->next;
	c->scans = s;
}

static void drop(struct client_scan *s)
{
	client_soon_take(s->client, &s->soon);
	while (s->groups) {
		client_cancel(&s->groups->r);
		group_free(s->groups);
	}
}

void client_scans_close(struct client *c)
{
	while (c->scans) {
		struct client_scan *s = c->scans;

		drop(s);
		end(s, CLIENT_CLOSED);
	}
}

void client_scan_cancel(struct client_scan *s)
{
	drop(s);
	leave(s);
}

void client_scan_pause(struct client_scan *s)
{
	for (struct scan_group *g = s->groups; g; g = g->next)
		client_pause(&g->r);
}

void client_scan_resume(struct client_scan *s)
{
	for (struct scan_group *g = s->groups; g; g = g->next)
		client_resume(&g->r);
}
