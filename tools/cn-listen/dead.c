/* SPDX-License-Identifier: Apache-2.0 */
#include "listen.h"
#include "err.h"
#include "notification.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
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

void dead_open(struct server *s)
{
	s->dead_fd = -1;
	queue_init(&s->dead);
	if (!s->opt.dead_letter)
		return;
	s->dead_fd = open_file(s->opt.dead_letter);
	if (s->dead_fd < 0)
		die(EX_CANTCREAT, "can't open %s:", s->opt.dead_letter);
}

/* SIGHUP: the file may have been moved away. */
void dead_reopen(struct server *s)
{
	int fd;

	if (!s->opt.dead_letter)
		return;
	fd = open_file(s->opt.dead_letter);
	if (fd < 0) {
		log_error("can't open the dead-letter file again; going on with the old one", "file", s->opt.dead_letter, "reason",
			strerror(errno), NULL);
		return;
	}
	close(s->dead_fd);
	s->dead_fd = fd;
}

/* The notification line once more, with one member behind its others: it can be fed to the pipeline again as it is. */
static void put(struct buf *b, const struct request *r)
{
	const struct notification n = {
		.id = r->id, .at = r->at, .path = request_path(r), .type = request_type(r), .body = buf_as_span(&r->body)
	};

	notification_line(b, &n);
	if (b->full)
		return;
	b->n -= 2;	/* "}\n" */
	buf_lit(b, ",\"reason\":");
	if (r->reason.n && !r->reason.full)
		buf_span(b, buf_as_span(&r->reason));
	else
		buf_lit(b, "\"the sink gave none\"");
	buf_lit(b, "}\n");
}

static bool write_all(int fd, struct buf *b)
{
	for (size_t done = 0; done < b->n;) {
		ssize_t n = write(fd, b->p + done, b->n - done);

		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0)
			done += (size_t)n;
	}
	buf_reset(b);
	return true;
}

static bool write_queue(struct server *s)
{
	struct buf b = { .max = BUF_MAX };
	bool ok = true;

	for (const struct request *r = s->dead.first; r && ok; r = r->next) {
		put(&b, r);
		if (b.full) {
			errno = ENOMEM;
			ok = false;
		} else if (b.n >= GROUP || !r->next) {
			ok = write_all(s->dead_fd, &b);
		}
	}
	buf_free(&b);
	/* EINVAL: a pipe or device, which has nothing to sync. */
	return ok && (fdatasync(s->dead_fd) == 0 || errno == EINVAL);
}

/* All or nothing: what a full disk let through of this round is cut off again. Other processes may append to the same file,
 * hence the lock. */
static bool write_round(struct server *s)
{
	off_t end;
	bool ok;
	int why;

	flock(s->dead_fd, LOCK_EX);
	end = lseek(s->dead_fd, 0, SEEK_END);
	ok = write_queue(s);
	why = errno;
	if (!ok && end >= 0 && ftruncate(s->dead_fd, end) < 0 && errno != EINVAL)
		log_error("can't cut a half-written line off the dead-letter file", "file", s->opt.dead_letter, "reason",
			strerror(errno), NULL);
	flock(s->dead_fd, LOCK_UN);
	errno = why;
	return ok;
}

void dead_flush(struct server *s)
{
	static struct log_limit limit;
	struct request *r;
	uint64_t missed;
	bool ok;

	if (!s->dead.n)
		return;
	ok = write_round(s);
	if (!ok && log_allow(&limit, 1000, &missed))
		log_error("can't write the dead-letter file: answered 503", "file", s->opt.dead_letter, "reason", strerror(errno),
			"records", log_num((int64_t)s->dead.n), "also", missed ? log_num((int64_t)missed) : NULL, NULL);
	while ((r = queue_take(&s->dead))) {
		if (ok)
			s->count.dead_letters++;
		else
			s->count.dead_letter_errors++;
		flight_finish(s, r, ok ? 200 : 503);
	}
}
