/* SPDX-License-Identifier: Apache-2.0 */
/* Operations of a record line as they go over the wire; bytes of calls after the reference, 6.4 and 6.5. */
#include "operate.h"
#include "particle.h"
#include "tap.h"

static struct buf unit, value;
static struct types types;
static struct packer pack;
static struct operate o = { .pack = &pack, .value = &value };
static struct message m;

static bool make(const char *text, const char *of)
{
	uint8_t digest[20] = { 0 };
	struct command c = { .ns = SPAN("test"), .digest = digest };
	struct command_writer w;
	bool good;

	buf_reset(&unit);
	buf_reset(&value);
	types_open(&types, of ? span_of(of) : (struct span){ NULL, 0 });
	pack_open(&pack, &value, &types, true);
	command_begin(&w, &unit, &c);
	good = operate_put(&o, &w, span_of(text));
	command_end(&w);
	message_open(&m, unit.p + PROTO_SIZE, unit.n - PROTO_SIZE);
	return good;
}

static void one(const char *text, const char *of, uint8_t op, uint8_t particle, struct span bytes, bool repeatable)
{
	struct message_op got;

	if (!ok(make(text, of), "%s", text)) {
		diag("%s", o.why);
		return;
	}
	ok(message_next_op(&m, &got) && got.op == op && got.particle == particle, "its op and particle");
	is_span(got.value, bytes, "its value");
	ok(o.n == 1 && o.repeatable == repeatable, repeatable ? "twice is as good as once" : "twice is not once");
	ok(!message_next_op(&m, &got) && !m.error, "no other op");
}

static void calls(void)
{
	one("[{\"op\":\"add\",\"bin\":\"n\",\"value\":-1}]", NULL, OP_INCREMENT, PARTICLE_INTEGER, SPAN("\xff\xff\xff\xff\xff\xff\xff\xff"), false);
	one("[{\"op\":\"put\",\"bin\":\"n\",\"value\":null}]", NULL, OP_WRITE, PARTICLE_NULL, SPAN(""), true);
	one("[{\"op\":\"append\",\"bin\":\"b\",\"value\":\"AAE=\"}]", "{\"/b\":\"blob\"}", OP_APPEND, PARTICLE_BLOB, SPAN("\0\1"), false);
	one("[{\"op\":\"touch\"}]", NULL, OP_TOUCH, PARTICLE_NULL, SPAN(""), true);
	one("[{\"op\":\"list-append\",\"bin\":\"l\",\"value\":\"a\"}]", NULL, OP_CDT_MODIFY, PARTICLE_BLOB, SPAN("\x92\x01\xa2\x03" "a"), false);
	one("[{\"value\":1,\"flags\":5,\"bin\":\"l\",\"op\":\"list-append\"}]", NULL, OP_CDT_MODIFY, PARTICLE_BLOB, SPAN("\x94\x01\x01\0\x05"), false);
	one("[{\"op\":\"list-insert\",\"bin\":\"l\",\"index\":-2,\"value\":[]}]", NULL, OP_CDT_MODIFY, PARTICLE_BLOB, SPAN("\x93\x03\xfe\x90"), false);
	one("[{\"op\":\"list-remove-value\",\"bin\":\"l\",\"value\":7}]", NULL, OP_CDT_MODIFY, PARTICLE_BLOB, SPAN("\x93\x23\0\x07"), false);
	one("[{\"op\":\"list-clear\",\"bin\":\"l\"}]", NULL, OP_CDT_MODIFY, PARTICLE_BLOB, SPAN("\x91\x0b"), true);
	one("[{\"op\":\"map-put\",\"bin\":\"m\",\"key\":\"k\",\"value\":5,\"order\":1}]", NULL, OP_CDT_MODIFY, PARTICLE_BLOB,
		SPAN("\x94\x43\xa2\x03k\x05\x01"), true);
	one("[{\"op\":\"map-put\",\"bin\":\"m\",\"key\":\"AA==\",\"value\":\"AA==\"}]", "{\"/m\":\"blob\"}", OP_CDT_MODIFY, PARTICLE_BLOB,
		SPAN("\x93\x43\xa5\x03" "AA==" "\xa2\x04\0"), true);
	one("[{\"op\":\"map-put\",\"bin\":\"m\",\"key\":1,\"value\":2,\"flags\":1}]", NULL, OP_CDT_MODIFY, PARTICLE_BLOB, SPAN("\x95\x43\1\2\0\1"), false);
	one("[{\"op\":\"map-remove\",\"bin\":\"m\",\"key\":1}]", NULL, OP_CDT_MODIFY, PARTICLE_BLOB, SPAN("\x93\x4c\0\1"), true);
}

static void refused(void)
{
	static const char *const bad[] = { "[7]", "[{}]", "[{\"op\":7}]", "[{\"op\":\"read\",\"bin\":\"a\"}]", "[{\"op\":\"put\",\"bin\":\"a\"}]",
		"[{\"op\":\"put\",\"bin\":\"\",\"value\":1}]", "[{\"op\":\"put\",\"bin\":7,\"value\":1}]", "[{\"op\":\"add\",\"bin\":\"a\",\"value\":true}]",
		"[{\"op\":\"list-trim\",\"bin\":\"a\",\"index\":0,\"count\":-1}]", "[{\"op\":\"list-append\",\"bin\":\"a\",\"value\":1,\"flags\":99}]",
		"[{\"op\":\"list-set\",\"bin\":\"a\",\"index\":9223372036854775807,\"value\":1}]", "[{\"op\":\"map-put-items\",\"bin\":\"a\",\"value\":1}]",
		"[{\"op\":\"map-put\",\"bin\":\"a\",\"key\":1}]", "[{\"op\":\"put\",\"bin\":\"a\",\"value\":1e999}]" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ok(!make(bad[i], NULL) && strncmp(o.why, "operate, operation 1: ", 22) == 0, "%s: %s", bad[i], o.why);
	ok(!make("[{\"op\":\"touch\"},{\"op\":\"no\"}]", NULL) && o.n == 1 && strstr(o.why, "operation 2"), "the second of two is named");
	ok(make("[]", NULL) && o.n == 0, "none");
}

int main(void)
{
	calls();
	refused();
	buf_free(&unit);
	buf_free(&value);
	buf_free(&o.name);
	types_free(&types);
	pack_free(&pack);
	return tap_end();
}
