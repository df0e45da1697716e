/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KINESIS_H
#define KINESIS_H

#include "credentials.h"
#include "fetch.h"
#include "options.h"
#include "outgoing.h"
#include "putrecords.h"
#include "queue.h"
#include "sink.h"
#include "verdict.h"

/* A call under way, or free for the next. */
struct call {
	struct fetch_request request;
	struct kinesis *kinesis;
	struct call *next;		/* while free */
	struct batch batch;
	struct buf body;
	char sigv4[128], userpwd[800];
	unsigned generation;		/* of the credentials that it was signed with */
};

/* What the event loop, lines in and answers back, have in common. */
struct kinesis {
	struct sink sink;
	struct options options;
	struct outgoing out;
	struct { uint64_t bytes, calls, failed_calls, repeated, throttled, credentials; } count;
	struct log_limit troubles;

	struct fetch *fetch;
	struct fetch_endpoint *endpoint;
	struct queue queue;
	uint64_t in_flight;		/* records in the queue, as a metric */
	struct call *calls, *unused;
	struct put_result *results;	/* BATCH_MAX of them */
	bool down;			/* the last call found nobody */
	char reason[320];		/* what the last failed call said */

	/* tickets.c: credentials in use */
	struct credentials credentials;
	struct fetch_endpoint *ticket_endpoint;
	struct fetch_request ticket_request;
	bool asking, suspect;		/* suspect: they were refused, and new ones asked for, since the last success */
	unsigned generation;
	unsigned ticket_tries;
	int64_t ask_not_before;		/* clock_ms */
};

/* Take lines that are in memory into the queue, until there are no more (true) or it is full. */
bool lines_take(struct kinesis *k);

void calls_open(struct kinesis *k);
void calls_close(struct kinesis *k);
/* Give back what has waited too long, and make the calls that can be made now. */
void calls_run(struct kinesis *k);
/* How long until calls_run has something to do; -1: until something happens. ms */
int calls_wait(const struct kinesis *k);

void tickets_open(struct kinesis *k);
/* See to it that credentials are fresh. False: there are none yet. */
bool tickets_ready(struct kinesis *k);
/* A call signed with those of this generation was refused for them. True: worth another try, others are or will be there. */
bool tickets_refused(struct kinesis *k, unsigned generation);
int64_t tickets_due(const struct kinesis *k);	/* clock_ms; INT64_MAX: never */

#endif
