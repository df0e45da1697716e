/* SPDX-License-Identifier: Apache-2.0 */
#include "format.h"
#include "fuzz.h"
#include "record.h"
#include "value.h"

static bool inside(struct span part, struct span whole)
{
	return !part.p || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

static void check_spans(const struct record *r)
{
	const struct span *parts[] = { &r->id, &r->error, &r->metadata, &r->ns, &r->set, &r->user_key, &r->digest, &r->msg, &r->gen, &r->lut,
		&r->exp, &r->durable, &r->bins, &r->types, &r->to };

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		MUST(inside(*parts[i], r->line));
}

static bool is_json(struct span text)
{
	struct json j;

	json_open(&j, text);
	return json_value(&j, NULL) == JSON_OBJECT && json_done(&j);
}

static void check_formats(const struct record *r)
{
	static const struct format_options options[] = { { NULL, false, false }, { "meta", true, true } };
	struct buf b = { 0 };

	for (enum format f = FORMAT_JSON; f <= FORMAT_LINE; f++)
		for (int o = 0; o < 2; o++) {
			const char *why = NULL;
			struct record back;

			buf_reset(&b);
			buf_lit(&b, "kept");
			if (!format_write(&b, r, f, &options[o], &why)) {
				MUST(why && *why && b.n == 4);
				continue;
			}
			struct span made = { b.p + 4, b.n - 4 };

			MUST(b.n > 4 && memcmp(b.p, "kept", 4) == 0);
			if (f == FORMAT_JSON || f == FORMAT_FLAT_JSON || f == FORMAT_LINE)
				MUST(is_json(made) && !memchr(made.p, '\n', made.n));
			if (f == FORMAT_LINE)
				MUST(record_parse(made, &back) && !back.id.p && !back.to.p && span_eq(back.bins, r->bins));
			buf_reset(&b);
			format_key(&b, r, f, &why);
		}
	buf_free(&b);
}

/* What a bin becomes on the wire becomes the same on the wire again, through a line. */
static void check_bin(const struct record *r, struct span name, struct span raw)
{
	struct buf particle = { 0 }, json = { 0 }, types = { 0 }, pointer = { 0 }, again = { 0 }, object = { 0 };
	struct record second = { .is_delete = false };
	struct value_error e = { NULL, 0 };
	uint8_t type, type_again;

	if (value_json_to_particle(&particle, &type, r, name, raw, &e)) {
		buf_lit(&pointer, "/b");
		if (value_particle_to_json(&json, &types, &pointer, type, buf_as_span(&particle), &e)) {
			struct json j;

			json_open(&j, buf_as_span(&json));
			MUST(json_value(&j, NULL) != JSON_BAD && json_done(&j));
			buf_byte(&object, '{');
			buf_span(&object, buf_as_span(&types));
			buf_byte(&object, '}');
			MUST(is_json(buf_as_span(&object)));
			second.types = buf_as_span(&object);
			MUST(value_json_to_particle(&again, &type_again, &second, SPAN("b"), buf_as_span(&json), &e));
			MUST(type == type_again && span_eq(buf_as_span(&particle), buf_as_span(&again)));
		}
	} else {
		MUST(e.why && particle.n == 0);
	}
	buf_free(&particle);
	buf_free(&json);
	buf_free(&types);
	buf_free(&pointer);
	buf_free(&again);
	buf_free(&object);
}

static void check_bins(const struct record *r)
{
	struct buf scratch = { 0 };
	struct json_member m;
	struct json j;
	struct span raw;

	json_open(&j, r->bins);
	for (json_object(&j); json_member(&j, &m);) {
		struct span name;

		buf_reset(&scratch);
		name = json_text((struct span){ m.key.p - 1, m.key.n + 2 }, &scratch);
		json_value(&j, &raw);
		if (name.p) {
			MUST(record_bin(r, name).p);
			check_bin(r, name, raw);
		}
	}
	buf_free(&scratch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span line = { (const char *)data, size };
	struct record r;

	if (size && memchr(data, '\n', size))
		return 0;
	if (!record_parse(line, &r)) {
		MUST(r.why && *r.why && r.offset <= size && inside(r.id, line));
		return 0;
	}
	check_spans(&r);
	if (r.skip || r.error.p)
		return 0;
	MUST(r.ns.p && r.metadata.p);
	check_formats(&r);
	if (r.bins.p)
		check_bins(&r);
	return 0;
}
