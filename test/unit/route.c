/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tools/cn-route/dest.c"
#include "../../tools/cn-route/memo.c"
#include "../../tools/cn-route/program.c"

#include "jq_values.h"
#include "tap.h"
#include "transform.h"

/* What a program sees, as text: "metadata.set metadata.msg bins". */
static const char *seen(const char *program)
{
	static struct buf b;
	struct jq_sight s;

	buf_reset(&b);
	jq_sight_find(&s, span_of(program));
	for (size_t i = 0; i < s.n && !s.all; i++) {
		if (s.tops[i].whole || s.tops[i].n == 0)
			buf_printf(&b, "%s%.*s", b.n ? " " : "", SPAN_ARG(s.tops[i].name));
		for (size_t k = 0; k < s.tops[i].n && !s.tops[i].whole; k++)
			buf_printf(&b, "%s%.*s.%.*s", b.n ? " " : "", SPAN_ARG(s.tops[i].name), SPAN_ARG(s.tops[i].subs[k]));
	}
	buf_byte(&b, '\0');
	return s.all ? "all" : b.p;
}

static void test_sight(void)
{
	static const struct { const char *program, *sees; } cases[] = {
		{ ".", "all" },
		{ "", "all" },
		{ "..", "all" },
		{ ".[]", "all" },
		{ "null", "" },
		{ "{kafka: {topic: \"x\"}}", "" },
		{ "{kafka: {topic: .metadata.set}}", "metadata.set" },
		{ "{ kafka: { topic: (.metadata.set // \"other\"), key: .metadata.digest } }", "metadata.set metadata.digest" },
		{ ".metadata", "metadata" },
		{ ".metadata, .metadata.set", "metadata" },
		{ ".bins.a.b.c", "bins.a" },
		{ ".bins[\"a\"].b", "bins.a" },
		{ ".bins | .a", "bins.a" },
		{ ".bins | keys", "bins" },
		{ ".bins[.id]", "bins id" },
		{ "select(.id == 1) | .bins.a", "id bins.a" },
		{ "select(.id == 1)", "all" },
		{ "\"\\(.bins.a)-\\(.id)\"", "bins.a id" },
		{ "\"\\(.)\"", "all" },
		{ "if .id then .bins.a else empty end", "id bins.a" },
		{ "if . then 1 else 2 end", "all" },
		{ ".bins.a as $a | .id + $a", "bins.a id" },
		{ ". as $r | $r.id", "all" },
		{ ".bins.a | test(\"x\")", "bins.a" },
		{ "has(\"x\")", "all" },
		{ "error(\"x \\(.id)\")", "id" },
		{ "error", "all" },
		{ "{id}", "id" },
		{ "{\"id\"}", "id" },
		{ "-.id", "id" },
		{ "1 - .id", "id" },
		{ ".id = 1", "all" },
		{ ".id |= 1", "all" },
		{ ".id += 1", "all" },
		{ ".id //= 1", "all" },
		{ "def f: .id; f", "all" },
		{ "include \"cn\"; .id", "all" },
		{ "m::f", "all" },
		{ "reduce .a as $x (0; 1)", "all" },
		{ "try .id", "all" },
		{ ".id # .bins", "id" },
		{ ".id | # .bins\n .x", "id.x" },
		{ ".id?", "id" },
		{ "[.id, .bins.b[0:2]]", "id bins.b" },
		{ "@base64 \"\\(.id)\"", "id" },
		{ ".id | @json", "id" },
		{ "$x.a + .id", "id" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		is_span(span_of(seen(cases[i].program)), span_of(cases[i].sees), "sees: %s", cases[i].program);
}

static void test_memo(void)
{
	static struct memo m;
	struct jq_sight s;
	struct span text = { NULL, 0 };
	enum verdict v = VERDICT_SKIP;

	jq_sight_find(&s, SPAN(".metadata.set, .bins.a"));
	ok(!memo_find(&m, &s, SPAN("{\"id\":1,\"metadata\":{\"set\":\"x\"},\"bins\":{\"a\":1,\"b\":2}}"), &v, &text), "new to it");
	memo_keep(&m, VERDICT_TO, SPAN("{}"));
	ok(memo_find(&m, &s, SPAN("{\"id\":2,\"metadata\":{\"n\":1,\"set\":\"x\"},\"bins\":{\"a\":1,\"b\":3}}"), &v, &text) && v == VERDICT_TO,
		"what is not seen may differ");
	is_span(text, SPAN("{}"), "the answer is the same");
	ok(!memo_find(&m, &s, SPAN("{\"metadata\":{\"set\":\"x\"},\"bins\":{\"a\":2}}"), &v, &text), "another bin");
	ok(!memo_find(&m, &s, SPAN("{\"metadata\":{\"set\":\"x\"}}"), &v, &text), "no bins");
	ok(!memo_find(&m, &s, SPAN("{\"metadata\":{\"set\":\"x\"},\"bins\":{}}"), &v, &text), "no bin");
	ok(!memo_find(&m, &s, SPAN("{\"metadata\":{\"set\":1},\"bins\":{\"a\":\"x\"}}"), &v, &text), "values that have changed places");
	static const char *const impure[] = { "now", ".id | debug", "input_line_number", "{a: now}", "halt", "\"\\(now)\"" };
	for (size_t i = 0; i < sizeof(impure) / sizeof(*impure); i++) {
		jq_sight_find(&s, span_of(impure[i]));
		ok(s.all || s.impure, "never from memory: %s", impure[i]);
	}
	memo_free(&m);
}

static void test_transform(void)
{
	static const struct { const char *how, *from, *to; } cases[] = {
		{ "lowercase", "AbÄ", "abÄ" }, { "uppercase", "abä", "ABä" }, { "trim", " \t a b \n", "a b" }, { "trim", "  ", "" },
		{ "s/a/b/", "aaa", "baa" }, { "s/a/b/g", "aaa", "bbb" }, { "s/A/b/gi", "aAa", "bbb" }, { "s/(a)(b)/\\2$1/", "xab", "xba" },
		{ "s/^/p-/", "a", "p-a" }, { "s/$/-s/", "a", "a-s" }, { "s/x*/-/g", "abc", "-a-b-c-" }, { "s/^a/b/g", "aaa", "baa" },
		{ "s/./&&/g", "ab", "aabb" }, { "s/a/\\&/", "a", "&" }, { "s/a/\\$1/", "a", "$1" }, { "s,a/b,c,", "a/b", "c" },
		{ "s/a\\/b/c/", "a/b", "c" }, { "s/(x)?a/[$1]/", "a", "[]" }, { "s/b//", "abc", "ac" }, { "s/a/b/", "", "" },
		/* Java's: what String.replaceAll and replaceFirst give. */
		{ "j/a/b/", "aaa", "baa" }, { "j/a/b/g", "aaa", "bbb" }, { "j/A/b/gi", "aAa", "bbb" }, { "j/^x_(.*)/$1/g", "x_a", "a" },
		{ "j/\\d+/#/g", "a12b3", "a#b#" }, { "j/(?:a|ab)(c|bcd)(d*)/<$1|$2>/g", "abcd", "<bcd|>" }, { "j/x*/-/g", "abc", "-a-b-c-" },
		{ "j/.*/x/g", "abc", "xx" }, { "j/(?<n>b)/[${n}]/", "abc", "a[b]c" }, { "j/a/&/", "a", "&" }, { "j/a/\\$1/", "a", "$1" },
		{ "j/(a)(x)?/[$2]/", "a", "[]" }, { "j/(a)/$10/", "a", "a0" }, { "j/^a/b/g", "aaa", "baa" }, { "j/(?=b)/-/g", "abab", "a-ba-b" },
		{ "j,a/b,c,", "a/b", "c" }, { "j/./x/g", "äö", "xx" }, { "j/[a-z&&[^b]]/x/g", "abc", "xbx" }, { "j/\\p{Upper}/x/g", "aBc", "axc" },
		{ "j/(a*)*b/x/g", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac" },
	};
	static const char *const bad[] = { "j/(/x/", "j/a/$1/", "j/a/${n}/", "j/a/$/", "j/a/b", "j/a/b/x", "s/(/x/", "jump" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct transform t;
		const char *why = transform_parse(&t, bad[i]);

		ok(why != NULL, "%s is none: %s", bad[i], why ? why : "");
	}


	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct transform t;
		struct buf name = { .max = 4096 };

		if (!ok(transform_parse(&t, cases[i].how) == NULL, "%s is a transform", cases[i].how))
			continue;
		buf_span(&name, span_of(cases[i].from));
		transform_apply(&t, &name);
		is_span(buf_as_span(&name), span_of(cases[i].to), "%s of \"%s\"", cases[i].how, cases[i].from);
		transform_free(&t);
		buf_free(&name);
	}
}

static void test_censor(void)
{
	static const struct { const char *from, *to; } cases[] = {
		{ "string (\"A-9\") and number (42) cannot be added", "string (...) and number (...) cannot be added" },
		{ "object ({\"a\":\"b) and...) and array ([1]) cannot be added", "object (...) and array (...) cannot be added" },
		{ "Cannot index number with string \"x\"", "Cannot index number with string \"x\"" },
		{ "null (null) has no keys", "null (...) has no keys" },
		{ "Invalid literal at line 1, column 3 (while parsing 'abc')", "Invalid literal at line 1, column 3 (while parsing '...')" },
		{ "no route", "no route" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct buf b = { 0 };

		jq_program_censor(&b, span_of(cases[i].from));
		is_span(buf_as_span(&b), span_of(cases[i].to), "logged: %s", cases[i].from);
		buf_free(&b);
	}
}

static void test_dest(void)
{
	enum dest_kind kind;
	struct span name;
	struct buf b = { 0 };

	ok(!dest_parse("kafka:a.b_C-9", &kind, &name) && kind == DEST_KAFKA && span_is(name, "a.b_C-9"), "a Kafka topic");
	ok(!dest_parse("http:a:b \"c\"", &kind, &name) && kind == DEST_HTTP, "an HTTP destination may be called anything");
	dest_put(&b, kind, name, (struct span){ NULL, 0 });
	is_span(buf_as_span(&b), SPAN("\"http\":{\"destination\":\"a:b \\\"c\\\"\"}"), "and is escaped");
	static const char *const bad[] = { "", "kafka", "kafka:", "kafka:.", "kafka:..", "kafka:a b", "kafka:\xc3\xa4", "Kafka:a", "http:a\nb", "http:\xff" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ok(dest_parse(bad[i], &kind, &name) != NULL, "no destination: \"%s\"", i < 6 ? bad[i] : "...");
	buf_free(&b);
}

int main(void)
{
	test_sight();
	test_memo();
	test_transform();
	test_censor();
	test_dest();
	return tap_end();
}
