/* SPDX-License-Identifier: Apache-2.0 */
/* Record lines to every format, against test/fixtures/formats/formats.cases (its head says how to read it). */
#include "tap.h"

#include "format.h"

#include <ctype.h>

struct test_case {
	struct span title, line, want;
	struct format_options opt;
	char metadata_key[32];
	struct record record;
};

static struct span next_line(struct span *rest)
{
	const char *end = memchr(rest->p, '\n', rest->n);
	struct span line = { rest->p, end ? (size_t)(end - rest->p) : rest->n };
	size_t step = line.n + (end != NULL);

	rest->p += step;
	rest->n -= step;
	return line;
}

/* The word at the start, and what follows behind one blank. */
static struct span split(struct span line, struct span *rest)
{
	const char *blank = memchr(line.p, ' ', line.n);
	size_t n = blank ? (size_t)(blank - line.p) : line.n;

	*rest = blank ? (struct span){ blank + 1, line.n - n - 1 } : SPAN("");
	return (struct span){ line.p, n };
}

static void unhex(struct buf *b, struct span text)
{
	unsigned digits = 0, value = 0;

	buf_reset(b);
	for (size_t i = 0; i < text.n; i++) {
		if (!isxdigit((unsigned char)text.p[i]))
			continue;
		value = value << 4 | (unsigned)(isdigit((unsigned char)text.p[i]) ? text.p[i] - '0' : (text.p[i] | 32) - 'a' + 10);
		if (++digits % 2 == 0)
			buf_byte(b, (char)value);
	}
}

static void hex(struct buf *b, struct span bytes)
{
	buf_reset(b);
	for (size_t i = 0; i < bytes.n; i++)
		buf_printf(b, "%02x ", (unsigned char)bytes.p[i]);
}

static void options(struct test_case *c, struct span words)
{
	if (span_is(words, "keep-map-keys"))
		c->opt.keep_map_keys = true;
	if (span_starts(words, "metadata-key=")) {
		snprintf(c->metadata_key, sizeof(c->metadata_key), "%.*s", (int)words.n - 13, words.p + 13);
		c->opt.metadata_key = c->metadata_key;
	}
}

static void refused(struct test_case *c, struct span rest)
{
	struct span why;
	char word[32];
	struct buf out = { 0 };
	const char *got = "(accepted)";

	snprintf(word, sizeof(word), "%.*s", SPAN_ARG(split(rest, &why)));
	buf_lit(&out, "before");
	format_write(&out, &c->record, (enum format)format_of(word), &c->opt, &got);
	is_span(span_of(got), why, "%.*s: refused as %s", SPAN_ARG(c->title), word);
	is_int((int64_t)out.n, 6, "%.*s: nothing is left of it", SPAN_ARG(c->title));
	buf_free(&out);
}

static void expect(struct test_case *c, struct span word, struct span want)
{
	struct format_options opt = c->opt;
	struct buf out = { 0 }, bytes = { 0 }, shown = { 0 };
	bool key = word.n > 4 && !memcmp(word.p + word.n - 4, "-key", 4), good;
	const char *why = "";
	char name[32];
	int f;

	opt.as_proto = span_is(word, "wire-proto");
	snprintf(name, sizeof(name), "%.*s", SPAN_ARG(word));
	if (key)
		name[word.n - 4] = '\0';
	f = format_of(opt.as_proto ? "wire" : span_is(word, "line-out") ? "line" : name);
	good = key ? format_key(&out, &c->record, (enum format)f, &why) : format_write(&out, &c->record, (enum format)f, &opt, &why);
	if (!good)
		diag("refused: %s", why);
	if (f == FORMAT_MSGPACK || f == FORMAT_WIRE) {
		hex(&shown, buf_as_span(&out));
		unhex(&bytes, want);
		hex(&out, buf_as_span(&bytes));
		is_span(buf_as_span(&shown), buf_as_span(&out), "%.*s: %.*s", SPAN_ARG(c->title), SPAN_ARG(word));
	} else {
		is_span(buf_as_span(&out), want, "%.*s: %.*s", SPAN_ARG(c->title), SPAN_ARG(word));
	}
	buf_free(&out);
	buf_free(&bytes);
	buf_free(&shown);
}

static void statement(struct test_case *c, struct span word, struct span rest)
{
	if (span_is(word, "case")) {
		*c = (struct test_case){ .title = rest };
	} else if (span_is(word, "options")) {
		options(c, rest);
	} else if (span_is(word, "line")) {
		c->line = rest;
		if (!record_parse(rest, &c->record))
			ok(false, "%.*s: no record: %s at %zu", SPAN_ARG(c->title), c->record.why, c->record.offset);
	} else if (span_is(word, "refuse")) {
		refused(c, rest);
	} else {
		expect(c, word, rest);
	}
}

int main(void)
{
	static const char *const words[] = { "json", "flat-json", "msgpack", "wire", "line" };
	struct span file = tap_file("test/fixtures/formats/formats.cases"), rest = file;
	struct test_case c = { 0 };

	while (rest.n) {
		struct span line = next_line(&rest), word, value;

		if (!line.n || line.p[0] == '#')
			continue;
		word = split(line, &value);
		while (rest.n && rest.p[0] == ' ') {
			line = next_line(&rest);
			value.n = (size_t)(line.p + line.n - value.p);
		}
		statement(&c, word, value);
	}
	for (int i = FORMAT_JSON; i <= FORMAT_LINE; i++)
		is_int(format_of(words[i]), i, "%s is the name of a format", words[i]);
	is_int(format_of("message-pack"), FORMAT_MSGPACK, "message-pack too");
	is_int(format_of("xml"), -1, "xml is none");
	free((void *)(uintptr_t)file.p);
	return tap_end();
}
