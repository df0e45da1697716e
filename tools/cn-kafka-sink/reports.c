/* SPDX-License-Identifier: Apache-2.0 */
/* Reports back: what librdkafka tells, and the acks that follow from it. */
#include "clock.h"
#include "err.h"
#include "kafka.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PAUSE_FIRST 100		/* ms before a producer that met a fatal error is followed by the next */
#define PAUSE_MAX 5000
#define SINGLE_MS 30000		/* how long messages go one by one when the bad one among them does not turn up */

static void fail(struct kafka *k, uint64_t tag, const char *topic, bool retry, const char *why)
{
	sink_fail(&k->sink, tag, retry, why, &(struct sink_more){ .key = "topic", .value = topic });
}

/* Everything that can be mended, at the broker or in the configuration, is worth another try; what is wrong with the record
 * itself is not. */
static bool may_succeed(rd_kafka_resp_err_t err)
{
	switch (err) {
	case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
	case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:		/* a name that Kafka does not take */
	case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
	case RD_KAFKA_RESP_ERR_INVALID_RECORD:		/* such as no key in a compacted topic */
		return false;
	default:
		return true;
	}
}

void report_error(struct kafka *k, uint64_t tag, const char *topic, rd_kafka_resp_err_t err)
{
	bool retry = may_succeed(err);
	char text[640];

	snprintf(text, sizeof(text), "topic %s: %s", topic, rd_kafka_err2str(err));
	if (err == RD_KAFKA_RESP_ERR__FATAL)
		k->fatal = true;
	if ((err == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT && k->down) || err == RD_KAFKA_RESP_ERR__FATAL ||
	    err == RD_KAFKA_RESP_ERR__PURGE_QUEUE || err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT)
		snprintf(text, sizeof(text), "topic %s: %s: %s", topic, rd_kafka_err2str(err), k->reason);
	if (err == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC || err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
	    err == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION)
		producer_ask_again(&k->producer, topic);
	fail(k, tag, topic, retry, text);
}

static uint64_t tag_of(const rd_kafka_message_t *m)
{
	return (uint64_t)(uintptr_t)m->_private;
}

static void delivered(struct kafka *k, const rd_kafka_message_t *m)
{
	char to[300];

	k->count.bytes += m->len;
	if (!k->options.verbose) {
		sink_done(&k->sink, tag_of(m));
		return;
	}
	snprintf(to, sizeof(to), "kafka:%s/%" PRId32 "@%" PRId64, rd_kafka_topic_name(m->rkt), m->partition, m->offset);
	sink_done_to(&k->sink, tag_of(m), span_of(to));
}

/* A broker refuses a batch as a whole for what is wrong with one message in it. So the others are not condemned with it: all are to
 * come again, in smaller batches or one by one, until the one that is to blame stands alone. */
static bool refused_batch(struct kafka *k, size_t n, rd_kafka_resp_err_t err)
{
	bool too_large = err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;

	if (!too_large && err != RD_KAFKA_RESP_ERR_INVALID_RECORD && err != RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP)
		return false;
	if (n > 1)
		k->change = too_large ? CHANGE_SMALLER : CHANGE_SINGLE;
	else if (k->producer.single && !too_large)	/* found */
		k->change = CHANGE_BACK;
	return n > 1;
}

/* One event is one batch's fate. */
static void deliveries(struct kafka *k, rd_kafka_event_t *event)
{
	size_t n = rd_kafka_event_message_count(event);
	const rd_kafka_message_t *m;
	bool good = false;

	while ((m = rd_kafka_event_message_next(event))) {
		k->producer.in_flight--;
		if (!m->err) {
			good = true;
			delivered(k, m);
		} else if (refused_batch(k, n, m->err)) {
			fail(k, tag_of(m), rd_kafka_topic_name(m->rkt), true, "refused with the rest of its batch");
		} else {
			report_error(k, tag_of(m), rd_kafka_topic_name(m->rkt), m->err);
		}
	}
	if (!good)
		return;
	k->pause = 0;
	if (k->down)
		log_info("Kafka is reached again", NULL);
	k->down = false;
}

static void error(struct kafka *k, rd_kafka_event_t *event)
{
	rd_kafka_resp_err_t err = rd_kafka_event_error(event);
	const char *text = rd_kafka_event_error_string(event);

	if (rd_kafka_event_error_is_fatal(event)) {
		k->fatal = true;
		snprintf(k->reason, sizeof(k->reason), "%s", text);
	} else if (err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
		if (!k->down)
			log_warn("can't reach Kafka", "reason", k->reason[0] ? k->reason : text, NULL);
		k->down = true;
	} else {
		log_debug("librdkafka", "error", rd_kafka_err2name(err), "text", text, NULL);
		snprintf(k->reason, sizeof(k->reason), "%s", text);
	}
}

/* librdkafka's own log lines. What matters of them comes as an event too, but for complaints about its configuration. */
static void log_line(struct kafka *k, rd_kafka_event_t *event)
{
	const char *facility, *text;
	int level;

	if (rd_kafka_event_log(event, &facility, &text, &level) < 0)
		return;
	log_event(strcmp(facility, "CONFWARN") == 0 ? LOG_WARN : kafka_settings_debug(&k->options.kafka) ? LOG_INFO : LOG_DEBUG, text,
		"facility", facility, NULL);
}

void reports_serve(struct kafka *k)
{
	rd_kafka_event_t *event;
	uint64_t woken;

	if (read(k->producer.event_fd, &woken, sizeof(woken)) < 0) {
		/* Nothing there: looking is cheap enough. */
	}
	while ((event = rd_kafka_queue_poll(k->producer.queue, 0))) {
		switch (rd_kafka_event_type(event)) {
		case RD_KAFKA_EVENT_DR: deliveries(k, event); break;
		case RD_KAFKA_EVENT_ERROR: error(k, event); break;
		case RD_KAFKA_EVENT_LOG: log_line(k, event); break;
		}
		rd_kafka_event_destroy(event);
	}
	sink_put_acks(&k->sink);
}

/* Purged messages all get a report; a few seconds are for requests on their way to a broker. */
static void drain(struct kafka *k)
{
	int64_t deadline = clock_ms() + 5000;

	while (k->producer.in_flight) {
		if (clock_ms() > deadline) {
			log_error("the producer can't be emptied", "in_flight", log_num((int64_t)k->producer.in_flight), NULL);
			acks_flush(&k->sink.acks);
			_exit(EX_TEMPFAIL);	/* the source takes back what has no answer */
		}
		reports_serve(k);
		usleep(1000);
	}
}

static void after_fatal(struct kafka *k)
{
	log_error("fatal producer error: starting a new producer", "reason", k->reason, NULL);
	producer_purge(&k->producer);
	drain(k);
	k->pause = k->pause ? k->pause * 2 : PAUSE_FIRST;
	if (k->pause > PAUSE_MAX)
		k->pause = PAUSE_MAX;
	k->pause_until = clock_ms() + k->pause;
	k->fatal = false;
}

static void do_change(struct kafka *k)
{
	if (k->change == CHANGE_SMALLER)
		producer_halve_batches(&k->producer);
	k->producer.single = k->change == CHANGE_SINGLE;
	if (k->producer.single) {
		log_warn("a batch was refused: sending messages one by one for a while", NULL);
		k->single_until = clock_ms() + SINGLE_MS;
	}
	k->change = CHANGE_NONE;
}

void reports_renew(struct kafka *k)
{
	if (k->producer.single && !k->change && clock_ms() > k->single_until)
		k->change = CHANGE_BACK;
	if (k->fatal)
		after_fatal(k);
	else if (k->change && !k->producer.in_flight)
		do_change(k);
	else
		return;
	producer_renew(&k->producer);
	k->count.renewed++;
}
