/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOURCE_H
#define SOURCE_H

#include "ack_source.h"
#include "dead_file.h"
#include "http_manage.h"
#include "kafka_line.h"
#include "log.h"
#include "metrics.h"
#include "options.h"
#include "prefix.h"
#include "reader.h"
#include "retry.h"
#include "window.h"
#include "writer.h"

/* cn-kafka-source: Kafka records in, lines out, acks in, offsets committed; one thread, one poll loop.
 *
 *	main.c		start and end
 *	options.c, properties.c
 *	loop.c		the loop: what is ready, in which order it is served; output
 *	finish.c	the ways to the end: drain, last commit, leave the group
 *	consumer.c	librdkafka's consumer: what it has to tell besides records
 *	assign.c	partitions that come and go
 *	parts.c		what is kept for each partition
 *	intake.c	from a message to a line
 *	flight.c	a record from its line to its answer
 *	redo.c		records that are to be tried again
 *	acks.c		the ack stream
 *	commit.c	offsets
 *	dead.c, dead_topic.c	records that can never succeed
 *	counters.c	metrics
 *
 * A record belongs to its partition: it is in the partition's prefix from its delivery until everything up to it is done, also when it
 * itself is done long before. That is what `--window` counts, and what makes it possible to send a record again in its order.
 *
 * Back-pressure: messages come through a queue of their own, apart from what else librdkafka tells. When there is no room nobody
 * takes from that queue; librdkafka stops fetching when it is full, and rebalances are served all the same. */

enum record_state {
	RECORD_PARKED,	/* came while its partition waits to try others again: not sent yet */
	RECORD_FLIGHT,	/* its line is out */
	RECORD_DONE,
	RECORD_FAILED,	/* nacked, to be tried again */
	RECORD_DUE,	/* to be sent again, in its turn */
	RECORD_DEAD,	/* waits for its dead letter to be safe */
	RECORD_STUCK	/* it can never succeed and nobody said that it may be dropped: the program ends before it */
};

struct record {
	struct part *part;		/* NULL: its partition is gone, its dead letter is not back yet */
	struct record *next;		/* in the dead-letter round */
	enum record_state state;
	uint64_t seq;			/* in the partition's prefix */
	uint64_t id;			/* of its latest line */
	uint64_t out_end;		/* bytes of output up to the end of its line */
	int64_t since;			/* when its line went out for the first time, ms */
	size_t size;			/* what it counts for in window_bytes */
	char *reason;			/* why it can never succeed: raw JSON string, malloc'ed */
	struct kafka_record kafka;	/* points behind this struct; without acks only place and time */
	struct kafka_header headers[];
};

enum part_state {
	PART_FLOW,
	PART_HOLD,	/* something is to be tried again: nothing new, until all that is out has its answer */
	PART_WAIT,	/* ... until the pause is over */
	PART_REDO	/* ... it goes out again, until all of that has its answer */
};

struct part {
	struct part *next;
	struct span topic;		/* malloc'ed */
	int32_t partition;
	const void *rkt;		/* librdkafka's topic as messages name it, NULL before the first */
	enum part_state state;
	struct prefix prefix;
	size_t in_pipe;			/* records whose line or dead letter has no answer yet */
	bool paused;
	bool at_end;			/* exit_at_end: nothing more is wanted of it */
	bool again;			/* assigned once more without having gone: what it holds may come twice */
	int64_t end;			/* exit_at_end: what was the end at the start, -1 while unknown */
	int64_t eof;			/* offset of the end that was reached, -1 for none */
	bool revoked;			/* goes elsewhere as soon as in_pipe is 0 */
	int64_t stored, committed;	/* offsets, -1 for none */
	unsigned tries;			/* without getting on */
	int64_t tried;			/* how far all was done at the last failure */
	int64_t failing_since, retry_at;	/* ms; 0: all is well */
	size_t redo_next;		/* place in the prefix */
};

struct counters {
	uint64_t read, sent, lines_bytes, active, acked;
	uint64_t commits, commit_skips, partitions, lag;
	uint64_t failures, errors, skipped, retries, dead, dead_failures, last_error;
	uint64_t undecodable, rebalances, held, held_bytes;
	struct ack_counts acks;
};

enum phase {
	PHASE_RUN,
	PHASE_DRAIN,	/* nothing new: wait for what is in flight */
	PHASE_COMMIT,	/* the last commit is on its way */
	PHASE_LEAVE,	/* leaving the group */
	PHASE_ACKS,	/* stdout is closed: the other stages drain, and the acks end */
	PHASE_OVER
};

struct source {
	struct options opt;
	int64_t now;				/* taken once a round, ms */

	/* consumer.c */
	rd_kafka_t *rk;
	rd_kafka_queue_t *events, *messages, *leaving;
	int events_fd, messages_fd;
	bool messages_ready;
	size_t queue_peak;			/* intake.c: messages waiting, at most since it was last seen to */
	int64_t asked;
	bool assigned;				/* there has been an assignment */
	bool down;				/* no broker can be reached */
	char reason[256];			/* why the last connection failed */
	int64_t started;

	/* assign.c, parts.c */
	struct part *parts, *part_last;
	size_t n_parts;
	struct { char *topic; int32_t partition; } *seen;	/* partitions that were ours once, for --from */
	size_t n_seen;
	rd_kafka_topic_partition_list_t *revoked;	/* what is to be given back; NULL: nothing */
	bool revoke_lost, revoke_committed;
	int64_t revoke_end, empty_since;

	/* commit.c */
	bool committing, commit_failed;
	bool advanced;				/* there is more to commit than librdkafka knows of */
	int64_t commit_next, commit_began;

	/* flight.c */
	struct window *window;			/* lines without an answer, by id */
	size_t held, held_bytes;		/* records in prefixes */
	struct retry pauses;
	struct kafka_lines lines;
	struct buf line;
	struct log_limit failures, stalls;

	struct reader acks;
	bool no_acks, acks_ended;
	struct writer out;
	uint64_t out_total;			/* bytes ever put into out */
	bool out_closed;

	/* dead.c */
	struct dead_file dead_file;		/* fd -1: none */
	struct record *dead, **dead_end;	/* for the next round */
	int64_t dead_again;			/* after a failure: when to try again */
	rd_kafka_t *dead_rk;
	rd_kafka_queue_t *dead_events;
	int dead_fd;

	struct http_manage manage;
	enum phase phase;
	bool batch_done, abandoned;
	int exit_code;
	int64_t phase_end;
	struct counters count;
	struct metric *metrics;
};

/* loop.c */
void loop_run(struct source *s);
bool loop_out_has_room(const struct source *s);

/* finish.c */
/* Take nothing more in, wait for what is in flight, commit, end with this code. */
void finish_drain(struct source *s, int exit_code);
/* Do not even wait. */
void finish_now(struct source *s, int exit_code);
/* One step further, if it is time. */
void finish_step(struct source *s);

/* consumer.c */
void consumer_open(struct source *s);
void consumer_serve(struct source *s);
/* Something came from Kafka. */
void consumer_reached(struct source *s);
/* A message that is none: an error, or the end of a partition. */
void consumer_trouble(struct source *s, const rd_kafka_message_t *m);
void consumer_pause(struct source *s, struct part *p, bool pause);
/* Have librdkafka see whether there is something to fetch. */
void consumer_wake(struct source *s);
void consumer_leave(struct source *s);
bool consumer_left(struct source *s);
void consumer_close(struct source *s);

/* assign.c */
void assign_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t err, rd_kafka_topic_partition_list_t *list, void *source);
void assign_step(struct source *s);
/* What is to be given back goes now, whatever is in flight of it. */
void assign_give_back(struct source *s);

/* parts.c */
struct part *parts_add(struct source *s, const char *topic, int32_t partition);
struct part *parts_find(struct source *s, const char *topic, int32_t partition);
struct part *parts_of_message(struct source *s, const rd_kafka_message_t *m);
/* All its records go; lines of them that are still out will be answered in vain. */
void parts_forget(struct source *s, struct part *p);
/* Itself with all its records. */
void parts_remove(struct source *s, struct part *p);
/* True when this partition has not been ours before; remembers it. */
bool parts_first_time(struct source *s, const char *topic, int32_t partition);

/* intake.c */
void intake(struct source *s);

/* flight.c */
bool flight_has_room(const struct source *s);
/* Send its line, for the first time or again. */
void flight_send(struct source *s, struct record *r);
void flight_done(struct source *s, struct record *r);
void flight_retry(struct source *s, struct record *r, struct span error);
void flight_never(struct source *s, struct record *r, struct span error);
/* Without acks: done is what is written. */
void flight_written(struct source *s);
void flight_watch(struct source *s);
void record_free(struct source *s, struct record *r);

/* redo.c */
void redo_failed(struct source *s, struct part *p);
void redo_step(struct source *s);
/* Milliseconds until something is due, -1 for nothing. */
int64_t redo_due(const struct source *s);

/* acks.c */
void acks_start(struct source *s);
void acks_read(struct source *s);

/* commit.c */
void commit_seen(rd_kafka_t *rk, rd_kafka_resp_err_t err, rd_kafka_topic_partition_list_t *list, void *source);
/* Commit what is due, of all partitions or of those that are to be given back; true when something was sent off. */
bool commit_send(struct source *s, bool revoked_only);
void commit_step(struct source *s);

/* dead.c, dead_topic.c */
void dead_open(struct source *s);
void dead_reopen(struct source *s);
void dead_add(struct source *s, struct record *r);
void dead_flush(struct source *s);
void dead_topic_open(struct source *s);
/* Hand it to the producer, or give it up; false: no room now. */
bool dead_topic_put(struct source *s, struct record *r);
void dead_topic_serve(struct source *s);
void dead_topic_close(struct source *s);

/* counters.c */
void counters_init(struct source *s);
void counters_refresh(void *source);
void counters_log(struct source *s);

#endif
