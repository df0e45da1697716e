/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka_value.h"
#include "decimal.h"
#include "kafka_line.h"
#include "moment.h"
#include "tap.h"

#include <unistd.h>

/* What becomes of bytes: "TEXT", "TEXT types {...}", "64 TEXT", "schema N TEXT", or "error: WHY". */
static const char *read_as(struct kafka_reader *r, struct span bytes)
{
	static struct buf out, types, all;
	struct kafka_read read;
	struct span exact = bytes.p ? tap_exact(bytes) : bytes;

	buf_reset(&out);
	buf_reset(&types);
	buf_reset(&all);
	out.max = types.max = (size_t)1 << 20;
	if (!kafka_value_put(r, exact, &out, &types, &read)) {
		buf_printf(&all, "error: %s", read.why);
	} else {
		if (read.schema >= 0)
			buf_printf(&all, "schema %lld ", (long long)read.schema);
		buf_printf(&all, "%s%.*s", read.base64 ? "64 " : "", SPAN_ARG(buf_as_span(&out)));
		if (types.n)
			buf_printf(&all, " types {%.*s}", SPAN_ARG(buf_as_span(&types)));
	}
	buf_byte(&all, '\0');
	free((void *)(uintptr_t)exact.p);
	return all.p;
}

static struct connect *connect;

static void is(bool key, enum kafka_format format, struct span bytes, const char *want, const char *what)
{
	struct kafka_reader r = { .key = key, .format = format, .connect = connect };

	is_str(read_as(&r, bytes), want, "%s: %s", key ? "key" : "value", what);
}

#define ABSENT ((struct span){ 0 })

static void formats(void)
{
	is(false, KAFKA_AUTO, ABSENT, "null", "a tombstone");
	is(false, KAFKA_AUTO, SPAN(""), "64 \"\"", "nothing in it is not null");
	is(false, KAFKA_AUTO, SPAN("null"), "null", "the JSON null");
	is(false, KAFKA_AUTO, SPAN(" {\"a\":\n[1,\r\n2]}\n"), "{\"a\": [1,  2]}", "line ends between tokens become blanks");
	is(false, KAFKA_AUTO, SPAN("9223372036854775808"), "9223372036854775808", "a number beyond 64 bits stands as it is");
	is(false, KAFKA_AUTO, SPAN("{\"n\":9007199254740993,\"d\":1.0}"), "{\"n\":9007199254740993,\"d\":1.0}", "no digit is lost");
	is(false, KAFKA_AUTO, SPAN("{\"a\":1"), "64 \"eyJhIjox\"", "broken JSON");
	is(false, KAFKA_AUTO, SPAN("{\"a\":1} x"), "64 \"eyJhIjoxfSB4\"", "something behind it");
	is(false, KAFKA_AUTO, SPAN("hello"), "64 \"aGVsbG8=\"", "text");
	is(false, KAFKA_AUTO, SPAN("\"\xff\""), "64 \"Iv8i\"", "invalid UTF-8");
	is(false, KAFKA_AUTO, SPAN("\0\0\0\0\x07{\"a\":1}"), "schema 7 {\"a\":1}", "framed JSON");
	is(false, KAFKA_AUTO, SPAN("\0\0\0\0\x2a\x2a\x04""ab"), "error: value: framed with schema id 42, for which there is no schema", "framed Avro");
	is(false, KAFKA_AUTO, SPAN("\0\0\0\0\x07"), "64 \"AAAAAAc=\"", "a frame with nothing in it is none");
	is(false, KAFKA_JSON, SPAN("hello"), "error: value: byte 0: not JSON: expected a value", "not JSON");
	is(false, KAFKA_JSON, SPAN(""), "error: value: byte 0: not JSON: text ends too early", "nothing is not JSON");
	is(false, KAFKA_JSON, SPAN("{\"schema\":null,\"payload\":1}"), "{\"schema\":null,\"payload\":1}", "no envelope is looked for");
	is(false, KAFKA_WIRE, SPAN("{\"a\":1}"), "error: value: not framed with a schema id", "no frame");
	is(false, KAFKA_STRING, SPAN("a\n\"b\""), "\"a\\n\\\"b\\\"\"", "text with a line end");
	is(false, KAFKA_STRING, SPAN(""), "\"\"", "empty text");
	is(false, KAFKA_STRING, SPAN("a\xc0"), "error: value: not UTF-8", "no text");
	is(false, KAFKA_BYTES, SPAN("{}"), "64 \"e30=\"", "bytes");
	is(true, KAFKA_AUTO, SPAN("c9"), "\"c9\"", "plain text");
	is(true, KAFKA_AUTO, SPAN("41"), "\"41\"", "digits are text");
	is(true, KAFKA_AUTO, SPAN("true"), "\"true\"", "so are words of JSON");
	is(true, KAFKA_AUTO, SPAN("\"k1\""), "\"k1\"", "a JSON string is its text");
	is(true, KAFKA_AUTO, SPAN("{\"id\":7}"), "{\"id\":7}", "an object");
	is(true, KAFKA_AUTO, SPAN("{\"id\":7"), "\"{\\\"id\\\":7\"", "broken JSON is text");
	is(true, KAFKA_AUTO, SPAN(""), "\"\"", "empty");
	is(true, KAFKA_AUTO, ABSENT, "null", "none");
	is(true, KAFKA_AUTO, SPAN("\0\0\0\0\0\0\0\x29"), "64 \"AAAAAAAAACk=\"", "eight bytes that look framed");
	is(true, KAFKA_AUTO, SPAN("\0\0\0\x29"), "64 \"AAAAKQ==\"", "four bytes");
	is(true, KAFKA_AUTO, SPAN("\0\0\0\0\x07\"k\""), "schema 7 \"k\"", "framed JSON");
	is(true, KAFKA_AUTO, SPAN("Z\xc3\xbcrich"), "\"Z\xc3\xbcrich\"", "UTF-8");
	is(true, KAFKA_AUTO, SPAN("\xff\xfe"), "64 \"//4=\"", "not UTF-8");
	is(true, KAFKA_JSON, SPAN("41"), "41", "a number when JSON was asked for");
	is(true, KAFKA_INT64, SPAN("\x80\0\0\0\0\0\0\0"), "-9223372036854775808", "the least int64");
	is(true, KAFKA_INT64, SPAN("\x7f\xff\xff\xff\xff\xff\xff\xff"), "9223372036854775807", "the largest");
	is(true, KAFKA_INT32, SPAN("\xff\xff\xff\xfe"), "-2", "an int32");
	is(true, KAFKA_INT32, SPAN("\x01"), "error: key: has 1 bytes, an int32 has 4", "too short");
}

static void depth(void)
{
	struct kafka_reader r = { .connect = connect };
	char text[513];

	for (int n = 255; n <= 256; n++) {
		memset(text, '[', (size_t)n);
		memset(text + n, ']', (size_t)n);
		ok((strncmp(read_as(&r, (struct span){ text, 2 * (size_t)n }), "64 ", 3) == 0) == (n == 256),
			"%d levels: what fits into a line is JSON", n);
	}
}

#define DECIMAL "\"name\":\"org.apache.kafka.connect.data.Decimal\",\"version\":1,\"parameters\":{\"scale\":\"2\"}"
#define STRUCT(fields) "{\"schema\":{\"type\":\"struct\",\"optional\":false,\"fields\":[" fields "]},\"payload\":"

static void envelope(void)
{
	static const char example[] = STRUCT("{\"field\":\"id\",\"type\":\"int64\",\"optional\":false},"
		"{\"field\":\"total\",\"type\":\"bytes\",\"optional\":true," DECIMAL "},"
		"{\"field\":\"seen\",\"type\":\"map\",\"optional\":true,\"keys\":{\"type\":\"int32\",\"optional\":false},"
		"\"values\":{\"type\":\"string\",\"optional\":false}}")
		"{\"id\":41,\"total\":\"AfQ=\",\"seen\":[[1,\"a\"],[2,\"b\"]]}}";
	static const struct { const char *text, *want, *what; } cases[] = {
		{ example, "{\"id\":41,\"total\":\"5.00\",\"seen\":[[1,\"a\"],[2,\"b\"]]} types {\"/value/seen\":\"map\"}", "the reference's example" },
		{ "{\"schema\":null,\"payload\":{\"a\":\n1}}", "{\"a\": 1}", "no schema: the payload as it is" },
		{ "{\"payload\":7,\"schema\":{\"type\":\"int8\"}}", "7", "the other order" },
		{ "{\"schema\":{\"type\":\"int8\"},\"payload\":128}", "error: value: not an int8", "out of range" },
		{ "{\"schema\":{\"type\":\"int64\"},\"payload\":9223372036854775808}", "error: value: not an int64", "beyond int64" },
		{ "{\"schema\":{\"type\":\"int64\"},\"payload\":9223372036854775807}", "9223372036854775807", "the largest int64" },
		{ "{\"schema\":{\"type\":\"string\",\"optional\":true},\"payload\":null}", "null", "null where it may be" },
		{ "{\"schema\":{\"type\":\"string\",\"optional\":false},\"payload\":null}", "error: value: is missing", "null where it may not" },
		{ "{\"schema\":{\"type\":\"string\",\"optional\":true,\"default\":\"x\"},\"payload\":null}", "\"x\"", "the default for null" },
		{ "{\"schema\":{\"type\":\"double\"},\"payload\":5}", "5.0", "a double stays one" },
		{ "{\"schema\":{\"type\":\"float\"},\"payload\":1e3}", "1e3", "an exponent says so too" },
		{ "{\"schema\":{\"type\":\"double\"},\"payload\":\"NaN\"}", "null types {\"/value\":\"double:NaN\"}", "NaN" },
		{ "{\"schema\":{\"type\":\"bytes\"},\"payload\":\"AAEC\"}", "\"AAEC\" types {\"/value\":\"blob\"}", "bytes" },
		{ "{\"schema\":{\"type\":\"bytes\"},\"payload\":\"A\"}", "error: value: not base64 text", "no base64" },
		{ STRUCT("{\"field\":\"a\",\"type\":\"int32\",\"optional\":false}") "{\"b\":1}}", "error: value/a: is missing", "a field is missing" },
		{ STRUCT("{\"field\":\"a\",\"type\":\"int32\",\"optional\":true}") "{\"b\":1}}", "{}", "an optional one is not; the unknown is dropped" },
		{ STRUCT("{\"field\":\"b\",\"type\":\"int32\"},{\"field\":\"a\",\"type\":\"bytes\"}") "{\"a\":\"AA==\",\"b\":1}}",
		  "{\"b\":1,\"a\":\"AA==\"} types {\"/value/a\":\"blob\"}", "members in another order" },
		{ STRUCT("{\"field\":\"x/~y\",\"type\":\"array\",\"items\":{\"type\":\"bytes\"}}") "{\"x/~y\":[\"\",\"AA==\"]}}",
		  "{\"x/~y\":[\"\",\"AA==\"]} types {\"/value/x~1~0y/0\":\"blob\",\"/value/x~1~0y/1\":\"blob\"}", "pointers are escaped" },
		{ "{\"schema\":{\"type\":\"map\",\"keys\":{\"type\":\"string\"},\"values\":{\"type\":\"int32\"}},\"payload\":{\"a\":1,\"b\":2}}",
		  "{\"a\":1,\"b\":2}", "a map of strings" },
		{ "{\"schema\":{\"type\":\"map\",\"keys\":{\"type\":\"int32\"},\"values\":{\"type\":\"int32\"}},\"payload\":[[1,2,3]]}",
		  "error: value: a map's entry is no [key, value]", "a wrong pair" },
		{ "{\"schema\":{\"type\":\"what\"},\"payload\":1}", "error: value: schema: a schema without a type that is known", "an unknown type" },
		{ "{\"schema\":{\"type\":\"array\"},\"payload\":[]}", "error: value: schema: a schema that is no object", "items are missing" },
		{ "{\"schema\":{\"type\":\"int8\"},\"payload\":1,\"x\":1}", "{\"schema\":{\"type\":\"int8\"},\"payload\":1,\"x\":1}",
		  "three members are no envelope" },
		{ "{\"schema\":\"v1\",\"payload\":1}", "{\"schema\":\"v1\",\"payload\":1}", "a schema that is text is none" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		is(false, KAFKA_AUTO, span_of(cases[i].text), cases[i].want, cases[i].what);
	is(false, KAFKA_CONNECT, SPAN("{\"a\":1}"), "error: value: not an object of schema and payload", "an envelope was asked for");
	for (int i = 0; i < 200; i++) {	/* more schemas than are kept */
		struct kafka_reader r = { .connect = connect };
		char text[100];

		snprintf(text, sizeof(text), "{\"schema\":{\"type\":\"double\",\"doc\":\"%d\"},\"payload\":1}", i % 100);
		if (strcmp(read_as(&r, span_of(text)), "1.0") != 0)
			ok(false, "schema %d", i);
	}
}

static void decimals(void)
{
	const struct { struct span bytes; int scale; const char *text, *unscaled; } cases[] = {
		{ SPAN("\x01\xf4"), 2, "\"5.00\"", "500" }, { SPAN("\xff"), 2, "\"-0.01\"", "-1" }, { SPAN(""), 0, "\"0\"", "0" },
		{ SPAN("\x80"), 0, "\"-128\"", "-128" }, { SPAN("\x0c"), -2, "\"1200\"", "12" }, { SPAN("\0"), -2, "\"0\"", "0" },
		{ SPAN("\x7f\xff\xff\xff\xff\xff\xff\xff"), 3, "\"9223372036854775.807\"", "9223372036854775807" },
		{ SPAN("\x80\0\0\0\0\0\0\0"), 0, "\"-9223372036854775808\"", "-9223372036854775808" },
		{ SPAN("\0\x80\0\0\0\0\0\0\0"), 0, "\"9223372036854775808\"", "a decimal does not fit 64 bits" },
		{ SPAN("\xff\xff\x80\0\0\0\0\0\0\0"), 0, "\"-9223372036854775808\"", "-9223372036854775808" },
		{ SPAN("\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), 5, "\"3402823669209384634633746074317682.11456\"",
		  "a decimal does not fit 64 bits" },
	};
	struct buf b = { 0 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *why;

		buf_reset(&b);
		decimal_put(&b, cases[i].bytes, cases[i].scale, DECIMAL_TEXT);
		is_span(buf_as_span(&b), span_of(cases[i].text), "decimal %s", cases[i].text);
		buf_reset(&b);
		why = decimal_put(&b, cases[i].bytes, cases[i].scale, DECIMAL_UNSCALED);
		is_span(why ? span_of(why) : buf_as_span(&b), span_of(cases[i].unscaled), "unscaled %s", cases[i].unscaled);
	}
	buf_reset(&b);
	decimal_put(&b, SPAN("\x01\xf4"), 2, DECIMAL_NUMBER);
	is_span(buf_as_span(&b), SPAN("5.00"), "as a number");
	buf_free(&b);
}

static void lines(void)
{
	const struct kafka_header headers[] = {
		{ SPAN("b"), SPAN("1") }, { SPAN("a"), ABSENT }, { SPAN("b"), SPAN("") }, { SPAN("c"), SPAN("\xff") }, { SPAN("b"), ABSENT },
	};
	struct kafka_record r = { .topic = SPAN("t"), .partition = 3, .offset = 41, .timestamp = 17, .key = SPAN("k"), .value = SPAN("{}"),
		.headers = headers, .n_headers = 5 };
	struct kafka_lines l = { .key = { .key = true, .connect = connect }, .value = { .connect = connect }, .max = 400 };
	struct buf out = { 0 };
	const char *why = "";
	char large[500];

	ok(kafka_line(&l, &out, 9, &r, &why), "a line");
	is_span(buf_as_span(&out), SPAN("{\"id\":9,\"kafka\":{\"topic\":\"t\",\"partition\":3,\"offset\":41,\"timestamp\":17,\"headers\":"
		"{\"a\":null,\"b\":[\"1\",\"\",null],\"c\":{\"base64\":\"/w==\"}}},\"key\":\"k\",\"value\":{}}\n"), "with all kinds of headers");
	r.n_headers = 0;
	r.timestamp = -1;
	r.value = SPAN("\0\0\0\0\x05\0\0");
	buf_reset(&out);
	ok(!kafka_line(&l, &out, 9, &r, &why), "what can't be read is an error line");
	is_span(buf_as_span(&out), SPAN("{\"id\":9,\"kafka\":{\"topic\":\"t\",\"partition\":3,\"offset\":41},"
		"\"error\":\"value: framed with schema id 5, for which there is no schema\"}\n"), "that says why");
	buf_reset(&out);
	kafka_line_dead(&l, &out, 9, &r, SPAN("\"no\""));
	is_span(buf_as_span(&out), SPAN("{\"id\":9,\"kafka\":{\"topic\":\"t\",\"partition\":3,\"offset\":41},"
		"\"key64\":\"aw==\",\"value64\":\"AAAAAAUAAA==\",\"reason\":\"no\"}\n"), "and in the dead-letter file its bytes");
	memset(large, '1', sizeof(large));
	r.value = (struct span){ large, sizeof(large) };
	buf_reset(&out);
	ok(!kafka_line(&l, &out, 9, &r, &why) && strstr(why, "too large"), "a value that is too large: %s", why);
	ok(out.n < 400, "the error line is not");
	r.value = SPAN("{}");
	r.headers = &(struct kafka_header){ SPAN("h"), { large, sizeof(large) } };
	r.n_headers = 1;
	buf_reset(&out);
	ok(!kafka_line(&l, &out, 9, &r, &why) && out.n < 400, "headers that are too large");
	buf_free(&out);
	kafka_lines_free(&l);
}

static void moments(void)
{
	static const struct { const char *text; int64_t want; } cases[] = {
		{ "1700000000123", 1700000000123 }, { "2023-11-14T22:13:20Z", 1700000000000 }, { "2023-11-14T22:13:20.5", 1700000000500 },
		{ "2023-11-14T23:13:20+01:00", 1700000000000 }, { "2023-11-14 21:43:20-0030", 1700000000000 }, { "2023-11-14", 1699920000000 },
		{ "-15m", 1700000000000 - 900000 }, { "-2d", 1700000000000 - 172800000 }, { "-1", 1700000000000 - 1000 },
		{ "2023-02-29", -1 }, { "2023-13-01", -1 }, { "2023-1-1", -1 }, { "yesterday", -1 }, { "", -1 }, { "-", -1 }, { "-1w", -1 },
		{ "2023-11-14T", -1 }, { "2023-11-14T22:13:20Zx", -1 }, { "99999999999999999999", -1 }, { "-9999999d", -1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int64_t ms = 0;
		bool good = moment_parse(cases[i].text, 1700000000000, &ms);

		is_int(good ? ms : -1, cases[i].want, "the moment '%s'", cases[i].text);
	}
}

int main(void)
{
	connect = connect_new();
	formats();
	depth();
	envelope();
	decimals();
	lines();
	moments();
	connect_free(connect);
	return tap_end();
}
