/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EMIT_H
#define EMIT_H

#include "ack.h"
#include "format.h"
#include "generate.h"
#include "jobs.h"

#include <stdint.h>

struct options {
	const char *url;
	enum format as;
	struct format_options format;
	unsigned connections;
	size_t window;			/* records held */
	double rate;			/* POSTs a second, 0 for no limit */
	uint64_t tries;			/* per record, 0 for no limit */
	int64_t timeout, probe;		/* milliseconds; probe 0: none */
	const char *ca_file, *cert, *key, *header_file;
	bool generate, print;
	uint64_t count, seed, first_id;
	unsigned mix[3];
};

/* ---- input.c: where records come from */
/* stdin is left alone when records are made up. */
void input_open(const struct options *o, struct acks *acks);
/* Fill jobs while there is room and input that is in memory already. True when more could be had by waiting for input_fd. */
bool input_take(void);
/* Read once more from stdin; call when input_fd is readable. */
void input_read(void);
int input_fd(void);		/* -1: none */
bool input_ended(void);
void input_stop(void);		/* take nothing more */
void input_close(void);

/* ---- post.c: HTTP, by fetch.h */
struct post_result {
	bool taken;		/* answered 200 */
	long status;		/* 0: no answer */
	const char *error;	/* when there was no answer; good until done() returns */
};
void post_open(const struct options *o, int epoll, void (*done)(struct job *j, const struct post_result *r));
bool post_room(void);		/* a connection is free */
void post_start(struct job *j);
/* Whatever has come and whatever is due by time. Calls done(). */
void post_run(int64_t now);
int64_t post_next_due(void);	/* microseconds, INT64_MAX for none */
/* With a probe: is the receiver known to be away? */
bool post_away(void);
void post_close(void);

/* ---- stats.c */
struct stats {
	uint64_t records;	/* read or made up */
	uint64_t taken;		/* answered 200 */
	uint64_t retries;	/* tries that were not answered 200 and will be repeated */
	uint64_t given_up;	/* nacked for retry */
	uint64_t refused;	/* can never succeed: not a record, not in this format */
	uint64_t skipped;
	uint64_t bytes;		/* of bodies that were taken */
};
extern struct stats stats;
void stats_open(void);
void stats_latency(int64_t us);
void stats_progress(int64_t now);	/* on a terminal; INT64_MAX clears it */
int64_t stats_next_progress(void);
void stats_counters(void);		/* for SIGUSR1 */
void stats_summary(void);

#endif
