/* SPDX-License-Identifier: Apache-2.0 */
#include "buf.h"
#include "tap.h"

static void appends(void)
{
	struct buf b = { 0 };

	is_span(buf_as_span(&b), SPAN(""), "a new buffer is empty, not absent");
	buf_put(&b, NULL, 0);
	buf_span(&b, (struct span){ NULL, 0 });
	ok(b.n == 0 && !b.full, "nothing appended is nothing");
	buf_lit(&b, "a\0b");
	buf_byte(&b, 'c');
	buf_printf(&b, "%d-%s", 7, "x");
	buf_span(&b, SPAN("end"));
	is_span(buf_as_span(&b), (struct span){ "a\0bc7-xend", 10 }, "pieces in order");
	ok(buf_reserve(&b, 0) != NULL && buf_reserve(&b, 100000) == b.p + b.n && b.cap >= b.n + 100000, "reserved room is behind the end");
	is_span(buf_as_span(&b), (struct span){ "a\0bc7-xend", 10 }, "and changes nothing");
	buf_reset(&b);
	ok(b.n == 0 && b.p, "reset keeps the memory");
	buf_free(&b);
	ok(!b.p && !b.n && !b.cap, "free gives it back");
	buf_free(&b);
	buf_lit(&b, "again");
	is_span(buf_as_span(&b), SPAN("again"), "a freed buffer is a new one");
	buf_free(&b);
}

static void bounds(void)
{
	struct buf b = { .max = 10 }, big = { 0 }, small = { .max = 8 };
	char text[600];

	buf_lit(&b, "12345");
	buf_lit(&b, "67890");
	ok(!b.full && b.n == 10, "as much as the maximum fits");
	buf_lit(&b, "");
	ok(!b.full, "nothing fits too");
	buf_byte(&b, 'x');
	ok(b.full, "one more does not");
	is_span(buf_as_span(&b), SPAN("1234567890"), "the buffer stays as it was");
	b.n = 2;
	buf_byte(&b, 'x');
	ok(b.full && b.n == 2 && !buf_reserve(&b, 1), "full stays full, even when there is room");
	buf_reset(&b);
	buf_lit(&b, "new");
	is_span(buf_as_span(&b), SPAN("new"), "until it is reset");
	buf_lit(&b, "123456789");
	ok(b.full && b.n == 3, "an append that does not fit leaves no half");
	buf_free(&b);
	ok(!buf_reserve(&big, SIZE_MAX) && big.full && big.n == 0, "sizes do not wrap");
	buf_free(&big);
	buf_lit(&big, "x");
	ok(!buf_reserve(&big, SIZE_MAX - 1) && !buf_reserve(&big, BUF_MAX), "nor behind something");
	buf_reset(&big);
	ok(buf_reserve(&big, BUF_MAX) != NULL && !big.full, "the maximum itself is allowed");
	buf_free(&big);
	memset(text, 'y', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	buf_printf(&big, "%s", text);
	is_span(buf_as_span(&big), span_of(text), "printf of any length");
	buf_free(&big);
	buf_printf(&small, "%s", "12345678");
	is_span(buf_as_span(&small), SPAN("12345678"), "printf of exactly the maximum");
	buf_printf(&small, "%s", "9");
	ok(small.full && small.n == 8, "and of more");
	buf_free(&small);
}

static void grows(void)
{
	struct buf b = { .max = 100000 };
	uint64_t seed = 1;
	unsigned bad = 0, n = 0;

	while (n < 100000) {
		unsigned k = (unsigned)(tap_random(&seed) % 300);

		for (k = k < 100000 - n ? k : 100000 - n; k; k--, n++)
			buf_byte(&b, (char)n);
		bad += b.cap > 100000 || b.full || b.n != n;
	}
	for (n = 0; n < 100000; n++)
		bad += b.p[n] != (char)n;
	is_int(bad, 0, "a hundred thousand bytes, one by one, never more memory than the maximum");
	buf_free(&b);
}

int main(void)
{
	appends();
	bounds();
	grows();
	return tap_end();
}
