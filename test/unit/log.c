/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"
#include "child.h"
#include "clock.h"
#include "err.h"
#include "json.h"
#include "tap.h"

#include <ctype.h>

static void plain(const void *p)
{
	(void)p;
	log_warn("can't reach broker", "broker", "b1:9092", "why", "it said \"no\"\n", "none", NULL, "n", log_num(-5), "empty", "", "eq", "a=b",
		"utf8", "\xc3\xa4", "bad", "a\xff", NULL);
}

static void as_json(const void *p)
{
	log_set_format("json");
	plain(p);
}

/* The time in front differs from run to run. */
static const char *behind_time(const char *line, const char *key)
{
	size_t n = strlen(key);

	if (strncmp(line, key, n) != 0 || strlen(line) < n + 24)
		return line;
	for (const char *t = line + n, *form = "0000-00-00T00:00:00.000Z"; *form; t++, form++)
		if (*form == '0' ? !isdigit((unsigned char)*t) : *t != *form)
			return line;
	return line + n + 24;
}

static void forms(void)
{
	struct child c;
	struct json j;

	child_run(&c, plain, NULL);
	is_str(behind_time(c.err, "ts="), " level=warn program=logger msg=\"can't reach broker\" broker=b1:9092 why=\"it said \\\"no\\\"\\n\" n=-5 empty=\"\" "
		"eq=\"a=b\" utf8=\"\xc3\xa4\" bad=\"a\xef\xbf\xbd\"\n", "logfmt");
	child_run(&c, as_json, NULL);
	is_str(behind_time(c.err, "{\"ts\":\""), "\",\"level\":\"warn\",\"program\":\"logger\",\"msg\":\"can't reach broker\",\"broker\":\"b1:9092\",\"why\":"
		"\"it said \\\"no\\\"\\n\",\"n\":\"-5\",\"empty\":\"\",\"eq\":\"a=b\",\"utf8\":\"\xc3\xa4\",\"bad\":\"a\xef\xbf\xbd\"}\n", "JSON");
	json_open(&j, span_of(c.err));
	ok(json_value(&j, NULL) == JSON_OBJECT && json_done(&j), "which is JSON");
}

static void quiet(const void *level)
{
	if (log_set_level(level) < 0)
		return;
	log_debug("d", NULL);
	log_info("i", NULL);
	log_warn("w", NULL);
	log_error("e", NULL);
}

static void levels(void)
{
	static const struct { const char *level; int lines; } rows[] = { { "debug", 4 }, { "info", 3 }, { "warn", 2 }, { "error", 1 }, { "loud", 0 } };
	struct child c;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int n = 0;

		child_run(&c, quiet, rows[i].level);
		for (const char *p = c.err; *p; p++)
			n += *p == '\n';
		is_int(n, rows[i].lines, "lines at level %s", rows[i].level);
	}
	ok(log_set_format("xml") == -1 && log_set_format("logfmt") == 0, "formats");
}

/* Whatever is logged, it is one line, printable, and ends. */
static void nasty(const void *text)
{
	log_info(text, "value", text, NULL);
}

static void harmless(void)
{
	static const char *const rows[] = { "\x1b[2J", "a\nlevel=error", "\x7f", "\xc2\x9b""2J", "\t", "\xed\xa0\x80", "\xf0\x9f\x98" };
	static char huge[100000];
	struct child c;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		bool bad = false;
		size_t n;

		child_run(&c, nasty, rows[i]);
		n = strlen(c.err);
		for (const char *p = c.err; p < c.err + n - 1; p++)
			bad |= (unsigned char)*p < 0x20 || *p == 0x7f || ((unsigned char)*p == 0xc2 && (unsigned char)p[1] < 0xa0);
		ok(!bad && n && c.err[n - 1] == '\n' && utf8_valid(span_of(c.err)), "row %zu becomes one harmless line", i);
	}
	memset(huge, 'x', sizeof(huge) - 1);
	child_run(&c, nasty, huge);
	ok(strlen(c.err) < 4096 && c.err[strlen(c.err) - 1] == '\n', "a huge value is cut");
	memset(huge, 1, sizeof(huge) - 1);
	child_run(&c, nasty, huge);
	ok(strlen(c.err) > 1000 && c.err[strlen(c.err) - 1] == '\n', "control characters all along");
	for (size_t i = 0; i < sizeof(huge) - 1; i++)
		huge[i] = "\xe2\x82\xac"[i % 3];
	child_run(&c, nasty, huge);
	ok(strstr(c.err, "\xe2\x82\xac") && utf8_valid(span_of(c.err)), "a cut inside a character spoils only that");
}

static void many(const void *p)
{
	(void)p;
#define FOUR "k", t, "k", t, "k", t, "k", t
#define SIXTEEN FOUR, FOUR, FOUR, FOUR
	char t[1200];

	memset(t, 1, sizeof(t) - 1);
	t[sizeof(t) - 1] = '\0';
	log_info("m", SIXTEEN, SIXTEEN, NULL);
	log_info("next", NULL);
}

static void limits(void)
{
	struct log_limit l = { 0, 0 };
	uint64_t missed = 99;
	struct child c;
	unsigned shown = 0;
	const char *a, *b;

	ok(log_allow(&l, 60000, &missed) && missed == 0, "the first is let through");
	for (int i = 0; i < 1000; i++)
		shown += (unsigned)log_allow(&l, 60000, &missed);
	is_int(shown, 0, "then none for a while");
	l.next = clock_ms();
	ok(log_allow(&l, 60000, &missed) && missed == 1000, "and then how many were kept back");
	a = log_num(INT64_MIN);
	for (int i = 0; i < 15; i++)
		b = log_num(i);
	is_str(a, "-9223372036854775808", "a number is good for fifteen further calls");
	is_str(b, "14", "as is the last");
	child_run(&c, many, NULL);
	ok(strlen(c.err) > 30000 && strlen(c.err) < 50000 && strstr(c.err, "\"\nts="), "a very long event is one line and ends");
}

int main(void)
{
	err_program("logger");
	forms();
	levels();
	harmless();
	limits();
	return tap_end();
}
