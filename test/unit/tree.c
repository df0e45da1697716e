/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies as trees: what is taken, what is refused and where, bounds. */
#include "tree.h"

#include "tap.h"

static struct arena mem;
static struct tree_reader reader = { .mem = &mem };
static struct buf out;

static const struct tree *json(struct span text)
{
	arena_reset(&mem);
	return tree_json(&reader, text);
}

static const struct tree *msgpack(struct span bytes)
{
	arena_reset(&mem);
	return tree_msgpack(&reader, bytes);
}

/* JSON to a tree and back. */
static void same(struct span text, struct span want)
{
	const struct tree *t = json(text);

	buf_reset(&out);
	if (ok(t && tree_put_json(&out, t), "%.*s: %s", SPAN_ARG(text), reader.why ? reader.why : "is read"))
		is_span(buf_as_span(&out), want, "%.*s: comes back", SPAN_ARG(text));
}

static void refused(const struct tree *t, const char *why, size_t offset, const char *title)
{
	ok(!t, "%s: is refused", title);
	is_str(reader.why, why, "%s: the reason", title);
	is_int((int64_t)reader.offset, (int64_t)offset, "%s: the place", title);
}

static void forms(void)
{
	same(SPAN(" [ null , true,false, 1 , -0, 1.50, 1e2, \"a\\u0041\" ] "), SPAN("[null,true,false,1,0,1.5,100.0,\"aA\"]"));
	same(SPAN("{\"a\":{\"b\":[{}]},\"c\":[]}"), SPAN("{\"a\":{\"b\":[{}]},\"c\":[]}"));
	same(SPAN("123456789012345678901234567890"), SPAN("123456789012345678901234567890"));
	same(SPAN("{\"a\":1,\"\\u0061\":2}"), SPAN("{\"a\":2}"));
	same(SPAN("{\"b\":0,\"a\":1,\"b\":2,\"a\":3,\"b\":4}"), SPAN("{\"b\":4,\"a\":3}"));
	refused(json(SPAN("")), "text ends too early", 0, "nothing");
	refused(json(SPAN("[1,]")), "expected a value", 3, "a comma too many");
	refused(json(SPAN("[1] 2")), "unexpected text behind the value", 4, "two values");
	refused(json(SPAN("{\"a\" 1}")), "expected ':'", 5, "no colon");
	refused(json(SPAN("\"\\ud800\"")), "lone surrogate in a string", 8, "half a character");
	refused(json(SPAN("\"\xff\"")), "invalid UTF-8", 1, "no UTF-8");
	refused(json(SPAN("1e999")), "number out of range", 5, "a number too large");
	refused(msgpack(SPAN("")), "MessagePack value is cut short", 0, "no MessagePack");
	refused(msgpack(SPAN("\x92\x01\x92")), "MessagePack count is larger than the bytes left", 2, "half a list");
	refused(msgpack(SPAN("\x01\x02")), "unexpected bytes behind the value", 1, "two of them");
	refused(msgpack(SPAN("\x91\xa1\xff")), "invalid UTF-8", 1, "a str of no UTF-8");
	refused(msgpack(SPAN("\xc1")), "byte 0xc1, which MessagePack never uses", 0, "a byte that is nothing");
	refused(msgpack(SPAN("\xdd\xff\xff\xff\xff")), "MessagePack count is larger than the bytes left", 0, "a lying count");
}

static void members(void)
{
	static const char *const names[] = { "type", "index", NULL };
	const struct tree *t = json(SPAN("{\"type\":\"x\",\"index\":-1,\"more\":null}"));

	ok(tree_is(tree_member(t, "type"), "x"), "a member that is text");
	is_int(tree_member(t, "index")->i, -1, "a member that is a number");
	ok(!tree_member(t, "typ") && !tree_member(t, "types"), "no member of another name");
	ok(!tree_member(tree_member(t, "index"), "x") && !tree_member(NULL, "x"), "no member in what is no map");
	ok(tree_is(tree_unknown(t, names), "more"), "the member that is not expected");
	t = msgpack(SPAN("\x82\x01\x02\xa4type\xc0"));
	ok(tree_unknown(t, names) && tree_unknown(t, names)->i == 1, "a key that is no text is not expected, either");
	is_int(tree_member(t, "type")->kind, TREE_NIL, "and is passed over");
	is_str(tree_kind_text(tree_member(t, "type")), "null", "kinds have names");
	t = msgpack(SPAN("\xcf\xff\xff\xff\xff\xff\xff\xff\xff"));
	is_span(t->text, SPAN("18446744073709551615"), "an integer beyond 64 bits keeps its digits");
	t = msgpack(SPAN("\x84\x01\xa1" "a\xa1" "1\x05\x01\xa1" "b\xc4\x01" "1\x06"));
	is_int(t->n, 3, "keys of several types are different keys");
	is_span(tree_value(t, 0)->text, SPAN("b"), "the last of two counts");
}

static void put_deep(struct buf *b, const char *open, const char *close, unsigned n)
{
	buf_reset(b);
	for (unsigned i = 0; i < n; i++)
		buf_put(b, open, strlen(open));
	buf_byte(b, '0');
	for (unsigned i = 0; i < n; i++)
		buf_put(b, close, strlen(close));
}

static void bounds(void)
{
	struct tree_reader small = { .mem = &mem, .nodes_max = 10 };
	struct arena little = { .max = 1000 };
	struct tree_reader tight = { .mem = &little };
	struct buf b = { 0 };

	put_deep(&b, "[", "]", TREE_DEPTH_MAX);
	ok(json(buf_as_span(&b)), "JSON of %d levels", TREE_DEPTH_MAX);
	put_deep(&b, "{\"a\":", "}", TREE_DEPTH_MAX + 1);
	refused(json(buf_as_span(&b)), "nested too deeply", 5 * TREE_DEPTH_MAX, "one level more");
	put_deep(&b, "\x91", "", TREE_DEPTH_MAX);
	ok(msgpack(buf_as_span(&b)), "MessagePack of %d levels", TREE_DEPTH_MAX);
	put_deep(&b, "\x81\x01", "", TREE_DEPTH_MAX + 1);
	refused(msgpack(buf_as_span(&b)), "nested too deeply", 2 * TREE_DEPTH_MAX, "one more");
	put_deep(&b, "[", "", 1000000);
	refused(json(buf_as_span(&b)), "nested too deeply", TREE_DEPTH_MAX, "a million levels");

	arena_reset(&mem);
	ok(tree_json(&small, SPAN("[1,2,3,4,5,6,7,8,9]")), "ten values");
	ok(!tree_json(&small, SPAN("[1,2,3,4,5,6,7,8,9,0]")), "eleven are too many");
	is_str(small.why, "too many values", "and it says so");
	ok(!tree_msgpack(&small, SPAN("\x85\1\1\2\2\3\3\4\4\5\5")), "of MessagePack, too");
	buf_reset(&b);
	buf_byte(&b, '[');
	for (int i = 0; i < 10000; i++)
		buf_lit(&b, "1,");
	buf_lit(&b, "1]");
	ok(!tree_json(&tight, buf_as_span(&b)), "an arena that is full");
	is_str(tight.why, "body is too large", "is told as well");

	buf_reset(&b);
	buf_byte(&b, '{');
	for (int i = 0; i < 200000; i++)
		buf_printf(&b, "\"%x\":%d,", i % 150000, i);
	buf_lit(&b, "\"x\":0}");
	ok(json(buf_as_span(&b)) && json(buf_as_span(&b))->n == 150001, "a quarter of many names stands twice");
	tree_reader_free(&small);
	tree_reader_free(&tight);
	arena_free(&little);
	buf_free(&b);
}

int main(void)
{
	forms();
	members();
	bounds();
	tree_reader_free(&reader);
	arena_free(&mem);
	buf_free(&out);
	return tap_end();
}
