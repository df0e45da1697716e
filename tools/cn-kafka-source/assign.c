/* SPDX-License-Identifier: Apache-2.0 */
/* Partitions come and go. Coming is simple. Those that go are given back when what is out of them has its answer, or the time for that
 * is over, and what was done of them is committed: so their next owner begins behind it, and no write of ours comes late. */
#include "source.h"
#include "err.h"

#include <errno.h>
#include <unistd.h>

#define TIMES_MS 5000		/* for one look-up of offsets by time */
#define TIMES_TRIES 6
#define EMPTY_MS 10000		/* --exit-at-end: so long without any partition, in case others just give some up */

static bool cooperative(rd_kafka_t *rk)
{
	const char *protocol = rd_kafka_rebalance_protocol(rk);

	return protocol && strcmp(protocol, "COOPERATIVE") == 0;
}

static void complain(rd_kafka_error_t *error, rd_kafka_resp_err_t err, const char *what)
{
	if (error) {
		log_error(what, "reason", rd_kafka_error_string(error), NULL);
		rd_kafka_error_destroy(error);
	} else if (err) {
		log_error(what, "reason", rd_kafka_err2str(err), NULL);
	}
}

static void give_back(rd_kafka_t *rk, const rd_kafka_topic_partition_list_t *list)
{
	if (cooperative(rk))
		complain(rd_kafka_incremental_unassign(rk, list), 0, "can't give partitions back");
	else
		complain(NULL, rd_kafka_assign(rk, NULL), "can't give partitions back");
}

/* The offsets of --from TIME, for those of the list that are marked with it. Blocks: nothing can be read before. */
static void look_up_times(struct source *s, rd_kafka_topic_partition_list_t *list)
{
	rd_kafka_resp_err_t err = 0;

	for (int i = 0; i < list->cnt; i++)
		list->elems[i].offset = s->opt.from_time;
	for (int i = 0; i < TIMES_TRIES; i++) {
		err = rd_kafka_offsets_for_times(s->rk, list, TIMES_MS);
		if (!err)
			return;
		log_warn("can't look up offsets by time", "reason", rd_kafka_err2str(err), NULL);
		usleep(100000);
	}
	die(EX_TEMPFAIL, "--from: can't look up offsets by time: %s", rd_kafka_err2str(err));
}

/* Where --from says; only in partitions that this process has not had before, or it would never get on. */
static void set_offsets(struct source *s, rd_kafka_topic_partition_list_t *list)
{
	rd_kafka_topic_partition_list_t *fresh;

	if (s->opt.from == FROM_STORED)
		return;
	fresh = rd_kafka_topic_partition_list_new(list->cnt);
	for (int i = 0; i < list->cnt; i++)
		if (parts_first_time(s, list->elems[i].topic, list->elems[i].partition))
			rd_kafka_topic_partition_list_add(fresh, list->elems[i].topic, list->elems[i].partition)->offset =
				s->opt.from == FROM_BEGINNING ? RD_KAFKA_OFFSET_BEGINNING : RD_KAFKA_OFFSET_END;
	if (s->opt.from == FROM_TIME && fresh->cnt)
		look_up_times(s, fresh);
	for (int i = 0; i < fresh->cnt; i++)
		rd_kafka_topic_partition_list_set_offset(list, fresh->elems[i].topic, fresh->elems[i].partition, fresh->elems[i].offset);
	rd_kafka_topic_partition_list_destroy(fresh);
}

/* Records of a partition come through the queue of messages, not with the events. */
static void route(struct source *s, const rd_kafka_topic_partition_list_t *list)
{
	for (int i = 0; i < list->cnt; i++) {
		rd_kafka_queue_t *q = rd_kafka_queue_get_partition(s->rk, list->elems[i].topic, list->elems[i].partition);

		if (!q)
			die(EX_SOFTWARE, "no queue for %s/%d", list->elems[i].topic, (int)list->elems[i].partition);
		rd_kafka_queue_forward(q, s->messages);
		rd_kafka_queue_destroy(q);
	}
}

static void assigned(struct source *s, rd_kafka_topic_partition_list_t *list)
{
	if (s->phase >= PHASE_COMMIT) {	/* too late for new ones */
		if (!cooperative(s->rk))
			rd_kafka_assign(s->rk, NULL);
		else
			complain(rd_kafka_incremental_assign(s->rk, list), 0, "can't take partitions over");
		return;
	}
	consumer_reached(s);
	set_offsets(s, list);
	rd_kafka_resume_partitions(s->rk, list);	/* one that was paused when it went is so when it comes back */
	for (int i = 0; i < list->cnt; i++)
		parts_add(s, list->elems[i].topic, list->elems[i].partition);
	route(s, list);
	if (cooperative(s->rk))
		complain(rd_kafka_incremental_assign(s->rk, list), 0, "can't take partitions over");
	else
		complain(NULL, rd_kafka_assign(s->rk, list), "can't take partitions over");
	route(s, list);		/* once more: librdkafka may have known nothing of the partition before */
	s->assigned = true;
	log_info("partitions assigned", "new", log_num(list->cnt), "all", log_num((int64_t)s->n_parts), NULL);
}

static void revoked(struct source *s, rd_kafka_topic_partition_list_t *list)
{
	if (s->phase >= PHASE_LEAVE) {
		give_back(s->rk, list);
		return;
	}
	s->revoke_lost = rd_kafka_assignment_lost(s->rk);
	if (s->revoke_lost)
		log_warn("partitions lost", "partitions", log_num(list->cnt), "reason", s->reason[0] ? s->reason : NULL, NULL);
	else
		log_info("partitions go elsewhere", "partitions", log_num(list->cnt), NULL);
	for (int i = 0; i < list->cnt; i++) {
		struct part *p = parts_find(s, list->elems[i].topic, list->elems[i].partition);

		if (p)
			p->revoked = true;
	}
	if (s->revoked)		/* librdkafka waits for the first, but a list must not get lost */
		rd_kafka_topic_partition_list_destroy(s->revoked);
	s->revoked = rd_kafka_topic_partition_list_copy(list);
	s->revoke_committed = s->revoke_lost;
	s->revoke_end = s->now + s->opt.revoke_wait;
}

void assign_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t err, rd_kafka_topic_partition_list_t *list, void *source)
{
	struct source *s = source;

	s->count.rebalances++;
	if (err == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
		assigned(s, list);
	} else if (err == RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS) {
		revoked(s, list);
	} else {
		log_error("rebalance failed", "reason", rd_kafka_err2str(err), NULL);
		rd_kafka_assign(rk, NULL);
	}
}

static bool answered(const struct source *s)
{
	for (const struct part *p = s->parts; p; p = p->next)
		if (p->revoked && p->in_pipe)
			return false;
	return true;
}

void assign_give_back(struct source *s)
{
	uint64_t left = 0;

	if (!s->revoked)
		return;
	for (struct part *p = s->parts, *next; p; p = next) {
		next = p->next;
		if (!p->revoked)
			continue;
		left += p->prefix.n;
		parts_remove(s, p);
	}
	if (left)
		log_info("left to the next owner without an answer", "records", log_num((int64_t)left), NULL);
	give_back(s->rk, s->revoked);
	rd_kafka_topic_partition_list_destroy(s->revoked);
	s->revoked = NULL;
}

static void step_revoke(struct source *s)
{
	if (!s->revoked || (!answered(s) && s->now < s->revoke_end))
		return;
	if (!s->revoke_committed && !s->committing) {
		s->revoke_committed = true;
		commit_send(s, true);
	}
	/* The commit has as long again. */
	if (s->revoke_committed && (!s->committing || s->now >= s->revoke_end + s->opt.revoke_wait + 1000))
		assign_give_back(s);
}

/* --exit-at-end: is there anything that is not at its end? */
static void step_batch(struct source *s)
{
	if (!s->opt.exit_at_end || s->phase != PHASE_RUN)
		return;
	if (!s->parts) {
		if (!s->empty_since)
			s->empty_since = s->now;
		if (s->assigned && !s->revoked && s->now - s->empty_since >= EMPTY_MS) {
			log_warn("no partition is left for this member of the group", NULL);
			finish_drain(s, 0);
		} else if (!s->assigned && s->now - s->started >= s->opt.start_timeout) {
			log_error("no partition has been assigned in time", "reason", s->reason[0] ? s->reason : NULL, NULL);
			finish_drain(s, EX_UNAVAILABLE);
		}
		return;
	}
	s->empty_since = 0;
	for (const struct part *p = s->parts; p; p = p->next)
		if (!p->at_end || p->prefix.n || p->revoked)
			return;
	s->batch_done = true;
	finish_drain(s, 0);
}

void assign_step(struct source *s)
{
	step_revoke(s);
	step_batch(s);
}
