/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include "err.h"
#include "jq_options.h"
#include "opt.h"

#include <stdlib.h>
#include <unistd.h>

enum { KEY_ARG = OPT_LONG, KEY_ARGJSON, KEY_ENV, KEY_STATIC, KEY_BY, KEY_DEFAULT, KEY_TRANSFORM, KEY_SINK, KEY_ONLY, KEY_SKIP, KEY_CHECK, KEY_FOR,
	KEY_WITH };

static const struct opt table[] = {
	{ 'e', "expr", "EXPR", NULL, "jq program; its output is the record's `to`, null, false or nothing drops the record" },
	{ 'f', "file", "FILE", NULL, "the same from a file; SIGHUP reads it again" },
	{ 'L', "library", "DIR", "CN_ROUTE_LIBRARY", "directory for include and import, after FILE's own; may be repeated" },
	{ KEY_ARG, "arg", "NAME=VALUE", NULL, "$NAME is this string in the program; may be repeated" },
	{ KEY_ARGJSON, "argjson", "NAME=JSON", NULL, "$NAME is this value in the program; may be repeated" },
	{ KEY_ENV, "env", "NAME", NULL, "let the program see this variable in $ENV, which is empty otherwise; may be repeated" },
	{ KEY_STATIC, "static", "DEST|skip", NULL, "send every record to DEST, such as kafka:orders; may be repeated for several sinks" },
	{ KEY_BY, "by", "FIELD", NULL, "send a record where this field says: namespace, set, bin=NAME or path" },
	{ KEY_SINK, "sink", "KIND", NULL, "what --by names: kafka (a topic), kinesis (a stream), http (a destination) [kafka]" },
	{ KEY_DEFAULT, "default", "DEST|skip", NULL, "where records go that --by finds no name in [an error line]" },
	{ KEY_TRANSFORM, "transform", "HOW", NULL, "lowercase, uppercase, trim, s/RE/REPLACEMENT/[gi] or j/... in Java's syntax on what "
		"--by found; may be repeated, done in order" },
	{ KEY_WITH, "with", "NAME=VALUE", NULL, "tell the sinks this too, as in format=json; may be repeated" },
	{ KEY_FOR, "for", "NAMESPACE[/SET]", NULL, "what follows of these six is for the records there; the first that fits decides" },
	{ KEY_ONLY, "only-set", "SET", NULL, "drop the records of other sets; '' means those without a set; may be repeated" },
	{ KEY_SKIP, "skip-set", "SET", NULL, "drop the records of this set; '' means those without a set; may be repeated" },
	{ KEY_CHECK, "check", NULL, NULL, "compile the program, say what is wrong with it and exit" },
	{ 0 }
};

static const char *kept_env[59];
static size_t n_kept_env;

static void add_set(struct span *names, size_t *n, const char *value)
{
	if (*n == SETS_MAX)
		opt_bad(value, "too many sets");
	names[(*n)++] = span_of(value);
}

static void accept(const char *value, const char *why)
{
	if (why)
		opt_bad(value, why);
}

static struct group *add_group(struct options *o)
{
	struct group *g = xcalloc(1, sizeof(*g));

	native_init(&g->native);
	o->groups[o->n_groups++] = g;
	return g;
}

static void set_native(struct options *o, int key, const char *value)
{
	struct group *g = o->groups[o->n_groups - 1];
	int kind;

	switch (key) {
	case KEY_STATIC:
		accept(value, g->has_by ? "--by is given too" : native_add_static(&g->native, value));
		g->has_native = true;
		break;
	case KEY_BY:
		accept(value, g->has_native ? "one --by or --static is given already" : native_set_by(&g->native, value));
		g->has_native = g->has_by = true;
		break;
	case KEY_SINK:
		kind = dest_kind_of(span_of(value));
		accept(value, kind < 0 || kind == DEST_SINK ? "must be kafka, kinesis or http" : NULL);
		g->native.sink = (enum dest_kind)kind;
		break;
	case KEY_DEFAULT:
		accept(value, native_set_fallback(&g->native, value));
		break;
	case KEY_TRANSFORM:
		accept(value, native_add_transform(&g->native, value));
		break;
	case KEY_WITH:
		accept(value, native_add_more(&g->native, value));
		break;
	case KEY_FOR:
		accept(value, o->n_groups == GROUPS_MAX ? "too many of them" : NULL);
		accept(value, scope_parse(&add_group(o)->scope, value));
		break;
	}
}

static void set(void *ctx, int key, const char *value)
{
	struct options *o = ctx;

	switch (key) {
	case 'e':
		accept(value, o->source.text ? "there is a program already" : NULL);
		o->source.text = value;
		break;
	case 'f':
		accept(value, o->source.file ? "there is a program already" : NULL);
		o->source.file = value;
		break;
	case 'L':
		accept(value, access(value, R_OK | X_OK) < 0 ? "can't read this directory" : NULL);
		o->source.libraries = jv_array_append(o->source.libraries, jv_string(value));
		break;
	case KEY_ARG:
	case KEY_ARGJSON:
		o->source.args = jq_options_add(o->source.args, value, key == KEY_ARGJSON);
		break;
	case KEY_ENV:
		accept(value, n_kept_env == sizeof(kept_env) / sizeof(*kept_env) ? "too many variables" : NULL);
		kept_env[n_kept_env++] = value;
		break;
	case KEY_ONLY:
		add_set(o->sets.only, &o->sets.n_only, value);
		break;
	case KEY_SKIP:
		add_set(o->sets.skip, &o->sets.n_skip, value);
		break;
	case KEY_CHECK:
		o->check = true;
		break;
	default:
		set_native(o, key, value);
	}
}

static const char *libraries(void)
{
	return "libjq 1.6";
}

static void check_group(const struct options *o, const struct group *g)
{
	if (!g->has_by && (g->native.has_fallback || g->native.n_transforms))
		die(EX_USAGE, "--default and --transform go with --by");
	if (!g->has_native && g->native.more.n)
		die(EX_USAGE, "--with goes with --static or --by");
	if (o->n_groups > 1 && !g->has_native)
		die(EX_USAGE, g == o->groups[0] ? "--for needs a route for the other records too, before it; that may be --static skip"
			: "--for needs a --static or --by behind it");
}

static void check_combination(struct options *o)
{
	const struct group *rest = o->groups[0];
	bool has_program = o->source.text || o->source.file;

	if (o->source.text && o->source.file)
		die(EX_USAGE, "-e and -f exclude each other");
	if (has_program && (o->n_groups > 1 || rest->has_native || rest->native.has_fallback || rest->native.n_transforms))
		die(EX_USAGE, "a program (-e, -f) and --static, --by, --default, --transform, --for exclude each other");
	for (size_t i = 0; i < o->n_groups; i++) {
		check_group(o, o->groups[i]);
		native_ready(&o->groups[i]->native);
	}
	if (!has_program && !rest->has_native && o->sets.n_only + o->sets.n_skip == 0)
		die(EX_USAGE, "no route: give -e, -f, --static, --by, --only-set or --skip-set");
}

struct native *options_native(struct options *o, const struct record *r)
{
	for (size_t i = 1; i < o->n_groups; i++)
		if (scope_has(&o->groups[i]->scope, r, &o->scratch))
			return &o->groups[i]->native;
	return o->groups[0]->has_native ? &o->groups[0]->native : NULL;
}

void options_parse(struct options *o, int argc, char **argv)
{
	static const struct opts opts = {
		.synopsis = "-e EXPR | -f FILE | --static DEST | --by FIELD [options]",
		.what = "Says of each record line where it goes, by a jq program or by one of the connectors' routing modes.",
		.table = table,
		.libraries = libraries,
		.set = set,
	};

	*o = (struct options){ .source = { .libraries = jv_array(), .args = jv_object() } };
	add_group(o);
	argv = jq_options_join(&argc, argv);
	int first = opt_parse(&opts, argc, argv, o);
	if (first < argc)
		die(EX_USAGE, "%s: not an option; cn-route reads standard input", argv[first]);
	check_combination(o);
	o->source.libraries = jq_program_libraries(o->source.libraries, o->source.file);
	jq_options_hide(kept_env, n_kept_env);
}

void options_free(struct options *o)
{
	jv_free(o->source.libraries);
	jv_free(o->source.args);
	for (size_t i = 0; i < o->n_groups; i++) {
		native_free(&o->groups[i]->native);
		free(o->groups[i]);
	}
	buf_free(&o->scratch);
	buf_free(&o->sets.scratch);
}
