/* SPDX-License-Identifier: Apache-2.0 */
/* --resume: the lines of an earlier run are the state. Within a partition records come in one order, so the last line of each partition says
 * where to go on; partitions without a line begin at their start. */
#include "ack.h"
#include "base64.h"
#include "err.h"
#include "line.h"
#include "opt.h"
#include "reader.h"
#include "record.h"
#include "scan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define ID_MAX (UINT64_C(1) << 31)	/* a bit each: 256 MiB */

struct resume {
	struct scanner *scanner;
	const char *file;
	struct buf acked;		/* --acks: a bit for each id */
	bool stalled[CLIENT_PARTITIONS];	/* a line of it was not acknowledged: what is behind it does not count */
	uint64_t last_id, lines;
	struct buf text, digest;
};

/* Where the last line end is, seen from the end of the file. */
static off_t whole_until(int fd, const char *file)
{
	off_t at = lseek(fd, 0, SEEK_END);
	char block[4096];

	while (at > 0) {
		size_t n = at < (off_t)sizeof(block) ? (size_t)at : sizeof(block);
		const char *nl;

		if (pread(fd, block, n, at - (off_t)n) != (ssize_t)n)
			die(EX_IOERR, "can't read %s:", file);
		nl = memrchr(block, '\n', n);
		if (nl)
			return at - (off_t)(block + n - nl - 1);
		at -= (off_t)n;
	}
	return at;
}

/* A last line that was cut short (the program was killed in the midst of it) is no line. It goes from the file, for more will be added there. */
static void cut_torn_line(int fd, const char *file)
{
	struct stat st;
	off_t whole;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return;
	whole = whole_until(fd, file);
	if (whole == lseek(fd, 0, SEEK_END)) {
		lseek(fd, 0, SEEK_SET);
		return;
	}
	if (truncate(file, whole) < 0)
		die(EX_IOERR, "%s: its last line is cut short and can't be taken away:", file);
	log_info("took away a last line that was cut short", "file", file, NULL);
	lseek(fd, 0, SEEK_SET);
}

/* -1: there is no such file. */
static int open_lines(const char *file)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd < 0 && errno != ENOENT)
		die(EX_CONFIG, "can't open %s:", file);
	if (fd >= 0)
		cut_torn_line(fd, file);
	return fd;
}

static void each_line(struct resume *r, const char *file, void (*take)(struct resume *r, struct span line))
{
	enum reader_result got;
	struct reader in;
	struct span line;
	int fd = open_lines(file);

	if (fd < 0)
		return;
	r->file = file;
	r->lines = 0;
	reader_open(&in, fd, opt_line_max);
	while ((got = reader_next(&in, NULL, &line)) > 0) {
		r->lines++;
		if (got == READER_TOO_LONG)
			die(EX_DATAERR, "%s:%llu: longer than --line-max", file, (unsigned long long)r->lines);
		if (got == READER_LINE)
			take(r, line);
		else
			r->lines--;
	}
	if (got == READER_ERROR)
		die(EX_IOERR, "can't read %s:", file);
	reader_free(&in);
	close(fd);
}

static void take_ack(struct resume *r, struct span line)
{
	struct ack a;

	if (!ack_parse(line, &a) || !a.ok)
		return;
	if (a.last >= ID_MAX)
		die(EX_DATAERR, "%s:%llu: an id above %llu", r->file, (unsigned long long)r->lines, (unsigned long long)ID_MAX);
	while (r->acked.n <= a.last / 8)
		buf_put(&r->acked, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	for (uint64_t id = a.first; id <= a.last && id / 8 < r->acked.n; id++)
		r->acked.p[id / 8] = (char)(r->acked.p[id / 8] | 1 << id % 8);
}

static bool acknowledged(const struct resume *r, bool has_id, uint64_t id)
{
	return has_id && id / 8 < r->acked.n && r->acked.p[id / 8] >> id % 8 & 1;
}

static _Noreturn void unfit(const struct resume *r, const char *why)
{
	die(EX_DATAERR, "%s:%llu: %s", r->file, (unsigned long long)r->lines, why);
}

static void check_place(struct resume *r, const struct record *rec)
{
	const struct options *o = &r->scanner->options;

	buf_reset(&r->text);
	if (!span_is(json_text(rec->ns, &r->text), o->ns))
		unfit(r, "a record of another namespace");
	buf_reset(&r->text);
	if (o->set && (!rec->set.p || !span_is(json_text(rec->set, &r->text), o->set)))
		unfit(r, "a record of another set");
}

static void take_line(struct resume *r, struct span line)
{
	const char *acks = r->scanner->options.acks;
	struct scan_mark *mark;
	struct record rec;
	struct span text;
	uint64_t id = 0;
	bool has_id;
	unsigned p;

	if (!record_parse(line, &rec))
		unfit(r, "not a record line");
	has_id = line_id_number(rec.id, &id);
	if (has_id && id > r->last_id)
		r->last_id = id;
	if (rec.skip || rec.error.p)
		return;
	check_place(r, &rec);
	buf_reset(&r->text);
	buf_reset(&r->digest);
	text = json_text(rec.digest, &r->text);
	if (!text.p || !base64_decode(&r->digest, text) || r->digest.n != DIGEST_SIZE)
		unfit(r, "a record without a digest");
	p = digest_partition((const uint8_t *)r->digest.p);
	if (acks && !acknowledged(r, has_id, id))
		r->stalled[p] = true;
	if (r->stalled[p])
		return;
	mark = &r->scanner->cursor.partition[p];
	mark->begun = true;
	memcpy(mark->digest, r->digest.p, DIGEST_SIZE);
}

void resume(struct scanner *s)
{
	struct resume *r;

	if (!s->options.resume)
		return;
	r = xcalloc(1, sizeof(*r));
	r->scanner = s;
	r->acked.max = ID_MAX / 8 + 16;
	if (s->options.acks)
		each_line(r, s->options.acks, take_ack);
	each_line(r, s->options.resume, take_line);
	s->next_id = r->last_id + 1;
	buf_free(&r->acked);
	buf_free(&r->text);
	buf_free(&r->digest);
	free(r);
}
