/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include "err.h"
#include "line.h"
#include "log.h"
#include "metrics.h"
#include "opt.h"
#include "reader.h"
#include "sig.h"
#include "jq_values.h"
#include "writer.h"

#include <errno.h>
#include <unistd.h>

static struct {
	uint64_t lines, routed, skipped, errors, passed;
} count;

static const struct metric counters[] = {
	{ "cn_route_lines", NULL, "Lines read.", "lines", METRIC_COUNTER, &count.lines, NULL },
	{ "cn_route_routed", NULL, "Records that were given a destination.", "routed", METRIC_COUNTER, &count.routed, NULL },
	{ "cn_route_skipped", NULL, "Records that were dropped on purpose.", "skipped", METRIC_COUNTER, &count.skipped, NULL },
	{ "cn_route_errors", NULL, "Lines that could not be routed.", "errors", METRIC_COUNTER, &count.errors, NULL },
	{ "cn_route_passed", NULL, "Lines passed on as they came.", "passed", METRIC_COUNTER, &count.passed, NULL },
	{ 0 }
};

struct router {
	struct options opt;
	struct program *program;	/* NULL with a native route */
	struct writer out;
	struct reader in;
	struct log_limit errors;
	int status;
};

/* One event a second at most: the error lines say it all, and the source keeps them with their records. Of a line without an id
 * nobody else hears, so each of these is told. */
static void complain(struct router *r, struct span id, struct span text)
{
	struct buf why = { .max = 4096 }, shown_id = { .max = 64 };
	uint64_t missed = 0;

	count.errors++;
	if (id.p && !log_allow(&r->errors, 1000, &missed))
		return;
	jq_program_censor(&why, text);
	buf_byte(&why, '\0');
	buf_span(&shown_id, id);
	buf_byte(&shown_id, '\0');
	log_warn("can't route a record", "line", log_num((int64_t)r->in.lines), "id", id.p && !shown_id.full ? shown_id.p : NULL,
		"why", why.full ? "(too long)" : why.p, "missed", missed ? log_num((int64_t)missed) : NULL, NULL);
	buf_free(&why);
	buf_free(&shown_id);
}

static void refuse(struct router *r, struct span id, struct span text)
{
	if (!id.p)	/* nobody hears of it downstream, so let the exit code tell */
		r->status = EX_DATAERR;
	line_error(&r->out, id, "%.*s", SPAN_ARG(text));
	complain(r, id, text);
}

static void refuse_line(struct router *r, struct span id, const char *why, size_t at)
{
	struct buf text = { 0 };

	buf_printf(&text, "not a record: %s at byte %zu", why, at);
	refuse(r, id, buf_as_span(&text));
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

static void reload(struct router *r)
{
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

static void route(struct router *r, struct span line)
{
	struct record rec;
	struct span text = { NULL, 0 };
	struct native *native;
	enum verdict verdict;

	if (!record_parse(line, &rec)) {
		refuse_line(r, rec.id, rec.why, rec.offset);
		return;
	}
	if (rec.skip || rec.error.p) {
		line_pass(&r->out, line);
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
		line_pass(&r->out, line);
		count.passed++;
		return;
	}
	if (verdict == VERDICT_TO) {
		line_put(&r->out, line, rec.old_to, "to", text);
		count.routed++;
	} else if (verdict == VERDICT_SKIP) {
		line_skip(&r->out, rec.id);
		count.skipped++;
	} else {
		refuse(r, rec.id, text);
		if (r->program && program_broken(r->program))
			load_anew(r);
	}
}

static void look_at_signals(struct router *r)
{
	if (sig_take_hup())
		reload(r);
	if (sig_take_usr1())
		metrics_log(counters);
}

static int run(struct router *r)
{
	struct span line;
	enum reader_result res;

	while ((res = reader_next(&r->in, &r->out, &line)) != READER_EOF) {
		look_at_signals(r);
		if (res == READER_LINE) {
			count.lines++;
			route(r, line);
		} else if (res == READER_TOO_LONG) {
			count.lines++;
			refuse(r, line_id(line), SPAN("the line is longer than --line-max"));
		} else if (res == READER_ERROR) {
			if (!r->out.error)	/* otherwise main tells */
				warn("can't read standard input:");
			return EX_IOERR;
		}
	}
	return r->status;
}

int main(int argc, char **argv)
{
	static struct router r;

	err_program(argv[0]);
	options_parse(&r.opt, argc, argv);
	load_or_die(&r);
	if (r.opt.check)
		return EX_OK;
	sig_init();
	reader_open(&r.in, STDIN_FILENO, opt_line_max);
	writer_open(&r.out, STDOUT_FILENO);
	int status = run(&r);
	metrics_log(counters);
	if (writer_close(&r.out) < 0) {
		warn("can't write standard output:");
		status = EX_IOERR;
	}
	program_free(r.program);
	jq_values_free();
	options_free(&r.opt);
	reader_free(&r.in);
	return status;
}
