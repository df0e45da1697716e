/* SPDX-License-Identifier: Apache-2.0 */
#include "sink.h"
#include "err.h"
#include "opt.h"
#include "sig.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void sink_open(struct sink *s)
{
	reader_open(&s->in, STDIN_FILENO, opt_line_max);
	writer_open_acks(&s->out, STDOUT_FILENO);
	acks_open(&s->acks, &s->out);
}

void sink_flush(struct sink *s)
{
	sink_put_acks(s);
	if (acks_flush(&s->acks) < 0)
		die(EX_IOERR, "can't write acks to standard output:");
}

int sink_close(struct sink *s)
{
	sink_flush(s);
	reader_free(&s->in);
	if (writer_close(&s->out) < 0)
		die(EX_IOERR, "can't write acks to standard output:");
	if (s->count.retry)
		return EX_TEMPFAIL;
	return s->count.never ? EX_DATAERR : EX_OK;
}

/* Records of several destinations come back batch by batch; in order they make long ranges. */
static int by_id(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

void sink_put_acks(struct sink *s)
{
	if (s->unsorted)
		qsort(s->ids, s->n_ids, sizeof(*s->ids), by_id);
	for (size_t i = 0; i < s->n_ids; i++)
		acks_ok(&s->acks, s->ids[i]);
	s->n_ids = 0;
	s->unsorted = false;
}

void sink_done(struct sink *s, uint64_t tag)
{
	s->count.acked++;
	if (!tag)
		return;
	if (s->n_ids == SINK_IDS)
		sink_put_acks(s);
	if (s->n_ids && tag - 1 < s->ids[s->n_ids - 1])
		s->unsorted = true;
	s->ids[s->n_ids++] = tag - 1;
}

void sink_done_with(struct sink *s, uint64_t tag, struct span to, struct span members)
{
	if ((!to.n && !members.n) || !tag) {
		sink_done(s, tag);
		return;
	}
	s->count.acked++;
	acks_members(&s->acks, members);
	acks_ok_to(&s->acks, tag - 1, to.n ? to : (struct span){ NULL, 0 });
}

void sink_done_to(struct sink *s, uint64_t tag, struct span to)
{
	sink_done_with(s, tag, to, (struct span){ NULL, 0 });
}

void sink_skip(struct sink *s, uint64_t tag)
{
	s->count.skipped++;
	sink_done(s, tag);
}

void sink_fail(struct sink *s, uint64_t tag, bool retry, const char *why, const struct sink_more *more)
{
	static const struct sink_more none = { 0 };
	uint64_t missed = 0;
	const char *detail;

	if (!more)
		more = &none;
	detail = more->detail ? more->detail : "";
	if (retry)
		s->count.retry++;
	else
		s->count.never++;
	if (tag) {
		acks_members(&s->acks, more->members);
		acks_fail(&s->acks, tag - 1, retry, "%s%s%s", why, *detail ? ": " : "", detail);
	}
	/* With an id the source knows, and may well say; without one, this is the only word of it. */
	if (!tag || log_allow(&s->failures, 1000, &missed))
		log_warn("record failed", "line", s->line ? log_num((int64_t)s->line) : NULL,
			"id", tag ? log_num((int64_t)(tag - 1)) : NULL, more->key ? more->key : "", more->key ? more->value : NULL,
			"error", why, "retry", retry ? "true" : "false", "more", missed ? log_num((int64_t)missed) : NULL, NULL);
}

static void bad_line(struct sink *s, uint64_t tag, const struct record *r)
{
	char text[256];

	snprintf(text, sizeof(text), "not a record: %s at byte %zu", r->why, r->offset);
	sink_fail(s, tag, false, text, NULL);
}

/* An error line: what another stage could not do. */
static void pass_error(struct sink *s, uint64_t tag, struct span raw)
{
	struct buf scratch = { 0 };
	struct span text = json_text(raw, &scratch);
	char why[2048];

	snprintf(why, sizeof(why), "%.*s", text.n < sizeof(why) ? (int)text.n : (int)sizeof(why) - 1, text.p ? text.p : "?");
	buf_free(&scratch);
	sink_fail(s, tag, false, why, NULL);
}

static void take_line(struct sink *s, const struct sink_taker *t, struct span line)
{
	struct record r;
	bool good = record_parse(line, &r);
	uint64_t tag = sink_tag(r.id);

	if (!good && line_is_cut(s->in.torn, line))
		sink_fail(s, tag, true, "the line is cut short: the stage before has died", NULL);
	else if (!good)
		bad_line(s, tag, &r);
	else if (r.error.p)
		pass_error(s, tag, r.error);
	else if (r.skip)
		sink_skip(s, tag);
	else
		t->record(t->ctx, &r, tag);
}

bool sink_take(struct sink *s, const struct sink_taker *t)
{
	struct span line;

	while (t->room(t->ctx)) {
		enum reader_result got = reader_take(&s->in, &line);

		if (got != READER_LINE && got != READER_TOO_LONG) {
			s->eof = got == READER_EOF;
			return true;
		}
		s->count.lines++;
		s->line = s->in.lines;
		if (got == READER_TOO_LONG)
			sink_fail(s, sink_tag(line_id(line)), false, "the line is longer than --line-max", NULL);
		else
			take_line(s, t, line);
		s->line = 0;
	}
	return false;
}

void sink_wait(struct sink *s, bool want_lines, int fd, int ms, const struct metric *metrics)
{
	struct pollfd fds[3] = {
		{ .fd = want_lines ? s->in.fd : -1, .events = POLLIN },
		{ .fd = fd, .events = POLLIN },
		{ .fd = sig_fd(), .events = POLLIN },
	};

	if (ms != 0)
		sink_flush(s);
	if (poll(fds, 3, ms) < 0) {
		if (errno != EINTR)
			die(EX_SOFTWARE, "poll:");
		return;
	}
	if (fds[2].revents) {
		sig_fd_clear();
		if (sig_take_usr1())
			metrics_log(metrics);
	}
	if (fds[0].revents && reader_fill(&s->in) < 0 && errno != EAGAIN && errno != EINTR)
		die(EX_IOERR, "can't read standard input:");
}
