/* SPDX-License-Identifier: Apache-2.0 */
#include "opt.h"
#include "err.h"
#include "log.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 96

size_t opt_line_max = (size_t)16 << 20;

enum { KEY_VERSION = 'V', KEY_LOG_FORMAT = 0x10000, KEY_LOG_LEVEL, KEY_LINE_MAX, KEY_HELP };

/* What every program understands. */
static const struct opt common[] = {
	{ KEY_LINE_MAX, "line-max", "BYTES", "CN_LINE_MAX", "longest line taken [16M]" },
	{ KEY_LOG_FORMAT, "log-format", "logfmt|json", "CN_LOG_FORMAT", "how events on stderr look [logfmt]" },
	{ KEY_LOG_LEVEL, "log-level", "LEVEL", "CN_LOG_LEVEL", "debug, info, warn or error [info]" },
	{ KEY_HELP, "help", NULL, NULL, "show this and exit" },
	{ KEY_VERSION, "version", NULL, NULL, "show the version and exit" },
	{ 0 }
};

static const struct opt *current;	/* the option that is being set, for opt_bad */
static bool from_env;

/* -h is help where the program has no -h of its own. */
static bool short_help(const struct opts *o)
{
	for (const struct opt *t = o->table; t->name; t++)
		if (t->key == 'h')
			return false;
	return true;
}

static const struct opt *find(const struct opts *o, int key)
{
	for (const struct opt *t = o->table; t->name; t++)
		if (t->key == key)
			return t;
	for (const struct opt *t = common; t->name; t++)
		if (t->key == key)
			return t;
	return NULL;
}

static void print_rows(const struct opts *o, const struct opt *t)
{
	for (; t->name; t++) {
		char left[80], letter = t->key < OPT_LONG ? (char)t->key : t->key == KEY_HELP && short_help(o) ? 'h' : '\0';
		int n = letter ? snprintf(left, sizeof(left), "  -%c, --%s", letter, t->name)
			       : snprintf(left, sizeof(left), "      --%s", t->name);

		if (t->arg && n < (int)sizeof(left))
			n += snprintf(left + n, sizeof(left) - (size_t)n, " %s", t->arg);
		if (n > 30)
			printf("%s\n%32s", left, "");
		else
			printf("%-32s", left);
		printf("%s%s%s%s\n", t->help, t->env ? " (" : "", t->env ? t->env : "", t->env ? ")" : "");
	}
}

static _Noreturn void help(const struct opts *o)
{
	printf("usage: %s %s\n%s\n\n", err_program_name(), o->synopsis, o->what);
	print_rows(o, o->table);
	print_rows(o, common);
	exit(fflush(stdout) == EOF ? EX_IOERR : EX_OK);
}

static _Noreturn void version(const struct opts *o)
{
	printf("%s %s", err_program_name(), VERSION);
	if (o->libraries)
		printf(" (%s)", o->libraries());
	putchar('\n');
	exit(fflush(stdout) == EOF ? EX_IOERR : EX_OK);
}

static _Noreturn void usage(void)
{
	fprintf(stderr, "Try '%s --help'.\n", err_program_name());
	exit(EX_USAGE);
}

static void set(const struct opts *o, void *ctx, int key, const char *value)
{
	current = find(o, key);
	if (key == KEY_HELP)
		help(o);
	else if (key == KEY_VERSION)
		version(o);
	else if (key == KEY_LINE_MAX)
		opt_line_max = opt_bytes(value, 64, (size_t)1 << 30);
	else if (key == KEY_LOG_FORMAT && log_set_format(value) < 0)
		opt_bad(value, "must be logfmt or json");
	else if (key == KEY_LOG_LEVEL && log_set_level(value) < 0)
		opt_bad(value, "must be debug, info, warn or error");
	else if (key < KEY_LOG_FORMAT)
		o->set(ctx, key, value);
}

static void set_from_environment(const struct opts *o, void *ctx, const struct opt *t)
{
	for (; t->name; t++) {
		const char *value = t->env ? getenv(t->env) : NULL;

		if (!value || !*value)
			continue;
		from_env = true;
		set(o, ctx, t->key, value);
		from_env = false;
	}
}

/* The same rows for getopt_long: its long options and its string of short ones. */
static int add_rows(const struct opt *t, struct option *longs, int n, char *shorts)
{
	for (; t->name; t++) {
		if (n == ROWS_MAX - 1)
			die(EX_SOFTWARE, "too many options");
		longs[n++] = (struct option){ t->name, t->arg ? required_argument : no_argument, NULL, t->key };
		if (t->key < OPT_LONG) {
			size_t end = strlen(shorts);

			shorts[end++] = (char)t->key;
			if (t->arg)
				shorts[end++] = ':';
			shorts[end] = '\0';
		}
	}
	return n;
}

int opt_parse(const struct opts *o, int argc, char **argv, void *ctx)
{
	struct option longs[ROWS_MAX] = { 0 };
	char shorts[2 * ROWS_MAX + 3] = ":";
	int key;

	add_rows(common, longs, add_rows(o->table, longs, 0, shorts), shorts);
	if (short_help(o))
		strcat(shorts, "h");
	set_from_environment(o, ctx, common);
	set_from_environment(o, ctx, o->table);
	while ((key = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (key == '?') {
			const char *word = argv[optind - 1];

			if (strncmp(word, "--", 2) == 0 && optopt)
				warn("option %.*s takes no value", (int)strcspn(word, "="), word);
			else if (optopt && optopt < OPT_LONG)
				warn("unknown option -%c", optopt);
			else
				warn("unknown or ambiguous option %s", word);
			usage();
		}
		if (key == ':') {
			const struct opt *t = find(o, optopt);

			warn("option --%s needs a value: %s", t ? t->name : "?", t ? t->arg : "");
			usage();
		}
		set(o, ctx, key == 'h' && short_help(o) ? KEY_HELP : key, optarg);
	}
	current = NULL;
	return optind;
}

void opt_bad(const char *value, const char *why)
{
	if (!current)
		die(EX_USAGE, "%s: %s", value, why);
	if (from_env)
		die(EX_USAGE, "%s=%s: %s", current->env, value, why);
	die(EX_USAGE, "--%s %s: %s", current->name, value, why);
}

/* Digits at the start of value; *rest is what follows. */
static uint64_t digits(const char *value, const char **rest)
{
	char *end;
	uint64_t n;

	if (*value < '0' || *value > '9')
		opt_bad(value, "not a number");
	errno = 0;
	n = strtoull(value, &end, 10);
	if (errno)
		opt_bad(value, "too large");
	*rest = end;
	return n;
}

static uint64_t in_range(const char *value, uint64_t n, uint64_t min, uint64_t max)
{
	char why[80];

	if (n < min || n > max) {
		snprintf(why, sizeof(why), "must be from %llu to %llu", (unsigned long long)min, (unsigned long long)max);
		opt_bad(value, why);
	}
	return n;
}

uint64_t opt_count(const char *value, uint64_t min, uint64_t max)
{
	const char *rest;
	uint64_t n = digits(value, &rest);

	if (*rest)
		opt_bad(value, "not a number");
	return in_range(value, n, min, max);
}

uint64_t opt_bytes(const char *value, uint64_t min, uint64_t max)
{
	const char *rest, *units = "kmg", *u;
	uint64_t n = digits(value, &rest);
	unsigned shift = 0;

	if (*rest) {
		u = strchr(units, *rest | 0x20);
		if (!u || rest[1])
			opt_bad(value, "not a number of bytes (65536, 64k, 16M, 2G)");
		shift = 10 * (unsigned)(u - units + 1);
	}
	if (n > UINT64_MAX >> shift)
		opt_bad(value, "too large");
	return in_range(value, n << shift, min, max);
}

int64_t opt_ms(const char *value, int64_t min, int64_t max)
{
	static const struct { const char *unit; uint64_t ms; } units[] = {
		{ "", 1000 }, { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }
	};
	const char *rest;
	uint64_t n = digits(value, &rest);

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (strcmp(rest, units[i].unit) == 0) {
			char why[80];

			if (n <= (uint64_t)max / units[i].ms && n * units[i].ms >= (uint64_t)min)
				return (int64_t)(n * units[i].ms);
			snprintf(why, sizeof(why), "must be from %lldms to %lldms", (long long)min, (long long)max);
			opt_bad(value, why);
		}
	opt_bad(value, "not a time (500ms, 8s, 2m, 1h)");
}

void opt_host_port(const char *value, char **host, uint16_t *port)
{
	const char *colon = strrchr(value, ':');
	const char *number = colon ? colon + 1 : value;
	const char *rest;
	size_t n = colon ? (size_t)(colon - value) : 0;
	uint64_t p;

	if (*number < '0' || *number > '9' || (p = digits(number, &rest)) > 65535 || *rest)
		opt_bad(value, "not HOST:PORT");
	if (n >= 2 && value[0] == '[' && value[n - 1] == ']') {
		value++;
		n -= 2;
	} else if (memchr(value, ':', n)) {
		opt_bad(value, "an IPv6 address needs brackets: [::1]:PORT");
	}
	*port = (uint16_t)p;
	*host = NULL;
	if (n) {
		*host = xmalloc(n + 1);
		memcpy(*host, value, n);
		(*host)[n] = '\0';
	}
}

int opt_word(const char *value, const char *words)
{
	size_t n = strlen(value);
	char why[256];
	int i = 0;

	for (const char *w = words; *w; i++) {
		size_t len = strcspn(w, " ");

		if (len == n && memcmp(w, value, n) == 0)
			return i;
		w += len;
		w += *w == ' ';
	}
	snprintf(why, sizeof(why), "must be one of: %s", words);
	opt_bad(value, why);
}

char *opt_secret_file(const char *path)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	if (!f)
		die(EX_CONFIG, "can't open %s:", path);
	n = getline(&line, &cap, f);
	if (n < 0)
		die(EX_CONFIG, "%s: %s", path, ferror(f) ? strerror(errno) : "is empty");
	fclose(f);
	while (n && (line[n - 1] == '\n' || line[n - 1] == '\r'))
		line[--n] = '\0';
	if (!n)
		die(EX_CONFIG, "%s: its first line is empty", path);
	return line;
}
