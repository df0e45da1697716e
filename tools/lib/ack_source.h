/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ACK_SOURCE_H
#define ACK_SOURCE_H

#include "ack.h"
#include "reader.h"
#include "window.h"

/* Acks on standard input, at the source: what they speak of is taken out of the window. */
struct ack_counts {
	uint64_t late;		/* acks for what is in flight no more */
	uint64_t foreign;	/* for ids that were never given out */
	uint64_t bad;		/* lines that are no acks */
};

struct ack_source {
	struct reader *in;
	struct window *window;
	struct ack_counts *count;
	void (*take)(void *ctx, void *what, const struct ack *a);	/* this was in flight */
	void *ctx;
};

/* False when there can be no acks on standard input, which is said, and what happens otherwise. After the options are parsed. */
bool ack_source_open(struct reader *in, const char *otherwise);
/* One read(2) and what came with it. True: there will be no more. */
bool ack_source_read(const struct ack_source *s);

#endif
