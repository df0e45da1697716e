/* SPDX-License-Identifier: Apache-2.0 */
/* While the group is quiet librdkafka commits what is stored with it, every --commit-interval. Only it knows when the group is not: a
 * commit that waits at the coordinator behind a request to join is answered "wrong generation", and then librdkafka 2.0 takes all
 * partitions for lost. So by our own hand offsets are committed only when partitions are given back, before the group goes on, and at
 * the end. Requests go one after the other, and what is done never goes back: so neither does what is committed. */
#include "source.h"
#include "err.h"

#define PATIENCE_MS 30000	/* for the answer of one request; librdkafka gives up sooner */
#define STORE_MS 50

static void settle(struct source *s, rd_kafka_resp_err_t err, const rd_kafka_topic_partition_list_t *list)
{
	static struct log_limit limit;
	uint64_t missed;

	if (err == RD_KAFKA_RESP_ERR__NO_OFFSET)
		return;
	for (int i = 0; list && i < list->cnt; i++) {
		const rd_kafka_topic_partition_t *t = &list->elems[i];
		struct part *p = parts_find(s, t->topic, t->partition);

		if (t->err && !err)
			err = t->err;
		if (p && !err && t->offset > p->committed)
			p->committed = t->offset;
	}
	s->commit_failed = err != 0;
	if (!err) {
		s->count.commits++;
		consumer_reached(s);
		return;
	}
	s->count.commit_skips++;
	if (log_allow(&limit, 5000, &missed))
		log_warn("can't commit offsets: trying again", "reason", rd_kafka_err2str(err), NULL);
}

/* librdkafka's own commits. */
void commit_seen(rd_kafka_t *rk, rd_kafka_resp_err_t err, rd_kafka_topic_partition_list_t *list, void *source)
{
	(void)rk;
	settle(source, err, list);
}

static void on_commit(rd_kafka_t *rk, rd_kafka_resp_err_t err, rd_kafka_topic_partition_list_t *list, void *source)
{
	struct source *s = source;

	(void)rk;
	s->committing = false;
	settle(s, err, list);
}

/* Let librdkafka know how far it may commit. It refuses what is no longer ours, and that is right. */
static void store(struct source *s)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)s->n_parts);

	for (struct part *p = s->parts; p; p = p->next)
		if (prefix_next(&p->prefix) > p->stored) {
			p->stored = prefix_next(&p->prefix);
			rd_kafka_topic_partition_list_add(list, p->topic.p, p->partition)->offset = p->stored;
		}
	if (list->cnt)
		rd_kafka_offsets_store(s->rk, list);
	rd_kafka_topic_partition_list_destroy(list);
	s->advanced = false;
}

bool commit_send(struct source *s, bool revoked_only)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)s->n_parts);
	rd_kafka_resp_err_t err = 0;

	store(s);	/* or librdkafka would commit what it knew before once more, as it gives a partition up */
	for (const struct part *p = s->parts; p; p = p->next)
		if (prefix_next(&p->prefix) > p->committed && (p->revoked || !revoked_only))
			rd_kafka_topic_partition_list_add(list, p->topic.p, p->partition)->offset = prefix_next(&p->prefix);
	if (list->cnt) {
		err = rd_kafka_commit_queue(s->rk, list, s->events, on_commit, s);
		s->committing = !err;
		s->commit_began = s->now;
		if (err)
			on_commit(s->rk, err, NULL, s);
	}
	rd_kafka_topic_partition_list_destroy(list);
	return s->committing;
}

void commit_step(struct source *s)
{
	if (s->committing && s->now - s->commit_began >= PATIENCE_MS) {
		log_warn("no answer to a commit", NULL);
		s->committing = false;
	}
	if (!s->advanced || s->phase >= PHASE_COMMIT || s->now < s->commit_next)
		return;
	s->commit_next = s->now + STORE_MS;
	store(s);
}
