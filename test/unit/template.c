/* SPDX-License-Identifier: Apache-2.0 */
#include "tap.h"
#include "template.h"

static const char line[] = "{\"metadata\":{\"namespace\":\"shop\",\"set\":\"a/b c\",\"digest\":\"7GuNIoca3f0yU8bTUgVi0W+Xfpc=\",\"msg\":\"write\",\"gen\":7},"
	"\"bins\":{\"n\":9007199254740993,\"s\":\"Z\\u00fcrich\",\"t\":true,\"l\":[1],\"z\":null,\"d\":\"..\",\"e\":\"\",\"c\":\"x\\r\\ny\"}}";

static struct buf out;

static void check(const char *text, enum template_use use, const char *want, bool retry, const char *what)
{
	struct template *t;
	struct record r;
	const char *why;
	size_t offset;
	bool again = false, good;

	t = template_parse(span_of(text), TEMPLATE_FAIL, &why, &offset);
	if (!ok(t, "%s: %s", what, text))
		return;
	record_parse(span_of(line), &r);
	buf_reset(&out);
	buf_lit(&out, "before:");
	good = template_write(&out, t, &r, use, &again, &why);
	if (want) {
		ok(good, "%s can be filled", text);
		is_span((struct span){ out.p + 7, out.n - 7 }, span_of(want), "%s", text);
	} else {
		ok(!good && why && out.n == 7, "%s can't be filled: %s", text, good ? "" : why);
		is_int(again, retry, "and this may pass: %d", retry);
	}
	template_free(t);
}

static void bad(const char *text, size_t at)
{
	const char *why;
	size_t offset;
	struct template *t = template_parse(span_of(text), TEMPLATE_FAIL, &why, &offset);

	ok(!t, "%s is refused: %s", text, why);
	is_int((int64_t)offset, (int64_t)at, "at its place");
}

static void computed(void)
{
	const char *why, *text = "{\"metadata\":{\"namespace\":\"shop\",\"set\":\"orders\",\"userKey\":\"o-17\",\"msg\":\"write\"},\"bins\":{}}";
	struct template *t;
	struct record r;
	size_t offset;
	bool retry;

	t = template_parse(SPAN("{set|use-digest}/{digest}/{bin:x|use_digest}"), TEMPLATE_IGNORE, &why, &offset);
	record_parse(span_of(text), &r);
	buf_reset(&out);
	ok(template_write(&out, t, &r, TEMPLATE_TEXT, &retry, &why), "a digest is computed");
	is_span(buf_as_span(&out), SPAN("orders/7GuNIoca3f0yU8bTUgVi0W+Xfpc=/7GuNIoca3f0yU8bTUgVi0W+Xfpc="), "from set and user key");
	template_free(t);
}

int main(void)
{
	struct template *t;
	const char *why;
	size_t offset;

	check("http://h/{namespace}/{set}", TEMPLATE_URL, "http://h/shop/a%2Fb%20c", false, "a URL");
	check("http://h/{digest}?q={bin:n}&r={bin:s}", TEMPLATE_URL, "http://h/7GuNIoca3f0yU8bTUgVi0W%2BXfpc%3D?q=9007199254740993&r=Z%C3%BCrich",
		false, "values in a URL");
	check("{set} {bin:s} {gen} {msg} {bin:t}", TEMPLATE_TEXT, "a/b c Zürich 7 write true", false, "text");
	check("{{{set}}}", TEMPLATE_TEXT, "{a/b c}", false, "braces");
	check("", TEMPLATE_TEXT, "", false, "nothing");
	check("x{userKey}", TEMPLATE_TEXT, NULL, true, "missing");
	check("x{userKey|ignore}", TEMPLATE_TEXT, NULL, false, "missing, for good");
	check("x{userKey|USE_digest}", TEMPLATE_TEXT, "x7GuNIoca3f0yU8bTUgVi0W+Xfpc=", false, "missing, the digest");
	check("{bin:l}", TEMPLATE_TEXT, NULL, true, "a list is no text");
	check("{bin:z}", TEMPLATE_TEXT, NULL, true, "null is none");
	check("{bin:e}", TEMPLATE_TEXT, NULL, true, "an empty text is none");
	check("{bin:q}", TEMPLATE_TEXT, NULL, true, "no such bin");
	check("http://h/{bin:d}/x", TEMPLATE_URL, NULL, false, "dots in a path");
	check("http://h/?x={bin:d}", TEMPLATE_URL, "http://h/?x=..", false, "dots in a query");
	check("{bin:d}", TEMPLATE_TEXT, "..", false, "dots in text");
	bad("http://h/{sett}", 9);
	bad("{set", 0);
	bad("a}b", 1);
	bad("{set|drop}", 0);
	bad("{}", 0);
	bad("{bin:}", 0);
	t = template_parse(SPAN("http://h/a{{b"), TEMPLATE_FAIL, &why, &offset);
	ok(template_fixed(t), "without a place it is fixed");
	template_free(t);
	t = template_parse(SPAN("{set}"), TEMPLATE_FAIL, &why, &offset);
	ok(!template_fixed(t), "with one it is not");
	template_free(t);
	is_int(template_missing_of(SPAN("Use_Digest")), TEMPLATE_USE_DIGEST, "case and _ do not matter");
	is_int(template_missing_of(SPAN("fai")), -1, "half a word is none");
	is_int(template_missing_of(SPAN("failx")), -1, "nor is a longer one");
	computed();
	buf_free(&out);
	return tap_end();
}
