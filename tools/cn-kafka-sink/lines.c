/* SPDX-License-Identifier: Apache-2.0 */
/* Records become messages, and go off to the producer. */
#include "kafka.h"

#include <stdio.h>

static const char *topic_text(const struct kafka *k, char text[256])
{
	snprintf(text, 256, "%.*s", SPAN_ARG(k->out.topic));
	return text;
}

/* When the queue is full, the message is held. */
static void put(struct kafka *k, uint64_t tag)
{
	rd_kafka_resp_err_t err = producer_put(&k->producer, &k->out, (void *)(uintptr_t)tag);
	char text[256];

	k->held = err == RD_KAFKA_RESP_ERR__QUEUE_FULL;
	if (k->held) {
		k->held_tag = tag;
		k->count.queue_full++;
	} else if (err) {
		report_error(k, tag, topic_text(k, text), err);
	}
}

static void take_record(void *ctx, const struct record *r, uint64_t tag)
{
	struct kafka *k = ctx;

	if (!outgoing_make(&k->out, r, &k->options))
		sink_fail(&k->sink, tag, k->out.retry, k->out.why, NULL);
	else if (k->out.not_for_us)
		sink_skip(&k->sink, tag);
	else
		put(k, tag);
}

static bool room(void *ctx)
{
	const struct kafka *k = ctx;

	return !k->held && !k->fatal && !k->change;
}

bool lines_take(struct kafka *k)
{
	if (k->held)
		put(k, k->held_tag);
	return sink_take(&k->sink, &(struct sink_taker){ room, take_record, k });
}
