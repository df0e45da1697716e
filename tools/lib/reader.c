/* SPDX-License-Identifier: Apache-2.0 */
#include "reader.h"
#include "err.h"
#include "writer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#define BLOCK ((size_t)256 << 10)
#define PIPE_SIZE (1 << 20)

void reader_open(struct reader *r, int fd, size_t line_max)
{
	*r = (struct reader){ .fd = fd, .line_max = line_max, .cap = BLOCK };
	r->buf = xmalloc(r->cap);
	fcntl(fd, F_SETPIPE_SZ, PIPE_SIZE);	/* fails on anything but a pipe, and that is fine */
}

/* The line of n bytes at head, whose '\n' (if any) stands behind it. */
static enum reader_result give(struct reader *r, struct span *line, size_t n, size_t newline)
{
	bool too_long = n > r->line_max;

	*line = (struct span){ r->buf + r->head, too_long ? r->line_max : n };
	r->head += n + newline;
	r->searched = 0;
	r->torn = r->eof && !newline;
	r->lines++;
	return too_long ? READER_TOO_LONG : READER_LINE;
}

enum reader_result reader_take(struct reader *r, struct span *line)
{
	for (;;) {
		char *from = r->buf + r->head;
		size_t n = r->tail - r->head;
		char *nl = memchr(from + r->searched, '\n', n - r->searched);

		if (r->discarding) {	/* the rest of a line whose beginning was given as too long */
			r->head = nl ? (size_t)(nl + 1 - r->buf) : r->tail;
			r->searched = 0;
			if (!nl)
				return r->eof ? READER_EOF : READER_AGAIN;
			r->discarding = false;
			continue;
		}
		if (nl)
			return give(r, line, (size_t)(nl - from), 1);
		r->searched = n;
		if (n > r->line_max) {
			r->discarding = true;
			return give(r, line, n, 0);
		}
		if (!r->eof)
			return READER_AGAIN;
		return n ? give(r, line, n, 0) : READER_EOF;
	}
}

/* Room for at least one more byte: move what is left to the front, or grow up to the longest line. */
static bool make_room(struct reader *r)
{
	size_t n = r->tail - r->head;
	size_t cap = r->cap;
	char *p;

	if (n == 0) {
		r->head = r->tail = 0;
		return true;
	}
	if (r->head >= r->cap / 2 || (r->tail == r->cap && r->head > 0 && n <= r->cap / 2)) {
		memmove(r->buf, r->buf + r->head, n);
		r->head = 0;
		r->tail = n;
	}
	if (r->tail < r->cap)
		return true;
	if (r->head) {
		memmove(r->buf, r->buf + r->head, n);
		r->head = 0;
		r->tail = n;
		return true;
	}
	cap *= 2;
	if (cap > r->line_max + BLOCK)
		cap = r->line_max + BLOCK;
	if (cap <= r->cap) {	/* nobody takes the lines that are there; a read of no bytes would look like the end */
		errno = ENOBUFS;
		return false;
	}
	p = realloc(r->buf, cap);
	if (!p) {
		errno = ENOMEM;
		return false;
	}
	r->buf = p;
	r->cap = cap;
	return true;
}

ssize_t reader_fill(struct reader *r)
{
	ssize_t n;

	if (r->eof)
		return 0;
	if (!make_room(r))
		return -1;
	n = read(r->fd, r->buf + r->tail, r->cap - r->tail);
	if (n > 0)
		r->tail += (size_t)n;
	else if (n == 0)
		r->eof = true;
	return n;
}

static bool readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

enum reader_result reader_next(struct reader *r, struct writer *out, struct span *line)
{
	for (;;) {
		enum reader_result res = reader_take(r, line);

		if (res != READER_AGAIN) {
			if (res == READER_EOF && out && writer_flush(out) < 0)
				return READER_ERROR;
			return res;
		}
		if (out && writer_pending(out) && !readable(r->fd) && writer_flush(out) < 0)
			return READER_ERROR;
		if (reader_fill(r) < 0) {
			if (errno == EINTR)
				return READER_AGAIN;
			if (errno != EAGAIN)
				return READER_ERROR;
			poll(&(struct pollfd){ .fd = r->fd, .events = POLLIN }, 1, -1);
		}
	}
}

void reader_free(struct reader *r)
{
	free(r->buf);
	r->buf = NULL;
}
