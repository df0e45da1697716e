/* SPDX-License-Identifier: Apache-2.0 */
#include "source.h"
#include "err.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define LEVEL_WARNING 4	/* syslog's */
#define LATEST (-1)	/* as a time: the end, which a broker knows without looking */

static void on_error(rd_kafka_t *rk, int err, const char *text, void *source)
{
	struct source *s = source;
	char fatal[512];

	if (err == RD_KAFKA_RESP_ERR__FATAL) {
		rd_kafka_fatal_error(rk, fatal, sizeof(fatal));
		log_error("the consumer can't go on", "reason", fatal, NULL);
		finish_now(s, EX_TEMPFAIL);
	} else if (err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
		if (!s->down)
			log_warn("can't reach Kafka", "reason", s->reason[0] ? s->reason : text, NULL);
		s->down = true;
	} else {
		log_debug("librdkafka", "error", rd_kafka_err2name(err), "text", text, NULL);
		snprintf(s->reason, sizeof(s->reason), "%s", text);
	}
}

/* librdkafka's own log lines. What matters of them comes as an error too, but for complaints about its configuration, and an offset that
 * the broker does not have (any more). */
static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
	const struct source *s = rd_kafka_opaque(rk);

	const bool matters = strcmp(facility, "CONFWARN") == 0 || (strcmp(facility, "OFFSET") == 0 && level <= LEVEL_WARNING);

	log_event(matters ? LOG_WARN : kafka_settings_debug(&s->opt.kafka) ? LOG_INFO : LOG_DEBUG, text, "facility", facility, NULL);
}

static int watch(rd_kafka_queue_t *queue)
{
	static const uint64_t one = 1;
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

	if (fd < 0)
		die(EX_SOFTWARE, "can't make an eventfd:");
	rd_kafka_queue_io_event_enable(queue, fd, &one, sizeof(one));
	return fd;
}

static void subscribe(struct source *s)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(s->opt.n_topics);
	rd_kafka_resp_err_t err;

	for (int i = 0; i < s->opt.n_topics; i++)
		rd_kafka_topic_partition_list_add(list, s->opt.topics[i], RD_KAFKA_PARTITION_UA);
	err = rd_kafka_subscribe(s->rk, list);
	if (err)
		die(EX_CONFIG, "can't subscribe to %s%s: %s", s->opt.topics[0], s->opt.n_topics > 1 ? ", ..." : "", rd_kafka_err2str(err));
	rd_kafka_topic_partition_list_destroy(list);
}

void consumer_open(struct source *s)
{
	rd_kafka_conf_t *conf = options_conf(&s->opt);
	char error[512];

	rd_kafka_conf_set_opaque(conf, s);
	rd_kafka_conf_set_error_cb(conf, on_error);
	rd_kafka_conf_set_log_cb(conf, on_log);
	rd_kafka_conf_set_rebalance_cb(conf, assign_rebalance);
	rd_kafka_conf_set_offset_commit_cb(conf, commit_seen);
	s->rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof(error));
	if (!s->rk)
		die(EX_CONFIG, "can't make a Kafka consumer: %s", error);
	rd_kafka_poll_set_consumer(s->rk);
	rd_kafka_set_log_queue(s->rk, NULL);
	s->events = rd_kafka_queue_get_consumer(s->rk);
	s->messages = rd_kafka_queue_new(s->rk);
	s->events_fd = watch(s->events);
	s->messages_fd = watch(s->messages);
	s->messages_ready = true;
	subscribe(s);
}

static void not_there(struct source *s, const rd_kafka_message_t *m)
{
	static struct log_limit limit;
	const char *text = rd_kafka_message_errstr(m);
	uint64_t missed;

	if (s->opt.exit_at_end) {
		log_error("a topic can't be read", "reason", text, NULL);
		finish_drain(s, EX_UNAVAILABLE);
	} else if (log_allow(&limit, 10000, &missed)) {
		log_warn("a topic can't be read", "reason", text, NULL);
	}
}

static void at_end(struct source *s, const rd_kafka_message_t *m)
{
	struct part *p = parts_of_message(s, m);

	if (!p || !s->opt.exit_at_end || p->at_end)
		return;
	p->eof = m->offset;
	p->at_end = true;
	prefix_end(&p->prefix, p->eof);
	consumer_pause(s, p, true);
}

void consumer_trouble(struct source *s, const rd_kafka_message_t *m)
{
	static struct log_limit limit;
	uint64_t missed;

	switch (m->err) {
	case RD_KAFKA_RESP_ERR__PARTITION_EOF:
		at_end(s, m);
		break;
	case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
	case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
	case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
		not_there(s, m);
		break;
	case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
	case RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL:
		log_error("Kafka does not let us read", "reason", rd_kafka_message_errstr(m), NULL);
		finish_drain(s, EX_CONFIG);
		break;
	case RD_KAFKA_RESP_ERR__FATAL:
		log_error("the consumer can't go on", "reason", rd_kafka_message_errstr(m), NULL);
		finish_now(s, EX_TEMPFAIL);
		break;
	default:
		s->count.errors++;
		if (log_allow(&limit, 1000, &missed))
			log_warn("Kafka", "error", rd_kafka_err2name(m->err), "reason", rd_kafka_message_errstr(m),
				"also", missed ? log_num((int64_t)missed) : NULL, NULL);
	}
}

void consumer_reached(struct source *s)
{
	if (s->down)
		log_info("Kafka is reached again", NULL);
	s->down = false;
}

static void clear(int fd)
{
	uint64_t woken;

	if (read(fd, &woken, sizeof(woken)) < 0) {
		/* Nothing there: looking is cheap enough. */
	}
}

void consumer_serve(struct source *s)
{
	rd_kafka_message_t *m;

	clear(s->events_fd);
	while (s->phase < PHASE_LEAVE && (m = rd_kafka_consumer_poll(s->rk, 0))) {
		if (m->err) {
			consumer_trouble(s, m);
		} else if (s->phase < PHASE_COMMIT) {	/* records come through the other queue; one that is passed over here would be lost */
			log_error("a record came the wrong way", "topic", rd_kafka_topic_name(m->rkt), "offset", log_num(m->offset), NULL);
			finish_now(s, EX_TEMPFAIL);
		}
		rd_kafka_message_destroy(m);
	}
}

/* librdkafka 2.0 looks only once a second whether there is room again in a queue that was full (fetch.queue.backoff.ms of later versions
 * is fixed at that). At our speed that would be nine tenths of the time asleep, or else memory for a second's worth of records. Any request
 * makes it look: so it gets to send one, the same small one to the leader of each partition, and nobody waits for the answers. */
void consumer_wake(struct source *s)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)s->n_parts);

	s->asked = s->now;
	for (const struct part *p = s->parts; p; p = p->next)
		if (!p->at_end && !p->revoked)
			rd_kafka_topic_partition_list_add(list, p->topic.p, p->partition)->offset = LATEST;
	if (list->cnt)
		rd_kafka_offsets_for_times(s->rk, list, 0);
	rd_kafka_topic_partition_list_destroy(list);
}

void consumer_pause(struct source *s, struct part *p, bool pause)
{
	rd_kafka_topic_partition_list_t *list;

	if (p->paused == pause || p->revoked)
		return;
	p->paused = pause;
	list = rd_kafka_topic_partition_list_new(1);
	rd_kafka_topic_partition_list_add(list, p->topic.p, p->partition);
	if (pause)
		rd_kafka_pause_partitions(s->rk, list);
	else
		rd_kafka_resume_partitions(s->rk, list);
	rd_kafka_topic_partition_list_destroy(list);
	if (!pause)
		consumer_wake(s);
}

/* librdkafka 2.0 can crash when it leaves a group that it has not quite joined; so then it is not asked to. */
void consumer_leave(struct source *s)
{
	rd_kafka_error_t *error;

	if (!s->assigned)
		return;
	s->leaving = rd_kafka_queue_new(s->rk);
	error = rd_kafka_consumer_close_queue(s->rk, s->leaving);
	if (error)
		rd_kafka_error_destroy(error);
}

bool consumer_left(struct source *s)
{
	rd_kafka_event_t *event;

	if (!s->leaving)
		return true;
	while ((event = rd_kafka_queue_poll(s->leaving, 0))) {
		if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_REBALANCE)
			assign_rebalance(s->rk, rd_kafka_event_error(event), rd_kafka_event_topic_partition_list(event), s);
		rd_kafka_event_destroy(event);
	}
	return rd_kafka_consumer_closed(s->rk);
}

void consumer_close(struct source *s)
{
	bool left = s->leaving && rd_kafka_consumer_closed(s->rk);

	rd_kafka_queue_io_event_enable(s->messages, -1, NULL, 0);
	rd_kafka_queue_io_event_enable(s->events, -1, NULL, 0);
	rd_kafka_queue_destroy(s->messages);
	rd_kafka_queue_destroy(s->events);
	if (s->leaving)
		rd_kafka_queue_destroy(s->leaving);
	if (left)	/* else it might wait for long; the process ends anyway */
		rd_kafka_destroy_flags(s->rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
	close(s->events_fd);
	close(s->messages_fd);
}
