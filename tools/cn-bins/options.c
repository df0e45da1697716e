/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include "err.h"
#include "opt.h"

#include <stdlib.h>

enum { KEY_RENAME = OPT_LONG, KEY_TRANSFORM, KEY_INCLUDE, KEY_EXCLUDE, KEY_EXCLUDE_ALL, KEY_FOR };

static const struct opt table[] = {
	{ KEY_RENAME, "rename", "OLD=NEW", NULL, "give this bin another name; may be repeated" },
	{ KEY_TRANSFORM, "transform", "HOW", NULL, "lowercase, uppercase, trim, s/RE/REPLACEMENT/[gi] or j/... in Java's syntax on the names "
		"of bins that --rename does not name; may be repeated, done in order" },
	{ KEY_INCLUDE, "include", "BIN", NULL, "keep this bin, and drop those that are not named so; may be repeated" },
	{ KEY_EXCLUDE, "exclude", "BIN", NULL, "drop this bin, also when --include names it; may be repeated" },
	{ KEY_EXCLUDE_ALL, "exclude-all", NULL, NULL, "drop all bins" },
	{ KEY_FOR, "for", "NAMESPACE[/SET]", NULL, "what follows of these is for the records there; the first that fits decides" },
	{ 0 }
};

static void add_group(struct options *o)
{
	o->groups[o->n_groups++] = xcalloc(1, sizeof(struct rules));
}

static void add_name(struct span *names, size_t *n, const char *value, size_t length)
{
	if (*n == RULES_NAMES_MAX)
		opt_bad(value, "too many of them");
	names[(*n)++] = (struct span){ value, length };
}

static void add_rename(struct rules *r, const char *value)
{
	const char *equals = strchr(value, '=');

	if (!equals || equals == value || !equals[1])
		opt_bad(value, "not of the form OLD=NEW");
	for (size_t i = 0; i < r->n_renames; i++)
		if (span_eq(r->from[i], (struct span){ value, (size_t)(equals - value) }))
			opt_bad(value, "this bin is renamed already");
	r->to[r->n_renames] = span_of(equals + 1);
	add_name(r->from, &r->n_renames, value, (size_t)(equals - value));
}

static void set(void *ctx, int key, const char *value)
{
	struct options *o = ctx;
	struct rules *r = o->groups[o->n_groups - 1];
	const char *why;

	switch (key) {
	case KEY_RENAME: add_rename(r, value); break;
	case KEY_INCLUDE: add_name(r->include, &r->n_include, value, strlen(value)); break;
	case KEY_EXCLUDE: add_name(r->exclude, &r->n_exclude, value, strlen(value)); break;
	case KEY_EXCLUDE_ALL: r->exclude_all = true; break;
	case KEY_TRANSFORM:
		why = r->n_transforms == RULES_TRANSFORMS_MAX ? "too many of them" : transform_parse(&r->transforms[r->n_transforms], value);
		if (why)
			opt_bad(value, why);
		r->n_transforms++;
		break;
	case KEY_FOR:
		if (o->n_groups == GROUPS_MAX)
			opt_bad(value, "too many of them");
		add_group(o);
		why = scope_parse(&o->groups[o->n_groups - 1]->scope, value);
		if (why)
			opt_bad(value, why);
		break;
	}
}

void options_parse(struct options *o, int argc, char **argv)
{
	static const struct opts opts = {
		.synopsis = "[--for NAMESPACE[/SET]] --rename OLD=NEW | --transform HOW | --include BIN | --exclude BIN ...",
		.what = "Renames and drops bins of record lines.",
		.table = table, .set = set,
	};
	bool any = false;
	int first;

	*o = (struct options){ .n_groups = 0 };
	add_group(o);
	first = opt_parse(&opts, argc, argv, o);
	if (first < argc)
		die(EX_USAGE, "%s: not an option; cn-bins reads standard input", argv[first]);
	for (size_t i = 0; i < o->n_groups; i++)
		any |= rules_any(o->groups[i]);
	if (!any)
		die(EX_USAGE, "nothing to do: give --rename, --transform, --include, --exclude or --exclude-all");
}

struct rules *options_rules(struct options *o, const struct record *r)
{
	for (size_t i = 1; i < o->n_groups; i++)
		if (scope_has(&o->groups[i]->scope, r, &o->scratch))
			return o->groups[i];
	return o->groups[0];
}

void options_free(struct options *o)
{
	for (size_t i = 0; i < o->n_groups; i++) {
		rules_free(o->groups[i]);
		free(o->groups[i]);
	}
	buf_free(&o->scratch);
}
