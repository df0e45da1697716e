/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SINK_H
#define SINK_H

#include "ack.h"
#include "line.h"
#include "log.h"
#include "metrics.h"
#include "reader.h"
#include "record.h"

/* What all sinks have: record lines on standard input, acks on standard output, counters of both, the log of failures. Lines that say
 * what to do with them (error, skip, too long, no record at all) are answered here; records are the program's. One thread. */
#define SINK_IDS 16384

struct sink {
	struct reader in;
	struct writer out;
	struct acks acks;
	struct { uint64_t lines, acked, skipped, retry, never; } count;
	bool eof;			/* there are no more lines */
	uint64_t line;			/* number of the line that is looked at; 0: none is */
	struct log_limit failures;
	uint64_t ids[SINK_IDS];		/* done, not yet put into acks */
	size_t n_ids;
	bool unsorted;
};

/* Rows of a table of metrics: what is done, what failed. */
#define SINK_ROW(prefix, sink, field, text, key) \
	{ .name = prefix "_" #field "_total", .help = text, .brief = key, .type = METRIC_COUNTER, .value = &(sink).count.field }
#define SINK_ROWS_DONE(prefix, sink) \
	SINK_ROW(prefix, sink, lines, "Lines read.", "lines"), \
	SINK_ROW(prefix, sink, acked, "Lines acknowledged.", "acked"), \
	SINK_ROW(prefix, sink, skipped, "Of these, lines to skip and records for other sinks.", "skipped")
#define SINK_ROWS_FAILED(prefix, sink) \
	SINK_ROW(prefix, sink, retry, "Records that failed and may succeed later.", "retry"), \
	SINK_ROW(prefix, sink, never, "Records that failed for good.", "failed")

/* A line's id on its way through a sink: one more than it, so that 0 is a line without. */
static inline uint64_t sink_tag(struct span raw_id)
{
	uint64_t id;

	return line_id_number(raw_id, &id) ? id + 1 : 0;
}

void sink_open(struct sink *s);		/* zeroed before; after the options are parsed */
/* The program's exit status, of what became of the records; dies when the acks can't be written. */
int sink_close(struct sink *s);

/* What the program does with a record, and whether it has room for one more. The record's spans are good during the call. */
struct sink_taker {
	bool (*room)(void *ctx);
	void (*record)(void *ctx, const struct record *r, uint64_t tag);
	void *ctx;
};
/* Take lines that are in memory, until there are no more (true) or there is no room (false). */
bool sink_take(struct sink *s, const struct sink_taker *t);

/* What became of a line; each is to be answered once. sink_done_to says where it went (absent: nowhere, or nobody asked), and what else
 * the ack is to say: members as in ack.h, absent for none. */
void sink_done(struct sink *s, uint64_t tag);
void sink_done_to(struct sink *s, uint64_t tag, struct span to);
void sink_done_with(struct sink *s, uint64_t tag, struct span to, struct span members);
void sink_skip(struct sink *s, uint64_t tag);	/* it was not for us */
struct sink_more {
	const char *detail;		/* goes behind the reason in the nack, not into the log: what comes from outside */
	const char *key, *value;	/* one more pair for the log, as in log.h */
	struct span members;		/* for the nack, as in ack.h */
};
/* Nack it or, when it has no id, log it in any case. more: NULL for nothing. */
void sink_fail(struct sink *s, uint64_t tag, bool retry, const char *why, const struct sink_more *more);

/* Put what is done into acks; and write them too, dying when that fails. */
void sink_put_acks(struct sink *s);
void sink_flush(struct sink *s);
/* Write the acks, then sleep until fd is readable, a signal comes, or ms are over (-1: never; 0 does not even write). When want_lines
 * is set, lines wake it too, and one read(2) of them is done. SIGUSR1 logs the metrics. Dies when reading or writing fails. */
void sink_wait(struct sink *s, bool want_lines, int fd, int ms, const struct metric *metrics);

#endif
