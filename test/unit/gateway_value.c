/* SPDX-License-Identifier: Apache-2.0 */
/* Values of the REST gateway, driven by test/fixtures/gateway-in.tsv and gateway-out.tsv. */
#include "gateway_value.h"

#include "fixture.h"
#include "tap.h"

static struct arena mem;
static struct tree_reader reader = { .mem = &mem };
static struct buf out, bytes, want;

/* A value as the fixtures write it: JSON, or MessagePack in hex between < and >. */
static const struct tree *read_value(struct span text)
{
	arena_reset(&mem);
	buf_reset(&bytes);
	if (text.p[0] != '<')
		return tree_json(&reader, text);
	fixture_hex(&bytes, text);
	return tree_msgpack(&reader, buf_as_span(&bytes));
}

static bool encode(struct span how, const struct tree *v, uint8_t *particle, struct gateway_error *e)
{
	buf_reset(&out);
	*particle = 0;
	if (span_is(how, "element"))
		return gateway_element(&out, v, e);
	if (span_is(how, "value"))
		return gateway_particle(&out, particle, v, false, e);
	return gateway_bin(&out, particle, SPAN("b"), v, span_is(how, "boolbin"), e);
}

static void in(void)
{
	struct span file = tap_file("test/fixtures/gateway-in.tsv");
	struct fixture f = { .rest = file };

	while (fixture_next(&f)) {
		struct gateway_error e = { "" };
		const struct tree *v = read_value(f.column[2]);
		uint8_t particle;

		if (f.columns != 5 || !v) {
			ok(false, "%.*s: %s", SPAN_ARG(f.column[0]), v ? "not five columns" : reader.why);
			continue;
		}
		if (span_is(f.column[3], "!")) {
			ok(!encode(f.column[1], v, &particle, &e) && out.n == 0, "%.*s: is refused", SPAN_ARG(f.column[0]));
			is_span(span_of(e.text), f.column[4], "%.*s: the message", SPAN_ARG(f.column[0]));
			continue;
		}
		buf_reset(&want);
		fixture_hex(&want, f.column[4]);
		if (!ok(encode(f.column[1], v, &particle, &e), "%.*s: is taken%s", SPAN_ARG(f.column[0]), e.text))
			continue;
		is_int(particle, strtol(f.column[3].p, NULL, 10), "%.*s: particle type", SPAN_ARG(f.column[0]));
		ok(span_eq(buf_as_span(&out), buf_as_span(&want)), "%.*s: bytes", SPAN_ARG(f.column[0]));
	}
	free((void *)(uintptr_t)file.p);
}

static bool answer(uint8_t particle, struct span value, bool msgpack, struct gateway_error *e)
{
	struct answer a = { .out = &out, .msgpack = msgpack };

	buf_reset(&out);
	return gateway_answer(&a, particle, value, e);
}

/* Every beginning of a container's bytes, in memory of just that size. */
static void cut_short(struct span title, uint8_t particle)
{
	unsigned bad = 0;

	for (size_t n = 0; n < bytes.n; n++)
		for (int msgpack = 0; msgpack < 2; msgpack++) {
			struct span cut = tap_exact((struct span){ bytes.p, n });
			struct gateway_error e;

			bad += answer(particle, cut, msgpack, &e) || out.n;
			free((void *)(uintptr_t)cut.p);
		}
	is_int(bad, 0, "%.*s: cut at every byte", SPAN_ARG(title));
}

static void outward(void)
{
	struct span file = tap_file("test/fixtures/gateway-out.tsv");
	struct fixture f = { .rest = file };

	while (fixture_next(&f)) {
		uint8_t particle = (uint8_t)strtol(f.column[1].p, NULL, 10);
		struct gateway_error e = { "" };

		buf_reset(&bytes);
		fixture_hex(&bytes, f.column[2]);
		if (f.columns != 5) {
			ok(false, "a line of five columns: %.*s", SPAN_ARG(f.column[0]));
		} else if (span_is(f.column[3], "!")) {
			ok(!answer(particle, buf_as_span(&bytes), false, &e) && out.n == 0, "%.*s: is refused", SPAN_ARG(f.column[0]));
			is_span(span_of(e.text), f.column[4], "%.*s: the reason", SPAN_ARG(f.column[0]));
			ok(!answer(particle, buf_as_span(&bytes), true, &e) && out.n == 0, "%.*s: is refused as MessagePack", SPAN_ARG(f.column[0]));
		} else {
			ok(answer(particle, buf_as_span(&bytes), false, &e), "%.*s: is JSON %s", SPAN_ARG(f.column[0]), e.text);
			is_span(buf_as_span(&out), f.column[3], "%.*s: JSON", SPAN_ARG(f.column[0]));
			buf_reset(&want);
			fixture_hex(&want, f.column[4]);
			ok(answer(particle, buf_as_span(&bytes), true, &e) && span_eq(buf_as_span(&out), buf_as_span(&want)),
				"%.*s: MessagePack", SPAN_ARG(f.column[0]));
			if (particle == PARTICLE_LIST || particle == PARTICLE_MAP)
				cut_short(f.column[0], particle);
		}
	}
	free((void *)(uintptr_t)file.p);
}

/* Items of a list that can't be told stand between others: commas are right before and behind. */
static void in_between(void)
{
	struct gateway_error e;
	struct answer a = { .out = &out };

	buf_reset(&out);
	answer_list(&a, 3);
	answer_int(&a, 1);
	ok(!gateway_answer(&a, PARTICLE_LIST, SPAN("\x92\x01"), &e), "a bad value in a list");
	answer_null(&a);
	ok(gateway_answer(&a, PARTICLE_STRING, SPAN("x"), &e), "a good one");
	answer_list_end(&a);
	is_span(buf_as_span(&out), SPAN("[1,null,\"x\"]"), "leaves no trace");
}

/* What a body may hold can be answered again: the deepest value of both. */
static void deep(void)
{
	const struct tree *v;
	struct gateway_error e = { "" };
	uint8_t particle;

	buf_reset(&bytes);
	for (int i = 0; i < TREE_DEPTH_MAX; i++)
		buf_lit(&bytes, "\x91");
	buf_byte(&bytes, 1);
	arena_reset(&mem);
	v = tree_msgpack(&reader, buf_as_span(&bytes));
	ok(v && encode(SPAN("bin"), v, &particle, &e), "a list of %d levels is taken", TREE_DEPTH_MAX);
	ok(answer(PARTICLE_LIST, buf_as_span(&bytes), true, &e), "and answered");
	is_span(buf_as_span(&out), buf_as_span(&bytes), "as it was");
	buf_byte(&bytes, 1);
	memmove(bytes.p + 1, bytes.p, bytes.n - 1);
	ok(!answer(PARTICLE_LIST, buf_as_span(&bytes), true, &e), "one level more is not");
}

int main(void)
{
	deep();
	in();
	outward();
	in_between();
	tree_reader_free(&reader);
	arena_free(&mem);
	buf_free(&out);
	buf_free(&bytes);
	buf_free(&want);
	return tap_end();
}
