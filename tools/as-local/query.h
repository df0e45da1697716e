/* SPDX-License-Identifier: Apache-2.0 */
#ifndef QUERY_H
#define QUERY_H

#include "request.h"

/* What scans, index queries and background jobs share (wire reference, section 8). */

/* The partitions that a request asks for, and where each goes on. */
struct query_part {
	uint16_t pid;
	bool resumed;			/* go on behind `digest` (and bval) */
	uint8_t digest[DIGEST_SIZE];
	int64_t bval;
};
/* malloc'ed; in the order of the request. RESULT_OK, or the code to answer: a partition named twice or over 4095, sizes that don't fit,
 * no partition at all. */
int query_parts(const struct request *r, struct query_part **parts, unsigned *n);

/* One row of an answer, as a part of a unit. bval NULL for scans. */
void query_row(struct buf *out, const struct namespace *ns, const struct stored *rec, const struct request *r, const int64_t *bval,
	struct arena *mem);
/* Does the request's filter let it pass? Also applies the set. */
bool query_wants(const struct request *r, int set, struct stored *rec, struct arena *mem);
/* Ends the unit that began at mark; one without rows is taken back: clients take it for nonsense. */
void query_end_unit(struct buf *out, size_t mark);
/* The row that ends an answer. */
void query_last(struct buf *out, int code);

/* Jobs for query-show: each query and background job with its task id, running or among the last hundred. jobs.c */
struct query_info {
	uint64_t trid;
	char ns[32], set[64], index[64], from[64];
	const char *type;		/* "basic", "background-ops" */
	uint32_t rps, socket_timeout, n_pids, n_digests;
	uint64_t succeeded, failed, filtered_meta, filtered_bins;
	uint64_t throttled;		/* records that count for the rate */
	int64_t started, done;		/* clock_ms; done 0: running */
	const char *status;		/* "done(ok)" */
	bool listed;			/* short queries are not; jobs_done then frees them */
	bool abort;			/* someone asked for its end */
};
/* NULL when that id is listed already. */
struct query_info *jobs_add(const struct request *r, const char *type, const char *from);
void jobs_done(struct query_info *q, const char *status);
struct query_info *jobs_find(uint64_t trid);
/* A job that may do so many records a second (rps, 0: any): how many it may do now, and the clock_ms time at which it may do more. */
uint64_t jobs_allowance(const struct query_info *q);
int64_t jobs_due(const struct query_info *q);
void jobs_each(void (*each)(const struct query_info *q, void *ctx), void *ctx);

/* Index queries (sindex_query.c), scans (scan.c), background jobs (background.c). */
void sindex_query(struct connection *c, struct request *r);
void scan_query(struct connection *c, struct request *r);
void background_query(struct connection *c, struct request *r);

#endif
