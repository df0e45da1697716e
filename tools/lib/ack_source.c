/* SPDX-License-Identifier: Apache-2.0 */
#include "ack_source.h"
#include "err.h"
#include "log.h"
#include "opt.h"

#include <errno.h>
#include <unistd.h>

static void apply(const struct ack_source *s, const struct ack *a)
{
	uint64_t first = a->first, last = a->last, missing = a->last - a->first + 1;

	if (window_clamp(s->window, &first, &last))
		for (uint64_t id = first; id <= last; id++) {
			void *what = window_take(s->window, id);

			if (!what)
				continue;
			missing--;
			s->take(s->ctx, what, a);
		}
	if (!missing)
		return;
	if (window_knows(s->window, a->first) && window_knows(s->window, a->last))
		s->count->late += missing;
	else
		s->count->foreign++;
}

static void take_line(const struct ack_source *s, struct span line, enum reader_result how)
{
	static struct log_limit limit;
	struct ack a = { .why = "the line is too long" };
	uint64_t missed;

	if (line.n == 0)
		return;
	if (how == READER_LINE && ack_parse(line, &a)) {
		apply(s, &a);
		return;
	}
	s->count->bad++;
	if (log_allow(&limit, 1000, &missed))
		log_warn("not an ack line", "line", log_num((int64_t)s->in->lines), "reason", a.why, "also",
			missed ? log_num((int64_t)missed) : NULL, NULL);
}

bool ack_source_read(const struct ack_source *s)
{
	struct span line;
	enum reader_result how;
	ssize_t n = reader_fill(s->in);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n < 0) {
		log_error("can't read the acks", "reason", strerror(errno), NULL);
		s->in->eof = true;
	}
	while ((how = reader_take(s->in, &line)) == READER_LINE || how == READER_TOO_LONG)
		take_line(s, line, how);
	return how == READER_EOF;
}

bool ack_source_open(struct reader *in, const char *otherwise)
{
	const char *none = ack_none(STDIN_FILENO);

	if (none)
		warn("stdin is %s: no acks, %s", none, otherwise);
	else
		reader_open(in, STDIN_FILENO, opt_line_max);
	return !none;
}
