/* SPDX-License-Identifier: Apache-2.0 */
#include "record.h"
#include "tap.h"

static const struct span absent = { NULL, 0 };

#define META "\"metadata\":{\"namespace\":\"shop\",\"set\":\"orders\",\"userKey\":\"o-17\",\"digest\":\"7GuNIoca3f0yU8bTUgVi0W+Xfpc=\",\"msg\":\"write\"," \
	"\"gen\":7,\"lut\":1700000000123,\"exp\":0}"
#define MIN "\"metadata\":{\"namespace\":\"n\",\"digest\":\"d\",\"msg\":\"write\"}"

static void whole(void)
{
	struct span line = tap_exact(SPAN("{\"id\":17," META ",\"bins\":{\"qty\":42,\"sku\":\"A-9\",\"raw\":\"AAEC\",\"b\\u0061d\":1},"
		"\"types\":{\"/raw\":\"blob\",\"/x~1y\":\"map key-ordered\",\"/n\":7},\"to\":{\"kafka\":{\"topic\":\"o\"}},\"more\":[1]}"));
	struct record r;

	ok(record_parse(line, &r), "a whole record");
	is_span(r.line, line, "its line");
	is_span(r.id, SPAN("17"), "id");
	is_span(r.metadata, (struct span){ META + 11, sizeof(META) - 12 }, "metadata");
	is_span(r.ns, SPAN("\"shop\""), "namespace");
	is_span(r.set, SPAN("\"orders\""), "set");
	is_span(r.user_key, SPAN("\"o-17\""), "user key");
	is_span(r.digest, SPAN("\"7GuNIoca3f0yU8bTUgVi0W+Xfpc=\""), "digest");
	is_span(r.gen, SPAN("7"), "generation");
	is_span(r.lut, SPAN("1700000000123"), "last update time");
	is_span(r.exp, SPAN("0"), "expiry");
	is_span(r.durable, absent, "durable is absent");
	is_span(r.bins, SPAN("{\"qty\":42,\"sku\":\"A-9\",\"raw\":\"AAEC\",\"b\\u0061d\":1}"), "bins");
	is_span(r.to, SPAN("{\"kafka\":{\"topic\":\"o\"}}"), "to");
	ok(!r.is_delete && !r.skip && !r.error.p, "a write");
	is_span(record_bin(&r, SPAN("sku")), SPAN("\"A-9\""), "a bin");
	is_span(record_bin(&r, SPAN("bad")), SPAN("1"), "a bin whose name has an escape");
	is_span(record_bin(&r, SPAN("b\\u0061d")), absent, "names are plain text");
	is_span(record_bin(&r, SPAN("none")), absent, "no such bin");
	is_span(record_type(&r, "/raw"), SPAN("blob"), "a type");
	is_span(record_type(&r, "/x~1y"), SPAN("map key-ordered"), "a type of two words");
	is_span(record_type(&r, "/qty"), absent, "no type");
	is_span(record_type(&r, "/n"), absent, "a type that is no text");
	free((void *)(uintptr_t)line.p);
}

static void forms(void)
{
	struct record r;

	ok(record_parse(SPAN("{\"id\":17,\"skip\":true}"), &r) && r.skip && !r.error.p, "skip");
	is_span(r.id, SPAN("17"), "its id");
	ok(record_parse(SPAN("{\"id\":17,\"error\":\"bad \\n\"}"), &r) && !r.skip, "error");
	is_span(r.error, SPAN("\"bad \\n\""), "its text");
	ok(record_parse(SPAN("{\"skip\":true}"), &r) && r.skip && !r.id.p, "skip without an id");
	ok(record_parse(SPAN(" { \"bins\" : null , \"metadata\" : { \"msg\" : \"delete\" , \"namespace\" : \"n\" , \"set\" : null, \"durable\":true } , \"id\":null } "), &r),
		"members in any order, with white space");
	ok(r.is_delete && !r.bins.p && !r.set.p && !r.id.p && !r.digest.p, "null is absent");
	is_span(r.metadata, SPAN("{ \"msg\" : \"delete\" , \"namespace\" : \"n\" , \"set\" : null, \"durable\":true }"), "metadata without white space around");
	is_span(r.durable, SPAN("true"), "durable");
	is_span(record_bin(&r, SPAN("x")), absent, "a delete has no bins");
	ok(record_parse(SPAN("{" MIN ",\"skip\":false,\"error\":null}"), &r) && !r.skip && !r.error.p, "skip false and error null say nothing");
	ok(record_parse(SPAN("{" MIN ",\"id\":\"text\"}"), &r), "an id is anything");
	is_span(r.id, SPAN("\"text\""), "as it stands");
	ok(record_parse(SPAN("{" MIN ",\"\\u0069d\":5,\"m\\u0065tadata2\":{}}"), &r) && span_is(r.id, "5"), "escapes in names");
	ok(record_parse(SPAN("{" MIN ",\"bins\":{\"\\ud800\":1,\"\":2}}"), &r), "a name that is no text");
	is_span(record_bin(&r, SPAN("")), SPAN("2"), "is not taken for the empty one");
}

static void refused(void)
{
	static const struct { const char *line, *why, *id; } rows[] = {
		{ "", "text ends too early", NULL }, { "17", "expected an object", NULL }, { "[]", "expected an object", NULL }, { "{}", "no metadata", NULL },
		{ "{\"id\":17}", "no metadata", "17" }, { "{\"id\":17,\"bins\":{}}", "no metadata", "17" }, { "{\"id\":17,\"metadata\":null}", "no metadata", "17" },
		{ "{\"id\":17,\"metadata\":[]}", "no metadata", "17" }, { "{\"id\":17,\"metadata\":{}}", "namespace", "17" },
		{ "{\"id\":17,\"metadata\":{\"namespace\":5,\"msg\":\"write\"}}", "namespace", "17" },
		{ "{\"id\":17,\"metadata\":{\"namespace\":\"n\"}}", "msg", "17" }, { "{\"id\":17,\"metadata\":{\"namespace\":\"n\",\"msg\":\"update\"}}", "msg", "17" },
		{ "{\"id\":17,\"metadata\":{\"namespace\":\"n\",\"msg\":\"write\",\"digest\":5}}", "digest", "17" },
		{ "{\"id\":17,\"metadata\":{\"namespace\":\"n\",\"msg\":\"write\",\"set\":{}}}", "set", "17" },
		{ "{\"id\":17," MIN ",\"bins\":[]}", "bins", "17" }, { "{\"id\":17," MIN ",\"types\":\"x\"}", "types", "17" },
		{ "{\"id\":17," MIN "}x", "unexpected text", "17" }, { "{\"id\":17," MIN, "too early", "17" }, { "{\"id\":17," MIN ",}", "expected a key", "17" },
		{ "{\"id\":17,\"bins\":{\"a\":tru}}", "expected a value", "17" }, { "{\"id\":17,\"metadata\":{\"namespace\":\"\xff\"}}", "invalid UTF-8", "17" },
		{ "{\"id\":17," META "," MIN "}", "twice", "17" }, { "{\"id\":17,\"id\":18," MIN "}", "twice", "17" },
		{ "{\"id\":17," MIN ",\"to\":{},\"t\\u006f\":{}}", "twice", "17" },
		{ "{\"id\":17,\"metadata\":{\"namespace\":\"n\",\"namespace\":\"m\",\"msg\":\"write\"}}", "twice", "17" },
		/* What was cut inside the id must not look like another record's id. */
		{ "{\"id\":17", "too early", NULL }, { "{\"id\":1", "too early", NULL }, { "{\"id\":\"1", "too early", NULL },
	};
	struct record r;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct span line = tap_exact(span_of(rows[i].line));

		ok(!record_parse(line, &r) && r.why && strstr(r.why, rows[i].why) && r.offset <= line.n, "row %zu is refused: %s", i, rows[i].why);
		if (!r.why || !strstr(r.why, rows[i].why))
			diag("why: %s", r.why ? r.why : "(nothing)");
		is_span(r.id, span_of(rows[i].id), "its id as far as it could be read");
		free((void *)(uintptr_t)line.p);
	}
	ok(!record_parse(SPAN("{\"id\":17,\"x\":tru}"), &r) && r.offset == 16, "the offset says where");
}

static void every_prefix(void)
{
	struct span line = SPAN("{\"id\":17," META ",\"bins\":{\"q\":[1,{\"a\":\"\\u00e4\"}]},\"types\":{\"/q\":\"ordered\"}}");
	struct record r;
	unsigned bad = 0;

	for (size_t n = 0; n < line.n; n++) {
		struct span cut = tap_exact((struct span){ line.p, n });

		bad += record_parse(cut, &r) || !r.why || r.offset > n || (r.id.p && !span_is(r.id, "17"));
		free((void *)(uintptr_t)cut.p);
	}
	is_int(bad, 0, "a record that was cut is refused wherever it was");
}

static void to_whom(void)
{
	static const struct { const char *to; enum record_to says; const char *own; } rows[] = {
		{ "null", RECORD_TO_ALL, NULL },
		{ "{}", RECORD_TO_OTHERS, NULL },
		{ "{\"kafka\":\"t\"}", RECORD_TO_US, "\"t\"" },
		{ "{\"http\":{\"kafka\":1},\"kafka\" : { \"topic\":\"t\" } }", RECORD_TO_US, "{ \"topic\":\"t\" }" },
		{ "{\"kaf\\u006ba\":true}", RECORD_TO_US, "true" },
		{ "{\"kafka\":{}}", RECORD_TO_US, "{}" },
		{ "{\"kafka\":null}", RECORD_TO_OTHERS, NULL },
		{ "{\"kafka\":false,\"http\":true}", RECORD_TO_OTHERS, NULL },
		{ "{\"kafk\":true,\"kafkas\":true}", RECORD_TO_OTHERS, NULL },
		{ "\"kafka\"", RECORD_TO_BAD, NULL },
		{ "[\"kafka\"]", RECORD_TO_BAD, NULL },
		{ "true", RECORD_TO_BAD, NULL },
	};
	struct record r;
	struct span own;

	record_parse(SPAN("{" MIN "}"), &r);
	ok(record_to(&r, "kafka", &own) == RECORD_TO_ALL && !own.p, "without `to` it is for every sink");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char text[200];

		snprintf(text, sizeof(text), "{" MIN ",\"to\":%s}", rows[i].to);
		record_parse(span_of(text), &r);
		is_int(record_to(&r, "kafka", &own), rows[i].says, "to: %s", rows[i].to);
		is_span(own, span_of(rows[i].own), "what it says to us");
	}
}

int main(void)
{
	whole();
	to_whom();
	forms();
	refused();
	every_prefix();
	return tap_end();
}
