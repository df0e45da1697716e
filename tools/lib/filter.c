/* SPDX-License-Identifier: Apache-2.0 */
#include "filter.h"
#include "err.h"
#include "opt.h"
#include "sig.h"

#include <unistd.h>

void filter_open(struct filter *f)
{
	reader_open(&f->in, STDIN_FILENO, opt_line_max);
	writer_open(&f->out, STDOUT_FILENO);
}

void filter_refuse(struct filter *f, struct span id, struct span why)
{
	f->errors++;
	if (!id.p)
		f->status = EX_DATAERR;
	line_error(&f->out, id, "%.*s", SPAN_ARG(why));
}

bool filter_may_log(struct filter *f, struct span id)
{
	f->missed = 0;
	return !id.p || log_allow(&f->limit, 1000, &f->missed);
}

void filter_log(struct filter *f, struct span id, const char *msg, const char *why)
{
	struct buf shown = { .max = 64 };

	buf_span(&shown, id);
	buf_byte(&shown, '\0');
	log_warn(msg, "line", log_num((int64_t)f->in.lines), "id", id.p && !shown.full ? shown.p : NULL, "why", why,
		"missed", f->missed ? log_num((int64_t)f->missed) : NULL, NULL);
	buf_free(&shown);
}

static void look_at_signals(const struct filter_calls *c)
{
	if (c->reload && sig_take_hup())
		c->reload(c->ctx);
	if (sig_take_usr1())
		metrics_log(c->metrics);
}

static int take_lines(struct filter *f, const struct filter_calls *c)
{
	struct span line;
	enum reader_result res;

	while ((res = reader_next(&f->in, &f->out, &line)) != READER_EOF) {
		look_at_signals(c);
		if (res == READER_LINE) {
			f->lines++;
			if (!line_is_cut(f->in.torn, line)) {
				c->line(c->ctx, line);
				continue;
			}
			line_pass_cut(&f->out, line);
			f->status = EX_TEMPFAIL;
		} else if (res == READER_TOO_LONG) {
			f->lines++;
			c->refuse(c->ctx, line_id(line), "the line is longer than --line-max");
		} else if (res == READER_ERROR) {
			if (!f->out.error)	/* otherwise the close tells */
				warn("can't read standard input:");
			return EX_IOERR;
		}
	}
	return f->status;
}

int filter_run(struct filter *f, const struct filter_calls *c)
{
	int status = take_lines(f, c);

	metrics_log(c->metrics);
	if (writer_close(&f->out) < 0) {
		warn("can't write standard output:");
		status = EX_IOERR;
	}
	reader_free(&f->in);
	return status;
}
