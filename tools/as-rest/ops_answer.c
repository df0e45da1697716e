/* SPDX-License-Identifier: Apache-2.0 */
/* Records as answers: what the operations of a request gave, by bins. */
#include "ops.h"

#include "gateway_value.h"

#include <stdlib.h>

#define FEW 16	/* results that are compared one with another */

/* One op of an answer. Those of one bin hang together, in their order. */
struct result {
	struct message_op op;
	struct result *next;
	uint32_t same;		/* of the first one: how many of this bin; 0: not the first one */
	uint32_t at;
};

static int by_name(const void *a, const void *b)
{
	const struct result *x = *(struct result *const *)a, *y = *(struct result *const *)b;
	size_t n = x->op.name.n < y->op.name.n ? x->op.name.n : y->op.name.n;
	int c = memcmp(x->op.name.p, y->op.name.p, n);

	if (c)
		return c;
	if (x->op.name.n != y->op.name.n)
		return x->op.name.n < y->op.name.n ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

/* Join the results of each bin. Returns how many bins there are. */
static uint32_t join_few(struct result *results, uint32_t n)
{
	uint32_t bins = 0;

	for (uint32_t i = 0; i < n; i++) {
		struct result *first = results, *last;

		while (first < &results[i] && !(first->same && span_eq(first->op.name, results[i].op.name)))
			first++;
		if (first == &results[i]) {
			first->same = 1;
			bins++;
			continue;
		}
		first->same++;
		for (last = first; last->next; last = last->next)
			;
		last->next = &results[i];
	}
	return bins;
}

static uint32_t join_many(struct result *results, struct result **sorted, uint32_t n)
{
	struct result *first = NULL, *last = NULL;
	uint32_t bins = 0;

	for (uint32_t i = 0; i < n; i++)
		sorted[i] = &results[i];
	qsort(sorted, n, sizeof(struct result *), by_name);
	for (uint32_t i = 0; i < n; i++) {
		if (first && span_eq(first->op.name, sorted[i]->op.name)) {
			first->same++;
			last->next = sorted[i];
		} else {
			first = sorted[i];
			first->same = 1;
			bins++;
		}
		last = sorted[i];
	}
	return bins;
}

static bool put_bin(struct answer *a, const struct result *r)
{
	struct gateway_error e;

	answer_key(a, r->op.name);
	if (r->same > 1)
		answer_list(a, r->same);
	for (const struct result *i = r; i; i = i->next)
		if (!gateway_answer(a, i->op.particle, i->op.value, &e))
			return false;
	if (r->same > 1)
		answer_list_end(a);
	return true;
}

static bool put_bins(struct answer *a, struct arena *mem, struct message *m)
{
	uint32_t n = m->n_ops, bins;
	struct result *results = arena_take(mem, n * sizeof(*results)), **sorted = n > FEW ? arena_take(mem, n * sizeof(*sorted)) : NULL;

	if (!results || (n > FEW && !sorted)) {
		a->out->full = true;
		return true;
	}
	for (uint32_t i = 0; i < n; i++) {
		results[i] = (struct result){ .at = i };
		if (!message_next_op(m, &results[i].op))
			return false;
	}
	bins = n > FEW ? join_many(results, sorted, n) : join_few(results, n);
	answer_map(a, bins);
	for (uint32_t i = 0; i < n; i++)
		if (results[i].same && !put_bin(a, &results[i]))
			return false;
	answer_map_end(a);
	return true;
}

bool ops_record(struct answer *a, struct arena *mem, struct message *m, int64_t unix_s)
{
	size_t before = a->out->n;
	bool comma = a->comma;
	uint32_t ttl = command_ttl(m->ttl, unix_s);

	answer_map(a, 3);
	answer_key(a, SPAN("generation"));
	answer_int(a, m->generation);
	answer_key(a, SPAN("ttl"));
	answer_int(a, ttl == TTL_NEVER ? -1 : (int64_t)ttl);
	answer_key(a, SPAN("bins"));
	if (m->n_ops == 0) {
		answer_null(a);
	} else if (!put_bins(a, mem, m)) {
		a->out->n = before;
		a->comma = comma;
		return false;
	}
	answer_map_end(a);
	return true;
}
