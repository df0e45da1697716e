/* SPDX-License-Identifier: Apache-2.0 */
/* Records that are to be tried again, without losing the order of a key.
 *
 * When a record is nacked for retry, later ones of its key may be done already: to write it alone once more would put the older in the
 * place of the newer. So its partition takes in nothing new, waits until all that is out has its answer, and after a pause sends again,
 * in order, each record that failed and all behind it with the same key, whether they were done or not. Only when all of these have
 * their answer the partition goes on; if one fails again, all begins anew, after a longer pause if not even the first one was done.
 * Records without a key count as of one key. Other partitions are not concerned. */
#include "source.h"
#include "err.h"

#include <stdlib.h>

/* Keys that failed, as hashes: two that happen to have the same one are merely sent again together. */
struct keys {
	uint64_t *slots;	/* 0: empty */
	size_t mask;
};

static uint64_t hash(struct span key)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325) + (key.p ? 1 : 0);

	for (size_t i = 0; i < key.n; i++)
		h = (h ^ (unsigned char)key.p[i]) * UINT64_C(0x100000001b3);
	h ^= h >> 32;
	return h ? h : 1;
}

/* Where it is, or would be. */
static uint64_t *find(const struct keys *k, uint64_t h)
{
	size_t i = h & k->mask;

	while (k->slots[i] && k->slots[i] != h)
		i = (i + 1) & k->mask;
	return &k->slots[i];
}

/* Which records go out again. Without memory for the keys: all behind the first that failed. */
static void mark(struct source *s, struct part *p)
{
	struct keys keys = { 0 };
	size_t size = 16;
	bool any = false;

	while (size < 2 * p->prefix.n)
		size *= 2;
	keys.mask = size - 1;
	keys.slots = calloc(size, sizeof(*keys.slots));
	for (size_t i = 0; i < p->prefix.n; i++) {
		struct record *r = prefix_at(&p->prefix, i)->what;
		uint64_t h = hash(r->kafka.key), *slot = keys.slots ? find(&keys, h) : NULL;

		if (r->state == RECORD_FAILED || r->state == RECORD_DUE) {
			any = true;
			if (slot)
				*slot = h;
			r->state = RECORD_DUE;
		} else if (r->state == RECORD_PARKED) {
			r->state = RECORD_DUE;
		} else if (r->state == RECORD_DONE && (slot ? *slot == h : any)) {
			r->state = RECORD_DUE;
			prefix_mark(&p->prefix, r->seq, false);
			s->count.acked--;
		}
	}
	free(keys.slots);
}

void redo_failed(struct source *s, struct part *p)
{
	if (!p->failing_since)
		p->failing_since = s->now;
	p->state = PART_HOLD;
	consumer_pause(s, p, true);
}

static void go_on(struct source *s, struct part *p)
{
	p->state = PART_FLOW;
	p->tries = 0;
	p->failing_since = 0;
	if (!p->at_end)
		consumer_pause(s, p, false);
}

static void send_due(struct source *s, struct part *p)
{
	while (p->state == PART_REDO && p->redo_next < p->prefix.n && loop_out_has_room(s)) {
		struct record *r = prefix_at(&p->prefix, p->redo_next++)->what;

		if (r->state == RECORD_DUE)
			flight_send(s, r);
	}
}

static void step(struct source *s, struct part *p)
{
	if (p->state == PART_HOLD && p->in_pipe == 0) {
		if (prefix_next(&p->prefix) != p->tried) {	/* it gets on: no reason to be patient yet */
			p->tried = prefix_next(&p->prefix);
			p->tries = 0;
			p->failing_since = s->now;
		}
		p->retry_at = s->now + retry_pause(&s->pauses, ++p->tries);
		p->state = PART_WAIT;
	}
	if (p->state == PART_WAIT && s->now >= p->retry_at) {
		mark(s, p);
		p->redo_next = 0;
		p->state = PART_REDO;
	}
	send_due(s, p);
	if (p->state == PART_REDO && p->redo_next == p->prefix.n && p->in_pipe == 0)
		go_on(s, p);
}

/* When the program is on its way out, what failed is left to its next start; but a batch is over only when all is done. */
void redo_step(struct source *s)
{
	if (s->phase != PHASE_RUN)
		return;
	for (struct part *p = s->parts; p; p = p->next) {
		if (p->state == PART_FLOW || p->revoked)
			continue;
		if (s->opt.retry_timeout && s->now - p->failing_since >= s->opt.retry_timeout) {
			log_error("a record could not be done before --retry-timeout", "topic", p->topic.p, "partition",
				log_num(p->partition), "committed", log_num(prefix_next(&p->prefix)), NULL);
			finish_drain(s, EX_TEMPFAIL);
			return;
		}
		step(s, p);
	}
}

int64_t redo_due(const struct source *s)
{
	int64_t first = INT64_MAX;

	for (const struct part *p = s->parts; p; p = p->next)
		if (p->state == PART_WAIT && !p->revoked && p->retry_at < first)
			first = p->retry_at;
	if (first == INT64_MAX)
		return -1;
	return first > s->now ? first - s->now : 0;
}
