/* SPDX-License-Identifier: Apache-2.0 */
/* Avro, first by hand from the specification, then against what the library of the Avro project writes. */
#include "avro_json.h"
#include "json.h"
#include "tap.h"

#include <avro.h>

static const char *put(const char *schema, struct span bytes)
{
	static struct buf out, types, all;
	static char why[300];
	struct typed t = { .out = &out, .types = &types, .why = why, .why_size = sizeof(why) };
	struct avro_json *a = avro_json_open(span_of(schema), why, sizeof(why));
	struct span exact = tap_exact(bytes);

	buf_reset(&out);
	buf_reset(&types);
	buf_reset(&all);
	out.max = types.max = (size_t)1 << 20;
	if (!a) {
		buf_printf(&all, "schema: %s", why);
	} else {
		typed_open(&t, "/value");
		if (!avro_json_put(a, exact, &t))
			buf_printf(&all, "error: %s", why);
		else
			buf_printf(&all, "%.*s%s%.*s", SPAN_ARG(buf_as_span(&out)), types.n ? " types " : "", SPAN_ARG(buf_as_span(&types)));
		typed_close(&t);
	}
	buf_byte(&all, '\0');
	avro_json_close(a);
	free((void *)(uintptr_t)exact.p);
	return all.p;
}

#define REC "{\"type\":\"record\",\"name\":\"r\",\"fields\":[{\"name\":\"id\",\"type\":\"long\"},{\"name\":\"nm\",\"type\":\"string\"}]}"
#define LIST "{\"type\":\"record\",\"name\":\"n.L\",\"fields\":[{\"name\":\"v\",\"type\":\"int\"},{\"name\":\"next\",\"type\":[\"null\",\"L\"]}]}"

static void by_hand(void)
{
	const struct { const char *schema; struct span bytes; const char *want; } cases[] = {
		{ REC, SPAN("\x2a\x04""ab"), "{\"id\":21,\"nm\":\"ab\"}" },
		{ "\"long\"", SPAN("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), "-9223372036854775808" },
		{ "\"long\"", SPAN("\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01"), "9223372036854775807" },
		{ "\"long\"", SPAN("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), "error: value: a number has more than 64 bits" },
		{ "\"long\"", SPAN("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), "error: value: a number has more than 64 bits" },
		{ "\"long\"", SPAN("\x80"), "error: value: the bytes end too early" },
		{ "\"int\"", SPAN("\x80\x80\x80\x80\x10"), "error: value: an int has more than 32 bits" },
		{ "\"int\"", SPAN("\x01\x01"), "error: value: 1 bytes are left over" },
		{ "\"null\"", SPAN(""), "null" },
		{ "\"boolean\"", SPAN("\x02"), "error: value: a boolean that is neither 0 nor 1" },
		{ "\"double\"", SPAN("\0\0\0\0\0\0\xf8\x7f"), "null types \"/value\":\"double:NaN\"" },
		{ "\"double\"", SPAN("\0\0\0\0\0\0\xf0\x3f"), "1.0" },
		{ "\"float\"", SPAN("\0\0\x80\xff"), "null types \"/value\":\"double:-Infinity\"" },
		{ "\"string\"", SPAN("\x02\xff"), "error: value: a string is not UTF-8" },
		{ "\"string\"", SPAN("\x01"), "error: value: a length below zero" },
		{ "\"bytes\"", SPAN("\x04\x00\x01"), "\"AAE=\" types \"/value\":\"blob\"" },
		{ "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":9,\"scale\":2}", SPAN("\x04\x01\xf4"), "\"5.00\"" },
		{ "{\"type\":\"fixed\",\"name\":\"f\",\"size\":2,\"logicalType\":\"decimal\",\"precision\":4}", SPAN("\xff\xfe"), "\"-2\"" },
		{ "{\"type\":\"enum\",\"name\":\"e\",\"symbols\":[\"A\",\"B\"]}", SPAN("\x02"), "\"B\"" },
		{ "{\"type\":\"enum\",\"name\":\"e\",\"symbols\":[\"A\",\"B\"]}", SPAN("\x04"), "error: value: an enum has no such symbol" },
		{ "[\"null\",\"string\"]", SPAN("\x02\x02x"), "\"x\"" },
		{ "[\"null\",\"string\"]", SPAN("\x00"), "null" },
		{ "[\"null\",\"string\"]", SPAN("\x01"), "error: value: a union has no such branch" },
		{ "{\"type\":\"array\",\"items\":\"long\"}", SPAN("\x04\x06\x36\x00"), "[3,27]" },
		{ "{\"type\":\"array\",\"items\":\"long\"}", SPAN("\x03\x04\x06\x36\x02\x02\x00"), "[3,27,1]" },
		{ "{\"type\":\"map\",\"values\":\"bytes\"}", SPAN("\x02\x06""a/b\x02\x00\x00"), "{\"a/b\":\"AA==\"} types \"/value/a~1b\":\"blob\"" },
		{ "{\"type\":\"array\",\"items\":\"null\"}", SPAN("\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00"), "error: value/" },
		{ LIST, SPAN("\x02\x02\x04\x00"), "{\"v\":1,\"next\":{\"v\":2,\"next\":null}}" },
		{ "{\"type\":{\"type\":\"string\",\"avro.java.string\":\"String\"}}", SPAN("\x02x"), "\"x\"" },
		{ "\"what\"", SPAN(""), "schema: a type that the schema does not define" },
		{ "{\"type\":\"record\",\"name\":\"r\",\"fields\":[{\"name\":\"r\",\"type\":\"r\"}]}", SPAN(""), "error: value/r/r/r" },
		{ "{\"type\":\"array\"}", SPAN(""), "schema: a type that the schema does not define" },
		{ "{", SPAN(""), "schema: text ends too early" },
		{ "7", SPAN(""), "schema: a schema that is neither a name nor an object nor a union" },
	};
	char deep[500] = "";

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *got = put(cases[i].schema, cases[i].bytes);
		size_t n = strlen(cases[i].want);

		if (cases[i].want[n - 1] == '/' || strstr(cases[i].want, "r/r/r"))	/* the rest is long */
			ok(strncmp(got, cases[i].want, n) == 0, "%s of %.60s", cases[i].want, cases[i].schema);
		else
			is_str(got, cases[i].want, "%.60s", cases[i].schema);
	}
	memset(deep, '[', 100);
	memset(deep + 100, ']', 100);
	is_str(put(deep, SPAN("")), "schema: the schema is nested too deeply", "a deep schema");
	memset(deep, '\x02', sizeof(deep) - 1);
	ok(strstr(put(LIST, span_of(deep)), "nested too deeply"), "a list without end");
}

#define ALL "{\"type\":\"record\",\"name\":\"all\",\"namespace\":\"x\",\"fields\":[{\"name\":\"b\",\"type\":\"boolean\"},{\"name\":\"i\",\"type\":\"int\"}," \
	"{\"name\":\"l\",\"type\":\"long\"},{\"name\":\"d\",\"type\":\"double\"},{\"name\":\"f\",\"type\":\"float\"},{\"name\":\"s\",\"type\":\"string\"}," \
	"{\"name\":\"u\",\"type\":[\"null\",\"long\"]},{\"name\":\"a\",\"type\":{\"type\":\"array\",\"items\":\"long\"}}]}"

static avro_value_t field(avro_value_t *record, const char *name)
{
	avro_value_t v;

	avro_value_get_by_name(record, name, &v, NULL);
	return v;
}

/* Random records written by libavro, beside what their JSON must be. */
static void by_library(void)
{
	avro_schema_t schema;
	avro_value_iface_t *iface;
	avro_value_t record, v, item;
	uint64_t state = 3;
	size_t bad = 0;

	if (avro_schema_from_json_length(ALL, strlen(ALL), &schema)) {
		ok(false, "libavro takes the schema: %s", avro_strerror());
		return;
	}
	iface = avro_generic_class_from_schema(schema);
	avro_generic_value_new(iface, &record);
	for (int round = 0; round < 2000; round++) {
		char bytes[2000];
		avro_writer_t writer = avro_writer_memory(bytes, sizeof(bytes));
		int64_t l = (int64_t)tap_random(&state) >> tap_random(&state) % 64;
		int32_t i = (int32_t)tap_random(&state) >> tap_random(&state) % 32;
		double d = (double)l / 3;
		float f = (float)i / 8;
		struct buf want = { 0 };
		size_t n = tap_random(&state) % 20;

		avro_value_reset(&record);
		v = field(&record, "b"), avro_value_set_boolean(&v, round % 2);
		v = field(&record, "i"), avro_value_set_int(&v, i);
		v = field(&record, "l"), avro_value_set_long(&v, l);
		v = field(&record, "d"), avro_value_set_double(&v, d);
		v = field(&record, "f"), avro_value_set_float(&v, f);
		v = field(&record, "s"), avro_value_set_string(&v, round % 3 ? "Z\xc3\xbcrich \"1\"" : "");
		v = field(&record, "u"), avro_value_set_branch(&v, round % 2, &item);
		if (round % 2)
			avro_value_set_long(&item, -l);
		else
			avro_value_set_null(&item);
		buf_printf(&want, "{\"b\":%s,\"i\":%d,\"l\":%lld,\"d\":", round % 2 ? "true" : "false", i, (long long)l);
		json_put_double(&want, d);
		buf_printf(&want, ",\"f\":");
		json_put_double(&want, (double)f);
		buf_printf(&want, ",\"s\":\"%s\",\"u\":", round % 3 ? "Z\xc3\xbcrich \\\"1\\\"" : "");
		round % 2 ? json_put_int64(&want, -l) : buf_printf(&want, "null");
		buf_printf(&want, ",\"a\":[");
		v = field(&record, "a");
		for (size_t k = 0; k < n; k++) {
			avro_value_append(&v, &item, NULL);
			avro_value_set_long(&item, l + (int64_t)k);
			buf_printf(&want, "%s%lld", k ? "," : "", (long long)(l + (int64_t)k));
		}
		buf_printf(&want, "]}");
		buf_byte(&want, '\0');
		if (avro_value_write(writer, &record) || strcmp(put(ALL, (struct span){ bytes, (size_t)avro_writer_tell(writer) }), want.p) != 0) {
			if (!bad++)
				diag("wanted %s", want.p);
		}
		buf_free(&want);
		avro_writer_free(writer);
	}
	is_int((int64_t)bad, 0, "2000 records written by libavro");
	avro_value_decref(&record);
	avro_value_iface_decref(iface);
	avro_schema_decref(schema);
}

int main(void)
{
	by_hand();
	by_library();
	return tap_end();
}
