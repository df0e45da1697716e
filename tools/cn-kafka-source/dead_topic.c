/* SPDX-License-Identifier: Apache-2.0 */
/* Dead letters as Kafka Connect writes them: the record as it was, with headers that say where it comes from and what was wrong. */
#include "source.h"
#include "err.h"
#include "json.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define AGAIN_MS 1000

void dead_topic_open(struct source *s)
{
	static const uint64_t one = 1;
	rd_kafka_conf_t *conf = options_dead_conf(&s->opt);
	char error[512];

	rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG);
	s->dead_rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof(error));
	if (!s->dead_rk)
		die(EX_CONFIG, "can't make a Kafka producer for dead letters: %s", error);
	s->dead_events = rd_kafka_queue_get_main(s->dead_rk);
	rd_kafka_set_log_queue(s->dead_rk, s->dead_events);
	s->dead_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (s->dead_fd < 0)
		die(EX_SOFTWARE, "can't make an eventfd:");
	rd_kafka_queue_io_event_enable(s->dead_events, s->dead_fd, &one, sizeof(one));
}

static void add(rd_kafka_headers_t *list, const char *name, struct span value)
{
	char full[80];

	snprintf(full, sizeof(full), "__connect.errors.%s", name);
	rd_kafka_header_add(list, full, -1, value.p, (ssize_t)value.n);
}

static void add_number(rd_kafka_headers_t *list, const char *name, int64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, n);
	add(list, name, span_of(text));
}

static rd_kafka_headers_t *headers(const struct source *s, const struct record *r)
{
	rd_kafka_headers_t *list = rd_kafka_headers_new(r->kafka.n_headers + 9);
	struct buf scratch = { 0 };
	struct span message = r->reason ? json_text(span_of(r->reason), &scratch) : (struct span){ 0 };

	for (size_t i = 0; i < r->kafka.n_headers; i++)
		rd_kafka_header_add(list, r->kafka.headers[i].name.p, (ssize_t)r->kafka.headers[i].name.n, r->kafka.headers[i].value.p,
			(ssize_t)r->kafka.headers[i].value.n);
	add(list, "topic", r->kafka.topic);
	add_number(list, "partition", r->kafka.partition);
	add_number(list, "offset", r->kafka.offset);
	add(list, "connector.name", span_of(s->opt.group));
	add(list, "task.id", SPAN("0"));
	add(list, "stage", SPAN("TASK_PUT"));
	add(list, "class.name", SPAN("cn-kafka-source"));
	add(list, "exception.class.name", SPAN("nack"));
	add(list, "exception.message", message.p ? message : SPAN("the sink gave none"));
	buf_free(&scratch);
	return list;
}

static void refused(struct source *s, struct record *r, rd_kafka_resp_err_t err)
{
	s->count.dead_failures++;
	if (!r->part) {
		record_free(s, r);
		return;
	}
	log_error("a dead letter was not taken: stopping before it", "dead_letter", s->opt.dead_topic, "topic", r->kafka.topic.p, "partition",
		log_num(r->kafka.partition), "offset", log_num(r->kafka.offset), "reason", rd_kafka_err2str(err), NULL);
	r->part->in_pipe--;
	r->state = RECORD_STUCK;
	finish_drain(s, EX_DATAERR);
}

bool dead_topic_put(struct source *s, struct record *r)
{
	rd_kafka_headers_t *list = headers(s, r);
	const struct kafka_record *k = &r->kafka;
	void *value = (void *)(uintptr_t)k->value.p, *key = (void *)(uintptr_t)k->key.p;
	rd_kafka_resp_err_t err = rd_kafka_producev(s->dead_rk, RD_KAFKA_V_TOPIC(s->opt.dead_topic), RD_KAFKA_V_VALUE(value, k->value.n),
		RD_KAFKA_V_KEY(key, k->key.n), RD_KAFKA_V_TIMESTAMP(k->timestamp > 0 ? k->timestamp : 0), RD_KAFKA_V_HEADERS(list),
		RD_KAFKA_V_MSGFLAGS(0), RD_KAFKA_V_OPAQUE(r), RD_KAFKA_V_END);

	if (!err)
		return true;
	rd_kafka_headers_destroy(list);
	if (err != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
		refused(s, r, err);
		return true;
	}
	s->dead_again = s->now + AGAIN_MS;
	return false;
}

static void delivered(struct source *s, const rd_kafka_message_t *m)
{
	struct record *r = m->_private;

	if (!m->err) {
		s->count.dead++;
		if (r->part)
			flight_done(s, r);
		else
			record_free(s, r);
		return;
	}
	refused(s, r, m->err);
}

void dead_topic_serve(struct source *s)
{
	rd_kafka_event_t *event;
	const rd_kafka_message_t *m;
	uint64_t woken;

	if (!s->dead_rk)
		return;
	if (read(s->dead_fd, &woken, sizeof(woken)) < 0) {
		/* Nothing there. */
	}
	while ((event = rd_kafka_queue_poll(s->dead_events, 0))) {
		if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_DR)
			while ((m = rd_kafka_event_message_next(event)))
				delivered(s, m);
		else if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_ERROR)
			log_debug("librdkafka, dead letters", "text", rd_kafka_event_error_string(event), NULL);
		rd_kafka_event_destroy(event);
	}
}

/* What is still under way was not committed; it comes again. */
void dead_topic_close(struct source *s)
{
	if (!s->dead_rk)
		return;
	rd_kafka_purge(s->dead_rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
	rd_kafka_queue_io_event_enable(s->dead_events, -1, NULL, 0);
	rd_kafka_queue_destroy(s->dead_events);
	rd_kafka_destroy(s->dead_rk);
	close(s->dead_fd);
}
