/* SPDX-License-Identifier: Apache-2.0 */
#include "decimal.h"
#include "json.h"

#define DIGITS_MAX (DECIMAL_BYTES_MAX * 5 / 2 + 2)

static const char *unscaled(struct buf *out, struct span bytes)
{
	uint64_t n = (unsigned char)bytes.p[0] & 0x80 ? UINT64_MAX : 0;
	size_t at = 0;

	/* Bytes that only repeat the sign don't count. */
	while (bytes.n - at > 8 && (unsigned char)bytes.p[at] == (n & 0xff))
		at++;
	if (bytes.n - at > 8 || (((unsigned char)bytes.p[at] & 0x80) != 0) != (n != 0))
		return "a decimal does not fit 64 bits";
	for (; at < bytes.n; at++)
		n = n << 8 | (unsigned char)bytes.p[at];
	json_put_int64(out, (int64_t)n);
	return NULL;
}

/* The digits of the absolute value, least significant first; how many. 0 is one digit. */
static size_t digits(struct span bytes, char *to)
{
	unsigned char magnitude[DECIMAL_BYTES_MAX];
	const bool negative = (unsigned char)bytes.p[0] & 0x80;
	size_t first = 0, n = 0;
	unsigned carry = negative;

	for (size_t i = bytes.n; i-- > 0;) {
		unsigned b = (unsigned char)bytes.p[i];

		if (negative) {
			b = (~b & 0xff) + carry;
			carry = b >> 8;
		}
		magnitude[i] = (unsigned char)b;
	}
	do {	/* divide by ten, over and over */
		unsigned rest = 0;

		for (size_t i = first; i < bytes.n; i++) {
			rest = rest << 8 | magnitude[i];
			magnitude[i] = (unsigned char)(rest / 10);
			rest %= 10;
		}
		to[n++] = (char)('0' + rest);
		while (first < bytes.n && !magnitude[first])
			first++;
	} while (first < bytes.n);
	return n;
}

const char *decimal_put(struct buf *out, struct span bytes, int scale, enum decimal_form form)
{
	char text[DIGITS_MAX];
	size_t n;

	if (bytes.n == 0)
		bytes = SPAN("\0");
	if (bytes.n > DECIMAL_BYTES_MAX || scale > DECIMAL_SCALE_MAX || scale < -DECIMAL_SCALE_MAX)
		return "a decimal is too long";
	if (form == DECIMAL_UNSCALED)
		return unscaled(out, bytes);
	n = digits(bytes, text);
	if (form == DECIMAL_TEXT)
		buf_byte(out, '"');
	if ((unsigned char)bytes.p[0] & 0x80)
		buf_byte(out, '-');
	if (scale > 0 && n <= (size_t)scale) {	/* 0.05 */
		buf_lit(out, "0.");
		for (size_t i = n; i < (size_t)scale; i++)
			buf_byte(out, '0');
	}
	for (size_t i = n; i-- > 0;) {
		buf_byte(out, text[i]);
		if (scale > 0 && i == (size_t)scale)
			buf_byte(out, '.');
	}
	for (; scale < 0 && !(n == 1 && text[0] == '0'); scale++)
		buf_byte(out, '0');
	if (form == DECIMAL_TEXT)
		buf_byte(out, '"');
	return NULL;
}
