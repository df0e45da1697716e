/* SPDX-License-Identifier: Apache-2.0 */
/* Offsets are committed one request at a time, so that none overtakes another: what is committed never goes back. */
#include "source.h"
#include "err.h"

#define PATIENCE_MS 30000	/* for the answer of one request; librdkafka gives up sooner */

static void committed(struct source *s, const rd_kafka_topic_partition_t *t)
{
	struct part *p = parts_find(s, t->topic, t->partition);

	if (p && !t->err && t->offset > p->committed)
		p->committed = t->offset;
}

static void on_commit(rd_kafka_t *rk, rd_kafka_resp_err_t err, rd_kafka_topic_partition_list_t *list, void *source)
{
	static struct log_limit limit;
	struct source *s = source;
	uint64_t missed;

	(void)rk;
	s->committing = false;
	for (int i = 0; list && i < list->cnt; i++) {
		if (!err && list->elems[i].err)
			err = list->elems[i].err;
		if (!list->elems[i].err && (!err || err == list->elems[i].err))
			committed(s, &list->elems[i]);
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

bool commit_send(struct source *s, bool revoked_only)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)s->n_parts);
	rd_kafka_resp_err_t err = 0;

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
	if (s->committing || s->phase >= PHASE_COMMIT || s->now < s->commit_next)
		return;
	s->commit_next = s->now + s->opt.commit_interval;
	commit_send(s, false);
}
