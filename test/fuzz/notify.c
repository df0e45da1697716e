/* SPDX-License-Identifier: Apache-2.0 */
#include "format.h"
#include "fuzz.h"
#include "notify.h"
#include "record.h"
#include "twins.h"

/* A record that was decoded can be said in binary form again; decoded once more it is the same record. */
static void check_again(struct notify *n, const struct record *r)
{
	static const struct format_options options = { NULL, false, false };
	struct buf wire = { 0 }, line = { 0 };
	const char *why;

	if (format_write(&wire, r, FORMAT_WIRE, &options, &why)) {
		struct record back;

		buf_byte(&line, '{');
		MUST(notify_decode(n, &line, NOTIFY_WIRE, buf_as_span(&wire), 1700000000000));
		buf_byte(&line, '}');
		MUST(record_parse(buf_as_span(&line), &back));
		MUST(span_eq(r->bins, back.bins) && span_eq(r->types, back.types));
	}
	buf_free(&wire);
	buf_free(&line);
}

/* The first byte says which format to try, the rest is the body. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct notify n;
	static bool ready;
	struct buf line = { 0 };
	struct span body;
	enum notify_format f;
	struct record r;

	if (!ready) {
		notify_init(&n);
		ready = true;
	}
	if (size < 1)
		return 0;
	body = (struct span){ (const char *)data + 1, size - 1 };
	f = (enum notify_format)(data[0] & 3);
	n.ttl = (enum notify_ttl)((data[0] >> 2) % 3);
	notify_format_of(&n, SPAN("application/octet-stream"), body);
	buf_byte(&line, '{');
	if (!notify_decode(&n, &line, f, body, 1700000000000)) {
		MUST(n.why && *n.why && line.n == 1);
		buf_free(&line);
		return 0;
	}
	buf_byte(&line, '}');
	MUST(!memchr(line.p, '\n', line.n));
	MUST(record_parse(buf_as_span(&line), &r) && !r.skip && !r.error.p && r.ns.p);
	if (f == NOTIFY_WIRE && size < 5000 && !has_twins(r.bins))
		check_again(&n, &r);
	buf_free(&line);
	return 0;
}
