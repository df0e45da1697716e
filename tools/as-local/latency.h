/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LATENCY_H
#define LATENCY_H

#include "buf.h"
#include "store.h"

/* How long requests take, for the info command `latencies`: histograms of the last whole slice of ten seconds (wire reference, 2.9).
 * Requests of a round of the event loop are answered together, behind its commit, so all of them took as long as the round. */

/* A round has ended, which took so many microseconds; what it did is seen in the namespaces' counters. */
void latency_round(int64_t us);
/* A query is done. index: over a secondary index. */
void latency_query(const struct namespace *ns, bool index, int64_t ms);
/* A slice of so many seconds ends. */
void latency_slice(double seconds);

enum { LATENCY_READ, LATENCY_WRITE, LATENCY_UDF, LATENCY_BATCH_READ, LATENCY_BATCH_WRITE, LATENCY_BATCH_UDF, LATENCY_PI_QUERY, LATENCY_SI_QUERY,
	LATENCIES };
/* "msec,RATE,PERCENT..." of the last slice; nothing before the first one. ns NULL: of batches. */
void latency_print(const struct namespace *ns, unsigned which, struct buf *out);

#endif
