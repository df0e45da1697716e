/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"
#include "rewrite.h"

#include "err.h"
#include "filter.h"
#include "sig.h"

#include <stdio.h>

static struct filter io;

static struct {
	uint64_t changed, passed;
} count;

static const struct metric counters[] = {
	{ "cn_bins_lines", NULL, "Lines read.", "lines", METRIC_COUNTER, &io.lines, NULL },
	{ "cn_bins_changed", NULL, "Records whose bins were renamed or dropped.", "changed", METRIC_COUNTER, &count.changed, NULL },
	{ "cn_bins_passed", NULL, "Lines passed on as they came.", "passed", METRIC_COUNTER, &count.passed, NULL },
	{ "cn_bins_errors", NULL, "Lines that could not be handled.", "errors", METRIC_COUNTER, &io.errors, NULL },
	{ 0 }
};

struct bins {
	struct options opt;
	struct rewrite rewrite;
};

static void refuse(void *ctx, struct span id, const char *why)
{
	(void)ctx;
	filter_refuse(&io, id, span_of(why));
	if (filter_may_log(&io, id))
		filter_log(&io, id, "can't change a record's bins", why);
}

static void pass(struct span line)
{
	line_pass(&io.out, line);
	count.passed++;
}

/* The line with other bins and types; all other bytes stay. The two may come in either order. */
static void put(struct bins *b, const struct record *r)
{
	const char *at = r->line.p, *end = r->line.p + r->line.n;
	struct span old[] = { r->bins, r->types };
	struct span new[] = { buf_as_span(&b->rewrite.bins), buf_as_span(&b->rewrite.types) };
	int first = r->types.p && r->types.p < r->bins.p;

	for (int i = 0; i < 2; i++) {
		int which = i ? !first : first;

		if (!old[which].p)
			continue;
		writer_put(&io.out, at, (size_t)(old[which].p - at));
		writer_span(&io.out, new[which]);
		at = old[which].p + old[which].n;
	}
	writer_put(&io.out, at, (size_t)(end - at));
	writer_lit(&io.out, "\n");
	count.changed++;
}

static void change(void *ctx, struct span line)
{
	struct bins *b = ctx;
	struct record r;
	struct rules *rules;
	bool changed;

	if (!record_parse(line, &r)) {
		char why[256];

		snprintf(why, sizeof(why), "not a record: %s at byte %zu", r.why, r.offset);
		refuse(b, r.id, why);
		return;
	}
	rules = r.skip || r.error.p || !r.bins.p ? NULL : options_rules(&b->opt, &r);
	if (!rules || !rules_any(rules)) {
		pass(line);
		return;
	}
	b->rewrite.why = NULL;
	if (!rewrite_record(&b->rewrite, rules, &r, &changed))
		refuse(b, r.id, b->rewrite.why);
	else if (changed)
		put(b, &r);
	else
		pass(line);
}

int main(int argc, char **argv)
{
	static struct bins b;
	const struct filter_calls calls = { .line = change, .refuse = refuse, .metrics = counters, .ctx = &b };
	int status;

	err_program(argv[0]);
	options_parse(&b.opt, argc, argv);
	sig_init();
	filter_open(&io);
	status = filter_run(&io, &calls);
	rewrite_free(&b.rewrite);
	options_free(&b.opt);
	return status;
}
