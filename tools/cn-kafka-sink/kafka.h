/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SINK_H
#define SINK_H

#include "ack.h"
#include "line.h"
#include "log.h"
#include "metrics.h"
#include "options.h"
#include "producer.h"
#include "reader.h"

struct counters {
	uint64_t lines, acked, skipped, retry, never, bytes, renewed, queue_full;
};

/* What the next producer is to do differently. */
enum change { CHANGE_NONE, CHANGE_SMALLER, CHANGE_SINGLE, CHANGE_BACK };

/* What the event loop and its two halves, lines in and reports back, have in common. */
struct sink {
	struct options options;
	struct producer producer;
	struct outgoing out;
	struct reader in;
	struct writer stdout_writer;
	struct acks acks;
	struct counters count;
	struct log_limit failures;

	/* reports.c */
	uint64_t *ids;			/* delivered, not yet put into acks */
	size_t n_ids, ids_cap;
	bool ids_sorted;
	bool fatal;			/* this producer can do nothing more */
	enum change change;		/* no reading until nothing is in flight; then a new producer */
	int64_t single_until;		/* when messages travel one by one: how long, clock_ms */
	bool down;			/* no broker can be reached */
	char reason[256];		/* why the last connection failed, or what was fatal */
	int64_t pause_until;		/* after a fatal error: no reading until then, clock_ms; 0 for none */
	int64_t pause;			/* its length, ms */

	/* lines.c */
	bool held;			/* `out` is a message for which the queue had no room, of this id */
	void *held_id;
	uint64_t line;			/* number of the line that is looked at, 0 while reports are */
	bool eof;
};

/* An id on its way through librdkafka; a line without one is NULL. */
static inline void *opaque_of(struct span raw_id)
{
	uint64_t id;

	return line_id_number(raw_id, &id) ? (void *)(uintptr_t)(id + 1) : NULL;
}

static inline bool opaque_id(const void *opaque, uint64_t *id)
{
	*id = (uint64_t)(uintptr_t)opaque - 1;
	return opaque != NULL;
}

/* Take lines that are in memory and hand them to the producer, until there are no more (true) or there is no room (false). */
bool lines_take(struct sink *s);

/* Serve what librdkafka has to tell, and write the acks. */
void reports_serve(struct sink *s);
/* Give the acks module what has been done since: deliveries, and lines that needed none. */
void reports_put_acks(struct sink *s);
/* The record of this id failed: nack it or, when it has none, log it; and count. */
void report_failure(struct sink *s, const void *opaque, const char *topic, bool retry, const char *why);
void report_error(struct sink *s, const void *opaque, const char *topic, rd_kafka_resp_err_t err);
void report_done(struct sink *s, const void *opaque);
/* A producer that met a fatal error is replaced, and one that is to work differently, once nothing is in flight. */
void reports_renew(struct sink *s);

#endif
