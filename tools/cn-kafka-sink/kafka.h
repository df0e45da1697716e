/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KAFKA_H
#define KAFKA_H

#include "options.h"
#include "producer.h"
#include "sink.h"

/* What the next producer is to do differently. */
enum change { CHANGE_NONE, CHANGE_SMALLER, CHANGE_SINGLE, CHANGE_BACK };

/* What the event loop and its two halves, lines in and reports back, have in common. */
struct kafka {
	struct sink sink;
	struct options options;
	struct producer producer;
	struct outgoing out;
	struct { uint64_t bytes, renewed, queue_full; } count;

	/* reports.c */
	bool fatal;			/* this producer can do nothing more */
	enum change change;		/* no reading until nothing is in flight; then a new producer */
	int64_t single_until;		/* when messages travel one by one: how long, clock_ms */
	bool down;			/* no broker can be reached */
	char reason[256];		/* why the last connection failed, or what was fatal */
	int64_t pause_until;		/* after a fatal error: no reading until then, clock_ms; 0 for none */
	int64_t pause;			/* its length, ms */

	/* lines.c */
	bool held;			/* `out` is a message for which the queue had no room, of this tag */
	uint64_t held_tag;
};

/* Take lines that are in memory and hand them to the producer, until there are no more (true) or there is no room (false). */
bool lines_take(struct kafka *k);

/* Serve what librdkafka has to tell, and put the acks that follow from it. */
void reports_serve(struct kafka *k);
/* Nack a record that could not be produced. */
void report_error(struct kafka *k, uint64_t tag, const char *topic, rd_kafka_resp_err_t err);
/* A producer that met a fatal error is replaced, and one that is to work differently, once nothing is in flight. */
void reports_renew(struct kafka *k);

#endif
