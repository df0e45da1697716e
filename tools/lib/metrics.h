/* SPDX-License-Identifier: Apache-2.0 */
#ifndef METRICS_H
#define METRICS_H

#include "buf.h"

#include <stdint.h>

/* Counters, gauges and histograms in static tables: the program counts by adding to a field, and the table says how the thing is
 * called in Prometheus text and in the line that SIGUSR1 and the end print. One thread. */
enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

#define METRIC_BUCKETS 16
struct histogram {
	uint64_t bucket[METRIC_BUCKETS + 1];	/* the last one has no upper bound */
	uint64_t count;
	double sum;
};

struct metric {
	const char *name;	/* "aerospike_kafka_outbound_requests"; rows of one family stand together */
	const char *labels;	/* "status=\"success\"", or NULL */
	const char *help;	/* for the family's first row */
	const char *brief;	/* its key in the counters line ("acked"), or NULL to leave it out there */
	enum metric_type type;
	const uint64_t *value;			/* counter, gauge */
	const struct histogram *histogram;	/* histogram */
};

/* Add a duration in seconds; bounds go from 100 us to 10 s, METRIC_BUCKETS of them. */
void histogram_add(struct histogram *h, double seconds);
/* Prometheus text exposition format 0.0.4; the table ends with a row whose name is NULL. */
void metrics_print(struct buf *b, const struct metric *table);
/* One log event (level info, msg "counters") with the rows that have a brief. */
void metrics_log(const struct metric *table);

#endif
