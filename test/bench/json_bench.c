/* SPDX-License-Identifier: Apache-2.0 */
#include "base64.h"
#include "clock.h"
#include "json.h"
#include "record.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* How fast the inner loops are, one core, everything in cache: `make benchers && build/std/bench/json_bench`. Each figure is the best of
 * five, since the machine may be busy otherwise. */
#define LINE "{\"id\":17,\"metadata\":{\"namespace\":\"shop\",\"set\":\"orders\",\"userKey\":\"o-17\",\"digest\":\"7GuNIoca3f0yU8bTUgVi0W+Xfpc=\",\"msg\":\"write\"," \
	"\"gen\":7,\"lut\":1700000000123,\"exp\":0},\"bins\":{\"qty\":42,\"sku\":\"A-9\",\"name\":\"someone with a name\",\"price\":44.38,\"tags\":[\"a\",\"bb\",\"ccc\"]," \
	"\"raw\":\"AAECAwQFBgcICQ==\",\"ok\":true},\"types\":{\"/raw\":\"blob\"}}"
#define TEXT "Z\xc3\xbcrich, \xe2\x82\xac 3.50, \xe4\xb8\xad\xe6\x96\x87 and so on; "

static struct span input;
static struct buf out;
static volatile bool sink;

static void skip(void)
{
	struct json j;

	json_open(&j, input);
	json_value(&j, NULL);
	sink = json_done(&j);
}

static void parse(void)
{
	struct record r;

	sink = record_parse(input, &r);
}

static void encode(void)
{
	buf_reset(&out);
	base64_encode(&out, input.p, input.n);
}

static void decode(void)
{
	buf_reset(&out);
	sink = base64_decode(&out, input);
}

static void put_string(void)
{
	buf_reset(&out);
	json_put_string(&out, input);
}

static void valid(void)
{
	sink = utf8_valid(input);
}

static void doubles(double unit)
{
	for (int i = 1; i <= 100; i++) {
		buf_reset(&out);
		json_put_double(&out, i / unit);
	}
}

static void short_doubles(void)
{
	doubles(100);
}

static void long_doubles(void)
{
	doubles(7e10);
}

static void report(const char *what, struct span text, void (*f)(void), unsigned each)
{
	int64_t best = INT64_MAX;
	unsigned times = 0;

	input = text;
	for (int round = 0; round < 5; round++) {
		int64_t start = clock_us(), took;

		for (times = 0; (took = clock_us() - start) < 60000; times += 500)
			for (int i = 0; i < 500; i++)
				f();
		took = took * 1000000 / times;
		best = took < best ? took : best;
	}
	if (each)
		printf("%-28s %8.1f ns each\n", what, (double)best / 1e3 / each);
	else
		printf("%-28s %8.1f ns %6.2f GB/s of %zu bytes\n", what, (double)best / 1e3, (double)text.n * 1e3 / (double)best, text.n);
}

int main(void)
{
	struct buf text = { 0 }, bytes = { 0 }, digits = { 0 }, string = { 0 };

	for (int i = 0; i < 100; i++)
		buf_lit(&text, TEXT);
	for (int i = 0; i < 3000; i++)
		buf_byte(&bytes, (char)(i * 7 + i / 256));
	base64_encode(&digits, bytes.p, bytes.n);
	json_put_string(&string, buf_as_span(&text));
	report("skip a record line", SPAN(LINE), skip, 0);
	report("record_parse", SPAN(LINE), parse, 0);
	report("skip a base64 string", (json_put_base64(&out, bytes.p, bytes.n), (struct span){ strndup(out.p, out.n), out.n }), skip, 0);
	report("skip UTF-8 text", buf_as_span(&string), skip, 0);
	report("utf8_valid", buf_as_span(&text), valid, 0);
	report("json_put_string", buf_as_span(&text), put_string, 0);
	report("base64_encode", buf_as_span(&bytes), encode, 0);
	report("base64_decode", buf_as_span(&digits), decode, 0);
	report("json_put_double, short", SPAN(""), short_doubles, 100);
	report("json_put_double, long", SPAN(""), long_doubles, 100);
	return 0;
}
