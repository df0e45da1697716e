/* SPDX-License-Identifier: Apache-2.0 */
#include "expression.h"
#include "tap.h"

static struct buf b;

#define IS(bytes, what) is_span(buf_as_span(&b), SPAN(bytes), what)

int main(void)
{
	/* [4, [66], n]: codes and layout are those of the reference's live examples, 6.8. */
	expression_last_update(&b, EXPRESSION_GE, 1);
	IS("\x93\x04\x91\x42\xcf\0\0\0\0\0\x0f\x42\x40", "last update >= 1 ms");
	buf_reset(&b);
	expression_last_update(&b, EXPRESSION_LT, 1700000000123);
	IS("\x93\x05\x91\x42\xcf\x17\x97\x9c\xfe\x3d\x7e\xd4\xc0", "last update < a time of today");
	ok(expression_whole(buf_as_span(&b)), "one value");
	buf_reset(&b);
	expression_last_update(&b, EXPRESSION_LT, INT64_MAX);
	ok(expression_whole(buf_as_span(&b)) && (uint8_t)b.p[5] < 0x80, "a time that has no nanoseconds stays a positive one");
	buf_reset(&b);
	expression_bin_missing_or(&b, SPAN("v"), EXPRESSION_LT, 7);
	IS("\x93\x11\x93\x01\x92\x52\xa1v\0\x93\x05\x93\x51\x02\xa1v\x07", "no bin v, or v < 7");
	buf_reset(&b);
	expression_and(&b, SPAN("\xc3"), SPAN("\xc2"));
	IS("\x93\x10\xc3\xc2", "and");
	buf_reset(&b);
	expression_read_last_update(&b);
	IS("\x92\x91\x42\0", "the value of a read op");
	buf_reset(&b);
	expression_read_set(&b);
	IS("\x92\x91\x46\0", "the value of a read op that asks for the set");
	ok(!expression_whole(SPAN("")) && !expression_whole(SPAN("\x93\x01")) && !expression_whole(SPAN("\xc3\xc3")), "none, cut short, two");
	ok(expression_whole(SPAN("\x93\x01\x93\x51\x02\xa1" "a\x07")), "a == 7");
	buf_free(&b);
	return tap_end();
}
