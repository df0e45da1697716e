/* SPDX-License-Identifier: Apache-2.0 */
/* Notification bodies to record lines, driven by test/fixtures/notify.tsv. */
#include "notify.h"

#include "fixture.h"
#include "json.h"
#include "record.h"
#include "tap.h"

#define AT INT64_C(1700000000123)

static struct notify notify;
static struct buf out, body;

static enum notify_format format_of_word(struct span word)
{
	return span_is(word, "wire") ? NOTIFY_WIRE : span_is(word, "json") ? NOTIFY_JSON :
		span_is(word, "flat-json") ? NOTIFY_FLAT_JSON : span_is(word, "msgpack") ? NOTIFY_MSGPACK : NOTIFY_UNKNOWN;
}

static bool decode(enum notify_format f, struct span bytes)
{
	buf_reset(&out);
	return notify_decode(&notify, &out, f, bytes, AT);
}

/* With braces around it, what came out is a record line. */
static bool is_record(void)
{
	struct buf line = { 0 };
	struct record r;
	bool good;

	buf_printf(&line, "{%.*s}", (int)out.n, out.p);
	good = record_parse(buf_as_span(&line), &r);
	buf_free(&line);
	return good;
}

/* A beginning of a body is never a body, and fails within itself. */
static void cut_short(enum notify_format f, struct span title, struct span whole)
{
	unsigned bad = 0;

	for (size_t n = 0; n < whole.n; n++) {
		struct span cut = tap_exact((struct span){ whole.p, n });

		if (decode(f, cut) || out.n || !notify.why || notify.offset > n) {
			if (!bad++)
				diag("cut at %zu: %s at %zu", n, notify.why, notify.offset);
		}
		free((void *)(uintptr_t)cut.p);
	}
	is_int(bad, 0, "%.*s: cut at every byte", SPAN_ARG(title));
}

/* One byte changed: whatever comes of it, it is a record or an error. */
static void damaged(enum notify_format f, struct span title, struct span whole)
{
	static const unsigned char values[] = { 0x00, 0x01, 0x7f, 0x80, 0x91, 0xc7, 0xdd, 0xff };
	struct span copy = tap_exact(whole);
	char *p = (char *)(uintptr_t)copy.p;
	unsigned bad = 0;

	for (size_t i = 0; i < whole.n; i++) {
		for (size_t k = 0; k < sizeof values; k++) {
			p[i] = (char)values[k];
			if (decode(f, copy) ? !is_record() : out.n || !notify.why)
				bad++;
		}
		p[i] = whole.p[i];
	}
	is_int(bad, 0, "%.*s: each byte changed", SPAN_ARG(title));
	free(p);
}

static void check(const struct fixture *x)
{
	enum notify_format f = format_of_word(x->column[0]);
	struct span title = x->column[1], want = x->column[3], bytes = x->column[2];
	bool binary = f == NOTIFY_WIRE || f == NOTIFY_MSGPACK, read;
	char *why;

	buf_reset(&body);
	if (binary) {
		fixture_hex(&body, bytes);
		bytes = buf_as_span(&body);
	}
	bytes = tap_exact(bytes);
	read = decode(f, bytes);
	if (want.p[0] == '!') {
		int64_t offset = strtol(want.p + 1, &why, 10);

		ok(!read && out.n == 0, "%.*s: is refused", SPAN_ARG(title));
		is_span(span_of(notify.why), (struct span){ why + 1, (size_t)(want.p + want.n - why - 1) }, "%.*s: the reason",
			SPAN_ARG(title));
		is_int((int64_t)notify.offset, offset, "%.*s: the offset", SPAN_ARG(title));
	} else if (read) {
		is_span(buf_as_span(&out), want, "%.*s", SPAN_ARG(title));
		ok(is_record(), "%.*s: is a record", SPAN_ARG(title));
		cut_short(f, title, bytes);
		if (binary)
			damaged(f, title, bytes);
	} else {
		ok(false, "%.*s: %s at %zu", SPAN_ARG(title), notify.why, notify.offset);
	}
	free((void *)(uintptr_t)bytes.p);
}

static void fixtures(void)
{
	struct span file = tap_file("test/fixtures/notify.tsv");
	struct fixture f = { .rest = file };

	while (fixture_next(&f)) {
		if (f.columns == 4)
			check(&f);
		else
			ok(false, "a line of four columns: %.*s", SPAN_ARG(f.column[0]));
	}
	free((void *)(uintptr_t)file.p);
}

/* The 56 bytes of a write whose ttl stands at bytes 11 to 14 of the body. */
static void ttl(void)
{
	static const struct { uint32_t ttl; const char *exp[3]; } cases[] = {	/* relative, absolute, auto */
		{ 0, { "0", "0", "0" } },
		{ 1, { "1700000001", "1262304001", "1700000001" } },
		{ 315360000, { "2015360000", "1577664000", "2015360000" } },
		{ 315360001, { "2015360001", "1577664001", "1577664001" } },
		{ 1000000001, { "2700000001", "1000000001", "1000000001" } },
		{ 1800000000, { "3500000000", "1800000000", "1800000000" } },
		{ UINT32_MAX, { "0", "0", "0" } },
		{ UINT32_MAX - 1, { NULL, NULL, NULL } },
	};
	const struct span hex = SPAN("01 16100100000000000000 00000000 00000000 0002 0000 00000005 00 73686f70 "
		"00000015 04 ec6b8d22871addfd3253c6d3520562d16f977e97");

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		for (int kind = NOTIFY_TTL_RELATIVE; kind <= NOTIFY_TTL_AUTO; kind++) {
			struct buf line = { 0 };
			struct record r;

			buf_reset(&body);
			fixture_hex(&body, hex);
			for (int b = 0; b < 4; b++)
				body.p[11 + b] = (char)(cases[i].ttl >> (24 - 8 * b));
			notify.ttl = (enum notify_ttl)kind;
			decode(NOTIFY_WIRE, buf_as_span(&body));
			buf_printf(&line, "{%.*s}", (int)out.n, out.p);
			record_parse(buf_as_span(&line), &r);
			is_span(r.exp, span_of(cases[i].exp[kind]), "ttl %u, %s", cases[i].ttl,
				kind == NOTIFY_TTL_RELATIVE ? "relative" : kind == NOTIFY_TTL_ABSOLUTE ? "absolute" : "auto");
			buf_free(&line);
		}
	}
	notify.ttl = NOTIFY_TTL_AUTO;
}

#define TEXT(literal) { literal, sizeof(literal) - 1 }

static void kinds(void)
{
	static const struct { const char *type; struct span body; enum notify_format want; } cases[] = {
		{ "application/octet-stream", TEXT("{}"), NOTIFY_WIRE },
		{ "Application/Octet-Stream ; x=y", TEXT("\x93"), NOTIFY_WIRE },
		{ "application/x-msgpack", TEXT("{}"), NOTIFY_MSGPACK },
		{ "application/msgpack", TEXT(""), NOTIFY_MSGPACK },
		{ "text/plain", TEXT("\x01\x16"), NOTIFY_WIRE },
		{ "text/plain", TEXT("\x01\x02"), NOTIFY_WIRE },
		{ NULL, TEXT("\x01\x17"), NOTIFY_UNKNOWN },
		{ NULL, TEXT("\x01"), NOTIFY_UNKNOWN },
		{ NULL, TEXT(""), NOTIFY_UNKNOWN },
		{ NULL, TEXT("\x93\x01"), NOTIFY_MSGPACK },
		{ "", TEXT(" \n{\"msg\":\"x\",\"key\":[]}"), NOTIFY_JSON },
		{ "application/json; charset=utf-8", TEXT("{\"metadata\":{}}"), NOTIFY_FLAT_JSON },
		{ "application/json", TEXT("{\"metadata\":{},\"msg\":\"a\",\"key\":[]}"), NOTIFY_FLAT_JSON },
		{ "application/json", TEXT("{\"metadata\":1,\"msg\":\"a\",\"key\":[]}"), NOTIFY_JSON },
		{ "application/json", TEXT("{\"key\":1}"), NOTIFY_UNKNOWN },
		{ "application/json", TEXT("{\"key\":1"), NOTIFY_UNKNOWN },
		{ "application/json", TEXT("\x01\x16"), NOTIFY_UNKNOWN },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		notify.why = NULL;
		is_int(notify_format_of(&notify, span_of(cases[i].type), cases[i].body), cases[i].want, "format %zu (%s)", i,
			cases[i].type ? cases[i].type : "no type");
		if (cases[i].want == NOTIFY_UNKNOWN)
			ok(notify.why != NULL, "and why not");
	}
	notify.metadata_key = "m";
	is_int(notify_json_kind(&notify, SPAN("{\"m\":{}}")), NOTIFY_FLAT_JSON, "another metadata key");
	ok(decode(NOTIFY_FLAT_JSON, SPAN("{\"m\":{\"namespace\":\"n\",\"digest\":\"d\",\"msg\":\"write\"},\"metadata\":1}")),
		"flat-json with another metadata key");
	is_span(buf_as_span(&out), SPAN("\"metadata\":{\"namespace\":\"n\",\"digest\":\"d\",\"msg\":\"write\"},\"bins\":{\"metadata\":1}"),
		"its record");
	notify.metadata_key = "metadata";
}

/* Line ends in a body may not break the line. */
static void line_ends(void)
{
	const struct span pretty = SPAN("{\n\"msg\": \"write\",\r\n\"key\": [\"n\", null, \"d\", null],\n \"bins\": [\n"
		"{\"name\": \"l\", \"type\": \"list\",\n\"value\": [1,\r\n2]}\n]\n}");

	ok(decode(NOTIFY_JSON, pretty), "JSON in several lines");
	ok(!memchr(out.p, '\n', out.n) && !memchr(out.p, '\r', out.n), "becomes one line");
}

/* What doesn't fit fails and leaves the buffer usable. */
static void bounded(void)
{
	struct buf small = { .max = 64 };

	buf_reset(&body);
	fixture_hex(&body, SPAN("01 16100100000000000000 00000000 00000000 0002 0000 00000005 00 73686f70 "
		"00000015 04 ec6b8d22871addfd3253c6d3520562d16f977e97"));
	ok(!notify_decode(&notify, &small, NOTIFY_WIRE, buf_as_span(&body), AT), "no room for the line");
	is_str(notify.why, "record line would be too long", "says so");
	ok(small.n == 0 && !small.full, "the buffer is as before");
	buf_free(&small);
}

int main(void)
{
	notify_init(&notify);
	fixtures();
	ttl();
	kinds();
	line_ends();
	bounded();
	notify_free(&notify);
	buf_free(&out);
	buf_free(&body);
	return tap_end();
}
