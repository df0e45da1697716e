/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SINK_H
#define SINK_H

#include "ack.h"
#include "credentials.h"
#include "fetch.h"
#include "line.h"
#include "log.h"
#include "options.h"
#include "outgoing.h"
#include "putrecords.h"
#include "queue.h"
#include "reader.h"
#include "verdict.h"

struct counters {
	uint64_t lines, acked, skipped, retry, never, bytes, calls, failed_calls, repeated, throttled, credentials;
};

/* A call under way, or free for the next. */
struct call {
	struct fetch_request request;
	struct sink *sink;
	struct call *next;		/* while free */
	struct batch batch;
	struct buf body;
	char sigv4[128], userpwd[800];
	unsigned generation;		/* of the credentials that it was signed with */
};

/* What the event loop, lines in and answers back, have in common. */
struct sink {
	struct options options;
	struct outgoing out;
	struct reader in;
	struct writer stdout_writer;
	struct acks acks;
	struct counters count;
	struct log_limit failures, troubles;
	bool eof;

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

/* Take lines that are in memory into the queue, until there are no more or it is full. */
void lines_take(struct sink *s);

void calls_open(struct sink *s);
void calls_close(struct sink *s);
/* Give back what has waited too long, and make the calls that can be made now. */
void calls_run(struct sink *s);
/* How long until calls_run has something to do; -1: until something happens. ms */
int calls_wait(const struct sink *s);

void tickets_open(struct sink *s);
/* See to it that credentials are fresh. False: there are none yet. */
bool tickets_ready(struct sink *s);
/* A call signed with those of this generation was refused for them. True: worth another try, others are or will be there. */
bool tickets_refused(struct sink *s, unsigned generation);
int64_t tickets_due(const struct sink *s);	/* clock_ms; INT64_MAX: never */

/* An id on its way through the queue; a line without one is NULL. */
static inline void *opaque_of(struct span raw_id)
{
	uint64_t id;

	return line_id_number(raw_id, &id) ? (void *)(uintptr_t)(id + 1) : NULL;
}

/* The record of this id is done with, and where it went (NULL: nowhere, or nobody asked). */
void report_done(struct sink *s, const void *opaque, const char *to);
/* It failed: nack it or, when it has no id, log it; and count. */
void report_failure(struct sink *s, const void *opaque, const char *stream, bool retry, const char *why);

#endif
