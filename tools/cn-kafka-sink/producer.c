/* SPDX-License-Identifier: Apache-2.0 */
#include "producer.h"
#include "clock.h"
#include "err.h"
#include "log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static rd_kafka_topic_t *topic(struct producer *p, struct span name)
{
	char text[256];
	rd_kafka_topic_t *t;

	for (int i = 0; i < p->n_topics; i++) {
		t = p->topics[i];
		if (!span_is(name, rd_kafka_topic_name(t)))
			continue;
		if (i > 0) {	/* one step to the front, so that the busy ones stay there */
			p->topics[i] = p->topics[i - 1];
			p->topics[i - 1] = t;
		}
		return t;
	}
	snprintf(text, sizeof(text), "%.*s", SPAN_ARG(name));
	t = rd_kafka_topic_new(p->rk, text, NULL);
	if (!t)
		return NULL;
	if (p->n_topics == TOPICS_MAX)
		rd_kafka_topic_destroy(p->topics[--p->n_topics]);
	p->topics[p->n_topics++] = t;
	return t;
}

static void start(struct producer *p)
{
	static const uint64_t one = 1;
	rd_kafka_conf_t *conf = options_conf(p->options);
	char error[512], size[24];

	if (p->batch_size) {
		snprintf(size, sizeof(size), "%ld", p->batch_size);
		rd_kafka_conf_set(conf, "batch.size", size, NULL, 0);
	}
	if (p->single)
		rd_kafka_conf_set(conf, "batch.num.messages", "1", NULL, 0);
	p->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof(error));
	if (!p->rk)
		die(EX_CONFIG, "can't make a Kafka producer: %s", error);
	p->queue = rd_kafka_queue_get_main(p->rk);
	rd_kafka_set_log_queue(p->rk, p->queue);
	rd_kafka_queue_io_event_enable(p->queue, p->event_fd, &one, sizeof(one));
	/* A handle makes librdkafka ask for the topic's partitions at once. */
	if (p->options->topic && !topic(p, span_of(p->options->topic)))
		die(EX_CONFIG, "-t %s: %s", p->options->topic, rd_kafka_err2str(rd_kafka_last_error()));
}

static void finish(struct producer *p)
{
	while (p->n_topics)
		rd_kafka_topic_destroy(p->topics[--p->n_topics]);
	rd_kafka_queue_io_event_enable(p->queue, -1, NULL, 0);
	rd_kafka_queue_destroy(p->queue);
	rd_kafka_destroy(p->rk);
}

void producer_open(struct producer *p, const struct options *o)
{
	*p = (struct producer){ .options = o };
	p->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (p->event_fd < 0)
		die(EX_SOFTWARE, "can't make an eventfd:");
	start(p);
}

void producer_purge(struct producer *p)
{
	rd_kafka_purge(p->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
}

void producer_renew(struct producer *p)
{
	finish(p);
	start(p);
}

void producer_halve_batches(struct producer *p)
{
	char value[32];
	size_t n = sizeof(value);

	if (!p->batch_size && rd_kafka_conf_get(rd_kafka_conf(p->rk), "batch.size", value, &n) == RD_KAFKA_CONF_OK)
		p->batch_size = strtol(value, NULL, 10);
	p->batch_size = p->batch_size > 1 ? p->batch_size / 2 : 1;
	log_warn("the topic takes smaller batches only: batch.size lowered", "batch_size", log_num(p->batch_size), NULL);
}

void producer_close(struct producer *p)
{
	finish(p);
	close(p->event_fd);
}

static rd_kafka_headers_t *headers(const struct outgoing *out)
{
	rd_kafka_headers_t *list = rd_kafka_headers_new((size_t)out->n_headers);
	const char *text = out->header_text.p;

	for (int i = 0; i < out->n_headers; i++) {
		const struct header *h = &out->headers[i];

		rd_kafka_header_add(list, text + h->name_at, -1, h->null ? NULL : text + h->value_at,
			h->null ? 0 : (ssize_t)h->value_n);
	}
	return list;
}

static rd_kafka_resp_err_t put(rd_kafka_t *rk, rd_kafka_topic_t *t, const struct outgoing *out, void *opaque)
{
	rd_kafka_headers_t *list;
	rd_kafka_resp_err_t err;
	/* librdkafka only reads through these. */
	void *value = (void *)(uintptr_t)out->value.p, *key = (void *)(uintptr_t)out->key.p;

	if (!out->n_headers) {
		if (rd_kafka_produce(t, out->partition, RD_KAFKA_MSG_F_COPY, value, out->value.n, key, out->key.n, opaque) == 0)
			return RD_KAFKA_RESP_ERR_NO_ERROR;
		return rd_kafka_last_error();
	}
	list = headers(out);
	err = rd_kafka_producev(rk, RD_KAFKA_V_RKT(t), RD_KAFKA_V_PARTITION(out->partition),
		RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_VALUE(value, out->value.n),
		RD_KAFKA_V_KEY(key, out->key.n), RD_KAFKA_V_HEADERS(list), RD_KAFKA_V_OPAQUE(opaque), RD_KAFKA_V_END);
	if (err)
		rd_kafka_headers_destroy(list);
	return err;
}

rd_kafka_resp_err_t producer_put(struct producer *p, const struct outgoing *out, void *opaque)
{
	rd_kafka_topic_t *t = topic(p, out->topic);
	rd_kafka_resp_err_t err = t ? put(p->rk, t, out, opaque) : rd_kafka_last_error();

	if (!err)
		p->in_flight++;
	else if (err == RD_KAFKA_RESP_ERR__QUEUE_FULL && !p->in_flight)	/* it alone is larger than the queue */
		err = RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
	return err;
}

void producer_ask_again(struct producer *p, const char *name)
{
	const struct rd_kafka_metadata *metadata;
	int64_t now = clock_ms();
	rd_kafka_topic_t *t;

	if (now < p->asked_again + 1000)
		return;
	p->asked_again = now;
	t = topic(p, span_of(name));
	/* The answer is not waited for: librdkafka takes it in when it comes. */
	if (t && rd_kafka_metadata(p->rk, 0, t, &metadata, 0) == RD_KAFKA_RESP_ERR_NO_ERROR)
		rd_kafka_metadata_destroy(metadata);
}
