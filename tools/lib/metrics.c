/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics.h"
#include "log.h"

#include <inttypes.h>
#include <string.h>

/* Upper bounds in seconds. */
static const double bounds[METRIC_BUCKETS] = {
	0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10
};

void histogram_add(struct histogram *h, double seconds)
{
	unsigned i = 0;

	while (i < METRIC_BUCKETS && seconds > bounds[i])
		i++;
	h->bucket[i]++;
	h->count++;
	h->sum += seconds;
}

static void print_histogram(struct buf *b, const struct metric *m)
{
	const char *labels = m->labels ? m->labels : "", *comma = m->labels ? "," : "";
	const char *open = m->labels ? "{" : "", *close = m->labels ? "}" : "";
	uint64_t below = 0;

	for (unsigned i = 0; i < METRIC_BUCKETS; i++) {
		below += m->histogram->bucket[i];
		buf_printf(b, "%s_bucket{%s%sle=\"%g\"} %" PRIu64 "\n", m->name, labels, comma, bounds[i], below);
	}
	buf_printf(b, "%s_bucket{%s%sle=\"+Inf\"} %" PRIu64 "\n", m->name, labels, comma, m->histogram->count);
	buf_printf(b, "%s_sum%s%s%s %.6f\n", m->name, open, labels, close, m->histogram->sum);
	buf_printf(b, "%s_count%s%s%s %" PRIu64 "\n", m->name, open, labels, close, m->histogram->count);
}

void metrics_print(struct buf *b, const struct metric *table)
{
	static const char *const types[] = { "counter", "gauge", "histogram" };
	const char *family = "";

	for (const struct metric *m = table; m->name; m++) {
		if (strcmp(family, m->name) != 0) {
			family = m->name;
			if (m->help)
				buf_printf(b, "# HELP %s %s\n", m->name, m->help);
			buf_printf(b, "# TYPE %s %s\n", m->name, types[m->type]);
		}
		if (m->type == METRIC_HISTOGRAM)
			print_histogram(b, m);
		else if (m->labels)
			buf_printf(b, "%s{%s} %" PRIu64 "\n", m->name, m->labels, *m->value);
		else
			buf_printf(b, "%s %" PRIu64 "\n", m->name, *m->value);
	}
}

void metrics_log(const struct metric *table)
{
	const char *pairs[32] = { NULL };
	unsigned n = 0;

	/* log_num keeps 16 numbers. */
	for (const struct metric *m = table; m->name && n < 16; m++)
		if (m->brief && m->type != METRIC_HISTOGRAM) {
			pairs[2 * n] = m->brief;
			pairs[2 * n + 1] = log_num((int64_t)*m->value);
			n++;
		}
#define PAIR(i) pairs[2 * (i)], pairs[2 * (i) + 1]
	log_info("counters", PAIR(0), PAIR(1), PAIR(2), PAIR(3), PAIR(4), PAIR(5), PAIR(6), PAIR(7), PAIR(8), PAIR(9),
		PAIR(10), PAIR(11), PAIR(12), PAIR(13), PAIR(14), PAIR(15), NULL);
#undef PAIR
}
