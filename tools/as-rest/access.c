/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"
#include "err.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* The access log: Common Log Format, one line a request, written in large pieces and when there is nothing else to do. */

#define PIECE ((size_t)64 << 10)
#define BACKLOG ((size_t)4 << 20)	/* what waits for a slow reader; more is dropped, and counted */

struct access {
	int fd;
	struct buf lines;
	time_t second;
	char time[40];
	uint64_t dropped;
	struct log_limit limit;
};

static int open_log(const char *name)
{
	int fd, flags;
	struct stat st;

	if (strcmp(name, "-") == 0)
		fd = dup(STDOUT_FILENO);
	else if (strcmp(name, "stderr") == 0)
		fd = dup(STDERR_FILENO);
	else
		fd = open(name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0640);
	/* A FIFO whose reader is not there yet. */
	if (fd < 0 && errno == ENXIO)
		fd = open(name, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	/* A reader that stops reading must not stop the service. */
	if (fd >= 0 && fstat(fd, &st) == 0 && !S_ISREG(st.st_mode) && (flags = fcntl(fd, F_GETFL)) >= 0)
		fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	return fd;
}

void access_open(struct server *s)
{
	if (!s->opt.access_log)
		return;
	s->access = xcalloc(1, sizeof(*s->access));
	s->access->lines.max = BACKLOG;
	s->access->fd = open_log(s->opt.access_log);
	if (s->access->fd < 0)
		die(EX_CONFIG, "can't open %s:", s->opt.access_log);
}

void access_reopen(struct server *s)
{
	int fd;

	if (!s->access)
		return;
	access_flush(s);
	fd = open_log(s->opt.access_log);
	if (fd < 0) {
		log_error("can't open the access log again; going on with the old one", "reason", strerror(errno), NULL);
		return;
	}
	close(s->access->fd);
	s->access->fd = fd;
}

/* What came from outside, without anything that could end the field or the line. */
static void put(struct buf *b, struct span text)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c > 0x20 && c < 0x7f && c != '"' && c != '\\') {
			buf_byte(b, (char)c);
		} else {
			const char escaped[] = { '\\', 'x', hex[c >> 4], hex[c & 15] };

			buf_put(b, escaped, sizeof(escaped));
		}
	}
}

static void put_time(struct access *a)
{
	const time_t now = time(NULL);
	struct tm tm;

	if (now != a->second || !a->time[0]) {
		a->second = now;
		gmtime_r(&now, &tm);
		strftime(a->time, sizeof(a->time), "[%d/%b/%Y:%H:%M:%S +0000]", &tm);
	}
	buf_span(&a->lines, span_of(a->time));
}

void access_write(struct server *s, const struct exchange *e)
{
	struct access *a = s->access;
	size_t before, bytes = e->plain || e->r.method == METHOD_HEAD || e->status == 204 ? 0 : e->r.out.n;
	uint64_t missed;

	if (!a)
		return;
	before = a->lines.n;
	buf_printf(&a->lines, "%s - ", e->conn->address);
	put(&a->lines, e->user.n ? e->user : SPAN("-"));
	buf_byte(&a->lines, ' ');
	put_time(a);
	buf_lit(&a->lines, " \"");
	put(&a->lines, span_of(e->method));
	buf_byte(&a->lines, ' ');
	put(&a->lines, buf_as_span(&e->target));
	buf_byte(&a->lines, ' ');
	put(&a->lines, span_of(e->version));
	if (bytes)
		buf_printf(&a->lines, "\" %u %zu\n", e->status, bytes);
	else
		buf_printf(&a->lines, "\" %u -\n", e->status);
	if (a->lines.full) {
		a->lines.n = before;
		a->lines.full = false;
		a->dropped++;
		if (log_allow(&a->limit, 10000, &missed))
			log_warn("the access log takes no more: lines are dropped", "dropped", log_num((int64_t)a->dropped), NULL);
	}
	if (a->lines.n >= PIECE)
		access_flush(s);
}

bool access_pending(const struct server *s)
{
	return s->access && s->access->lines.n > 0;
}

void access_flush(struct server *s)
{
	struct access *a = s->access;
	size_t at = 0;
	uint64_t missed;

	if (!a)
		return;
	while (at < a->lines.n) {
		ssize_t n = write(a->fd, a->lines.p + at, a->lines.n - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			if (errno == EAGAIN)
				break;
			if (log_allow(&a->limit, 10000, &missed))
				log_error("can't write the access log", "reason", strerror(errno), NULL);
			at = a->lines.n;
			break;
		}
		at += (size_t)n;
	}
	memmove(a->lines.p, a->lines.p + at, a->lines.n - at);
	a->lines.n -= at;
}
