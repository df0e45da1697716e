/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"
#include "base64.h"
#include "clock.h"
#include "cluster_options.h"
#include "err.h"
#include "expression.h"
#include "message.h"
#include "since.h"

#include <stdlib.h>
#include <string.h>

enum { OPT_PARTITIONS = OPT_LONG, OPT_SINCE, OPT_FILTER, OPT_BINS, OPT_NO_BINS, OPT_LUT, OPT_RATE, OPT_MAX, OPT_RESUME, OPT_ACKS, OPT_TIMEOUT,
	OPT_PROGRESS };

static const struct opt table[] = {
	CLUSTER_OPTION_HOST_ROW,
	{ 'n', "namespace", "NAME", "AS_NAMESPACE", "namespace to read" },
	{ 's', "set", "NAME", "AS_SET", "only this set [the whole namespace]" },
	{ OPT_PARTITIONS, "partitions", "FIRST-LAST", NULL, "only these of the 4096 partitions [0-4095]" },
	{ OPT_SINCE, "since", "TIME", NULL, "only what was written since: 24h (ago), 2026-01-31T12:00:00Z or milliseconds since 1970" },
	{ OPT_FILTER, "filter", "BASE64", NULL, "only records for which this expression is true, as clients compile it" },
	{ OPT_BINS, "bins", "NAME,...", NULL, "only these bins" },
	{ OPT_NO_BINS, "no-bins", NULL, NULL, "only the metadata" },
	{ OPT_LUT, "lut", NULL, NULL, "with the time of the last update, which costs another look at each record" },
	{ OPT_RATE, "rate", "N", NULL, "records a second at most" },
	{ OPT_MAX, "max", "N", NULL, "records at most" },
	{ OPT_RESUME, "resume", "FILE", NULL, "go on behind the lines of an earlier run" },
	{ OPT_ACKS, "acks", "FILE", NULL, "with --resume: of these lines, only those that are acknowledged here count" },
	{ OPT_TIMEOUT, "timeout", "TIME", NULL, "how long to go on trying when nodes can't be reached [30s]" },
	{ OPT_PROGRESS, "progress", "WHEN", NULL, "say on standard error how far it is: auto (on a terminal), always or never [auto]" },
	CLUSTER_OPTION_ROWS,
	{ 0 }
};

static struct buf filter, since;	/* what the options said, until they are joined */

static unsigned partition(const char *text, char **end)
{
	unsigned long n = *text >= '0' && *text <= '9' ? strtoul(text, end, 10) : CLIENT_PARTITIONS;

	return n < CLIENT_PARTITIONS ? (unsigned)n : CLIENT_PARTITIONS;
}

static void set_partitions(struct options *o, const char *value)
{
	unsigned last;
	char *end = NULL;

	o->first = last = partition(value, &end);
	if (o->first < CLIENT_PARTITIONS && *end == '-')
		last = partition(end + 1, &end);
	if (o->first >= CLIENT_PARTITIONS || last >= CLIENT_PARTITIONS || last < o->first || *end)
		opt_bad(value, "not a partition or a range of them, from 0 to 4095");
	o->count = last - o->first + 1;
}

static void set_bins(struct options *o, const char *value)
{
	for (const char *p = value;;) {
		size_t n = strcspn(p, ",");

		if (n < 1 || n > BIN_NAME_MAX)
			opt_bad(value, "a bin's name has 1 to 15 bytes");
		if (o->n_bins == BINS_MAX)
			opt_bad(value, "more than 256 bins");
		o->bins[o->n_bins++] = (struct span){ p, n };
		p += n;
		if (!*p++)
			return;
	}
}

/* Base64 of either alphabet, padded or not. */
static void set_filter(const char *value)
{
	struct buf text = { 0 };

	for (const char *p = value; *p && *p != '='; p++)
		buf_byte(&text, *p == '-' ? '+' : *p == '_' ? '/' : *p);
	while (text.n % 4)
		buf_byte(&text, '=');
	buf_reset(&filter);
	if (!base64_decode(&filter, buf_as_span(&text)) || !expression_whole(buf_as_span(&filter)))
		opt_bad(value, "not an expression in base64");
	buf_free(&text);
}

static void set_since(const char *value)
{
	const char *why;
	int64_t ms;

	if (!since_parse(value, clock_unix_ms(), &ms, &why))
		opt_bad(value, why);
	buf_reset(&since);
	expression_last_update(&since, EXPRESSION_GE, ms);
}

static void join_filters(struct options *o)
{
	if (filter.n && since.n)
		expression_and(&o->filter, buf_as_span(&since), buf_as_span(&filter));
	else
		buf_span(&o->filter, buf_as_span(filter.n ? &filter : &since));
	buf_free(&filter);
	buf_free(&since);
}

static void set(void *ctx, int key, const char *value)
{
	struct options *o = ctx;

	switch (key) {
	case 'n': o->ns = cluster_option_place(value, NAMESPACE_NAME_MAX); break;
	case 's': o->set = cluster_option_place(value, SET_NAME_MAX); break;
	case OPT_PARTITIONS: set_partitions(o, value); break;
	case OPT_SINCE: set_since(value); break;
	case OPT_FILTER: set_filter(value); break;
	case OPT_BINS: set_bins(o, value); break;
	case OPT_NO_BINS: o->no_bins = true; break;
	case OPT_LUT: o->lut = true; break;
	case OPT_RATE: o->rate = opt_count(value, 1, 100000000); break;
	case OPT_MAX: o->max = opt_count(value, 1, UINT64_MAX); break;
	case OPT_RESUME: o->resume = value; break;
	case OPT_ACKS: o->acks = value; break;
	case OPT_TIMEOUT: o->timeout = opt_ms(value, 100, 120000); break;
	case OPT_PROGRESS: o->progress = (enum progress_when)opt_word(value, "auto always never"); break;
	default: cluster_option_set(&o->client, key, value); break;
	}
}

void options_parse(struct options *o, int argc, char **argv)
{
	static const struct opts opts = {
		.synopsis = "-n NAMESPACE [-s SET] [-h HOST:PORT,...] [options] >records",
		.what = "Reads the records of a namespace or set out of an Aerospike cluster, as record lines.",
		.table = table, .set = set,
	};

	*o = (struct options){ .count = CLIENT_PARTITIONS, .timeout = 30000, .client = { CLUSTER_OPTION_DEFAULTS } };
	if (opt_parse(&opts, argc, argv, o) < argc)
		die(EX_USAGE, "takes no operands; see --help");
	cluster_option_check(&o->client);
	if (!o->ns)
		die(EX_USAGE, "-n says which namespace; see --help");
	if (o->no_bins && o->n_bins)
		die(EX_USAGE, "--bins and --no-bins don't go together");
	if (o->acks && !o->resume)
		die(EX_USAGE, "--acks belongs to --resume");
	join_filters(o);
}
