/* SPDX-License-Identifier: Apache-2.0 */
#include "opt.h"
#include "child.h"
#include "err.h"
#include "tap.h"

/* --- values */

struct value {
	char kind;		/* which opt_ function */
	const char *text;
	int64_t want;
	const char *complaint;	/* NULL when it is good */
};

static int64_t read_value(const struct value *v)
{
	switch (v->kind) {
	case 'c': return (int64_t)opt_count(v->text, 1, 1000);
	case 'C': return (int64_t)opt_count(v->text, 0, UINT64_MAX);
	case 'b': return (int64_t)opt_bytes(v->text, 64, (uint64_t)1 << 34);
	case 'B': return (int64_t)opt_bytes(v->text, 0, UINT64_MAX);
	case 't': return opt_ms(v->text, 1, 3600000);
	case 'T': return opt_ms(v->text, 0, INT64_MAX);
	default: return opt_word(v->text, "relative absolute auto");
	}
}

static void read_in_child(const void *v)
{
	err_program("/usr/bin/prog");
	read_value(v);
}

static void values(void)
{
	static const struct value rows[] = {
		{ 'c', "1", 1, NULL }, { 'c', "1000", 1000, NULL }, { 'c', "007", 7, NULL }, { 'c', "0", 0, "must be from 1 to 1000" },
		{ 'c', "1001", 0, "must be from 1 to 1000" }, { 'c', "", 0, "not a number" }, { 'c', "-1", 0, "not a number" },
		{ 'c', "+1", 0, "not a number" }, { 'c', " 1", 0, "not a number" }, { 'c', "1 ", 0, "not a number" }, { 'c', "1x", 0, "not a number" },
		{ 'c', "0x10", 0, "not a number" }, { 'c', "1e3", 0, "not a number" }, { 'c', "abc", 0, "not a number" },
		{ 'C', "18446744073709551615", -1, NULL }, { 'C', "18446744073709551616", 0, "too large" },
		{ 'b', "64", 64, NULL }, { 'b', "64k", 65536, NULL }, { 'b', "64K", 65536, NULL }, { 'b', "16M", 16 << 20, NULL }, { 'b', "2g", (int64_t)2 << 30, NULL },
		{ 'b', "63", 0, "must be from 64 to 17179869184" }, { 'b', "17G", 0, "must be from 64 to 17179869184" }, { 'b', "64kb", 0, "not a number of bytes" },
		{ 'b', "64 k", 0, "not a number of bytes" }, { 'b', "k", 0, "not a number" }, { 'b', "64t", 0, "not a number of bytes" }, { 'b', "1.5M", 0, "not a number of bytes" },
		{ 'B', "18446744073709551615g", 0, "too large" }, { 'B', "17179869184g", 0, "too large" }, { 'B', "17179869183g", (int64_t)(UINT64_MAX << 30), NULL },
		{ 't', "500ms", 500, NULL }, { 't', "8s", 8000, NULL }, { 't', "8", 8000, NULL }, { 't', "2m", 120000, NULL }, { 't', "1h", 3600000, NULL },
		{ 't', "0", 0, "must be from 1ms to 3600000ms" }, { 't', "61m", 0, "must be from 1ms to 3600000ms" }, { 't', "8S", 0, "not a time" },
		{ 't', "s", 0, "not a number" }, { 't', "1d", 0, "not a time" }, { 't', "-1s", 0, "not a number" }, { 't', "1.5s", 0, "not a time" },
		{ 't', "8 s", 0, "not a time" }, { 'T', "9223372036854775807ms", INT64_MAX, NULL }, { 'T', "9223372036854775807s", 0, "must be from" },
		{ 'T', "18446744073709551615h", 0, "must be from" },
		{ 'w', "relative", 0, NULL }, { 'w', "absolute", 1, NULL }, { 'w', "auto", 2, NULL }, { 'w', "Auto", 0, "must be one of: relative absolute auto" },
		{ 'w', "", 0, "must be one of" }, { 'w', "aut", 0, "must be one of" }, { 'w', "autos", 0, "must be one of" }, { 'w', "relative absolute", 0, "must be one of" },
	};
	struct child c;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (!rows[i].complaint) {
			is_int(read_value(&rows[i]), rows[i].want, "%c '%s'", rows[i].kind, rows[i].text);
			continue;
		}
		child_run(&c, read_in_child, &rows[i]);
		if (!ok(c.status == 64 && strstr(c.err, rows[i].complaint) && !c.out[0], "%c '%s' is refused: %s", rows[i].kind, rows[i].text,
			rows[i].complaint))
			diag("exit %d: %s", c.status, c.err);
	}
}

struct address {
	const char *text, *host;
	int port;		/* -1: refused */
};

static void address_in_child(const void *p)
{
	uint16_t port;
	char *host;

	opt_host_port(((const struct address *)p)->text, &host, &port);
}

static void addresses(void)
{
	static const struct address rows[] = {
		{ "localhost:9092", "localhost", 9092 }, { ":8080", NULL, 8080 }, { "8080", NULL, 8080 }, { "127.0.0.1:0", "127.0.0.1", 0 },
		{ "[::1]:65535", "::1", 65535 }, { "h:65536", NULL, -1 }, { "h:", NULL, -1 }, { "h", NULL, -1 }, { "", NULL, -1 }, { ":", NULL, -1 },
		{ "::1", NULL, -1 }, { "::1:80", NULL, -1 }, { "[::1]", NULL, -1 }, { "h:80x", NULL, -1 }, { "h:-80", NULL, -1 }, { "h: 80", NULL, -1 },
		{ "h:99999999999999999999", NULL, -1 },
	};
	struct child c;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		uint16_t port;
		char *host;

		if (rows[i].port < 0) {
			child_run(&c, address_in_child, &rows[i]);
			is_int(c.status, 64, "'%s' is no address", rows[i].text);
			continue;
		}
		opt_host_port(rows[i].text, &host, &port);
		ok(port == rows[i].port, "the port of '%s'", rows[i].text);
		is_str(host, rows[i].host, "its host");
		free(host);
	}
}

static void secret_in_child(const void *path)
{
	printf("%s", opt_secret_file(path));
	fflush(stdout);
}

static void secrets(void)
{
	static const struct { const char *content, *want; } rows[] = { { "s3cret\n", "s3cret" }, { "s3cret", "s3cret" }, { " a b \r\nnext\n", " a b " },
		{ "", NULL }, { "\n", NULL }, { "\r\n\n", NULL } };
	struct child c;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char path[] = "/tmp/secret.XXXXXX";
		int fd = mkstemp(path);

		if (write(fd, rows[i].content, strlen(rows[i].content)) < 0)
			abort();
		close(fd);
		child_run(&c, secret_in_child, path);
		unlink(path);
		if (rows[i].want)
			is_str(c.out, rows[i].want, "row %zu", i);
		else
			ok(c.status == 78 && strstr(c.err, path), "row %zu is no secret", i);
	}
	child_run(&c, secret_in_child, "/nonexistent/secret");
	ok(c.status == 78 && strstr(c.err, "/nonexistent/secret: No such file"), "no such file");
}

/* --- a whole command line */

struct seen {
	char *text;
	size_t n;
};

static void set(void *ctx, int key, const char *value)
{
	struct seen *s = ctx;

	if (key == 'w')
		opt_count(value, 1, 10);
	s->n += (size_t)sprintf(s->text + s->n, "%c=%s ", key < 256 ? key : 'A' + key - 256, value ? value : "-");
}

static const char *libraries(void)
{
	return "libthing 1.2";
}

static const struct opt table[] = {
	{ 'b', "broker", "HOST:PORT", "TEST_BROKER", "where" },
	{ 'w', "window", "N", "TEST_WINDOW", "how many [10]" },
	{ 'v', "verbose", NULL, NULL, "say more" },
	{ OPT_LONG, "with-a-rather-long-name", "SOMETHING", NULL, "long only" },
	{ 0 }
};
static const struct opts opts = { "[options] FILE...", "does things.", table, libraries, set };

/* The words of a command line; an assignment before them sets the environment. */
static void parse(const void *p)
{
	char words[300], text[1000] = "", *argv[20] = { "/usr/bin/prog" };
	struct seen s = { text, 0 };
	int argc = 1, first;

	snprintf(words, sizeof(words), "%s", (const char *)p);
	for (char *w = strtok(words, " "); w; w = strtok(NULL, " ")) {
		if (argc == 1 && strchr(w, '=') && *w != '-')
			putenv(w);
		else
			argv[argc++] = w;
	}
	err_program(argv[0]);
	first = opt_parse(&opts, argc, argv, &s);
	printf("%s", text);
	for (int i = first; i < argc; i++)
		printf("[%s]", argv[i]);
	printf(" %zu", opt_line_max);
	exit(0);
}

static void command_lines(void)
{
	static const struct { const char *words; int status; const char *out, *err; } rows[] = {
		{ "", 0, " 16777216", "" },
		{ "-b h:1 -v --window 5 file", 0, "b=h:1 v=- w=5 [file] 16777216", "" },
		{ "file --broker=h:1 more -- -v", 0, "b=h:1 [file][more][-v] 16777216", "" },
		{ "-vbh:1 --with-a-rather-long-name=x", 0, "v=- b=h:1 A=x  16777216", "" },
		{ "TEST_BROKER=env TEST_WINDOW=3 -w4", 0, "b=env w=3 w=4  16777216", "" },
		{ "TEST_BROKER= -", 0, "[-] 16777216", "" },
		{ "CN_LINE_MAX=64k", 0, " 65536", "" },
		{ "CN_LINE_MAX=64k --line-max 1M", 0, " 1048576", "" },
		{ "--log-level warn --log-format json --log-format=logfmt", 0, " 16777216", "" },
		{ "--log-level loud", 64, "", "prog: --log-level loud: must be debug, info, warn or error\n" },
		{ "--log-format xml", 64, "", "prog: --log-format xml: must be logfmt or json\n" },
		{ "CN_LOG_LEVEL=loud", 64, "", "prog: CN_LOG_LEVEL=loud: must be debug, info, warn or error\n" },
		{ "--line-max 1", 64, "", "prog: --line-max 1: must be from 64 to 1073741824\n" },
		{ "-w abc", 64, "", "prog: --window abc: not a number\n" },
		{ "TEST_WINDOW=abc", 64, "", "prog: TEST_WINDOW=abc: not a number\n" },
		{ "-x", 64, "", "prog: unknown option -x\nTry 'prog --help'.\n" },
		{ "-vx", 64, "", "prog: unknown option -x\nTry 'prog --help'.\n" },
		{ "--what file", 64, "", "prog: unknown or ambiguous option --what\nTry 'prog --help'.\n" },
		{ "--w 3", 64, "", "prog: unknown or ambiguous option --w\nTry 'prog --help'.\n" },
		{ "--verbose=3", 64, "", "prog: option --verbose takes no value\nTry 'prog --help'.\n" },
		{ "-b", 64, "", "prog: option --broker needs a value: HOST:PORT\nTry 'prog --help'.\n" },
		{ "--broker", 64, "", "prog: option --broker needs a value: HOST:PORT\nTry 'prog --help'.\n" },
		{ "-V", 0, "prog " VERSION " (libthing 1.2)\n", "" },
		{ "--version -x", 0, "prog " VERSION " (libthing 1.2)\n", "" },
	};
	struct child c;

	unsetenv("CN_LINE_MAX");
	unsetenv("CN_LOG_LEVEL");
	unsetenv("CN_LOG_FORMAT");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		child_run(&c, parse, rows[i].words);
		is_int(c.status, rows[i].status, "prog %s", rows[i].words);
		is_str(c.out, rows[i].out, "its output");
		is_str(c.err, rows[i].err, "its complaint");
	}
	child_run(&c, parse, "--help");
	ok(c.status == 0 && !c.err[0] && strncmp(c.out, "usage: prog [options] FILE...\ndoes things.\n", 43) == 0, "help");
	for (const struct opt *o = table; o->name; o++)
		ok(strstr(c.out, o->name) && strstr(c.out, o->help) && (!o->env || strstr(c.out, o->env)), "help tells of --%s", o->name);
	ok(strstr(c.out, "--line-max") && strstr(c.out, "CN_LOG_FORMAT"), "and of what every program takes");
}

static void fail(const void *p)
{
	(void)p;
	err_program("./a/prog");
	if (!fopen("/nonexistent", "r"))
		warn("can't open %s:", "/nonexistent");
	die(EX_DATAERR, "%s:%d: bad", "file", 3);
}

static void errors(void)
{
	struct child c;

	child_run(&c, fail, NULL);
	is_int(c.status, 65, "die ends with its code");
	is_str(c.err, "prog: can't open /nonexistent: No such file or directory\nprog: file:3: bad\n", "the error grammar");
}

int main(void)
{
	values();
	addresses();
	secrets();
	command_lines();
	errors();
	return tap_end();
}
