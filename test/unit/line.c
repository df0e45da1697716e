/* SPDX-License-Identifier: Apache-2.0 */
#include "line.h"
#include "out.h"
#include "tap.h"

#include "ack.h"

static const struct span absent = { NULL, 0 };

/* line_put with the raw value of the member, if there is one, found as a filter finds it. */
static void put(struct writer *w, struct span line, const char *name, const char *value)
{
	struct span old = absent, raw;
	struct json_member m;
	struct json j;

	json_open(&j, line);
	for (json_object(&j); json_member(&j, &m);) {
		json_value(&j, &raw);
		if (json_key_is(&m, name))
			old = raw;
	}
	line_put(w, line, old, name, span_of(value));
}

static void puts_member(void)
{
	static const struct { const char *line, *want; } rows[] = {
		{ "{}", "{\"to\":1}\n" }, { "{ }", "{ \"to\":1}\n" }, { " {} ", " {\"to\":1}\n" }, { "{\r}", "{\r\"to\":1}\n" }, { "{\t \r}\r", "{\t \r\"to\":1}\n" },
		{ "{\"id\":9007199254740993}", "{\"id\":9007199254740993,\"to\":1}\n" }, { "{\"a\":{}}", "{\"a\":{},\"to\":1}\n" },
		{ "{\"a\":\"}\"}", "{\"a\":\"}\",\"to\":1}\n" }, { "{\"a\":\"{\" }\r", "{\"a\":\"{\" ,\"to\":1}\n" },
		{ "{\"a\":1,\"to\":{\"x\":[1,2]},\"b\":2}", "{\"a\":1,\"to\":1,\"b\":2}\n" }, { "{\"to\":null}", "{\"to\":1}\n" },
		{ "{ \"to\" : \"x\" } ", "{ \"to\" : 1 } \n" }, { "{\"a\":{\"to\":2}}", "{\"a\":{\"to\":2},\"to\":1}\n" },
		{ "{\"\\u0074o\":3}", "{\"\\u0074o\":1}\n" },
	};
	struct writer w;

	out_open(&w);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct span line = tap_exact(span_of(rows[i].line)), got;
		struct json j;

		put(&w, line, "to", "1");
		got = out_text(&w);
		is_span(got, span_of(rows[i].want), "put into row %zu", i);
		json_open(&j, got);
		ok(json_value(&j, NULL) == JSON_OBJECT && json_done(&j), "and it is JSON");
		out_taken(&w);
		free((void *)(uintptr_t)line.p);
	}
	line_pass(&w, SPAN("{\"f\":1.50,\"n\":12345678901234567890}"));
	is_span(out_text(&w), SPAN("{\"f\":1.50,\"n\":12345678901234567890}\n"), "a line passes as it is");
	writer_close(&w);
}

static void tells(void)
{
	struct writer w;
	char text[9000];
	struct span line;
	struct json j;

	out_open(&w);
	line_skip(&w, SPAN("17"));
	line_skip(&w, absent);
	is_span(out_text(&w), SPAN("{\"id\":17,\"skip\":true}\n"), "skip; without an id nothing");
	out_taken(&w);
	line_error(&w, SPAN("17"), "%s:%d \"quoted\"\n\xff", "file", 3);
	is_span(out_text(&w), SPAN("{\"id\":17,\"error\":\"file:3 \\\"quoted\\\"\\n\xef\xbf\xbd\"}\n"), "an error");
	out_taken(&w);
	line_error(&w, absent, "lost");
	is_span(out_text(&w), SPAN(""), "without an id nothing");
	memset(text, 1, sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	line_error(&w, SPAN("17"), "%s", text);
	line = out_text(&w);
	json_open(&j, line);
	ok(json_value(&j, NULL) == JSON_OBJECT && json_done(&j) && line.n < 20000, "a long error is cut to a good line");
	writer_close(&w);
}

static void ids(void)
{
	static const struct { const char *line, *id; } rows[] = {
		{ "{\"id\":17}", "17" }, { "{\"id\":17,", "17" }, { "{\"id\":17,\"a\":tru", "17" }, { "{\"a\":1,\"id\":\"x\",}", "\"x\"" },
		{ " {\"id\" : 17 }", "17" }, { "{\"\\u0069d\":17 ", "17" }, { "{\"a\":{\"id\":3},\"id\":17}", "17" }, { "{\"id\":17}garbage", "17" },
		{ "{\"id\":1", NULL }, { "{\"id\":", NULL }, { "{\"id\"", NULL }, { "{\"id\":\"x", NULL }, { "{\"a\":{\"id\":3}", NULL },
		{ "{\"a\":\"\xff\",\"id\":17}", NULL }, { "[{\"id\":17}]", NULL }, { "17", NULL }, { "", NULL }, { "{}", NULL }, { "{\"a\":[1,2,\"id\":17}", NULL },
	};
	static const struct { const char *raw; bool good; uint64_t n; } numbers[] = {
		{ "0", true, 0 }, { "17", true, 17 }, { "9007199254740991", true, ACK_ID_MAX }, { "9007199254740992", false, 0 }, { "-1", false, 0 },
		{ "1.0", false, 0 }, { "1e2", false, 0 }, { "\"17\"", false, 0 }, { "null", false, 0 }, { "{}", false, 0 }, { NULL, false, 0 },
	};
	uint64_t n;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct span line = tap_exact(span_of(rows[i].line));

		is_span(line_id(line), span_of(rows[i].id), "the id of row %zu", i);
		free((void *)(uintptr_t)line.p);
	}
	is_span(line_id(absent), absent, "no line, no id");
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		n = 99;
		ok(line_id_number(span_of(numbers[i].raw), &n) == numbers[i].good && n == (numbers[i].good ? numbers[i].n : 99), "%s as an id",
			numbers[i].raw ? numbers[i].raw : "nothing");
	}
}

int main(void)
{
	puts_member();
	tells();
	ids();
	return tap_end();
}
