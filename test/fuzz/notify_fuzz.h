/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOTIFY_FUZZ_H
#define NOTIFY_FUZZ_H

#include "format.h"
#include "notify.h"
#include "record.h"

#include <stdint.h>
#include <stdlib.h>

/* What every notification decoder promises, whatever the bytes: a record line in one piece, or a reason and nothing else. */
static inline bool fuzz_decode(struct notify *n, struct buf *line, enum notify_format f, struct span body, struct record *r)
{
	buf_reset(line);
	buf_byte(line, '{');
	if (!notify_decode(n, line, f, body, INT64_C(1700000000123))) {
		if (line->n != 1 || line->full || !n->why)
			abort();
		return false;
	}
	buf_byte(line, '}');
	if (!record_parse(buf_as_span(line), r) || memchr(line->p, '\n', line->n))
		abort();
	return true;
}

static inline bool fuzz_same(struct span a, struct span b)
{
	return !a.p == !b.p && span_eq(a, b);
}

/* Some object in it has two members of one name: then types speaks of two places at once. Slow, but inputs are small. */
static inline bool fuzz_twins(struct span raw)
{
	struct json_member m, before;
	struct span value, other;
	struct json j, k;

	json_open(&j, raw);
	if (json_type_of(raw) == JSON_ARRAY)
		for (json_array(&j); json_element(&j);)
			if (json_value(&j, &value) >= JSON_ARRAY && fuzz_twins(value))
				return true;
	if (json_type_of(raw) != JSON_OBJECT)
		return false;
	for (json_object(&j); json_member(&j, &m);) {
		json_open(&k, raw);
		for (json_object(&k); json_member(&k, &before) && before.key.p != m.key.p; json_value(&k, &other))
			if (span_eq(before.key, m.key))
				return true;
		if (json_value(&j, &value) >= JSON_ARRAY && fuzz_twins(value))
			return true;
	}
	return false;
}

/* A record that can be written in a format comes back with the same bins and types. */
static inline void fuzz_round_trip(struct notify *n, const struct record *r, enum format to, enum notify_format from)
{
	static const struct format_options opt;
	static struct buf message, line;
	struct record again;
	const char *why;

	buf_reset(&message);
	if (r->bins.p && fuzz_twins(r->bins))
		return;
	if (!format_write(&message, r, to, &opt, &why))
		return;
	if (!fuzz_decode(n, &line, from, buf_as_span(&message), &again))
		abort();
	if (!fuzz_same(r->bins, again.bins) || !fuzz_same(r->types, again.types) || r->is_delete != again.is_delete ||
		!fuzz_same(r->ns, again.ns) || !fuzz_same(r->set, again.set) || !fuzz_same(r->digest, again.digest) ||
		!fuzz_same(r->user_key, again.user_key) || !fuzz_same(r->gen, again.gen))
		abort();
}

#endif
