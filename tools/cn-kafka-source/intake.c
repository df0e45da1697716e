/* SPDX-License-Identifier: Apache-2.0 */
#include "source.h"
#include "err.h"

#include <stdlib.h>

#define MESSAGES 512	/* taken in one round of the loop */
#define QUEUE_LARGE 1000	/* messages; a queue that never holds more is not the one to wait for */
#define ASK_MS 10

/* Headers as spans into the message; how many, -1 when memory is out. */
static ssize_t headers(const rd_kafka_message_t *m, struct kafka_header **out)
{
	static struct kafka_header *kept;
	static size_t cap;
	rd_kafka_headers_t *list;
	size_t n = 0, size;
	const char *name;
	const void *value;

	*out = kept;
	if (rd_kafka_message_headers(m, &list) != RD_KAFKA_RESP_ERR_NO_ERROR)
		return 0;
	for (; rd_kafka_header_get_all(list, n, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; n++) {
		if (n == cap) {
			struct kafka_header *more = realloc(kept, (cap ? 2 * cap : 64) * sizeof(*kept));

			if (!more)
				return -1;
			kept = more;
			cap = cap ? 2 * cap : 64;
		}
		kept[n].name = span_of(name);
		kept[n].value = (struct span){ value, value ? size : 0 };
	}
	*out = kept;
	return (ssize_t)n;
}

static struct span keep(char **at, struct span s)
{
	struct span kept = { s.p ? *at : NULL, s.n };

	if (s.n)
		memcpy(*at, s.p, s.n);
	*at += s.n;
	return kept;
}

/* With acks, a copy of everything: a message would keep the whole batch alive that it came in. */
static struct record *record_of(struct source *s, struct part *p, const struct kafka_record *k)
{
	size_t texts = k->key.n + k->value.n, size = sizeof(struct record);
	struct record *r;
	char *at;

	for (size_t i = 0; i < k->n_headers; i++)
		texts += k->headers[i].name.n + k->headers[i].value.n;
	if (!s->no_acks)
		size += k->n_headers * sizeof(struct kafka_header) + texts;
	r = malloc(size);
	if (!r)
		die(EX_SOFTWARE, "out of memory");
	*r = (struct record){ .part = p, .state = RECORD_PARKED, .size = size, .kafka = *k };
	r->kafka.topic = p->topic;
	if (s->no_acks)
		return r;
	at = (char *)(r->headers + k->n_headers);
	r->kafka.key = keep(&at, k->key);
	r->kafka.value = keep(&at, k->value);
	r->kafka.headers = r->headers;
	for (size_t i = 0; i < k->n_headers; i++)
		r->headers[i] = (struct kafka_header){ keep(&at, k->headers[i].name), keep(&at, k->headers[i].value) };
	return r;
}

static void look_at_end(struct source *s, struct part *p, int64_t offset)
{
	int64_t low, high;

	if (p->end < 0 && rd_kafka_get_watermark_offsets(s->rk, p->topic.p, p->partition, &low, &high) == RD_KAFKA_RESP_ERR_NO_ERROR)
		p->end = high;
	if (p->end >= 0 && offset + 1 >= p->end) {
		p->at_end = true;
		consumer_pause(s, p, true);
	}
}

/* Offsets below those that came are other records: the topic was deleted and made anew, or its log was cut. What is known of the partition
 * means nothing then, and the next start is to begin here. */
static void went_back(struct source *s, struct part *p, int64_t offset)
{
	log_error("the offsets of a partition went back, as if the topic had been made anew: to begin again there", "topic", p->topic.p,
		"partition", log_num(p->partition), "offset", log_num(offset), "expected", log_num(p->prefix.last + 1), NULL);
	parts_forget(s, p);
	prefix_end(&p->prefix, offset);
	p->stored = p->committed = -1;
	finish_drain(s, EX_TEMPFAIL);
}

static void take(struct source *s, struct part *p, const rd_kafka_message_t *m)
{
	struct kafka_header *list;
	ssize_t n = headers(m, &list);
	rd_kafka_timestamp_type_t type;
	struct kafka_record k = {
		.topic = p->topic, .partition = m->partition, .offset = m->offset, .timestamp = rd_kafka_message_timestamp(m, &type),
		.key = { m->key, m->key_len }, .value = { m->payload, m->len }, .headers = list, .n_headers = n < 0 ? 0 : (size_t)n,
	};
	struct record *r;

	if (n < 0)
		die(EX_SOFTWARE, "out of memory");
	k.log_append = type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME;
	if (type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE)
		k.timestamp = -1;
	if (m->offset <= p->prefix.last) {
		if (!p->again)
			went_back(s, p, m->offset);
		return;
	}
	r = record_of(s, p, &k);
	if (!prefix_add(&p->prefix, m->offset, r, &r->seq))
		die(EX_SOFTWARE, "out of memory");
	s->held++;
	s->held_bytes += r->size;
	s->count.read++;
	consumer_reached(s);
	if (p->state == PART_FLOW)
		flight_send(s, r);
	if (s->no_acks)		/* the message goes now */
		r->kafka.key = r->kafka.value = (struct span){ 0 }, r->kafka.n_headers = 0;
	if (s->opt.exit_at_end)
		look_at_end(s, p, m->offset);
}

/* When half of what there was is taken, librdkafka is to fetch on. */
static void keep_fetching(struct source *s)
{
	const size_t n = rd_kafka_queue_length(s->messages);

	if (n > s->queue_peak)
		s->queue_peak = n;
	if (s->queue_peak < QUEUE_LARGE || n > s->queue_peak / 2 || s->now - s->asked < ASK_MS + (int64_t)s->n_parts / 10)
		return;
	s->queue_peak = n;
	consumer_wake(s);
}

void intake(struct source *s)
{
	keep_fetching(s);
	for (int n = 0; n < MESSAGES && s->phase == PHASE_RUN && flight_has_room(s); n++) {
		rd_kafka_message_t *m = rd_kafka_consume_queue(s->messages, 0);
		struct part *p;

		if (!m) {	/* empty: an event will tell of the next */
			s->messages_ready = false;
			return;
		}
		p = m->rkt ? parts_of_message(s, m) : NULL;
		if (m->err)
			consumer_trouble(s, m);
		else if (p && !p->revoked && !p->at_end)
			take(s, p, m);
		rd_kafka_message_destroy(m);
	}
}
