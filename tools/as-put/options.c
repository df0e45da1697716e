/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"
#include "client_message.h"
#include "cluster_options.h"
#include "err.h"
#include "message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TTL_MAX_MS (INT64_C(315360000) * 1000)	/* the servers' limit: ten years */

enum { OPT_EXISTS = OPT_LONG, OPT_GENERATION, OPT_TTL, OPT_SEND_KEY, OPT_DURABLE, OPT_IGNORE, OPT_WINDOW, OPT_TIMEOUT,
	OPT_NEWER, OPT_BATCH };

static const struct opt table[] = {
	CLUSTER_OPTION_HOST_ROW,
	{ 'n', "namespace", "NAME", "AS_NAMESPACE", "namespace of all records, whatever they say" },
	{ 's', "set", "NAME", "AS_SET", "set of all records, whatever they say" },
	{ OPT_EXISTS, "exists", "ACTION", NULL, "update, create-only, update-only, replace or replace-only [update]" },
	{ OPT_GENERATION, "generation", "POLICY", NULL, "what metadata.gen must be: ignore, eq (the record's) or gt (greater) [ignore]" },
	{ OPT_NEWER, "if-newer", "lut|bin:NAME", NULL, "write only over what is older than metadata.lut: the record itself, or what bin NAME kept of it" },
	{ OPT_TTL, "ttl", "TIME", NULL, "time to live for all: 90, 10m, 24h, default, never or keep, instead of metadata.exp" },
	{ OPT_SEND_KEY, "send-key", NULL, NULL, "store the user key with the record" },
	{ OPT_DURABLE, "durable-delete", NULL, NULL, "deletes leave a tombstone (Enterprise Edition)" },
	{ OPT_IGNORE, "ignore", "CODE,...", NULL, "result codes that count as done, such as 5,2" },
	{ OPT_WINDOW, "window", "N", NULL, "records under way at most [1000]" },
	{ OPT_TIMEOUT, "timeout", "TIME", NULL, "until a record that can't be written is given back, or never [7s]" },
	{ OPT_BATCH, "batch", "N", NULL, "records in one request at most; 1: each goes alone [100]" },
	CLUSTER_OPTION_ROWS,
	{ 'v', "verbose", NULL, NULL, "acks say where the record went" },
	{ 0 }
};

static void set_ignore(struct options *o, const char *value)
{
	const char *p = value;

	do {
		char *end;
		unsigned long code = *p >= '0' && *p <= '9' ? strtoul(p, &end, 10) : 256;

		if (code < 1 || code > 255 || (*end && *end != ','))
			opt_bad(value, "not a list of result codes from 1 to 255");
		policy_ignore(&o->policy, (unsigned)code);
		p = *end ? end + 1 : NULL;
	} while (p);
}

static void set_newer(struct options *o, const char *value)
{
	size_t n = strlen(value);

	o->newer = strcmp(value, "lut") == 0 ? NEWER_LUT : NEWER_BIN;
	if (o->newer == NEWER_LUT)
		return;
	if (strncmp(value, "bin:", 4) != 0 || n < 5 || n > 4 + BIN_NAME_MAX)
		opt_bad(value, "must be lut, or bin: and a name of at most 15 bytes");
	o->newer_bin = span_of(value + 4);
}

static uint32_t ttl(const char *value)
{
	int64_t ms;

	if (strcmp(value, "default") == 0)
		return TTL_DEFAULT;
	if (strcmp(value, "never") == 0)
		return TTL_NEVER;
	if (strcmp(value, "keep") == 0)
		return TTL_KEEP;
	ms = opt_ms(value, 1000, TTL_MAX_MS);
	return (uint32_t)(ms / 1000);
}

static void set(void *ctx, int key, const char *value)
{
	struct options *o = ctx;

	switch (key) {
	case 'n': o->ns = cluster_option_place(value, NAMESPACE_NAME_MAX); break;
	case 's': o->set = cluster_option_place(value, SET_NAME_MAX); break;
	case 'v': o->verbose = true; break;
	case OPT_EXISTS: o->policy.exists = (uint8_t)opt_word(value, POLICY_EXISTS); break;
	case OPT_GENERATION: o->generation = (uint8_t)opt_word(value, "ignore eq gt"); break;
	case OPT_TTL:
		o->policy.ttl_given = true;
		o->policy.ttl = ttl(value);
		break;
	case OPT_SEND_KEY: o->policy.send_key = true; break;
	case OPT_DURABLE: o->policy.durable_delete = true; break;
	case OPT_IGNORE: set_ignore(o, value); break;
	case OPT_WINDOW: o->window = (size_t)opt_count(value, 1, 100000); break;
	case OPT_TIMEOUT: o->timeout = strcmp(value, "never") == 0 ? TIMEOUT_NEVER : opt_ms(value, 100, 3600000); break;
	case OPT_NEWER: set_newer(o, value); break;
	case OPT_BATCH: o->batch = (unsigned)opt_count(value, 1, BATCH_MAX); break;
	default: cluster_option_set(&o->client, key, value); break;
	}
}

void options_parse(struct options *o, int argc, char **argv)
{
	static const struct opts opts = {
		.synopsis = "[-h HOST:PORT,...] [options] <records >acks",
		.what = "Writes record lines to an Aerospike cluster and acknowledges each once the cluster has it.",
		.table = table, .set = set,
	};

	/* Several requests on a connection: what is lost when it breaks is written again, and a key has one under way only. */
	*o = (struct options){ .window = 1000, .timeout = 7000, .batch = 100, .client = { CLUSTER_OPTION_DEFAULTS, .pipeline = 32 } };
	if (opt_parse(&opts, argc, argv, o) < argc)
		die(EX_USAGE, "takes no operands: records come on standard input; see --help");
	cluster_option_check(&o->client);
}
