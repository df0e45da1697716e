/* SPDX-License-Identifier: Apache-2.0 */
/* Particles to JSON and back, driven by test/fixtures/particles.tsv. */
#include "value.h"

#include "fixture.h"
#include "particle.h"
#include "tap.h"

static struct buf out, types, pointer, bytes, line, again;

/* The bin is called b. */
static bool decode(uint8_t particle, struct span value, struct value_error *e)
{
	buf_reset(&out);
	buf_reset(&types);
	buf_reset(&pointer);
	buf_lit(&pointer, "/b");
	return value_particle_to_json(&out, &types, &pointer, particle, value, e);
}

static void is_text(struct buf *got, struct span want, const char *what, struct span title)
{
	is_span(buf_as_span(got), want, "%.*s: %s", SPAN_ARG(title), what);
}

/* The decoded value as a bin of a record line, and from there to bytes. */
static void there_and_back(struct span title, uint8_t particle)
{
	struct value_error e = { "", 0 };
	struct record r;
	uint8_t got = 0;

	buf_reset(&line);
	buf_lit(&line, "{\"metadata\":{\"namespace\":\"n\",\"digest\":\"x\",\"msg\":\"write\"},\"bins\":{\"b\":");
	buf_span(&line, buf_as_span(&out));
	buf_lit(&line, "},\"types\":{");
	buf_span(&line, buf_as_span(&types));
	buf_lit(&line, "}}");
	if (!record_parse(buf_as_span(&line), &r)) {
		ok(false, "%.*s: the line is a record: %s", SPAN_ARG(title), r.why);
		return;
	}
	buf_reset(&again);
	if (!value_json_to_particle(&again, &got, &r, SPAN("b"), record_bin(&r, SPAN("b")), &e))
		ok(false, "%.*s: can be encoded: %s at %zu", SPAN_ARG(title), e.why, e.offset);
	else
		ok(got == particle && span_eq(buf_as_span(&again), buf_as_span(&bytes)), "%.*s: comes back as it was",
			SPAN_ARG(title));
}

/* Every beginning of the bytes, in memory of just that size: never a crash, never a trace left behind. */
static void cut_short(struct span title, uint8_t particle)
{
	bool container = particle == PARTICLE_LIST || particle == PARTICLE_MAP;
	unsigned bad = 0;
	struct value_error e;

	for (size_t n = 0; n < bytes.n; n++) {
		struct span cut = tap_exact((struct span){ bytes.p, n });
		bool good = decode(particle, cut, &e);

		if (good && container)
			bad++;
		if (!good && (out.n || types.n || pointer.n != 2 || e.offset > n || !e.why))
			bad++;
		free((void *)(uintptr_t)cut.p);
	}
	is_int(bad, 0, "%.*s: cut at every byte", SPAN_ARG(title));
}

static void refused(const struct fixture *f, uint8_t particle, struct span value)
{
	struct span title = f->column[1];
	struct value_error e = { NULL, 0 };

	if (!ok(!decode(particle, value, &e), "%.*s: is refused", SPAN_ARG(title)))
		return;
	is_span(span_of(e.why), f->column[5], "%.*s: the reason", SPAN_ARG(title));
	is_int((int64_t)e.offset, strtol(f->column[4].p + 1, NULL, 10), "%.*s: the offset", SPAN_ARG(title));
	ok(out.n == 0 && types.n == 0 && pointer.n == 2, "%.*s: leaves nothing behind", SPAN_ARG(title));
}

static void accepted(const struct fixture *f, uint8_t particle, struct span value)
{
	struct span title = f->column[1], want = f->column[5];
	struct value_error e = { "", 0 };

	if (!decode(particle, value, &e)) {
		ok(false, "%.*s: %s at %zu", SPAN_ARG(title), e.why, e.offset);
		return;
	}
	is_text(&out, f->column[4], "JSON", title);
	if (span_is(want, "-"))
		want = SPAN("");
	else
		want = (struct span){ want.p + 1, want.n - 2 };
	is_text(&types, want, "types", title);
	if (f->column[0].p[0] == '=')
		there_and_back(title, particle);
	cut_short(title, particle);
}

static void fixtures(void)
{
	struct span file = tap_file("test/fixtures/particles.tsv");
	struct fixture f = { .rest = file };

	while (fixture_next(&f)) {
		uint8_t particle;
		struct span value;

		if (f.columns != 6) {
			ok(false, "a line of six columns: %.*s", SPAN_ARG(f.column[0]));
			continue;
		}
		particle = (uint8_t)strtol(f.column[2].p, NULL, 10);
		buf_reset(&bytes);
		fixture_hex(&bytes, f.column[3]);
		value = tap_exact(buf_as_span(&bytes));
		if (f.column[0].p[0] == '!')
			refused(&f, particle, value);
		else
			accepted(&f, particle, value);
		free((void *)(uintptr_t)value.p);
	}
	free((void *)(uintptr_t)file.p);
}

/* Keys that are looked at anew on each level must not cost more than levels times bytes: 60 levels of two-pair maps with an integer key
 * at the end of each. */
static void nested_pairs(void)
{
	struct value_error e;

	buf_reset(&bytes);
	for (int i = 0; i < 60; i++)
		buf_put(&bytes, "\x82\xa2\x03k", 4);
	buf_byte(&bytes, 1);
	for (int i = 0; i < 60; i++)
		buf_put(&bytes, "\x07\x07", 2);
	ok(decode(PARTICLE_MAP, buf_as_span(&bytes), &e), "60 levels of maps of pairs in reasonable time");
}

/* A buffer with a maximum: what does not fit fails, and leaves the buffers as they were. */
static void bounded(void)
{
	struct buf small = { .max = 16 }, t = { 0 }, p = { 0 };
	struct value_error e = { NULL, 0 };

	buf_lit(&p, "/b");
	ok(!value_particle_to_json(&small, &t, &p, PARTICLE_STRING, SPAN("much more than sixteen bytes"), &e), "no room");
	is_str(e.why, "value is too large", "says so");
	is_int((int64_t)small.n, 0, "nothing is left behind");
	buf_free(&small);
	buf_free(&t);
	buf_free(&p);
}

int main(void)
{
	fixtures();
	nested_pairs();
	bounded();
	return tap_end();
}
