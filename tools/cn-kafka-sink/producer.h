/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRODUCER_H
#define PRODUCER_H

#include "options.h"
#include "outgoing.h"

#include <librdkafka/rdkafka.h>
#include <stdint.h>

#define TOPICS_MAX 64

/* A librdkafka producer that can be made anew, with the topics it has written to. */
struct producer {
	const struct options *options;
	rd_kafka_t *rk;
	rd_kafka_queue_t *queue;
	int event_fd;				/* readable when the queue has something */
	rd_kafka_topic_t *topics[TOPICS_MAX];	/* the ones used last, the latest found first */
	int n_topics;
	long batch_size;			/* set instead of batch.size when a topic takes smaller batches only; 0: as configured */
	bool single;				/* one message a batch, so that each gets a verdict of its own */
	int64_t asked_again;			/* when a topic that did not exist was last looked for, clock_ms */
	uint64_t in_flight;			/* messages whose delivery report is still to come */
};

/* Make it and begin to connect; connecting goes on behind the scenes. Dies EX_CONFIG when librdkafka does not like what it was
 * told. */
void producer_open(struct producer *p, const struct options *o);
/* Give up what is in flight, if anything: reports come for all of it. */
void producer_purge(struct producer *p);
/* With nothing in flight any more: a new one in the place of the old. */
void producer_renew(struct producer *p);
/* For the next one: batches half as large, for good. */
void producer_halve_batches(struct producer *p);
void producer_close(struct producer *p);

/* Hand one message over; `opaque` comes back with its report. The bytes are copied. NO_ERROR; __QUEUE_FULL: there is no room until
 * reports have been served; or the reason why it can't be taken. */
rd_kafka_resp_err_t producer_put(struct producer *p, const struct outgoing *out, void *opaque);
/* A topic was found not to exist. librdkafka would believe that for minutes: ask again, once a second at most. */
void producer_ask_again(struct producer *p, const char *topic);

#endif
