/* SPDX-License-Identifier: Apache-2.0 */
/* Change events of Debezium: {"before":{...},"after":{...},"op":"u", ...}, without the envelope of Kafka Connect, which the source takes
 * off. The row becomes the value. */
#include "mapping.h"

static struct span member(const struct kafka_line *k, const char *name)
{
	const struct field *f = kafka_line_field(k, span_of(name));

	return f && f->type != JSON_NULL ? f->raw : (struct span){ NULL, 0 };
}

/* What the line says of types in the row, as if it were of the value. */
static void move_types(struct mapper *m, struct kafka_line *k, const char *row)
{
	struct buf prefix = { .max = 64 };
	struct json_member t;
	struct span words;
	struct json j;

	buf_printf(&prefix, "/value/%s", row);
	buf_reset(&m->record);
	json_open(&j, k->types);
	for (json_object(&j); json_member(&j, &t);) {
		struct span path = t.key;

		json_value(&j, &words);
		if (path.n > prefix.n && memcmp(path.p, prefix.p, prefix.n) == 0 && path.p[prefix.n] == '/') {
			buf_lit(&m->record, ",\"/value");
			path = (struct span){ path.p + prefix.n, path.n - prefix.n };
		} else if (span_starts(path, "/key")) {
			buf_lit(&m->record, ",\"");
		} else {
			continue;
		}
		buf_span(&m->record, path);
		buf_lit(&m->record, "\":");
		buf_span(&m->record, words);
	}
	if (m->record.n && !m->record.full)
		m->record.p[0] = '{';
	if (m->record.n)
		buf_byte(&m->record, '}');
	k->types = m->record.n ? buf_as_span(&m->record) : (struct span){ NULL, 0 };
	buf_free(&prefix);
}

bool map_open_event(struct mapper *m, struct kafka_line *k, bool *is_delete)
{
	struct span op = member(k, "op"), row;
	const char *name;

	if (kafka_line_twin(k))
		return map_bad(m, "the change event has a member twice"), false;
	if (!op.p || json_type_of(op) != JSON_STRING)
		return map_bad(m, "the value is no change event: it has no op"), false;
	*is_delete = span_is(op, "\"d\"");
	if (!*is_delete && !span_is(op, "\"c\"") && !span_is(op, "\"u\"") && !span_is(op, "\"r\""))
		return map_bad(m, "the change event's op is none of c, u, r and d"), false;
	name = *is_delete ? "before" : "after";
	row = member(k, name);
	/* A delete may come without the row, of which only the key is needed then. */
	if (!row.p && *is_delete) {
		k->value = (struct span){ NULL, 0 };
		k->value_is_object = false;
		k->n_fields = 0;
		return true;
	}
	if (!row.p || json_type_of(row) != JSON_OBJECT)
		return map_bad(m, "the change event's %s is no object", name), false;
	if (!kafka_line_enter(k, row))
		return map_bad(m, "the change event's %s: %s", name, k->why), false;
	if (k->types.p)
		move_types(m, k, name);
	return true;
}
