/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tools/cn-bins/rewrite.c"
#define hash hash_of_name
#include "../../tools/cn-bins/rules.c"

#include "fuzz.h"
#include "json.h"

static struct rules rules;
static struct rewrite rewrite;

static void check_object(struct span text)
{
	struct json j;

	json_open(&j, text);
	MUST(json_value(&j, NULL) == JSON_OBJECT && json_done(&j));
	MUST(!memchr(text.p, '\n', text.n));
}

static unsigned members(struct span text)
{
	struct json_member m;
	struct json j;
	unsigned n = 0;

	json_open(&j, text);
	for (json_object(&j); json_member(&j, &m); n++)
		json_value(&j, NULL);
	return n;
}

/* What comes out is an object of as many bins or fewer, no two of one name; what was not changed is not touched. */
static void check(const struct record *r)
{
	bool changed = false;

	rewrite.why = NULL;
	if (!rewrite_record(&rewrite, &rules, r, &changed)) {
		MUST(rewrite.why && *rewrite.why);
		return;
	}
	MUST(!rewrite.why);
	if (!changed)
		return;
	check_object(buf_as_span(&rewrite.bins));
	check_object(buf_as_span(&rewrite.types));
	MUST(members(buf_as_span(&rewrite.bins)) == rewrite.n && rewrite.n <= members(r->bins));
	MUST(!r->types.p || members(buf_as_span(&rewrite.types)) <= members(r->types));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record r;

	if (!rules.n_transforms) {
		rules.from[rules.n_renames] = SPAN("a");
		rules.to[rules.n_renames++] = SPAN("a/~b");
		rules.exclude[rules.n_exclude++] = SPAN("c");
		MUST(!transform_parse(&rules.transforms[rules.n_transforms++], "j/^x_(.*)/$1/g"));
		MUST(!transform_parse(&rules.transforms[rules.n_transforms++], "s/[0-9]+//"));
	}
	if (size && memchr(data, '\n', size))
		return 0;
	if (record_parse((struct span){ (const char *)data, size }, &r) && !r.skip && !r.error.p && r.bins.p)
		check(&r);
	return 0;
}
