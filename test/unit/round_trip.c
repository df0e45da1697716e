/* SPDX-License-Identifier: Apache-2.0 */
/* Seeded random values there and back: wire -> line -> wire bit for bit; line -> MessagePack -> line byte for byte; and what json and
 * flat-json keep of a line, they keep for good. */
#include "tap.h"

#include "bytes.h"
#include "format.h"
#include "message.h"
#include "notify.h"
#include "particle.h"

#include <msgpack/pack.h>

#define RUNS 3000

static uint64_t seed = 20;
static struct msgpack_packer mp;
static struct buf body;

static unsigned below(unsigned n)
{
	return (unsigned)(tap_random(&seed) % n);
}

static int append(void *to, const char *p, size_t n)
{
	buf_put(to, p, n);
	return 0;
}

static double any_double(void)
{
	static const double special[] = { 0, -0.0, 1, -1, 1e300, 5e-324, 1.7976931348623157e308, 0.1, 1e21, 123456789012345678.0 };
	uint64_t bits = tap_random(&seed);
	double d;

	if (below(3) == 0)
		return special[below(10)];
	if (below(8) == 0)
		bits = below(2) ? UINT64_C(0x7ff0000000000000) : UINT64_C(0xfff0000000000000);
	memcpy(&d, &bits, 8);
	if (d != d) {	/* there is one NaN in a line */
		bits = UINT64_C(0x7ff8000000000000);
		memcpy(&d, &bits, 8);
	}
	return d;
}

static int64_t any_int(void)
{
	return (int64_t)tap_random(&seed) >> below(64);
}

static size_t any_text(char *to, unsigned max)
{
	static const char *const pieces[] = { "a", "Z", "7", "\"", "\\", "/", "~", "\n", "\x01", "\x7f", "é", "東", "🦀", " ", "{", "]" };
	unsigned n = below(max);
	size_t at = 0;

	for (unsigned i = 0; i < n; i++) {
		const char *p = pieces[below(16)];

		memcpy(to + at, p, strlen(p));
		at += strlen(p);
	}
	return at;
}

static size_t any_bytes(char *to, unsigned max)
{
	unsigned n = below(max);

	for (unsigned i = 0; i < n; i++)
		to[i] = (char)tap_random(&seed);
	return n;
}

static size_t any_geojson(char *to)
{
	return (size_t)sprintf(to, below(8) ? "{\"type\":\"Point\",\"coordinates\":[%u.5, %u]}" : "no json %u \n %u", below(180), below(90));
}

/* Bytes of a particle type that holds bytes, as they stand in a bin or behind the type byte of an element. */
static size_t any_opaque(uint8_t *particle, char *to)
{
	static const uint8_t types[] = { PARTICLE_STRING, PARTICLE_STRING, PARTICLE_BLOB, PARTICLE_HLL, PARTICLE_JAVA, PARTICLE_PYTHON,
		PARTICLE_ERLANG, PARTICLE_GEOJSON };

	*particle = types[below(8)];
	if (*particle == PARTICLE_GEOJSON)
		return any_geojson(to);
	if (*particle == PARTICLE_STRING && below(8))
		return any_text(to, below(10) ? 12 : 90);
	return any_bytes(to, below(10) ? 20 : 300);
}

static void element(unsigned depth);

static void order_element(bool map)
{
	static const uint8_t flags[] = { 1, 3, 8, 0, 9, 1, 1, 1 };

	buf_lit(&body, "\xc7\x00");
	buf_byte(&body, (char)(map ? flags[below(8)] : 1));
	if (map)
		buf_byte(&body, (char)0xc0);
}

static void list(unsigned depth)
{
	unsigned n = below(20) ? below(6) : below(40);
	bool ordered = below(3) == 0;

	msgpack_pack_array(&mp, n + ordered);
	if (ordered)
		order_element(false);
	while (n--)
		element(depth + 1);
}

static void tagged(uint8_t particle, const char *p, size_t n)
{
	msgpack_pack_str(&mp, n + 1);
	buf_byte(&body, (char)particle);
	buf_put(&body, p, n);
}

static void map(unsigned depth)
{
	unsigned n = below(20) ? below(6) : below(40), strings = below(3);
	bool ordered = below(3) == 0;
	char key[512];

	msgpack_pack_map(&mp, n + ordered);
	if (ordered)
		order_element(true);
	for (unsigned i = 0; i < n; i++) {
		if (strings) {	/* all keys are strings, no two the same */
			size_t length = any_text(key, 6);

			tagged(PARTICLE_STRING, key, length + (size_t)sprintf(key + length, "%u", i));
		} else {
			element(depth + 1);
		}
		element(depth + 1);
	}
}

static void element(unsigned depth)
{
	char bytes[512];
	uint8_t particle;
	size_t n;

	switch (below(depth < 5 ? 10 : 8)) {
	case 0: msgpack_pack_nil(&mp); break;
	case 1: below(2) ? msgpack_pack_true(&mp) : msgpack_pack_false(&mp); break;
	case 2: msgpack_pack_double(&mp, any_double()); break;
	case 3: below(4) ? msgpack_pack_int64(&mp, any_int()) : msgpack_pack_uint64(&mp, tap_random(&seed)); break;
	case 4: msgpack_pack_float(&mp, (float)below(1000) / 8); break;
	case 8: list(depth); break;
	case 9: map(depth); break;
	default:
		n = any_opaque(&particle, bytes);
		tagged(particle, bytes, n);
	}
}

/* The value of a bin; returns its particle type. */
static uint8_t value(void)
{
	char bytes[512];
	uint8_t particle, be[8];
	uint64_t bits;
	double d;
	size_t n;

	switch (below(7)) {
	case 0:
		put_be64(be, (uint64_t)any_int());
		buf_put(&body, be, 8);
		return PARTICLE_INTEGER;
	case 1:
		d = any_double();
		memcpy(&bits, &d, 8);
		put_be64(be, bits);
		buf_put(&body, be, 8);
		return PARTICLE_FLOAT;
	case 2:
		if (below(4) == 0)
			return PARTICLE_NULL;
		buf_byte(&body, (char)below(2));
		return PARTICLE_BOOL;
	case 3:
		n = any_opaque(&particle, bytes);
		if (particle == PARTICLE_GEOJSON)
			buf_put(&body, "\0\0", 3);
		buf_put(&body, bytes, n);
		return particle;
	case 4:
	case 5:
		list(0);
		return PARTICLE_LIST;
	default:
		map(0);
		return PARTICLE_MAP;
	}
}

/* A whole notification in body. */
static void notification(void)
{
	struct message head = { .info1 = INFO1_XDR, .info2 = INFO2_WRITE, .generation = below(3) ? below(1000) : 0 };
	struct message_writer w;
	char bytes[512] = "";
	unsigned bins = below(6);

	buf_reset(&body);
	buf_byte(&body, 1);
	message_begin(&w, &body, &head);
	message_put_field(&w, FIELD_NAMESPACE, SPAN("shop"));
	if (below(2))
		message_put_field(&w, FIELD_SET, SPAN("a \"set\""));
	message_put_field(&w, FIELD_DIGEST, (struct span){ "0123456789abcdefghij", 20 });
	switch (below(4)) {
	case 0: message_put_field(&w, FIELD_KEY, (struct span){ "\3key\xff", 5 }); break;
	case 1: message_put_field(&w, FIELD_KEY, (struct span){ "\4key", 4 }); break;
	case 2: message_put_field(&w, FIELD_KEY, (struct span){ "\1\0\0\0\0\0\0\1\2", 9 }); break;
	}
	if (below(2))
		message_put_field(&w, FIELD_LAST_UPDATE, (struct span){ "\0\0\0\1\2\3\4\5", 8 });
	for (unsigned i = 0; i < bins; i++) {
		size_t n = any_text(bytes, 3), op;
		uint8_t particle;

		n += (size_t)sprintf(bytes + n, "%u", i);
		op = message_begin_op(&w, OP_WRITE, PARTICLE_NULL, (struct span){ bytes, n });
		particle = value();
		body.p[op + 5] = (char)particle;
		message_end_op(&w, op);
	}
	message_end(&w);
}

/* ---- */

static struct notify decoder;

static bool decode(struct buf *line, enum notify_format f, struct span from)
{
	buf_reset(line);
	buf_byte(line, '{');
	if (!notify_decode(&decoder, line, f, from, 0)) {
		diag("decode: %s at %zu", decoder.why, decoder.offset);
		return false;
	}
	buf_byte(line, '}');
	return true;
}

static bool encode(struct buf *out, enum format f, struct span line)
{
	struct record r;
	const char *why;

	buf_reset(out);
	if (!record_parse(line, &r)) {
		diag("no record: %s at %zu", r.why, r.offset);
		return false;
	}
	if (!format_write(out, &r, f, NULL, &why)) {
		diag("format %d: %s", (int)f, why);
		return false;
	}
	return true;
}

static bool same(struct buf *a, struct buf *b)
{
	if (span_eq(buf_as_span(a), buf_as_span(b)))
		return true;
	tap_show("one   ", buf_as_span(a));
	tap_show("other ", buf_as_span(b));
	return false;
}

/* What a format keeps of the line, it keeps through line and back. */
static bool settles(struct buf *line, enum format f, enum notify_format n)
{
	static struct buf once, again, back;

	return encode(&once, f, buf_as_span(line)) && decode(&back, n, buf_as_span(&once)) && encode(&again, f, buf_as_span(&back)) &&
		same(&once, &again);
}

int main(void)
{
	struct buf line = { 0 }, out = { 0 }, back = { 0 };
	unsigned wire = 0, msgpack = 0, json = 0, flat = 0;

	msgpack_packer_init(&mp, &body, append);
	notify_init(&decoder);
	decoder.ttl = NOTIFY_TTL_ABSOLUTE;
	for (unsigned i = 0; i < RUNS && wire + msgpack + json + flat < 5; i++) {
		notification();
		if (!decode(&line, NOTIFY_WIRE, buf_as_span(&body))) {
			wire++;
			continue;
		}
		if (!encode(&out, FORMAT_WIRE, buf_as_span(&line)) || !same(&body, &out)) {
			tap_show("line ", buf_as_span(&line));
			wire++;
		}
		if (!settles(&line, FORMAT_MSGPACK, NOTIFY_MSGPACK)) {
			tap_show("line ", buf_as_span(&line));
			msgpack++;
		}
		if (!settles(&line, FORMAT_JSON, NOTIFY_JSON)) {
			tap_show("line ", buf_as_span(&line));
			json++;
		}
		if (!settles(&line, FORMAT_FLAT_JSON, NOTIFY_FLAT_JSON)) {
			tap_show("line ", buf_as_span(&line));
			flat++;
		}
	}
	is_int(wire, 0, "%u notifications: wire -> line -> wire is bit for bit the same", RUNS);
	is_int(msgpack, 0, "line -> MessagePack -> line -> MessagePack is the same");
	is_int(json, 0, "line -> json -> line -> json is the same");
	is_int(flat, 0, "line -> flat-json -> line -> flat-json is the same");
	notify_free(&decoder);
	buf_free(&line);
	buf_free(&out);
	buf_free(&back);
	return tap_end();
}
