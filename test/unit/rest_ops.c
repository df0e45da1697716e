/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue of operations: test/fixtures/rest-ops.tsv says what becomes of which; the table as such; answers. */
#include "ops.h"

#include "fixture.h"
#include "json.h"
#include "particle.h"
#include "tap.h"

static struct arena mem;
static struct tree_reader reader = { .mem = &mem };
static struct buf unit, want, out;
static struct span captures;

static bool seen[200];		/* operations of the table that a case has used */

static void note(const struct tree *list, enum ops_version v)
{
	for (uint32_t i = 0; i < list->n; i++)
		seen[op_find(tree_member(&list->items[i], v == OPS_V1 ? "operation" : "type")->text, v) - operations] = true;
}

static bool read_ops(struct ops *o, struct span text, enum ops_version v)
{
	const struct tree *t;

	arena_reset(&mem);
	buf_reset(&o->bytes);
	*o = (struct ops){ .bytes = o->bytes };
	t = tree_json(&reader, text);
	if (!t || !ops_read(o, t, v, false))
		return false;
	note(t, v);
	return true;
}

/* What the official client sent ("request_hex") or the server answered ("response_hex"): the first message of a scenario. */
static bool find_capture(struct span name, const char *member, struct buf *bytes)
{
	struct span rest = captures;

	while (rest.n) {
		const char *nl = memchr(rest.p, '\n', rest.n);
		struct span line = { rest.p, nl ? (size_t)(nl - rest.p) : rest.n }, scenario = { 0 }, hex = { 0 };
		struct json j;
		struct json_member m;

		rest.p += line.n + !!nl;
		rest.n -= line.n + !!nl;
		json_open(&j, line);
		for (json_object(&j); json_member(&j, &m);)
			json_value(&j, json_key_is(&m, "scenario") ? &scenario : json_key_is(&m, member) ? &hex : NULL);
		if (scenario.n != name.n + 2 || memcmp(scenario.p + 1, name.p, name.n) != 0)
			continue;
		buf_reset(bytes);
		fixture_hex(bytes, hex);
		if (bytes->n > PROTO_SIZE && bytes->p[1] == PROTO_MESSAGE)
			return true;
	}
	return false;
}

/* Only what the operations decide: info bytes and ops. */
static void same_request(const struct ops *o, struct span title, struct span name)
{
	static const uint8_t digest[20];
	struct command c = { .ns = SPAN("test"), .digest = digest };
	struct message got, official;
	struct message_op a, b;

	buf_reset(&unit);
	ops_unit(o, &unit, &c);
	if (!find_capture(name, "request_hex", &want) || !message_open(&official, want.p + PROTO_SIZE, want.n - PROTO_SIZE) ||
	    !message_open(&got, unit.p + PROTO_SIZE, unit.n - PROTO_SIZE)) {
		ok(false, "%.*s: is there to compare", SPAN_ARG(title));
		return;
	}
	is_int(got.info1 << 8 | got.info2, official.info1 << 8 | (official.info2 & ~INFO2_GENERATION), "%.*s: info bytes", SPAN_ARG(title));
	is_int(got.n_ops, official.n_ops, "%.*s: number of ops", SPAN_ARG(title));
	while (message_next_op(&official, &b) && message_next_op(&got, &a))
		ok(a.op == b.op && a.particle == b.particle && span_eq(a.name, b.name) && span_eq(a.value, b.value), "%.*s: op %d",
			SPAN_ARG(title), b.op);
}

/* The ops as the fixture writes them. */
static void show(const struct ops *o, struct buf *text)
{
	static const uint8_t digest[20];
	struct command_writer w;
	struct message m;
	struct message_op op;
	bool first = true;

	buf_reset(text);
	buf_reset(&unit);
	command_begin(&w, &unit, &(struct command){ .ns = SPAN("test"), .digest = digest });
	command_ops(&w, buf_as_span(&o->bytes), (uint16_t)o->n, o->reads, o->writes, o->all);
	command_end(&w);
	if (!message_open(&m, unit.p + PROTO_SIZE, unit.n - PROTO_SIZE))
		return;
	for (; message_next_op(&m, &op); first = false) {
		buf_printf(text, "%s%d %d %.*s ", first ? "" : "; ", op.op, op.particle, op.name.n ? (int)op.name.n : 1, op.name.n ? op.name.p : "-");
		for (size_t i = 0; i < op.value.n; i++)
			buf_printf(text, "%02x", (unsigned char)op.value.p[i]);
		if (!op.value.n)
			buf_byte(text, '-');
	}
}

static void cases(void)
{
	struct span file = tap_file("test/fixtures/rest-ops.tsv");
	struct fixture f = { .rest = file };
	struct ops o = { 0 };

	while (fixture_next(&f)) {
		struct span title = f.column[0], wanted = f.column[3];
		bool good = read_ops(&o, f.column[2], f.column[1].p[0] == '1' ? OPS_V1 : OPS_V2);

		if (span_is(wanted, "!")) {
			ok(!good, "%.*s: is refused", SPAN_ARG(title));
			is_span(span_of(o.why), f.column[4], "%.*s: the message", SPAN_ARG(title));
		} else if (!good) {
			ok(false, "%.*s: %s", SPAN_ARG(title), o.why);
		} else if (wanted.p[0] == '@') {
			same_request(&o, title, (struct span){ wanted.p + 1, wanted.n - 1 });
		} else {
			show(&o, &out);
			is_span(buf_as_span(&out), wanted, "%.*s: ops", SPAN_ARG(title));
		}
	}
	ops_free(&o);
	free((void *)(uintptr_t)file.p);
}

/* 102 in each version, each found by its name, and what it takes is taken. */
static void table(void)
{
	unsigned n = 0, lists = 0, maps = 0, bits = 0, hlls = 0, bad = 0, unseen = 0;

	for (const struct operation *op = operations; op->name; op++) {
		n++;
		lists += span_starts(span_of(op->name), "LIST_");
		maps += span_starts(span_of(op->name), "MAP_");
		bits += span_starts(span_of(op->name), "BIT_");
		hlls += span_starts(span_of(op->name), "HLL_");
		for (enum ops_version v = OPS_V1; v <= OPS_V2; v++)
			bad += op_find(span_of(op_name(op, v)), v) != op;
		if (!seen[op - operations]) {
			diag("no case has %s", op->name);
			unseen++;
		}
		bad += !op->help || !op->help[0] || op->help[strlen(op->help) - 1] != '.';
	}
	is_int(n, 102, "operations");
	is_int(unseen, 0, "each in a case above");
	is_int(lists, 34, "of lists");
	is_int(maps, 30, "of maps");
	is_int(bits, 18, "of bits");
	is_int(hlls, 11, "of HLLs");
	is_int(bad, 0, "each has two names that find it, and a sentence");
	ok(!op_find(SPAN(""), OPS_V1) && !op_find(SPAN("REA"), OPS_V1) && !op_find(SPAN("READ\0"), OPS_V1), "others are not found");
}

static void put_answer(struct buf *b, uint32_t generation, uint32_t void_time)
{
	struct message head = { .generation = generation, .ttl = void_time };
	struct message_writer w;

	buf_reset(b);
	message_begin(&w, b, &head);
	message_end(&w);
}

static void put_result(struct buf *b, const char *bin, uint8_t particle, struct span value)
{
	struct message_writer w = { .out = b };
	size_t mark = message_begin_op(&w, OP_READ, particle, span_of(bin));

	buf_span(b, value);
	message_end_op(&w, mark);
	b->p[21]++;
}

static bool record(bool msgpack)
{
	struct answer a = { .out = &out, .msgpack = msgpack };
	struct message m;

	bool good;

	buf_reset(&out);
	good = message_open(&m, unit.p, unit.n) && ops_record(&a, &mem, &m, 1262304000 + 100);
	if (good)
		*buf_reserve(&out, 1) = '\0';
	return good;
}

static void answers(void)
{
	put_answer(&unit, 3, 0);
	ok(record(false), "no ops");
	is_span(buf_as_span(&out), SPAN("{\"generation\":3,\"ttl\":-1,\"bins\":null}"), "are no bins");
	put_answer(&unit, 65535, 150);
	put_result(&unit, "b", PARTICLE_INTEGER, SPAN("\0\0\0\0\0\0\0\1"));
	put_result(&unit, "a", PARTICLE_NULL, SPAN(""));
	put_result(&unit, "b", PARTICLE_NULL, SPAN(""));
	put_result(&unit, "ab", PARTICLE_STRING, SPAN("x"));
	put_result(&unit, "b", PARTICLE_MAP, SPAN("\x82\xc7\x00\x08\xc0\xa2\x03k\x02"));
	ok(record(false), "several ops");
	is_span(buf_as_span(&out), SPAN("{\"generation\":65535,\"ttl\":50,\"bins\":{\"b\":[1,null,[{\"k\":2}]],\"a\":null,\"ab\":\"x\"}}"),
		"by bins, in the order of the first of each");
	ok(record(true), "as MessagePack");
	ok(span_eq(buf_as_span(&out), SPAN("\x83\xaageneration\xcd\xff\xff\xa3ttl\x32\xa4" "bins\x83\xa1" "b\x93\x01\xc0\x91\x81\xa1k\x02\xa1" "a\xc0\xa2"
		"ab\xa1x")), "the same");
	put_answer(&unit, 1, 0);
	for (int i = 0; i < 60; i++)
		put_result(&unit, (const char *[]){ "x", "yy", "x" }[i % 3], PARTICLE_BOOL, i == 1 ? SPAN("\1") : SPAN("\0"));
	ok(record(false), "many ops");
	is_int((int64_t)out.n, (int64_t)strlen("{\"generation\":1,\"ttl\":-1,\"bins\":{\"x\":[],\"yy\":[]}}") + 60 * 6 - 2 - 1, "all of them");
	ok(strstr(out.p, "\"yy\":[true,false") != NULL, "in order");
	put_result(&unit, "c", PARTICLE_LIST, SPAN("\x80"));
	ok(!record(false) && out.n == 0, "a value that is none");
	unit.n -= 3;
	ok(!record(false) && out.n == 0, "an answer cut short");
}

/* Real answers, written as JSON, and as MessagePack that says the same. */
static void real_answers(void)
{
	struct span file = tap_file("test/fixtures/rest-answers.tsv");
	struct fixture f = { .rest = file };

	while (fixture_next(&f)) {
		struct answer a = { .out = &out };
		struct message m;
		bool good = find_capture(f.column[0], "response_hex", &unit) && message_open(&m, unit.p + PROTO_SIZE, unit.n - PROTO_SIZE);

		buf_reset(&out);
		arena_reset(&mem);
		if (ok(good && ops_record(&a, &mem, &m, 0), "%.*s: is answered", SPAN_ARG(f.column[0])))
			is_span(buf_as_span(&out), f.column[1], "%.*s: JSON", SPAN_ARG(f.column[0]));
		buf_reset(&want);
		a = (struct answer){ .out = &want, .msgpack = true };
		good = good && message_open(&m, unit.p + PROTO_SIZE, unit.n - PROTO_SIZE) && ops_record(&a, &mem, &m, 0);
		ok(good && tree_msgpack(&reader, buf_as_span(&want)), "%.*s: MessagePack", SPAN_ARG(f.column[0]));
	}
	free((void *)(uintptr_t)file.p);
}

int main(void)
{
	captures = tap_file("test/fixtures/captures/wire.jsonl");
	cases();
	table();
	answers();
	real_answers();
	free((void *)(uintptr_t)captures.p);
	tree_reader_free(&reader);
	arena_free(&mem);
	buf_free(&unit);
	buf_free(&want);
	buf_free(&out);
	return tap_end();
}
