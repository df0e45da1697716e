/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WRITER_H
#define WRITER_H

#include "span.h"

#include <stdint.h>
#include <sys/types.h>

/* Lines out, in large blocks. What is put in is held until the block is full, somebody flushes (reader_next does), or it is
 * closed. A failed write is remembered and shows at writer_flush and writer_close; a reader that went away (EPIPE) ends the
 * program quietly with EX_TEMPFAIL, unless `keep_epipe` is set. */
struct writer {
	int fd;
	char *buf;
	size_t n, cap;
	int error;		/* errno of the first write that failed, 0 for none */
	bool whole_lines;	/* writer_open_acks: every write(2) ends at a line end and has at most PIPE_BUF bytes */
	bool growing;		/* writer_nonblock: the buffer grows up to `max`, nothing is written until asked */
	bool keep_epipe;
	size_t max;
	size_t head;		/* with growing: bytes before it are written already */
};

/* Enlarges a pipe to 1 MiB where the system lets us. */
void writer_open(struct writer *w, int fd);
/* For ack streams: several processes may write into one FIFO, so lines go out whole, in writes of at most PIPE_BUF bytes. No
 * single line may be longer than that, and each is put in one piece (ack.h sees to both). */
void writer_open_acks(struct writer *w, int fd);
/* For event loops: from now on writes never block (a FIFO or pipe is opened anew through /proc/self/fd, so that others who hold
 * it keep their own mode). The buffer holds what can't be written yet; look at writer_pending before
 * putting more: somewhere between max bytes and twice as many it fails with ENOBUFS. */
void writer_nonblock(struct writer *w, size_t max);

void writer_put(struct writer *w, const void *p, size_t n);
static inline void writer_span(struct writer *w, struct span s) { writer_put(w, s.p, s.n); }
#define writer_lit(w, literal) writer_put((w), "" literal, sizeof(literal) - 1)

/* Write everything (blocking), or with writer_nonblock as much as goes; 0, or -1 with errno kept in w->error. */
int writer_flush(struct writer *w);
/* Bytes put and not yet written. */
static inline size_t writer_pending(const struct writer *w) { return w->n - w->head; }
/* Flush and close, and say whether all of it arrived: a full disk shows here. 0, or -1 with errno. */
int writer_close(struct writer *w);

#endif
