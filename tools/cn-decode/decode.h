/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DECODE_H
#define DECODE_H

#include "log.h"
#include "metrics.h"
#include "notify.h"
#include "reader.h"
#include "span.h"
#include "writer.h"

/* What stdin holds: lines of any kind that cn-lines(5) knows, or one format raw. */
enum input { INPUT_LINES, INPUT_WIRE, INPUT_JSON, INPUT_FLAT_JSON, INPUT_MSGPACK };

struct decoder {
	enum input input;
	bool number;			/* give ids to what has none */
	uint64_t next_id;
	struct notify notify;
	struct writer out;
	struct reader in;
	struct buf body, record, text;	/* scratch: decoded base64, the line being made, unescaped text */
	struct log_limit complaints;
	uint64_t items;			/* lines, or messages of a raw stream: the current one, counted from 1 */
	int status;
};

/* Counters, for SIGUSR1 and the end. */
struct counts {
	uint64_t lines, decoded, passed, errors;
};
extern struct counts count;

/* One line of INPUT_LINES. */
void decode_line(struct decoder *d, struct span line);

/* The raw inputs, to the end of stdin; exit code. */
int decode_raw(struct decoder *d);

/* The end of a line that can't be decoded: error line, log, and when it has no id the exit code. */
void decode_refuse(struct decoder *d, struct span id, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The same for a body: d->notify says why. */
void decode_refuse_body(struct decoder *d, struct span id, enum notify_format f);
/* Print counters when SIGUSR1 asks for it. */
void decode_look_at_signals(void);

#endif
