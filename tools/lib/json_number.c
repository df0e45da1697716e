/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Powers of ten that a double holds exactly. */
static const double ten_to[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
	1e18, 1e19, 1e20, 1e21, 1e22 };

static inline bool is_digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

static bool digits_to_uint64(const char *p, const char *end, uint64_t *out)
{
	uint64_t n = 0;

	if (p == end)
		return false;
	for (; p < end; p++) {
		unsigned digit = (unsigned char)(*p - '0');

		if (digit > 9 || __builtin_mul_overflow(n, UINT64_C(10), &n) || __builtin_add_overflow(n, (uint64_t)digit, &n))
			return false;
	}
	*out = n;
	return true;
}

bool json_uint64(struct span raw, uint64_t *out)
{
	if (raw.n == 0)
		return false;
	if (raw.n == 2 && raw.p[0] == '-' && raw.p[1] == '0')
		raw = SPAN("0");
	return digits_to_uint64(raw.p, raw.p + raw.n, out);
}

bool json_int64(struct span raw, int64_t *out)
{
	bool negative = raw.n > 0 && raw.p[0] == '-';
	uint64_t n;

	if (raw.n == 0)
		return false;
	if (!digits_to_uint64(raw.p + negative, raw.p + raw.n, &n) || n > (uint64_t)INT64_MAX + negative)
		return false;
	*out = negative ? (int64_t)(0 - n) : (int64_t)n;
	return true;
}

/* Up to 15 digits and a power of ten up to 22 are exact as doubles, so that one multiplication or division rounds right
 * (Clinger's fast path). Says nothing of anything else. */
static bool short_decimal(const char *p, const char *end, double *out)
{
	uint64_t n = 0;
	int digits = 0, exponent = 0;
	bool negative = *p == '-';

	for (p += negative; p < end && is_digit(*p); p++, digits++)
		n = n * 10 + (unsigned)(*p - '0');
	if (digits > 15)
		return false;
	if (p < end && *p == '.')
		for (p++; p < end && is_digit(*p) && digits <= 15; p++, digits++, exponent--)
			n = n * 10 + (unsigned)(*p - '0');
	if (p < end || digits > 15 || digits == 0)
		return false;
	*out = (double)n / ten_to[-exponent];
	if (negative)
		*out = -*out;
	return true;
}

bool json_double(struct span raw, double *out)
{
	char small[64], *copy = small, *end;
	double d;
	bool good;

	if (json_type_of(raw) != JSON_NUMBER)
		return false;
	if (short_decimal(raw.p, raw.p + raw.n, out))
		return true;
	/* strtod wants a NUL. */
	if (raw.n >= sizeof(small) && !(copy = malloc(raw.n + 1)))
		return false;
	memcpy(copy, raw.p, raw.n);
	copy[raw.n] = '\0';
	d = strtod(copy, &end);
	good = end == copy + raw.n && isfinite(d);
	if (copy != small)
		free(copy);
	if (good)
		*out = d;
	return good;
}

void json_put_uint64(struct buf *b, uint64_t n)
{
	char text[20], *p = text + sizeof(text);

	do
		*--p = (char)('0' + n % 10);
	while (n /= 10);
	buf_put(b, p, (size_t)(text + sizeof(text) - p));
}

void json_put_int64(struct buf *b, int64_t n)
{
	char text[20], *p = text + sizeof(text);
	uint64_t u = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;

	do
		*--p = (char)('0' + u % 10);
	while (u /= 10);
	if (n < 0)
		*--p = '-';
	buf_put(b, p, (size_t)(text + sizeof(text) - p));
}

/* The text of n / 10^places; at least one digit on each side of the point. */
static void put_decimal(struct buf *b, bool negative, uint64_t n, int places)
{
	char text[32], *p = text + sizeof(text);

	if (places == 0)
		*--p = '0', *--p = '.';
	for (int i = 0; i <= places || n; i++) {
		if (i == places && places)
			*--p = '.';
		*--p = (char)('0' + n % 10);
		n /= 10;
	}
	if (negative)
		*--p = '-';
	buf_put(b, p, (size_t)(text + sizeof(text) - p));
}

/* At a power of two the doubles below lie twice as close as those above, so the nearest 16 digits may miss where the next
 * higher ones hit: raise the last digit by one. It is never a 9 here that matters: then fewer digits would have done. */
static void raise_last_digit(char *text)
{
	char *last = strchr(text, 'e');

	last = last ? last - 1 : text + strlen(text) - 1;
	if (is_digit(*last) && *last != '9')
		++*last;
}

/* Fifteen digits always survive in a double, so that %.15g finds the shortest text if that has at most 15 digits, and 17 are always
 * enough. Subnormal numbers carry less, so there the search starts at one digit. */
static void shortest(char text[32], double d)
{
	int exponent;
	bool power_of_two = fabs(frexp(d, &exponent)) == 0.5;

	for (int digits = fabs(d) < DBL_MIN ? 1 : 15; digits < 17; digits++) {
		snprintf(text, 32, "%.*g", digits, d);
		if (strtod(text, NULL) == d)
			return;
		if (digits == 16 && power_of_two) {
			raise_last_digit(text);
			if (strtod(text, NULL) == d)
				return;
		}
	}
	snprintf(text, 32, "%.17g", d);
}

void json_put_double(struct buf *b, double d)
{
	char text[32];
	double whole = fabs(d);

	if (whole < 9007199254740992.0 && whole == (double)(uint64_t)whole) {
		put_decimal(b, signbit(d), (uint64_t)whole, 0);
		return;
	}
	/* A few decimal places: if the quotient of two exact doubles is d, then that is how the text is read back. */
	for (int places = 1; places <= 6 && whole >= 1e-4 && whole * ten_to[places] < 1e15; places++) {
		double n = rint(whole * ten_to[places]);

		if (n / ten_to[places] == whole) {
			put_decimal(b, signbit(d), (uint64_t)n, places);
			return;
		}
	}
	shortest(text, d);
	buf_put(b, text, strlen(text));
	if (!strpbrk(text, ".e"))
		buf_lit(b, ".0");
}
