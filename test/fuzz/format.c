/* SPDX-License-Identifier: Apache-2.0 */
#include "format.h"
#include "fuzz.h"
#include "notify.h"
#include "twins.h"

static struct notify decoder;

static bool valid_json(struct span text)
{
	struct json j;

	json_open(&j, text);
	json_value(&j, NULL);
	return json_done(&j);
}

/* line -> format -> line -> format; false when one of the steps refuses. */
static bool pass(struct buf *out, struct buf *line, const struct record *r, enum format f, enum notify_format n, struct record *back)
{
	static const struct format_options options;
	const char *why = NULL;

	buf_reset(out);
	buf_reset(line);
	buf_lit(out, "x");
	if (!format_write(out, r, f, &options, &why)) {
		MUST(why && *why && out->n == 1);
		return false;
	}
	if (f == FORMAT_JSON || f == FORMAT_FLAT_JSON)
		MUST(valid_json((struct span){ out->p + 1, out->n - 1 }));
	buf_byte(line, '{');
	if (!notify_decode(&decoder, line, n, (struct span){ out->p + 1, out->n - 1 }, 0))
		return false;
	buf_byte(line, '}');
	MUST(record_parse(buf_as_span(line), back));
	return true;
}

/* What a format can't keep of a line is lost the first time; from then on it stays the same, byte for byte. */
static void settles(const struct record *r, enum format f, enum notify_format n)
{
	struct buf out[3] = { 0 }, line[3] = { 0 };
	struct record back[3];

	if (pass(&out[0], &line[0], r, f, n, &back[0])) {
		MUST(pass(&out[1], &line[1], &back[0], f, n, &back[1]));
		MUST(pass(&out[2], &line[2], &back[1], f, n, &back[2]));
		MUST(span_eq(buf_as_span(&out[1]), buf_as_span(&out[2])));
		MUST(span_eq(buf_as_span(&line[1]), buf_as_span(&line[2])));
	}
	for (int i = 0; i < 3; i++) {
		buf_free(&out[i]);
		buf_free(&line[i]);
	}
}

/* A line without id and to is still a line, and has nothing more to lose. */
static void line_again(const struct record *r)
{
	struct buf once = { 0 }, again = { 0 };
	struct record back;
	const char *why;

	MUST(format_write(&once, r, FORMAT_LINE, NULL, &why));
	MUST(record_parse(buf_as_span(&once), &back));
	if (!back.id.p && !back.to.p) {		/* else there were two of them */
		MUST(format_write(&again, &back, FORMAT_LINE, NULL, &why));
		MUST(span_eq(buf_as_span(&once), buf_as_span(&again)));
	}
	buf_free(&once);
	buf_free(&again);
}

/* A record line to every format and back. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool ready;
	struct record r;
	int64_t lut;

	if (!ready) {
		notify_init(&decoder);
		decoder.ttl = NOTIFY_TTL_ABSOLUTE;
		ready = true;
	}
	if (!record_parse((struct span){ (const char *)data, size }, &r) || r.skip || r.error.p)
		return 0;
	line_again(&r);
	if (size > 5000 || has_twins(r.line))
		return 0;
	/* Small ones are taken for the seconds of old connectors, each time again. */
	if (r.lut.p && (!json_int64(r.lut, &lut) || lut < INT64_C(1262304000000)))
		return 0;
	settles(&r, FORMAT_WIRE, NOTIFY_WIRE);
	settles(&r, FORMAT_MSGPACK, NOTIFY_MSGPACK);
	settles(&r, FORMAT_JSON, NOTIFY_JSON);
	settles(&r, FORMAT_FLAT_JSON, NOTIFY_FLAT_JSON);
	return 0;
}
