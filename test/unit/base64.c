/* SPDX-License-Identifier: Apache-2.0 */
#include "base64.h"
#include "tap.h"

static struct span encoded(struct buf *b, struct span bytes)
{
	buf_reset(b);
	base64_encode(b, bytes.p, bytes.n);
	return buf_as_span(b);
}

/* The vectors of RFC 4648, section 10. */
static void vectors(void)
{
	static const char *const rows[][2] = { { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" }, { "\xff\xfe\xfd", "//79" }, { "\xfb\xf0", "+/A=" } };
	struct buf b = { 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		is_span(encoded(&b, span_of(rows[i][0])), span_of(rows[i][1]), "encode to %s", rows[i][1]);
		buf_reset(&b);
		ok(base64_decode(&b, span_of(rows[i][1])), "%s decodes", rows[i][1]);
		is_span(buf_as_span(&b), span_of(rows[i][0]), "%s decodes to the bytes", rows[i][1]);
	}
	buf_free(&b);
}

static void refused(void)
{
	static const char *const bad[] = { "Z", "Zg", "Zg=", "Zg===", "=", "==", "===", "====", "Z===", "Zh==", "Zm9=", "Zm8=Zm8=", "Zg==Zg==",
		"Zm9v\n", " Zm9", "Zm 9", "Zm9v\nZm9v", "Zm_v", "Zm-v", "Zm9\x80", "Zm\xff=", "Z=9v", "=m9v", "Zm=v", "Zm9vZ=9vZm9v",
		"Zm9vZm9\xc3", "!m9vZm9v", "Zm9vZm9vZm9vZm9vZm9vZm9vZm9*" };
	struct buf b = { 0 };

	buf_lit(&b, "kept");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct span text = tap_exact(span_of(bad[i]));

		ok(!base64_decode(&b, text) && b.n == 4 && !b.full, "refuse row %zu and leave the buffer alone", i);
		free((void *)(uintptr_t)text.p);
	}
	is_int(base64_decode(&b, (struct span){ "Zm\0v", 4 }), false, "refuse a NUL");
	is_int(base64_decode(&b, (struct span){ NULL, 0 }), true, "no text is no bytes");
	buf_free(&b);
}

/* Every single byte at every place of the last two groups: taken exactly when encoding gives the same text again. */
static void canonical(void)
{
	struct buf b = { 0 }, again = { 0 };
	unsigned bad = 0, taken = 0;

	for (int place = 0; place < 8; place++)
		for (int c = 0; c < 256; c++)
			for (int form = 0; form < 3; form++) {
				static const char *const forms[] = { "Zm9vYmFy", "Zm9vYmE=", "Zm9vYg==" };
				char text[8];
				struct span s = { text, 8 };

				memcpy(text, forms[form], 8);
				text[place] = (char)c;
				buf_reset(&b);
				if (base64_decode(&b, s)) {
					taken++;
					bad += !span_eq(encoded(&again, buf_as_span(&b)), s);
				}
			}
	is_int(bad, 0, "what is taken is the one text of its bytes");
	/* 64 digits at 8, 6 and 5 places; the digit before the padding has 16 or 4 forms, and padding can be taken off or on. */
	ok(taken > 64 * 15 && taken < 64 * 24, "some of them are taken: %u", taken);
	buf_free(&b);
	buf_free(&again);
}

static void round_trip(void)
{
	struct buf text = { 0 }, back = { 0 };
	uint64_t seed = 1;
	unsigned bad = 0;

	for (size_t n = 0; n < 300; n++) {
		char bytes[300];
		struct span exact, digits;

		for (size_t i = 0; i < n; i++)
			bytes[i] = (char)tap_random(&seed);
		exact = tap_exact((struct span){ bytes, n });
		digits = tap_exact(encoded(&text, exact));
		buf_reset(&back);
		bad += digits.n != BASE64_SIZE(n) || !base64_decode(&back, digits) || !span_eq(buf_as_span(&back), exact);
		free((void *)(uintptr_t)exact.p);
		free((void *)(uintptr_t)digits.p);
	}
	is_int(bad, 0, "0 to 299 random bytes come back");
	buf_free(&text);
	buf_free(&back);
}

static void bounds(void)
{
	struct buf b = { .max = 10 };
	char zero[300] = { 0 };

	base64_encode(&b, zero, 6);
	is_int((int64_t)b.n, 8, "8 digits fit into 10 bytes");
	base64_encode(&b, zero, 6);
	ok(b.full && b.n == 8, "8 more make it full and change nothing");
	buf_free(&b);
	ok(!base64_decode(&b, SPAN("AAAAAAAAAAAAAAAA")) && b.n == 0, "decoding respects the maximum too");
	buf_free(&b);
}

int main(void)
{
	vectors();
	refused();
	canonical();
	round_trip();
	bounds();
	return tap_end();
}
