/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPT_H
#define OPT_H

#include <stddef.h>
#include <stdint.h>

/* Options: one table per program feeds getopt_long, --help, the environment and the error messages, so that each option is
 * written down once. A flag wins over the environment, which wins over the default. */
struct opt {
	int key;		/* short letter, or any number from OPT_LONG up when there is only a long form */
	const char *name;	/* long form without "--" */
	const char *arg;	/* placeholder of its argument ("HOST:PORT"), NULL when it takes none */
	const char *env;	/* variable that sets it when the flag does not; NULL for none */
	const char *help;	/* what it does, one sentence; the default in brackets at its end */
};
#define OPT_LONG 256

struct opts {
	const char *synopsis;		/* what follows the program's name in the usage line: "[options] -b BROKER" */
	const char *what;		/* one sentence: what the program does */
	const struct opt *table;	/* ends with a row whose name is NULL */
	const char *(*libraries)(void);	/* for --version: "librdkafka 2.0.2, msgpack-c 4.0.0"; NULL for none */
	/* Called for every option that is set, environment first. Ends the program by opt_bad() or die() on a bad value. */
	void (*set)(void *ctx, int key, const char *value);
};

/* Read the environment, then argv. --help (and -h, unless the table has that letter) and -V/--version print on stdout and
 * exit 0; --log-format, --log-level and --line-max (opt_line_max) are understood for every program. A word that is no
 * option ends the options only behind "--"; otherwise operands and options may be mixed. Errors exit EX_USAGE. Returns the
 * index of the first operand in argv. */
int opt_parse(const struct opts *o, int argc, char **argv, void *ctx);

/* Complain of the option that is being set ("cn-listen: --window abc: not a number") and exit EX_USAGE. Only inside set(). */
_Noreturn void opt_bad(const char *value, const char *why);

/* Values, for use inside set(); each checks the whole text and the range (ends included) and calls opt_bad when it fails. */
uint64_t opt_count(const char *value, uint64_t min, uint64_t max);
uint64_t opt_bytes(const char *value, uint64_t min, uint64_t max);	/* 65536, 64k, 16M, 2G (powers of 1024) */
int64_t opt_ms(const char *value, int64_t min, int64_t max);		/* 500ms, 8s, 8 (seconds), 2m, 1h -> milliseconds */
/* "HOST:PORT", ":PORT", "PORT", "[v6]:PORT". host is malloc'ed; NULL when the text names none. */
void opt_host_port(const char *value, char **host, uint16_t *port);
/* One of several words, by index: opt_word(value, "relative absolute auto") -> 0, 1 or 2. */
int opt_word(const char *value, const char *words);
/* The first line of a file, without its line end: for --password-file and its like. malloc'ed; dies when it can't. */
char *opt_secret_file(const char *path);

/* Longest line the program takes, from --line-max or CN_LINE_MAX. Bytes; 16 MiB by default. */
extern size_t opt_line_max;

#endif
