/* SPDX-License-Identifier: Apache-2.0 */
#include "memory.h"
#include "scope.h"

#include "base64.h"
#include "clock.h"
#include "err.h"
#include "filter.h"
#include "json.h"
#include "opt.h"
#include "sig.h"

#include <stdio.h>
#include <stdlib.h>

#define GROUPS_MAX 1025

static struct filter io;

static struct {
	uint64_t stale, passed, early;
} count;

static const struct metric counters[] = {
	{ "cn_newest_lines", NULL, "Lines read.", "lines", METRIC_COUNTER, &io.lines, NULL },
	{ "cn_newest_stale", NULL, "Records that were dropped because a newer one had passed.", "stale", METRIC_COUNTER, &count.stale, NULL },
	{ "cn_newest_passed", NULL, "Lines passed on as they came.", "passed", METRIC_COUNTER, &count.passed, NULL },
	{ "cn_newest_errors", NULL, "Lines that are no records.", "errors", METRIC_COUNTER, &io.errors, NULL },
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

struct newest {
	struct group *groups[GROUPS_MAX];
	size_t n_groups, entries;
	struct buf scratch, digest;
};

static struct group *add_group(struct newest *n)
{
	struct group *g = xcalloc(1, sizeof(*g));

	g->memory.ttl = 30000;
	n->groups[n->n_groups++] = g;
	return g;
}

static void set(void *ctx, int key, const char *value)
{
	struct newest *n = ctx;
	struct group *g = n->groups[n->n_groups - 1];
	const char *why;

	switch (key) {
	case 't': g->memory.ttl = opt_ms(value, 1, INT64_C(86400000) * 30); break;
	case KEY_OFF: g->off = true; break;
	case KEY_ENTRIES: n->entries = opt_count(value, 1, 1 << 28); break;
	case KEY_FOR:
		if (n->n_groups == GROUPS_MAX)
			opt_bad(value, "too many of them");
		why = scope_parse(&add_group(n)->scope, value);
		if (why)
			opt_bad(value, why);
		break;
	}
}

static struct group *group_of(struct newest *n, const struct record *r)
{
	for (size_t i = 1; i < n->n_groups; i++)
		if (scope_has(&n->groups[i]->scope, r, &n->scratch))
			return n->groups[i];
	return n->groups[0];
}

static uint32_t hash(struct span s)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 16777619u;
	return h;
}

/* A record without a digest or a last-update time can't be compared: it passes. */
static bool newest(struct newest *n, const struct record *r)
{
	struct group *g = group_of(n, r);
	struct span text;
	uint64_t early = g->memory.early;
	int64_t lut;
	bool good;

	if (g->off || !r->digest.p || !r->lut.p || !json_int64(r->lut, &lut))
		return true;
	buf_reset(&n->scratch);
	buf_reset(&n->digest);
	text = json_text(r->digest, &n->scratch);
	if (!text.p || !base64_decode(&n->digest, text) || n->digest.n != 20)
		return true;
	good = memory_newest(&g->memory, (const unsigned char *)n->digest.p, hash(r->ns), lut, clock_ms());
	if (g->memory.early > early && !count.early++)
		log_warn("more records than --entries: some are forgotten before their time", NULL);
	return good;
}

static void refuse(void *ctx, struct span id, const char *why)
{
	(void)ctx;
	filter_refuse(&io, id, span_of(why));
	if (filter_may_log(&io, id))
		filter_log(&io, (struct span){ 0 }, "not a record", why);
}

static void take(void *ctx, struct span line)
{
	struct record r;

	if (!record_parse(line, &r)) {
		char why[256];

		snprintf(why, sizeof(why), "not a record: %s at byte %zu", r.why, r.offset);
		refuse(ctx, r.id, why);
	} else if (r.skip || r.error.p || newest(ctx, &r)) {
		line_pass(&io.out, line);
		count.passed++;
	} else {
		line_skip(&io.out, r.id);
		count.stale++;
	}
}

static void parse(struct newest *n, int argc, char **argv)
{
	static const struct opts opts = {
		.synopsis = "[--ttl TIME | --off] [--for NAMESPACE[/SET] [--ttl TIME | --off]] ...",
		.what = "Drops records that are older than what has passed of the same digest.",
		.table = table, .set = set,
	};
	int first;

	n->entries = 1000000;
	add_group(n);
	first = opt_parse(&opts, argc, argv, n);
	if (first < argc)
		die(EX_USAGE, "%s: not an option; cn-newest reads standard input", argv[first]);
	for (size_t i = 0; i < n->n_groups; i++)
		n->groups[i]->memory.max = n->entries;
}

int main(int argc, char **argv)
{
	static struct newest n;
	const struct filter_calls calls = { .line = take, .refuse = refuse, .metrics = counters, .ctx = &n };
	int status;

	err_program(argv[0]);
	parse(&n, argc, argv);
	sig_init();
	filter_open(&io);
	status = filter_run(&io, &calls);
	for (size_t i = 0; i < n.n_groups; i++) {
		memory_free(&n.groups[i]->memory);
		free(n.groups[i]);
	}
	buf_free(&n.scratch);
	buf_free(&n.digest);
	return status;
}
