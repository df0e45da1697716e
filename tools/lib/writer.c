/* SPDX-License-Identifier: Apache-2.0 */
#include "writer.h"
#include "err.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK ((size_t)256 << 10)
#define PIPE_SIZE (1 << 20)

void writer_open(struct writer *w, int fd)
{
	*w = (struct writer){ .fd = fd, .cap = BLOCK };
	w->buf = xmalloc(w->cap);
	fcntl(fd, F_SETPIPE_SZ, PIPE_SIZE);
}

void writer_open_acks(struct writer *w, int fd)
{
	struct stat st;

	writer_open(w, fd);
	w->whole_lines = fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode);
}

void writer_nonblock(struct writer *w, size_t max)
{
	char path[64];
	int fd;

	w->growing = true;
	w->max = max;
	/* O_NONBLOCK belongs to the open file, which other processes share; a pipe opened anew is ours alone. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", w->fd);
	fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0) {
		struct stat st;

		if (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode)) {
			dup3(fd, w->fd, O_CLOEXEC);
			close(fd);
			return;
		}
		close(fd);
	}
	if (!isatty(w->fd))
		fcntl(w->fd, F_SETFL, fcntl(w->fd, F_GETFL) | O_NONBLOCK);
}

static int failed(struct writer *w, int reason)
{
	if (reason == EPIPE && !w->keep_epipe)
		_exit(EX_TEMPFAIL);
	if (!w->error)
		w->error = reason;
	w->n = w->head = 0;	/* nothing more can be done with it, and memory stays bounded */
	errno = reason;
	return -1;
}

/* How much of what is left may go out in one write. */
static size_t piece(const struct writer *w, const char *p, size_t n)
{
	const char *nl;

	if (!w->whole_lines || n <= PIPE_BUF)
		return n;
	nl = memrchr(p, '\n', PIPE_BUF);
	return nl ? (size_t)(nl + 1 - p) : PIPE_BUF;
}

int writer_flush(struct writer *w)
{
	if (w->error) {
		w->n = w->head = 0;
		errno = w->error;
		return -1;
	}
	while (w->head < w->n) {
		size_t want = piece(w, w->buf + w->head, w->n - w->head);
		ssize_t n = write(w->fd, w->buf + w->head, want);

		if (n >= 0) {
			w->head += (size_t)n;
		} else if (errno == EAGAIN) {
			if (w->growing)
				return 0;
			poll(&(struct pollfd){ .fd = w->fd, .events = POLLOUT }, 1, -1);
		} else if (errno != EINTR) {
			return failed(w, errno);
		}
	}
	w->n = w->head = 0;
	return 0;
}

/* The buffer is too small for n more bytes: empty it, or grow it. */
static bool make_room(struct writer *w, size_t n)
{
	size_t cap = w->cap;
	char *p;

	if (!w->growing && writer_flush(w) < 0)
		return false;
	if (w->head) {
		memmove(w->buf, w->buf + w->head, w->n - w->head);
		w->n -= w->head;
		w->head = 0;
	}
	while (cap - w->n < n)
		cap *= 2;
	if (cap == w->cap)
		return true;
	p = w->growing && w->max && cap / 2 > w->max ? NULL : realloc(w->buf, cap);
	if (!p) {
		failed(w, ENOBUFS);
		return false;
	}
	w->buf = p;
	w->cap = cap;
	return true;
}

/* A piece longer than the whole block goes out from where it stands. */
static void put_long(struct writer *w, const void *p, size_t n)
{
	struct writer direct;

	if (writer_flush(w) < 0)
		return;
	direct = *w;
	direct.buf = (char *)(uintptr_t)p;
	direct.n = n;
	writer_flush(&direct);
	w->error = direct.error;
}

void writer_put(struct writer *w, const void *p, size_t n)
{
	if (w->cap - w->n < n) {
		if (w->error)
			return;
		if (!w->growing && n > w->cap) {
			put_long(w, p, n);
			return;
		}
		if (!make_room(w, n))
			return;
	}
	if (n)	/* p of an absent span is NULL */
		memcpy(w->buf + w->n, p, n);
	w->n += n;
}

int writer_close(struct writer *w)
{
	int bad;

	if (w->growing) {	/* the end: now it may block */
		int flags = fcntl(w->fd, F_GETFL);

		w->growing = false;
		fcntl(w->fd, F_SETFL, flags & ~O_NONBLOCK);
	}
	bad = writer_flush(w);
	if (close(w->fd) < 0 && bad == 0)
		bad = failed(w, errno);
	free(w->buf);
	w->buf = NULL;
	w->cap = w->n = w->head = 0;
	if (bad)
		errno = w->error;
	return bad;
}
