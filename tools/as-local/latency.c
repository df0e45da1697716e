/* SPDX-License-Identifier: Apache-2.0 */
#include "latency.h"
#include "server.h"

#define NAMESPACES_MAX 64
#define STEPS 17		/* 1 ms, 2 ms, 4 ms ... 65536 ms */

struct histogram {
	uint64_t seen;			/* of the counter, when we looked last */
	uint64_t n, over[STEPS];	/* in this slice; over[i]: took longer than 2^i ms */
	double rate, percent[STEPS];	/* of the last one */
};

static struct histogram of_namespace[NAMESPACES_MAX][LATENCIES], batches;
static bool has_slice;

static void add(struct histogram *h, uint64_t n, int64_t us)
{
	h->n += n;
	for (unsigned i = 0; i < STEPS && us > (int64_t)1000 << i; i++)
		h->over[i] += n;
}

static void take(struct histogram *h, uint64_t counter, int64_t us)
{
	if (counter != h->seen)
		add(h, counter - h->seen, us);
	h->seen = counter;
}

static uint64_t total(const struct namespace *ns, enum origin origin, enum kind kind)
{
	uint64_t n = 0;

	for (unsigned outcome = 0; outcome < OUTCOMES; outcome++)
		n += ns->count[origin][kind][outcome];
	return n;
}

void latency_round(int64_t us)
{
	take(&batches, server_counts.batches, us);
	for (unsigned k = 0; k < n_namespaces && k < NAMESPACES_MAX; k++) {
		const struct namespace *ns = namespaces[k];
		struct histogram *h = of_namespace[k];

		take(&h[LATENCY_READ], total(ns, ORIGIN_CLIENT, KIND_READ), us);
		take(&h[LATENCY_WRITE], total(ns, ORIGIN_CLIENT, KIND_WRITE) + total(ns, ORIGIN_CLIENT, KIND_DELETE), us);
		take(&h[LATENCY_BATCH_READ], total(ns, ORIGIN_BATCH, KIND_READ), us);
		take(&h[LATENCY_BATCH_WRITE], total(ns, ORIGIN_BATCH, KIND_WRITE) + total(ns, ORIGIN_BATCH, KIND_DELETE), us);
	}
}

void latency_query(const struct namespace *ns, bool index, int64_t ms)
{
	if (ns && ns->number < NAMESPACES_MAX)
		add(&of_namespace[ns->number][index ? LATENCY_SI_QUERY : LATENCY_PI_QUERY], 1, ms * 1000);
}

static void close_slice(struct histogram *h, double seconds)
{
	h->rate = (double)h->n / seconds;
	for (unsigned i = 0; i < STEPS; i++) {
		h->percent[i] = h->n ? 100.0 * (double)h->over[i] / (double)h->n : 0;
		h->over[i] = 0;
	}
	h->n = 0;
}

void latency_slice(double seconds)
{
	has_slice = true;
	close_slice(&batches, seconds);
	for (unsigned k = 0; k < n_namespaces && k < NAMESPACES_MAX; k++)
		for (unsigned i = 0; i < LATENCIES; i++)
			close_slice(&of_namespace[k][i], seconds);
}

void latency_print(const struct namespace *ns, unsigned which, struct buf *out)
{
	const struct histogram *h = !ns ? &batches : ns->number < NAMESPACES_MAX ? &of_namespace[ns->number][which] : NULL;

	if (!has_slice || !h)
		return;
	buf_printf(out, "msec,%.1f", h->rate);
	for (unsigned i = 0; i < STEPS; i++)
		buf_printf(out, ",%.2f", h->percent[i]);
}
