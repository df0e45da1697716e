/* SPDX-License-Identifier: Apache-2.0 */
#include "memory.h"
#include "scope.h"

#include "base64.h"
#include "clock.h"
#include "err.h"
#include "json.h"
#include "line.h"
#include "log.h"
#include "metrics.h"
#include "opt.h"
#include "reader.h"
#include "sig.h"
#include "writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define GROUPS_MAX 1025

static struct {
	uint64_t lines, stale, passed, errors, early;
} count;

static const struct metric counters[] = {
	{ "cn_newest_lines", NULL, "Lines read.", "lines", METRIC_COUNTER, &count.lines, NULL },
	{ "cn_newest_stale", NULL, "Records that were dropped because a newer one had passed.", "stale", METRIC_COUNTER, &count.stale, NULL },
	{ "cn_newest_passed", NULL, "Lines passed on as they came.", "passed", METRIC_COUNTER, &count.passed, NULL },
	{ "cn_newest_errors", NULL, "Lines that are no records.", "errors", METRIC_COUNTER, &count.errors, NULL },
	{ "cn_newest_early", NULL, "Times that entries were forgotten before their time.", "early", METRIC_COUNTER, &count.early, NULL },
	{ 0 }
};

enum { KEY_ENTRIES = OPT_LONG, KEY_OFF, KEY_FOR };

static const struct opt table[] = {
	{ 't', "ttl", "TIME", NULL, "remember what has passed for so long [30s]" },
	{ KEY_OFF, "off", NULL, NULL, "let all pass" },
	{ KEY_FOR, "for", "NAMESPACE[/SET]", NULL, "what follows of these two is for the records there; the first that fits decides" },
	{ KEY_ENTRIES, "entries", "N", NULL, "records remembered at most, in each --for; then the oldest half is forgotten [1000000]" },
	{ 0 }
};

struct group {
	struct scope scope;	/* of the first: unused, it has the rest */
	bool off;
	struct memory memory;
};

struct filter {
	struct group *groups[GROUPS_MAX];
	size_t n_groups, entries;
	struct buf scratch, digest;
	struct reader in;
	struct writer out;
	struct log_limit errors;
	int status;
};

static struct group *add_group(struct filter *f)
{
	struct group *g = xcalloc(1, sizeof(*g));

	g->memory.ttl = 30000;
	f->groups[f->n_groups++] = g;
	return g;
}

static void set(void *ctx, int key, const char *value)
{
	struct filter *f = ctx;
	struct group *g = f->groups[f->n_groups - 1];
	const char *why;

	switch (key) {
	case 't': g->memory.ttl = opt_ms(value, 1, INT64_C(86400000) * 30); break;
	case KEY_OFF: g->off = true; break;
	case KEY_ENTRIES: f->entries = opt_count(value, 1, 1 << 28); break;
	case KEY_FOR:
		if (f->n_groups == GROUPS_MAX)
			opt_bad(value, "too many of them");
		why = scope_parse(&add_group(f)->scope, value);
		if (why)
			opt_bad(value, why);
		break;
	}
}

static struct group *group_of(struct filter *f, const struct record *r)
{
	for (size_t i = 1; i < f->n_groups; i++)
		if (scope_has(&f->groups[i]->scope, r, &f->scratch))
			return f->groups[i];
	return f->groups[0];
}

static uint32_t hash(struct span s)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 16777619u;
	return h;
}

/* A record without a digest or a last-update time can't be compared: it passes. */
static bool newest(struct filter *f, const struct record *r)
{
	struct group *g = group_of(f, r);
	struct span text;
	uint64_t early = g->memory.early;
	int64_t lut;
	bool good;

	if (g->off || !r->digest.p || !r->lut.p || !json_int64(r->lut, &lut))
		return true;
	buf_reset(&f->scratch);
	buf_reset(&f->digest);
	text = json_text(r->digest, &f->scratch);
	if (!text.p || !base64_decode(&f->digest, text) || f->digest.n != 20)
		return true;
	good = memory_newest(&g->memory, (const unsigned char *)f->digest.p, hash(r->ns), lut, clock_ms());
	if (g->memory.early > early && !count.early++)
		log_warn("more records than --entries: some are forgotten before their time", NULL);
	return good;
}

/* Of a line without an id nobody else hears, so each of these is told. */
static void refuse(struct filter *f, struct span id, const char *why)
{
	uint64_t missed = 0;

	count.errors++;
	if (!id.p)
		f->status = EX_DATAERR;
	line_error(&f->out, id, "%s", why);
	if (!id.p || log_allow(&f->errors, 1000, &missed))
		log_warn("not a record", "line", log_num((int64_t)f->in.lines), "why", why, "missed", missed ? log_num((int64_t)missed) : NULL,
			NULL);
}

static void take(struct filter *f, struct span line)
{
	struct record r;

	if (!record_parse(line, &r)) {
		char why[256];

		snprintf(why, sizeof(why), "not a record: %s at byte %zu", r.why, r.offset);
		refuse(f, r.id, why);
	} else if (r.skip || r.error.p || newest(f, &r)) {
		line_pass(&f->out, line);
		count.passed++;
	} else {
		line_skip(&f->out, r.id);
		count.stale++;
	}
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
			take(f, line);
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

static void parse(struct filter *f, int argc, char **argv)
{
	static const struct opts opts = {
		.synopsis = "[--ttl TIME | --off] [--for NAMESPACE[/SET] [--ttl TIME | --off]] ...",
		.what = "Drops records that are older than what has passed of the same digest.",
		.table = table, .set = set,
	};
	int first;

	f->entries = 1000000;
	add_group(f);
	first = opt_parse(&opts, argc, argv, f);
	if (first < argc)
		die(EX_USAGE, "%s: not an option; cn-newest reads standard input", argv[first]);
	for (size_t i = 0; i < f->n_groups; i++)
		f->groups[i]->memory.max = f->entries;
}

int main(int argc, char **argv)
{
	static struct filter f;
	int status;

	err_program(argv[0]);
	parse(&f, argc, argv);
	sig_init();
	reader_open(&f.in, STDIN_FILENO, opt_line_max);
	writer_open(&f.out, STDOUT_FILENO);
	status = run(&f);
	metrics_log(counters);
	if (writer_close(&f.out) < 0) {
		warn("can't write standard output:");
		status = EX_IOERR;
	}
	for (size_t i = 0; i < f.n_groups; i++) {
		memory_free(&f.groups[i]->memory);
		free(f.groups[i]);
	}
	buf_free(&f.scratch);
	buf_free(&f.digest);
	reader_free(&f.in);
	return status;
}
