/* SPDX-License-Identifier: Apache-2.0 */
/* Reports back: what librdkafka tells, and the acks that follow from it. */
#include "clock.h"
#include "err.h"
#include "sink.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAUSE_FIRST 100		/* ms before a producer that met a fatal error is followed by the next */
#define PAUSE_MAX 5000
#define SINGLE_MS 30000		/* how long messages go one by one when the bad one among them does not turn up */

/* Messages of several partitions come back batch by batch; in order they make long ranges. */
static int by_id(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

void reports_put_acks(struct sink *s)
{
	if (s->n_ids && !s->ids_sorted)
		qsort(s->ids, s->n_ids, sizeof(*s->ids), by_id);
	for (size_t i = 0; i < s->n_ids; i++)
		acks_ok(&s->acks, s->ids[i]);
	s->n_ids = 0;
	s->ids_sorted = true;
}

void report_done(struct sink *s, const void *opaque)
{
	uint64_t id;

	s->count.acked++;
	if (!opaque_id(opaque, &id))
		return;
	if (!s->ids) {
		s->ids_cap = 16384;
		s->ids = xmalloc(s->ids_cap * sizeof(*s->ids));
		s->ids_sorted = true;
	}
	if (s->n_ids == s->ids_cap)
		reports_put_acks(s);
	if (s->n_ids && id < s->ids[s->n_ids - 1])
		s->ids_sorted = false;
	s->ids[s->n_ids++] = id;
}

void report_failure(struct sink *s, const void *opaque, const char *topic, bool retry, const char *why)
{
	uint64_t id, missed = 0;
	bool has_id = opaque_id(opaque, &id);

	if (retry)
		s->count.retry++;
	else
		s->count.never++;
	if (has_id)
		acks_fail(&s->acks, id, retry, "%s", why);
	/* With an id the source knows, and may well say; without one, this is the only word of it. */
	if (!has_id || log_allow(&s->failures, 1000, &missed))
		log_warn("record failed", "line", s->line ? log_num((int64_t)s->line) : NULL,
			"id", has_id ? log_num((int64_t)id) : NULL, "topic", topic, "error", why,
			"retry", retry ? "true" : "false", "more", missed ? log_num((int64_t)missed) : NULL, NULL);
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

void report_error(struct sink *s, const void *opaque, const char *topic, rd_kafka_resp_err_t err)
{
	bool retry = may_succeed(err);
	char text[640];

	snprintf(text, sizeof(text), "topic %s: %s", topic, rd_kafka_err2str(err));
	if (err == RD_KAFKA_RESP_ERR__FATAL)
		s->fatal = true;
	if ((err == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT && s->down) || err == RD_KAFKA_RESP_ERR__FATAL ||
	    err == RD_KAFKA_RESP_ERR__PURGE_QUEUE || err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT)
		snprintf(text, sizeof(text), "topic %s: %s: %s", topic, rd_kafka_err2str(err), s->reason);
	if (err == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC || err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
	    err == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION)
		producer_ask_again(&s->producer, topic);
	report_failure(s, opaque, topic, retry, text);
}

static void delivered(struct sink *s, const rd_kafka_message_t *m)
{
	char to[300];
	uint64_t id;

	s->count.bytes += m->len;
	if (!s->options.verbose) {
		report_done(s, m->_private);
		return;
	}
	s->count.acked++;
	if (!opaque_id(m->_private, &id))
		return;
	snprintf(to, sizeof(to), "kafka:%s/%" PRId32 "@%" PRId64, rd_kafka_topic_name(m->rkt), m->partition, m->offset);
	acks_ok_to(&s->acks, id, span_of(to));
}

/* A broker refuses a batch as a whole for what is wrong with one message in it. So the others are not condemned with it: all are to
 * come again, in smaller batches or one by one, until the one that is to blame stands alone. */
static bool refused_batch(struct sink *s, size_t n, rd_kafka_resp_err_t err)
{
	bool too_large = err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;

	if (!too_large && err != RD_KAFKA_RESP_ERR_INVALID_RECORD && err != RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP)
		return false;
	if (n > 1)
		s->change = too_large ? CHANGE_SMALLER : CHANGE_SINGLE;
	else if (s->producer.single && !too_large)	/* found */
		s->change = CHANGE_BACK;
	return n > 1;
}

/* One event is one batch's fate. */
static void deliveries(struct sink *s, rd_kafka_event_t *event)
{
	size_t n = rd_kafka_event_message_count(event);
	const rd_kafka_message_t *m;
	bool good = false;

	while ((m = rd_kafka_event_message_next(event))) {
		s->producer.in_flight--;
		if (!m->err) {
			good = true;
			delivered(s, m);
		} else if (refused_batch(s, n, m->err)) {
			report_failure(s, m->_private, rd_kafka_topic_name(m->rkt), true, "refused with the rest of its batch");
		} else {
			report_error(s, m->_private, rd_kafka_topic_name(m->rkt), m->err);
		}
	}
	if (!good)
		return;
	s->pause = 0;
	if (s->down)
		log_info("Kafka is reached again", NULL);
	s->down = false;
}

static void error(struct sink *s, rd_kafka_event_t *event)
{
	rd_kafka_resp_err_t err = rd_kafka_event_error(event);
	const char *text = rd_kafka_event_error_string(event);

	if (rd_kafka_event_error_is_fatal(event)) {
		s->fatal = true;
		snprintf(s->reason, sizeof(s->reason), "%s", text);
	} else if (err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
		if (!s->down)
			log_warn("can't reach Kafka", "reason", s->reason[0] ? s->reason : text, NULL);
		s->down = true;
	} else {
		log_debug("librdkafka", "error", rd_kafka_err2name(err), "text", text, NULL);
		snprintf(s->reason, sizeof(s->reason), "%s", text);
	}
}

/* librdkafka's own log lines. What matters of them comes as an event too, but for complaints about its configuration. */
static void log_line(struct sink *s, rd_kafka_event_t *event)
{
	const char *facility, *text;
	bool asked_for = false;
	int level;

	if (rd_kafka_event_log(event, &facility, &text, &level) < 0)
		return;
	for (int i = 0; i < s->options.n_properties; i++)
		asked_for |= strncmp(s->options.properties[i], "debug=", 6) == 0;
	log_event(strcmp(facility, "CONFWARN") == 0 ? LOG_WARN : asked_for ? LOG_INFO : LOG_DEBUG, text, "facility", facility, NULL);
}

void reports_serve(struct sink *s)
{
	rd_kafka_event_t *event;
	uint64_t woken;

	if (read(s->producer.event_fd, &woken, sizeof(woken)) < 0) {
		/* Nothing there: looking is cheap enough. */
	}
	while ((event = rd_kafka_queue_poll(s->producer.queue, 0))) {
		switch (rd_kafka_event_type(event)) {
		case RD_KAFKA_EVENT_DR: deliveries(s, event); break;
		case RD_KAFKA_EVENT_ERROR: error(s, event); break;
		case RD_KAFKA_EVENT_LOG: log_line(s, event); break;
		}
		rd_kafka_event_destroy(event);
	}
	reports_put_acks(s);
}

/* Purged messages all get a report; a few seconds are for requests on their way to a broker. */
static void drain(struct sink *s)
{
	int64_t deadline = clock_ms() + 5000;

	while (s->producer.in_flight) {
		if (clock_ms() > deadline) {
			log_error("the producer can't be emptied", "in_flight", log_num((int64_t)s->producer.in_flight), NULL);
			acks_flush(&s->acks);
			_exit(EX_TEMPFAIL);	/* the source takes back what has no answer */
		}
		reports_serve(s);
		usleep(1000);
	}
}

static void after_fatal(struct sink *s)
{
	log_error("fatal producer error: starting a new producer", "reason", s->reason, NULL);
	producer_purge(&s->producer);
	drain(s);
	s->pause = s->pause ? s->pause * 2 : PAUSE_FIRST;
	if (s->pause > PAUSE_MAX)
		s->pause = PAUSE_MAX;
	s->pause_until = clock_ms() + s->pause;
	s->fatal = false;
}

static void do_change(struct sink *s)
{
	if (s->change == CHANGE_SMALLER)
		producer_halve_batches(&s->producer);
	s->producer.single = s->change == CHANGE_SINGLE;
	if (s->producer.single) {
		log_warn("a batch was refused: sending messages one by one for a while", NULL);
		s->single_until = clock_ms() + SINGLE_MS;
	}
	s->change = CHANGE_NONE;
}

void reports_renew(struct sink *s)
{
	if (s->producer.single && !s->change && clock_ms() > s->single_until)
		s->change = CHANGE_BACK;
	if (s->fatal)
		after_fatal(s);
	else if (s->change && !s->producer.in_flight)
		do_change(s);
	else
		return;
	producer_renew(&s->producer);
	s->count.renewed++;
}
