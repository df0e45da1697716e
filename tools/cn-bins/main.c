/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"
#include "rewrite.h"

#include "err.h"
#include "line.h"
#include "log.h"
#include "metrics.h"
#include "opt.h"
#include "reader.h"
#include "sig.h"
#include "writer.h"

#include <stdio.h>
#include <unistd.h>

static struct {
	uint64_t lines, changed, passed, errors;
} count;

static const struct metric counters[] = {
	{ "cn_bins_lines", NULL, "Lines read.", "lines", METRIC_COUNTER, &count.lines, NULL },
	{ "cn_bins_changed", NULL, "Records whose bins were renamed or dropped.", "changed", METRIC_COUNTER, &count.changed, NULL },
	{ "cn_bins_passed", NULL, "Lines passed on as they came.", "passed", METRIC_COUNTER, &count.passed, NULL },
	{ "cn_bins_errors", NULL, "Lines that could not be handled.", "errors", METRIC_COUNTER, &count.errors, NULL },
	{ 0 }
};

struct filter {
	struct options opt;
	struct rewrite rewrite;
	struct reader in;
	struct writer out;
	struct log_limit errors;
	int status;
};

/* One event a second at most: the error lines say it all, and the source keeps them with their records. Of a line without an id
 * nobody else hears, so each of these is told. */
static void refuse(struct filter *f, struct span id, const char *why)
{
	char shown[32];
	uint64_t missed = 0;

	count.errors++;
	if (!id.p)
		f->status = EX_DATAERR;
	line_error(&f->out, id, "%s", why);
	if (id.p && !log_allow(&f->errors, 1000, &missed))
		return;
	snprintf(shown, sizeof(shown), "%.*s", (int)(id.n < sizeof(shown) ? id.n : 0), id.p ? id.p : "");
	log_warn("can't change a record's bins", "line", log_num((int64_t)f->in.lines), "id", *shown ? shown : NULL, "why", why,
		"missed", missed ? log_num((int64_t)missed) : NULL, NULL);
}

static void pass(struct filter *f, struct span line)
{
	line_pass(&f->out, line);
	count.passed++;
}

/* The line with other bins and types; all other bytes stay. The two may come in either order. */
static void put(struct filter *f, const struct record *r)
{
	const char *at = r->line.p, *end = r->line.p + r->line.n;
	struct span old[] = { r->bins, r->types };
	struct span new[] = { buf_as_span(&f->rewrite.bins), buf_as_span(&f->rewrite.types) };
	int first = r->types.p && r->types.p < r->bins.p;

	for (int i = 0; i < 2; i++) {
		int which = i ? !first : first;

		if (!old[which].p)
			continue;
		writer_put(&f->out, at, (size_t)(old[which].p - at));
		writer_span(&f->out, new[which]);
		at = old[which].p + old[which].n;
	}
	writer_put(&f->out, at, (size_t)(end - at));
	writer_lit(&f->out, "\n");
	count.changed++;
}

static void change(struct filter *f, struct span line)
{
	struct record r;
	struct rules *rules;
	bool changed;

	if (!record_parse(line, &r)) {
		char why[256];

		snprintf(why, sizeof(why), "not a record: %s at byte %zu", r.why, r.offset);
		refuse(f, r.id, why);
		return;
	}
	rules = r.skip || r.error.p || !r.bins.p ? NULL : options_rules(&f->opt, &r);
	if (!rules || !rules_any(rules)) {
		pass(f, line);
		return;
	}
	f->rewrite.why = NULL;
	if (!rewrite_record(&f->rewrite, rules, &r, &changed))
		refuse(f, r.id, f->rewrite.why);
	else if (changed)
		put(f, &r);
	else
		pass(f, line);
}

static int run(struct filter *f)
{
	struct span line;
	enum reader_result res;

	while ((res = reader_next(&f->in, &f->out, &line)) != READER_EOF) {
		if (sig_take_usr1())
			metrics_log(counters);
		if (res == READER_LINE) {
			count.lines++;
			change(f, line);
		} else if (res == READER_TOO_LONG) {
			count.lines++;
			refuse(f, line_id(line), "the line is longer than --line-max");
		} else if (res == READER_ERROR) {
			if (!f->out.error)	/* otherwise main tells */
				warn("can't read standard input:");
			return EX_IOERR;
		}
	}
	return f->status;
}

int main(int argc, char **argv)
{
	static struct filter f;
	int status;

	err_program(argv[0]);
	options_parse(&f.opt, argc, argv);
	sig_init();
	reader_open(&f.in, STDIN_FILENO, opt_line_max);
	writer_open(&f.out, STDOUT_FILENO);
	status = run(&f);
	metrics_log(counters);
	if (writer_close(&f.out) < 0) {
		warn("can't write standard output:");
		status = EX_IOERR;
	}
	rewrite_free(&f.rewrite);
	options_free(&f.opt);
	reader_free(&f.in);
	return status;
}
