/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include "err.h"
#include "filter.h"
#include "jq_values.h"
#include "sig.h"

static struct filter io;

static struct {
	uint64_t routed, skipped, passed;
} count;

static const struct metric counters[] = {
	{ "cn_route_lines", NULL, "Lines read.", "lines", METRIC_COUNTER, &io.lines, NULL },
	{ "cn_route_routed", NULL, "Records that were given a destination.", "routed", METRIC_COUNTER, &count.routed, NULL },
	{ "cn_route_skipped", NULL, "Records that were dropped on purpose.", "skipped", METRIC_COUNTER, &count.skipped, NULL },
	{ "cn_route_errors", NULL, "Lines that could not be routed.", "errors", METRIC_COUNTER, &io.errors, NULL },
	{ "cn_route_passed", NULL, "Lines passed on as they came.", "passed", METRIC_COUNTER, &count.passed, NULL },
	{ 0 }
};

struct router {
	struct options opt;
	struct program *program;	/* NULL with a native route */
};

static void refuse(struct span id, struct span text)
{
	struct buf why = { .max = 4096 };

	filter_refuse(&io, id, text);
	if (!filter_may_log(&io, id))
		return;
	jq_program_censor(&why, text);
	buf_byte(&why, '\0');
	filter_log(&io, id, "can't route a record", why.full ? "(too long)" : why.p);
	buf_free(&why);
}

static void refuse_unread(void *ctx, struct span id, const char *why)
{
	(void)ctx;
	refuse(id, span_of(why));
}

static void refuse_line(struct span id, const char *why, size_t at)
{
	struct buf text = { 0 };

	buf_printf(&text, "not a record: %s at byte %zu", why, at);
	refuse(id, buf_as_span(&text));
	buf_free(&text);
}

static struct program *load(struct router *r, struct buf *why)
{
	if (!r->opt.source.text && !r->opt.source.file)
		return NULL;
	return program_load(&r->opt.source, why);
}

/* At the start a program that does not compile ends everything, with all that the compiler has to say. */
static void load_or_die(struct router *r)
{
	struct buf why = { 0 };

	r->program = load(r, &why);
	if (why.n) {
		buf_byte(&why, '\0');
		for (char *text = why.p, *end; (end = strchr(text, '\n')); text = end + 1) {
			*end = '\0';
			warn("%s", text);
			if (!strchr(end + 1, '\n'))
				die(EX_CONFIG, "%s", end + 1);
		}
		die(EX_CONFIG, "%s", why.p);
	}
}

static void reload(void *ctx)
{
	struct router *r = ctx;
	struct buf why = { 0 };
	const char *file = r->opt.source.file;

	if (!file)
		return;
	struct program *p = load(r, &why);
	if (p) {
		program_free(r->program);
		r->program = p;
		log_info("program read again", "file", file, NULL);
	} else {
		buf_byte(&why, '\0');
		log_error("kept the old program: the new one does not compile", "file", file, "why", why.p, NULL);
	}
	buf_free(&why);
}

/* After an abort inside jq the compiled program is gone. It compiled before, so it will again, unless its file has changed. */
static void load_anew(struct router *r)
{
	struct buf why = { 0 };
	struct program *p = load(r, &why);

	buf_byte(&why, '\0');
	if (!p)
		die(EX_CONFIG, "%s", why.p);
	program_free(r->program);
	r->program = p;
	buf_free(&why);
}

static void route(void *ctx, struct span line)
{
	struct router *r = ctx;
	struct record rec;
	struct span text = { NULL, 0 };
	struct native *native;
	enum verdict verdict;

	if (!record_parse(line, &rec)) {
		refuse_line(rec.id, rec.why, rec.offset);
		return;
	}
	if (rec.skip || rec.error.p) {
		line_pass(&io.out, line);
		count.passed++;
		return;
	}
	if (!sets_wanted(&r->opt.sets, &rec)) {
		verdict = VERDICT_SKIP;
	} else if (r->program) {
		verdict = program_run(r->program, line, &text);
	} else if ((native = options_native(&r->opt, &rec))) {
		verdict = native_route(native, &rec, &text);
	} else {	/* only --only-set and --skip-set */
		line_pass(&io.out, line);
		count.passed++;
		return;
	}
	if (verdict == VERDICT_TO) {
		line_put(&io.out, line, rec.old_to, "to", text);
		count.routed++;
	} else if (verdict == VERDICT_SKIP) {
		line_skip(&io.out, rec.id);
		count.skipped++;
	} else {
		refuse(rec.id, text);
		if (r->program && program_broken(r->program))
			load_anew(r);
	}
}

int main(int argc, char **argv)
{
	static struct router r;
	const struct filter_calls calls = { .line = route, .refuse = refuse_unread, .reload = reload, .metrics = counters, .ctx = &r };
	int status;

	err_program(argv[0]);
	options_parse(&r.opt, argc, argv);
	load_or_die(&r);
	if (r.opt.check)
		return EX_OK;
	sig_init();
	filter_open(&io);
	status = filter_run(&io, &calls);
	program_free(r.program);
	jq_values_free();
	options_free(&r.opt);
	return status;
}
