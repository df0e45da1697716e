/* SPDX-License-Identifier: Apache-2.0 */
#ifndef READER_H
#define READER_H

#include "span.h"

#include <stdint.h>
#include <sys/types.h>

struct writer;

/* Lines in, in large blocks. A line is given as a span into the reader's own buffer, without its '\n', and lives until the
 * next call. Lines that are longer than line_max are dropped whole, in one piece of memory that never grows past it. */
struct reader {
	int fd;
	char *buf;
	size_t cap, head, tail;		/* unread bytes are buf[head..tail) */
	size_t searched;		/* bytes behind head known to hold no '\n' */
	size_t line_max;
	bool eof, discarding;
	bool torn;			/* the line given last has no '\n': the input ended before it */
	uint64_t lines;			/* lines given so far; so it is the number of the current line, counted from 1 */
};

enum reader_result {
	READER_EOF = 0,
	READER_LINE = 1,
	READER_TOO_LONG = 2,	/* span = the first line_max bytes of the line; the rest of it was thrown away */
	READER_AGAIN = 3,	/* no whole line yet; from reader_next: a signal came (look at sig.h, then call again) */
	READER_ERROR = -1	/* errno */
};

/* Enlarges a pipe to 1 MiB where the system lets us. line_max: bytes. */
void reader_open(struct reader *r, int fd, size_t line_max);
/* The next line; blocks. Just before it would sleep, and at the end, it flushes *out (NULL for none), so that output goes in
 * full blocks under load and at once when idle. A last line without '\n' is given like any other. */
enum reader_result reader_next(struct reader *r, struct writer *out, struct span *line);

/* For programs with an event loop of their own: reader_take gives lines that are already in memory, reader_fill does one
 * read(2). reader_fill returns bytes read, 0 at the end of input (then reader_take still gives a last line, and READER_EOF
 * after it), -1 with errno (EAGAIN: nothing there; ENOBUFS: the buffer is full of lines, take them first). */
enum reader_result reader_take(struct reader *r, struct span *line);
ssize_t reader_fill(struct reader *r);
void reader_free(struct reader *r);

#endif
