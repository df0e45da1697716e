/* SPDX-License-Identifier: Apache-2.0 */
/* The gateway's filter language, driven by test/fixtures/filter-text.tsv. */
#include "filter_text.h"

#include "fixture.h"
#include "msgpack_read.h"
#include "tap.h"

static struct buf out, want;

static void cases(void)
{
	struct span file = tap_file("test/fixtures/filter-text.tsv");
	struct fixture f = { .rest = file };

	while (fixture_next(&f)) {
		struct span text = tap_exact(f.column[0]);
		const char *why = NULL;
		size_t offset = 0;
		bool good;

		buf_reset(&out);
		buf_byte(&out, 'x');
		good = filter_text(&out, text, &why, &offset);
		if (span_is(f.column[1], "!")) {
			ok(!good && out.n == 1, "%.*s: is refused", SPAN_ARG(text));
			is_span(span_of(why), f.column[3], "%.*s: the reason", SPAN_ARG(text));
			is_int((int64_t)offset, strtol(f.column[2].p, NULL, 10), "%.*s: the place", SPAN_ARG(text));
		} else if (ok(good, "%.*s: %s", SPAN_ARG(text), good ? "is taken" : why)) {
			buf_reset(&want);
			buf_byte(&want, 'x');
			fixture_hex(&want, f.column[1]);
			ok(span_eq(buf_as_span(&out), buf_as_span(&want)), "%.*s: the expression", SPAN_ARG(text));
		}
		free((void *)(uintptr_t)text.p);
	}
	free((void *)(uintptr_t)file.p);
}

static void put_many(struct buf *b, const char *text, unsigned n)
{
	buf_reset(b);
	for (unsigned i = 0; i < n; i++)
		buf_put(b, text, strlen(text));
}

static void bounds(void)
{
	struct buf text = { 0 }, small = { .max = 7 };
	const char *why;
	size_t offset;
	struct mp m;

	put_many(&text, "a == 1 and ", 400);
	buf_lit(&text, "a == 2");
	buf_reset(&out);
	ok(filter_text(&out, buf_as_span(&text), &why, &offset), "401 comparisons");
	mp_open(&m, buf_as_span(&out));
	ok(mp_skip(&m) && mp_left(&m) == 0 && memcmp(out.p, "\xdc\x01\x92\x10", 4) == 0, "in one list");
	put_many(&text, "(", 1000);
	buf_reset(&out);
	ok(!filter_text(&out, buf_as_span(&text), &why, &offset), "a thousand parentheses");
	is_str(why, "nested too deeply", "are too deep");
	put_many(&text, "not ", 1000);
	ok(!filter_text(&out, buf_as_span(&text), &why, &offset), "so are a thousand nots");
	put_many(&text, "a == 1 and ", 10000);
	ok(!filter_text(&out, buf_as_span(&text), &why, &offset), "and a hundred thousand bytes too long");
	ok(!filter_text(&out, SPAN("a\xff == 1"), &why, &offset), "what is no UTF-8 is refused");
	ok(!filter_text(&small, SPAN("a == 1"), &why, &offset), "and what does not fit");
	is_str(why, "too large", "says so");
	buf_free(&text);
	buf_free(&small);
}

int main(void)
{
	cases();
	bounds();
	buf_free(&out);
	buf_free(&want);
	return tap_end();
}
