/* SPDX-License-Identifier: Apache-2.0 */
#include "dead_file.h"
#include "err.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define GROUP ((size_t)1 << 20)	/* bytes put together into one write */

/* A new file is only there for good when its directory says so. */
static void sync_directory(const char *path)
{
	char *copy = xstrdup(path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(copy);
}

static int open_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);

	if (fd >= 0)
		sync_directory(path);
	return fd;
}

void dead_file_open(struct dead_file *d, const char *path)
{
	d->path = path;
	d->fd = open_file(path);
	if (d->fd < 0)
		die(EX_CANTCREAT, "can't open %s:", path);
}

void dead_file_reopen(struct dead_file *d)
{
	int fd = open_file(d->path);

	if (fd < 0) {
		log_error("can't open the dead-letter file again; going on with the old one", "file", d->path, "reason",
			strerror(errno), NULL);
		return;
	}
	close(d->fd);
	d->fd = fd;
}

static void write_lines(struct dead_round *r)
{
	struct buf *b = &r->lines;

	for (size_t done = 0; done < b->n && !r->error;) {
		ssize_t n = write(r->file->fd, b->p + done, b->n - done);

		if (n < 0 && errno != EINTR)
			r->error = errno;
		if (n > 0)
			done += (size_t)n;
	}
	buf_reset(b);
}

void dead_round_begin(struct dead_round *r, struct dead_file *d)
{
	*r = (struct dead_round){ .file = d, .lines.max = BUF_MAX };
	flock(d->fd, LOCK_EX);	/* other processes may append too, and a failure cuts the file */
	r->start = lseek(d->fd, 0, SEEK_END);
}

void dead_round_put(struct dead_round *r)
{
	if (r->lines.full)
		r->error = r->error ? r->error : ENOMEM;
	else if (r->lines.n >= GROUP)
		write_lines(r);
}

int dead_round_end(struct dead_round *r)
{
	int fd = r->file->fd;

	if (!r->error)
		write_lines(r);
	/* EINVAL: a pipe or device, which has nothing to sync. */
	if (!r->error && fdatasync(fd) < 0 && errno != EINVAL)
		r->error = errno;
	/* What a full disk let through of this round is cut off again. */
	if (r->error && r->start >= 0 && ftruncate(fd, r->start) < 0 && errno != EINVAL)
		log_error("can't cut a half-written line off the dead-letter file", "file", r->file->path, "reason",
			strerror(errno), NULL);
	flock(fd, LOCK_UN);
	buf_free(&r->lines);
	errno = r->error;
	return r->error ? -1 : 0;
}
