/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tools/cn-route/dest.c"
#include "../../tools/cn-route/native.c"

#include "fuzz.h"
#include "jq_sight.h"
#include "jq_values.h"

static void check_json(struct span text)
{
	struct json j;

	json_open(&j, text);
	MUST(json_value(&j, NULL) == JSON_OBJECT && json_done(&j));
	MUST(!memchr(text.p, '\n', text.n));
}

/* What our reader makes of a line is what jq's own parser makes of it, and it comes back from our writer. */
static void check_values(struct span line)
{
	struct buf b = { 0 };
	jv ours = jq_values_read_record(line, NULL), theirs = jv_parse_sized(line.p, (int)line.n);

	/* A lone surrogate is an error to them, U+FFFD to us. */
	MUST(jv_is_valid(ours) && (!jv_is_valid(theirs) || jv_equal(jv_copy(ours), jv_copy(theirs))));
	buf_reset(&b);
	MUST(!jq_values_write(&b, ours));
	check_json(buf_as_span(&b));
	buf_reset(&b);
	jv_free(ours);
	jv_free(theirs);
	buf_free(&b);
}

/* A program that sees some members gets those as they are, and no others. */
static void check_partly(struct span line)
{
	static const char *const programs[] = { ".metadata.set, .bins.a", ".bins | .a, .b", ".id, .metadata", ".to.kafka, .types, .bins.c" };

	struct buf seen = { 0 };

	for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++) {
		struct jq_sight sight;

		jq_sight_find(&sight, span_of(programs[i]));
		MUST(!sight.all);
		buf_reset(&seen);
		jq_values_seen(&seen, line, &sight);
		jv part = jq_values_read_record(line, &sight), whole = jq_values_read_record(line, NULL);
		for (size_t t = 0; t < sight.n; t++) {
			const struct jq_sight_top *top = &sight.tops[t];
			jv name = jv_string_sized(top->name.p, (int)top->name.n);
			jv a = jv_object_get(jv_copy(part), jv_copy(name)), b = jv_object_get(jv_copy(whole), name);

			if (top->whole || jv_get_kind(b) != JV_KIND_OBJECT) {
				MUST(jv_is_valid(a) == jv_is_valid(b));
				MUST(!jv_is_valid(a) || jv_equal(jv_copy(a), jv_copy(b)));
			}
			for (size_t s = 0; s < top->n && jv_get_kind(b) == JV_KIND_OBJECT; s++) {
				jv sub = jv_string_sized(top->subs[s].p, (int)top->subs[s].n);
				jv x = jv_object_get(jv_copy(a), jv_copy(sub)), y = jv_object_get(jv_copy(b), sub);

				MUST(jv_is_valid(x) == jv_is_valid(y));
				MUST(!jv_is_valid(x) || jv_equal(jv_copy(x), jv_copy(y)));
				jv_free(x);
				jv_free(y);
			}
			jv_free(a);
			jv_free(b);
		}
		jv_free(part);
		jv_free(whole);
	}
	buf_free(&seen);
}

static void check_native(const struct record *r)
{
	static const char *const modes[] = { "set", "namespace", "bin=a", "path" };
	static struct native routes[4];
	static bool ready;

	for (size_t i = 0; i < 4 && !ready; i++) {
		native_init(&routes[i]);
		MUST(!native_set_by(&routes[i], modes[i]));
		if (i % 2)
			MUST(!native_set_fallback(&routes[i], "http:other"));
		MUST(!native_add_transform(&routes[i], "trim"));
		MUST(!native_add_transform(&routes[i], "s/(b*)c?/$1&/g"));
		MUST(!native_add_transform(&routes[i], "j/([x-z]*)(?<n>.)?/${n}$1/gi"));
		MUST(!native_add_more(&routes[i], "format=json"));
		native_ready(&routes[i]);
		routes[i].sink = i == 2 ? DEST_HTTP : DEST_KAFKA;
	}
	ready = true;
	for (size_t i = 0; i < 4; i++)
		for (int again = 0; again < 2; again++) {
			struct span text = { NULL, 0 };
			enum verdict v = native_route(&routes[i], r, &text);

			if (v == VERDICT_TO)
				check_json(text);
			else
				MUST(v == VERDICT_ERROR && text.n > 0);
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span line = { (const char *)data, size };
	struct record r;
	struct jq_sight sight;

	jq_sight_find(&sight, line);	/* any text at all */
	if (size && memchr(data, '\n', size))
		return 0;
	if (!record_parse(line, &r) || r.skip || r.error.p)
		return 0;
	check_values(line);
	check_partly(line);
	check_native(&r);
	return 0;
}
