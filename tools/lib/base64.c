/* SPDX-License-Identifier: Apache-2.0 */
#include "base64.h"

#include <endian.h>
#include <stdint.h>

static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#define XX 0xff
static const uint8_t value[256] = {
	XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
	XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
	XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, 62, XX, XX, XX, 63,
	52, 53, 54, 55, 56, 57, 58, 59, 60, 61, XX, XX, XX, XX, XX, XX,
	XX,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14,
	15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, XX, XX, XX, XX, XX,
	XX, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
	41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, XX, XX, XX, XX, XX,
	XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
	XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
	XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
	XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
	XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
	XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
	XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
	XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
};

/* What each digit gives to the three bytes of its group of four, by its place in the group; the bytes in the order of memory, the
 * fourth one not zero for what is no digit. */
static uint32_t part[4][256];
#define NO_DIGIT UINT32_C(0xff000000)

__attribute__((constructor)) static void fill_parts(void)
{
	for (unsigned c = 0; c < 256; c++) {
		uint32_t v = value[c];

		part[0][c] = v == XX ? NO_DIGIT : v << 2;
		part[1][c] = v == XX ? NO_DIGIT : v >> 4 | (v & 15) << 12;
		part[2][c] = v == XX ? NO_DIGIT : (v >> 2) << 8 | (v & 3) << 22;
		part[3][c] = v == XX ? NO_DIGIT : v << 16;
	}
}

void base64_encode(struct buf *b, const void *data, size_t n)
{
	const uint8_t *p = data;
	char *out = buf_reserve(b, BASE64_SIZE(n));

	if (!out)
		return;
	b->n += BASE64_SIZE(n);
	/* Eight bytes are read to use six of them: 48 bits are 8 digits. */
	for (; n >= 8; n -= 6, p += 6, out += 8) {
		uint64_t v;

		memcpy(&v, p, sizeof(v));
		v = be64toh(v);
		out[0] = digit[v >> 58];
		out[1] = digit[v >> 52 & 63];
		out[2] = digit[v >> 46 & 63];
		out[3] = digit[v >> 40 & 63];
		out[4] = digit[v >> 34 & 63];
		out[5] = digit[v >> 28 & 63];
		out[6] = digit[v >> 22 & 63];
		out[7] = digit[v >> 16 & 63];
	}
	for (; n >= 3; n -= 3, p += 3, out += 4) {
		out[0] = digit[p[0] >> 2];
		out[1] = digit[(p[0] & 3) << 4 | p[1] >> 4];
		out[2] = digit[(p[1] & 15) << 2 | p[2] >> 6];
		out[3] = digit[p[2] & 63];
	}
	if (n) {
		out[0] = digit[p[0] >> 2];
		out[1] = digit[(p[0] & 3) << 4 | (n == 2 ? p[1] >> 4 : 0)];
		out[2] = n == 2 ? digit[(p[1] & 15) << 2] : '=';
		out[3] = '=';
	}
}

/* The last four digits, with or without padding: bytes written, or -1. */
static int decode_last(const uint8_t *s, uint8_t *out)
{
	unsigned pad = s[3] == '=' ? 1 + (s[2] == '=') : 0;
	uint8_t a = value[s[0]], b = value[s[1]], c = pad == 2 ? 0 : value[s[2]], d = pad ? 0 : value[s[3]];

	/* Bits that no byte needs must be zero, or one blob would have several texts. */
	if (((a | b | c | d) & 0x80) || (pad == 2 && b & 15) || (pad == 1 && c & 3))
		return -1;
	out[0] = (uint8_t)(a << 2 | b >> 4);
	if (pad < 2)
		out[1] = (uint8_t)(b << 4 | c >> 2);
	if (pad < 1)
		out[2] = (uint8_t)(c << 6 | d);
	return 3 - (int)pad;
}

bool base64_decode(struct buf *buf, struct span text)
{
	const uint8_t *s = (const uint8_t *)text.p;
	uint8_t *start, *out;
	int last;

	if (text.n % 4)
		return false;
	if (text.n == 0)
		return true;
	start = out = (uint8_t *)buf_reserve(buf, text.n / 4 * 3);
	if (!out)
		return false;
	for (size_t n = text.n - 4; n; n -= 4, s += 4, out += 3) {
		uint32_t group = part[0][s[0]] | part[1][s[1]] | part[2][s[2]] | part[3][s[3]];

		if (group & NO_DIGIT)
			return false;
		/* One byte too many: the last group, which has room of its own, writes over it. */
		group = htole32(group);
		memcpy(out, &group, sizeof(group));
	}
	last = decode_last(s, out);
	if (last < 0)
		return false;
	buf->n += (size_t)(out - start) + (size_t)last;
	return true;
}
