/* SPDX-License-Identifier: Apache-2.0 */
/* Operations of as-local on bin values, against test/fixtures/local/ops.cases (its head says how to read it); then each of their calls
 * cut off at every byte, with every byte replaced by telling ones, and grown to absurd depth. */
#include "tap.h"

#include "expr.h"
#include "cdt.h"
#include "notation.h"

static struct arena mem;

/* What the expressions of the cases see. */
static struct value env_bin(void *ctx, struct span name)
{
	static const struct { const char *name, *value; } bins[] = { { "a", "5" }, { "s", "\"abc\"" }, { "f", "1.5" }, { "l", "[3, 1, 2]" },
		{ "m", "K{\"k\": 1, \"z\": 2}" }, { "b", "x\"00ff\"" }, { "g", "g\"{\\\"type\\\":\\\"Point\\\",\\\"coordinates\\\":[1,2]}\"" } };
	struct value v = { 0 };
	struct buf b = { 0 };

	(void)ctx;
	for (size_t i = 0; i < sizeof(bins) / sizeof(*bins); i++)
		if (span_is(name, bins[i].name) && notation_read(span_of(bins[i].value), &b))
			element_to_value(arena_copy(&mem, buf_as_span(&b)), &mem, &v);
	buf_free(&b);
	return v;
}

static const uint8_t digest[20] = { [16] = 7, [17] = 1 };
static const struct expr_env env = { .bin = env_bin, .mem = &mem, .digest = digest, .set = { "demo", 4 },
	.key = { PARTICLE_STRING, { "key1", 4 } }, .last_update_ms = 1700000000000, .now_ms = 1700000001000, .record_size = 100 };

static int do_filter(struct value *bin, struct span call, struct value *result)
{
	(void)bin;
	*result = (struct value){ 0 };
	return expr_filter(call, &env);
}

static int do_list_read(struct value *bin, struct span call, struct value *result) { return cdt_read(bin, call, &mem, result); }
static int do_list_modify(struct value *bin, struct span call, struct value *result) { return cdt_modify(bin, call, &mem, result); }
static int do_bits_read(struct value *bin, struct span call, struct value *result) { return bits_read(bin, call, &mem, result); }
static int do_bits_modify(struct value *bin, struct span call, struct value *result) { return bits_modify(bin, call, &mem, result); }
static int do_hll_read(struct value *bin, struct span call, struct value *result) { return hll_read(bin, call, &mem, result); }
static int do_hll_modify(struct value *bin, struct span call, struct value *result) { return hll_modify(bin, call, &mem, result); }
static int do_expr_read(struct value *bin, struct span call, struct value *result) { (void)bin; return expr_read(call, &env, result); }

static int do_expr_modify(struct value *bin, struct span call, struct value *result)
{
	*result = (struct value){ 0 };
	return expr_modify(call, &env, bin);
}

static int do_store(struct value *bin, struct span call, struct value *result)
{
	struct value v = { call.n && ((unsigned char)call.p[0] >> 4 == 8 || (unsigned char)call.p[0] >> 1 == 0x6f) ? PARTICLE_MAP : PARTICLE_LIST, call };
	int code = value_store(&v, &mem);

	*result = (struct value){ 0 };
	if (code == RESULT_OK)
		*bin = v;
	return code;
}

static const struct {
	const char *word;
	int (*run)(struct value *bin, struct span call, struct value *result);
} kinds[] = { { "read", do_list_read }, { "modify", do_list_modify }, { "bits-read", do_bits_read }, { "bits-modify", do_bits_modify },
	{ "hll-read", do_hll_read }, { "hll-modify", do_hll_modify }, { "expr-read", do_expr_read }, { "expr-modify", do_expr_modify },
	{ "filter", do_filter }, { "store", do_store } };

struct test_case {
	struct span text, column[4];	/* bin; call; result or !code; bin afterwards */
	unsigned kind, n;
	struct buf bin, call, result, after;
	int code;
};

static struct span trim(struct span s)
{
	while (s.n && isspace((unsigned char)s.p[0]))
		s.p++, s.n--;
	while (s.n && isspace((unsigned char)s.p[s.n - 1]))
		s.n--;
	return s;
}

static struct span next_line(struct span *rest)
{
	const char *end = memchr(rest->p, '\n', rest->n);
	struct span line = { rest->p, end ? (size_t)(end - rest->p) : rest->n };
	size_t step = line.n + (end != NULL);

	rest->p += step;
	rest->n -= step;
	return line;
}

static bool column(struct span text, struct buf *b)
{
	buf_reset(b);
	return span_is(text, "-") || notation_read(text, b);
}

static bool parse(struct span line, struct test_case *c)
{
	size_t word = 0;

	c->text = line;
	while (word < line.n && line.p[word] != ' ')
		word++;
	for (c->kind = 0; c->kind < sizeof(kinds) / sizeof(*kinds); c->kind++)
		if (span_is((struct span){ line.p, word }, kinds[c->kind].word))
			break;
	if (c->kind == sizeof(kinds) / sizeof(*kinds))
		return false;
	line = (struct span){ line.p + word, line.n - word };
	for (c->n = 0; c->n < 4 && line.n; c->n++) {
		const char *end = memchr(line.p, ';', line.n);

		c->column[c->n] = trim((struct span){ line.p, end ? (size_t)(end - line.p) : line.n });
		line = end ? (struct span){ end + 1, line.n - (size_t)(end + 1 - line.p) } : SPAN("");
	}
	c->code = c->n > 2 && c->column[2].n && c->column[2].p[0] == '!' ? atoi(c->column[2].p + 1) : 0;
	return c->n >= 3 && column(c->column[0], &c->bin) && column(c->column[1], &c->call) &&
		(c->code || column(c->column[2], &c->result)) && column(c->n > 3 ? c->column[3] : c->column[0], &c->after);
}

/* A value as an element; absent for none. */
static struct span element_of(const struct value *v)
{
	struct span e = { NULL, 0 };

	return v->particle && value_to_element(v, &mem, &e) ? e : (struct span){ NULL, 0 };
}

static struct span wanted(const struct buf *b)
{
	return b->n ? buf_as_span(b) : (struct span){ NULL, 0 };
}

static struct value bin_of(const struct test_case *c)
{
	struct value v = { 0 };

	if (c->bin.n)
		element_to_value(arena_copy(&mem, buf_as_span(&c->bin)), &mem, &v);
	return v;
}

static void check(const struct test_case *c)
{
	struct value bin = bin_of(c), result;
	struct span call = tap_exact(buf_as_span(&c->call));
	int code = kinds[c->kind].run(&bin, call, &result);
	bool good = code == c->code && (code || (span_eq(element_of(&result), wanted(&c->result)) && span_eq(element_of(&bin), wanted(&c->after))));

	ok(good, "%.*s", (int)c->text.n, c->text.p);
	if (!good) {
		diag("result code %d, wanted %d", code, c->code);
		if (!code) {
			struct span r = element_of(&result), a = element_of(&bin);

			for (size_t i = 0; i < r.n; i++)
				printf("%s%02x%s", i ? " " : "# result ", (unsigned char)r.p[i], i + 1 == r.n ? "\n" : "");
			for (size_t i = 0; i < a.n; i++)
				printf("%s%02x%s", i ? " " : "# bin    ", (unsigned char)a.p[i], i + 1 == a.n ? "\n" : "");
		}
	}
	free((void *)(uintptr_t)call.p);
}

/* Whatever the call was: no crash, and what a list or map became is in stored form. */
static bool survive(const struct test_case *c, struct span call)
{
	struct span exact = tap_exact(call), again;
	struct value bin, result;
	bool good = true;

	arena_reset(&mem);
	bin = bin_of(c);
	if (kinds[c->kind].run(&bin, exact, &result) == RESULT_OK) {
		if (bin.particle == PARTICLE_LIST || bin.particle == PARTICLE_MAP)
			good = cdt_normalise(bin.data, true, &mem, &again) && span_eq(bin.data, again);
		element_of(&bin);
		element_of(&result);
	}
	free((void *)(uintptr_t)exact.p);
	return good;
}

static void torment(const struct test_case *c)
{
	static const char telling[] = "\0\1\x7f\x80\x81\x8f\x90\x91\x92\x9f\xa0\xa1\xa5\xbf\xc0\xc1\xc2\xc3\xc4\xc7\xca\xcb\xcc\xcf\xd3\xd4\xd9\xdb\xdc\xdd\xde\xdf\xe0\xff";
	struct span call = buf_as_span(&c->call);
	char *changed = malloc(call.n + 1);
	unsigned bad = 0;

	for (size_t n = 0; n < call.n; n++)
		bad += !survive(c, (struct span){ call.p, n });
	for (size_t at = 0; at < call.n; at++)
		for (size_t i = 0; i + 1 < sizeof(telling); i++) {
			memcpy(changed, call.p, call.n);
			changed[at] = telling[i];
			if (!survive(c, (struct span){ changed, call.n })) {
				diag("byte %zu changed to %02x leaves a value that is not in stored form", at, (unsigned char)telling[i]);
				bad++;
			}
		}
	free(changed);
	if (bad)
		ok(false, "cut and changed: %.*s", (int)c->text.n, c->text.p);
}

/* n times the same opening, then an end; as the value of a bin, as an argument, as a context, as an expression. */
static void deep(struct span opening, uint32_t n)
{
	static const char *const before[] = { "", "\x92\1", "\x93\xcc\xff", "\x93\x5f\7", "\x92" };
	struct test_case c = { .text = { NULL, 0 } };
	unsigned bad = 0;

	for (size_t k = 0; k < sizeof(before) / sizeof(*before); k++) {
		buf_reset(&c.call);
		buf_span(&c.call, span_of(before[k]));
		for (uint32_t i = 0; i < n; i++)
			buf_span(&c.call, opening);
		buf_lit(&c.call, "\xc0");
		for (c.kind = 0; c.kind < sizeof(kinds) / sizeof(*kinds); c.kind++)
			bad += !survive(&c, buf_as_span(&c.call));
	}
	is_int(bad, 0, "%u levels of %02x", n, (unsigned char)opening.p[opening.n - 1]);
	buf_free(&c.call);
}

int main(void)
{
	struct span all = tap_file("test/fixtures/local/ops.cases"), rest = all;
	static struct test_case c;
	unsigned tormented = 0, failed;

	while (rest.n) {
		struct span line = trim(next_line(&rest));

		if (!line.n || line.p[0] == '#')
			continue;
		arena_reset(&mem);
		if (!parse(line, &c)) {
			ok(false, "not understood: %.*s", (int)line.n, line.p);
			continue;
		}
		check(&c);
		failed = tap_failures;
		torment(&c);
		tormented += tap_failures == failed;
	}
	ok(tormented > 100, "%u calls cut and changed at every byte", tormented);
	deep(SPAN("\x91"), 100000);
	deep(SPAN("\x81\1"), 100000);
	deep(SPAN("\x92\x12"), 50000);
	deep(SPAN("\x92\xcc\xff"), 50000);
	deep(SPAN("\xdd\xff\xff\xff\xff"), 1000);
	arena_free(&mem);
	free((void *)(uintptr_t)all.p);
	return tap_end();
}
