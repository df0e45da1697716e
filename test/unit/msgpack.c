/* SPDX-License-Identifier: Apache-2.0 */
/* Our reading of MessagePack: every encoding of every value of kawanet/msgpack-test-suite, and held against msgpack-c. */
#include "msgpack_read.h"
#include "value_read.h"

#include "fixture.h"
#include "json.h"
#include "particle.h"
#include "tap.h"

#include <msgpack.h>

static struct buf out, types, pointer, bytes, want, text;

/* The value in hex as the one element of a list in the connectors' dialect; the element's JSON in *got. */
static bool read_element(struct span hex, struct span *got)
{
	struct value_error e;
	struct mp m;

	buf_reset(&bytes);
	buf_byte(&bytes, '\x91');
	fixture_hex(&bytes, hex);
	buf_reset(&out);
	buf_reset(&types);
	buf_reset(&pointer);
	mp_open(&m, buf_as_span(&bytes));
	if (!value_msgpack_to_json(&out, &types, &pointer, PARTICLE_LIST, 0, &m, &e) || m.p != m.end)
		return false;
	*got = (struct span){ out.p + 1, out.n - 2 };
	return true;
}

/* The suite's JSON without the white space between tokens (none of its strings holds any). */
static void squeeze(struct span raw)
{
	buf_reset(&want);
	for (size_t i = 0; i < raw.n; i++)
		if (!strchr(" \n\t\r", raw.p[i]))
			buf_byte(&want, raw.p[i]);
}

static bool same_number(struct span got, struct span raw)
{
	int64_t i, k;
	uint64_t u, v;
	double d, e;

	if (json_int64(raw, &i) && json_int64(got, &k))
		return i == k;
	if (json_uint64(raw, &u) && json_uint64(got, &v))
		return u == v;
	return json_double(raw, &d) && json_double(got, &e) && !(d < e) && !(d > e);
}

/* Bytes come as base64 and a word in types. */
static bool same_bytes(struct span got, struct span hex, const char *word)
{
	buf_reset(&text);
	fixture_hex(&text, hex);
	buf_reset(&want);
	json_put_base64(&want, text.p, text.n);
	if (!span_eq(got, buf_as_span(&want)))
		return false;
	buf_reset(&want);
	buf_printf(&want, "\"/0\":\"%s\"", word);
	return span_eq(buf_as_span(&types), buf_as_span(&want));
}

static bool same(struct span kind, struct span raw, struct span got)
{
	struct span number;

	if (span_is(kind, "number"))
		return same_number(got, raw);
	if (span_is(kind, "bignum")) {	/* a number as text */
		number = (struct span){ raw.p + 1, raw.n - 2 };
		return same_number(got, number);
	}
	if (span_is(kind, "binary"))
		return same_bytes(got, raw, "blob");
	squeeze(raw);
	return span_eq(got, buf_as_span(&want));
}

/* [type, hex]: types that are particles of their own are read as such, so the suite's small numbers need a look each. */
static bool same_ext(struct span raw, bool read, struct span got)
{
	struct span type, data;
	struct json j;
	int64_t n;
	char word[32];

	json_open(&j, raw);
	json_array(&j);
	json_element(&j);
	json_value(&j, &type);
	json_element(&j);
	json_value(&j, &data);
	json_int64(type, &n);
	if (n == PARTICLE_INTEGER || n == PARTICLE_FLOAT)
		return !read;
	if (!read)
		return false;
	buf_reset(&text);
	fixture_hex(&text, data);
	if (n == PARTICLE_STRING) {
		buf_reset(&want);
		json_put_string(&want, buf_as_span(&text));
		return types.n == 0 && span_eq(got, buf_as_span(&want));
	}
	snprintf(word, sizeof word, n == PARTICLE_BLOB ? "blob" : "bytes:%d", (int)n);
	return same_bytes(got, data, word);
}

static bool good_encoding(struct span kind, struct span raw, struct span hex)
{
	struct span got = { NULL, 0 };
	bool read = read_element(hex, &got);

	if (span_is(kind, "timestamp"))	/* ext of type -1: kept as bytes */
		return read && span_is(buf_as_span(&types), "\"/0\":\"bytes:255\"");
	if (span_is(kind, "ext"))
		return same_ext(raw, read, got);
	return read && same(kind, raw, got);
}

/* One object of the suite: {"number":1,"bignum":"1","msgpack":["01",...]}. */
static void value(struct json *j, struct span group, unsigned *encodings)
{
	struct span kind = { NULL, 0 }, raw = { NULL, 0 }, list = { NULL, 0 }, hex;
	struct json_member m;
	unsigned bad = 0;
	struct json in;

	for (json_object(j); json_member(j, &m);) {
		struct span v;

		json_value(j, &v);
		if (json_key_is(&m, "msgpack"))
			list = v;
		else if (!raw.p)
			kind = m.key, raw = v;
	}
	json_open(&in, list);
	for (json_array(&in); json_element(&in); ++*encodings) {
		json_value(&in, &hex);
		if (!good_encoding(kind, raw, hex)) {
			bad++;
			diag("%.*s: read as %.*s", SPAN_ARG(hex), SPAN_ARG(buf_as_span(&out)));
		}
	}
	squeeze(raw);
	is_int(bad, 0, "%.*s: %.*s", SPAN_ARG(group), SPAN_ARG(buf_as_span(&want)));
}

static void suite(void)
{
	struct span file = tap_file("test/fixtures/msgpack-test-suite.json");
	struct json_member group;
	unsigned encodings = 0;
	struct json j;

	json_open(&j, file);
	for (json_object(&j); json_member(&j, &group);)
		for (json_array(&j); json_element(&j);)
			value(&j, group.key, &encodings);
	ok(json_done(&j), "the suite is read to its end");
	ok(encodings > 200, "%u encodings", encodings);
	free((void *)(uintptr_t)file.p);
}

static bool same_tree(struct mp *m, const msgpack_object *o)
{
	struct mp_item it;

	if (!mp_next(m, &it))
		return false;
	switch (o->type) {
	case MSGPACK_OBJECT_NIL:
		return it.kind == MP_NIL;
	case MSGPACK_OBJECT_BOOLEAN:
		return it.kind == (o->via.boolean ? MP_TRUE : MP_FALSE);
	case MSGPACK_OBJECT_POSITIVE_INTEGER:
		return o->via.u64 > INT64_MAX ? it.kind == MP_UINT && it.u == o->via.u64 :
			it.kind == MP_INT && (uint64_t)it.i == o->via.u64;
	case MSGPACK_OBJECT_NEGATIVE_INTEGER:
		return it.kind == MP_INT && it.i == o->via.i64;
	case MSGPACK_OBJECT_FLOAT32:
	case MSGPACK_OBJECT_FLOAT64:
		return it.kind == (o->type == MSGPACK_OBJECT_FLOAT32 ? MP_FLOAT32 : MP_FLOAT64) &&
			memcmp(&it.d, &o->via.f64, sizeof it.d) == 0;
	case MSGPACK_OBJECT_STR:
		return it.kind == MP_STR && span_eq(it.data, (struct span){ o->via.str.ptr, o->via.str.size });
	case MSGPACK_OBJECT_BIN:
		return it.kind == MP_BIN && span_eq(it.data, (struct span){ o->via.bin.ptr, o->via.bin.size });
	case MSGPACK_OBJECT_EXT:
		return it.kind == MP_EXT && it.ext == (uint8_t)o->via.ext.type &&
			span_eq(it.data, (struct span){ o->via.ext.ptr, o->via.ext.size });
	case MSGPACK_OBJECT_ARRAY:
		if (it.kind != MP_ARRAY || it.n != o->via.array.size)
			return false;
		for (uint32_t i = 0; i < it.n; i++)
			if (!same_tree(m, &o->via.array.ptr[i]))
				return false;
		return true;
	case MSGPACK_OBJECT_MAP:
		if (it.kind != MP_MAP || it.n != o->via.map.size)
			return false;
		for (uint32_t i = 0; i < it.n; i++)
			if (!same_tree(m, &o->via.map.ptr[i].key) || !same_tree(m, &o->via.map.ptr[i].val))
				return false;
		return true;
	}
	return false;
}

/* Random bytes, biased to containers and short lengths: both libraries must agree on what is a value, where it ends and what it says.
 * Counts are kept small, since msgpack-c allocates for them before it looks. */
static void against_msgpack_c(void)
{
	static const unsigned char likely[] = { 0x90, 0x91, 0x92, 0x93, 0x81, 0x82, 0xa0, 0xa1, 0xa3, 0xc0, 0xc2, 0xc4, 0xc7, 0xca, 0xcb,
		0xcc, 0xcd, 0xce, 0xcf, 0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xff, 0x00, 0x01, 0x02, 0x03 };
	uint64_t seed = 7;
	unsigned bad = 0, whole = 0;

	for (int round = 0; round < 200000; round++) {
		char raw[24];
		size_t n = 1 + tap_random(&seed) % sizeof raw, off = 0;
		struct mp_frame frame = { 0 };
		msgpack_unpacked tree;
		struct mp walk, skip_over;
		bool theirs, ours;

		for (size_t i = 0; i < n; i++) {
			uint64_t r = tap_random(&seed);

			raw[i] = (char)(r % 8 ? likely[(r >> 8) % sizeof likely] : (r >> 8 & 0xff));
			if ((unsigned char)raw[i] >= 0xdc && (unsigned char)raw[i] <= 0xdf)
				raw[i] = 0;
		}
		msgpack_unpacked_init(&tree);
		theirs = msgpack_unpack_next(&tree, raw, n, &off) == MSGPACK_UNPACK_SUCCESS;
		mp_open(&skip_over, (struct span){ raw, n });
		ours = mp_skip(&skip_over);
		mp_open(&walk, (struct span){ raw, n });
		whole += theirs;
		bad += theirs != ours;
		bad += (mp_frame(&frame, (struct span){ raw, n }) == 1) != ours || (ours && frame.at != off);
		if (theirs && ours)
			bad += mp_offset(&skip_over) != off || !same_tree(&walk, &tree.data) || walk.p != skip_over.p;
		msgpack_unpacked_destroy(&tree);
	}
	is_int(bad, 0, "agrees with msgpack-c on random bytes");
	ok(whole > 20000, "of which %u began with a whole value", whole);
}

/* A stream that comes byte by byte. */
static void framed(void)
{
	static const char message[] = "\x93\x01\xa3" "abc\xdc\x00\x02\xc4\x01x\xcd\x01\x02\xc0";
	struct mp_frame f = { 0 };
	unsigned early = 0;

	for (size_t n = 0; n < 15; n++)
		early += mp_frame(&f, (struct span){ message, n }) != 0;
	is_int(early, 0, "not whole before its last byte");
	is_int(mp_frame(&f, (struct span){ message, sizeof message - 1 }), 1, "whole with it");
	is_int((int64_t)f.at, 15, "and no byte of the next one");
	f = (struct mp_frame){ 0 };
	is_int(mp_frame(&f, SPAN("\x92\x01\xc1")), -1, "0xc1 is no MessagePack");
	is_int((int64_t)f.at, 2, "at byte 2");
}

int main(void)
{
	suite();
	against_msgpack_c();
	framed();
	return tap_end();
}
