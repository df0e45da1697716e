/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"
#include "tap.h"

#include <float.h>
#include <math.h>

static void integers(void)
{
	static const struct { const char *raw; bool is_int, is_uint; int64_t i; uint64_t u; } rows[] = {
		{ "0", true, true, 0, 0 }, { "-0", true, true, 0, 0 }, { "7", true, true, 7, 7 }, { "-7", true, false, -7, 0 },
		{ "9007199254740993", true, true, 9007199254740993, 9007199254740993 },
		{ "9223372036854775807", true, true, INT64_MAX, INT64_MAX }, { "9223372036854775808", false, true, 0, UINT64_C(1) << 63 },
		{ "-9223372036854775808", true, false, INT64_MIN, 0 }, { "-9223372036854775809", false, false, 0, 0 },
		{ "18446744073709551615", false, true, 0, UINT64_MAX }, { "18446744073709551616", false, false, 0, 0 },
		{ "18446744073709551620", false, false, 0, 0 }, { "99999999999999999999", false, false, 0, 0 },
		{ "100000000000000000000000000000000", false, false, 0, 0 }, { "1.0", false, false, 0, 0 }, { "1e3", false, false, 0, 0 },
		{ "-", false, false, 0, 0 }, { "", false, false, 0, 0 }, { "\"7\"", false, false, 0, 0 }, { "null", false, false, 0, 0 },
		{ NULL, false, false, 0, 0 },
	};

	for (size_t n = 0; n < sizeof(rows) / sizeof(*rows); n++) {
		struct span raw = span_of(rows[n].raw);
		const char *name = rows[n].raw ? rows[n].raw : "an absent number";
		int64_t i = 99;
		uint64_t u = 99;

		ok(json_int64(raw, &i) == rows[n].is_int && i == (rows[n].is_int ? rows[n].i : 99), "%s as int64", name);
		ok(json_uint64(raw, &u) == rows[n].is_uint && u == (rows[n].is_uint ? rows[n].u : 99), "%s as uint64", name);
	}
}

static void put_integers(void)
{
	struct buf b = { 0 };

	json_put_int64(&b, INT64_MIN);
	buf_byte(&b, ' ');
	json_put_int64(&b, INT64_MAX);
	buf_byte(&b, ' ');
	json_put_int64(&b, 0);
	buf_byte(&b, ' ');
	json_put_int64(&b, -10);
	buf_byte(&b, ' ');
	json_put_uint64(&b, UINT64_MAX);
	buf_byte(&b, ' ');
	json_put_uint64(&b, 0);
	is_span(buf_as_span(&b), SPAN("-9223372036854775808 9223372036854775807 0 -10 18446744073709551615 0"), "integers at their limits");
	buf_free(&b);
}

static void doubles(void)
{
	static const struct { double d; const char *text; } rows[] = {
		{ 0.0, "0.0" }, { -0.0, "-0.0" }, { 1.0, "1.0" }, { -2.5, "-2.5" }, { 0.1, "0.1" }, { 0.1 + 0.2, "0.30000000000000004" },
		{ 44.38, "44.38" }, { 44.380000000000003, "44.38" }, { 123456.789, "123456.789" }, { 1e15, "1000000000000000.0" },
		{ 9007199254740991.0, "9007199254740991.0" }, { 1e16, "1e+16" }, { 1e22, "1e+22" }, { 1e23, "1e+23" }, { 1e300, "1e+300" },
		{ -1e300, "-1e+300" }, { 1e-4, "0.0001" }, { 1e-5, "1e-05" }, { 1.7976931348623157e308, "1.7976931348623157e+308" },
		{ 2.2250738585072014e-308, "2.2250738585072014e-308" }, { 5e-324, "5e-324" }, { 1.5e-323, "1.5e-323" },
		{ 5.684341886080802e-14, "5.684341886080802e-14" }, { 9.5367431640625e-07, "9.5367431640625e-07" }, { 100.25, "100.25" },
		{ 0.000123, "0.000123" }, { 999999999999.999, "999999999999.999" }, { 1.0 / 3, "0.3333333333333333" },
		{ 18446744073709551616.0, "1.8446744073709552e+19" }, { 2e-3, "0.002" },
	};
	struct buf b = { 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		buf_reset(&b);
		json_put_double(&b, rows[i].d);
		is_span(buf_as_span(&b), span_of(rows[i].text), "%s", rows[i].text);
	}
	buf_free(&b);
}

static void read_doubles(void)
{
	static const struct { const char *raw; double d; } rows[] = {
		{ "0", 0 }, { "-0", -0.0 }, { "-0.0", -0.0 }, { "1e0", 1 }, { "1E+2", 100 }, { "44.38", 44.38 }, { "9007199254740993", 9007199254740992.0 },
		{ "9007199254740993.0000000000000000000000000000000000000000000000000000000000000000000000000000000000001", 9007199254740994.0 },
		{ "123456789012345678", 123456789012345678.0 }, { "0.000000000000000000000000000000000000000001", 1e-42 },
		{ "1.7976931348623157e308", DBL_MAX }, { "4.9e-324", 5e-324 }, { "1e-400", 0 }, { "0.1234567890123456", 0.1234567890123456 },
		{ "999999999999999", 999999999999999.0 }, { "0.000000000000001", 1e-15 }, { "123456789.123456", 123456789.123456 },
	};
	static const char *const bad[] = { "1e309", "-1e309", "null", "\"1\"", "[1]", "", "-" };
	double d;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct span raw = tap_exact(span_of(rows[i].raw));

		d = 99;
		ok(json_double(raw, &d) && d == rows[i].d && signbit(d) == signbit(rows[i].d), "read %.40s", rows[i].raw);
		free((void *)(uintptr_t)raw.p);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ok(!json_double(span_of(bad[i]), &d), "refuse '%s'", bad[i]);
	ok(!json_double((struct span){ NULL, 0 }, &d), "refuse an absent number");
}

/* Reads back the same bits, is JSON, and looks like a float. */
static bool returns(struct buf *b, double d)
{
	struct json j;
	struct span raw;
	double back;

	buf_reset(b);
	json_put_double(b, d);
	json_open(&j, buf_as_span(b));
	return json_value(&j, &raw) == JSON_NUMBER && json_done(&j) && json_double(raw, &back) && memcmp(&back, &d, sizeof(d)) == 0 &&
		b->n <= 25 && (memchr(b->p, '.', b->n) || memchr(b->p, 'e', b->n));
}

static size_t digits_of(struct span text)
{
	size_t first = text.n, last = 0, n = 0;

	for (size_t i = 0; i < text.n && text.p[i] != 'e'; i++)
		if (text.p[i] >= '1' && text.p[i] <= '9') {
			first = i < first ? i : first;
			last = i;
		}
	for (size_t i = first; i <= last && i < text.n; i++)
		n += text.p[i] >= '0' && text.p[i] <= '9';
	return n;
}

/* What printf finds, trying every number of digits. */
static size_t fewest_digits(double d)
{
	char text[40];

	for (int digits = 1; digits < 17; digits++) {
		snprintf(text, sizeof(text), "%.*e", digits - 1, d);
		if (strtod(text, NULL) == d)
			return digits_of(span_of(text));
	}
	return 17;
}

static void random_doubles(unsigned count)
{
	uint64_t seed = 42, bits;
	unsigned bad = 0, longer = 0;
	struct buf b = { 0 };
	double d;

	for (unsigned i = 0; i < count; i++) {
		bits = tap_random(&seed);
		memcpy(&d, &bits, sizeof(d));
		if (!isfinite(d))
			continue;
		if (!returns(&b, d) && bad++ < 10)
			diag("%a came out as %.*s", d, SPAN_ARG(buf_as_span(&b)));
		if (i % 16 == 0)
			longer += digits_of(buf_as_span(&b)) > fewest_digits(d);
	}
	is_int(bad, 0, "%u random bit patterns come back", count);
	is_int(longer, 0, "none with more digits than it needs");
	for (unsigned i = 0; i < count / 4; i++) {
		/* Amounts as people write them, at all magnitudes. */
		d = (double)(int64_t)(tap_random(&seed) >> (11 + tap_random(&seed) % 50)) / pow(10, (double)(tap_random(&seed) % 9));
		if (!returns(&b, d) && bad++ < 10)
			diag("%a came out as %.*s", d, SPAN_ARG(buf_as_span(&b)));
		if (i % 16 == 0 && d != 0 && digits_of(buf_as_span(&b)) > fewest_digits(d) && longer++ < 10)
			diag("%.17g came out as %.*s", d, SPAN_ARG(buf_as_span(&b)));
	}
	is_int(bad, 0, "decimals come back");
	is_int(longer, 0, "none with more digits than it needs");
	for (int e = -1074; e < 1024; e++)
		for (int step = -1; step <= 1; step++) {
			d = ldexp(1, e);
			d = step < 0 ? nextafter(d, 0) : step > 0 ? nextafter(d, INFINITY) : d;
			if (isfinite(d) && (!returns(&b, d) || (d != 0 && digits_of(buf_as_span(&b)) > fewest_digits(d))) && bad++ < 10)
				diag("%a came out as %.*s", d, SPAN_ARG(buf_as_span(&b)));
		}
	is_int(bad, 0, "powers of two and their neighbours come back");
	buf_free(&b);
}

int main(void)
{
	const char *count = getenv("TEST_DOUBLES");
	unsigned standard = getenv("CI") ? 1000000 : 200000;

	integers();
	put_integers();
	doubles();
	read_doubles();
	random_doubles(count ? (unsigned)strtoul(count, NULL, 10) : standard);
	return tap_end();
}
