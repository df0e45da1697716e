/* SPDX-License-Identifier: Apache-2.0 */
/* A row of the scan becomes a record line: straight from bytes to text. */
#include "bytes.h"
#include "json.h"
#include "scan.h"
#include "value.h"
#include "value_read.h"

#include <stdio.h>

#define EPOCH_2010 UINT64_C(1262304000)		/* void times count from 2010-01-01 */

struct failure {
	const char *why;
	struct span bin;
};

/* `"namespace":"test","set":"users"`, made anew only when another set comes. */
static bool put_place(struct scanner *s, struct buf *out, const struct scan_row *row)
{
	if (!s->place.n || !span_eq(row->set, buf_as_span(&s->place_set))) {
		buf_reset(&s->place);
		buf_reset(&s->place_set);
		buf_lit(&s->place, ",\"metadata\":{\"namespace\":");
		if (!value_put_text(&s->place, span_of(s->options.ns)))
			return false;
		buf_span(&s->place_set, row->set);
		if (row->set.n) {
			buf_lit(&s->place, ",\"set\":");
			if (!value_put_text(&s->place, row->set)) {
				buf_reset(&s->place);
				return false;
			}
		}
	}
	buf_span(out, buf_as_span(&s->place));
	return true;
}

static bool put_metadata(struct scanner *s, struct buf *out, const struct scan_row *row, size_t *hole, struct failure *f)
{
	f->why = "its set is not UTF-8";
	if (!put_place(s, out, row))
		return false;
	if (row->key.p) {
		buf_lit(out, ",\"userKey\":");
		f->why = "its user key is of a type or size that no key has";
		if (!value_key_to_json(out, &s->types, row->key_type, row->key))
			return false;
	}
	buf_lit(out, ",\"digest\":");
	json_put_base64(out, row->digest.p, row->digest.n);
	buf_lit(out, ",\"msg\":\"write\",\"gen\":");
	json_put_uint64(out, row->generation);
	*hole = out->n;
	buf_lit(out, ",\"exp\":");
	json_put_uint64(out, row->void_time ? row->void_time + EPOCH_2010 : 0);
	buf_byte(out, '}');
	return true;
}

static bool put_bins(struct scanner *s, struct buf *out, const struct scan_row *row, struct failure *f)
{
	struct message m = row->m;
	struct value_error e;
	struct message_op op;

	buf_lit(out, ",\"bins\":{");
	for (bool first = true; message_next_op(&m, &op); first = false) {
		f->bin = op.name;
		if (!first)
			buf_byte(out, ',');
		f->why = "its name is not UTF-8";
		if (!value_put_text(out, op.name))
			return false;
		buf_byte(out, ':');
		buf_reset(&s->pointer);
		value_push_name(&s->pointer, op.name);
		if (!value_particle_to_json(out, &s->types, &s->pointer, op.particle, op.value, &e)) {
			f->why = e.why;
			return false;
		}
	}
	buf_byte(out, '}');
	f->bin = (struct span){ 0 };
	f->why = m.error;
	return !m.error;
}

/* What can't be a line is told, in the stream and in the log: nothing goes missing without a word. */
static void put_error(struct scanner *s, struct buf *out, const struct scan_row *row, const struct failure *f)
{
	struct buf digest = { 0 };
	uint64_t missed;
	char text[256];

	json_put_base64(&digest, row->digest.p, row->digest.n);
	buf_byte(&digest, '\0');
	snprintf(text, sizeof(text), "record %s%s%.*s: %s", digest.p, f->bin.p ? " bin " : "", (int)f->bin.n, f->bin.p ? f->bin.p : "", f->why);
	s->count.bad++;
	buf_lit(out, ",\"error\":");
	json_put_lossy(out, span_of(text), 1024);
	buf_lit(out, "}\n");
	if (log_allow(&s->bad_rows, 1000, &missed))
		log_warn("a record can't be a line", "error", text, "more", missed ? log_num((int64_t)missed) : NULL, NULL);
	buf_free(&digest);
}

void rows_put(struct scanner *s, struct buf *out, const struct scan_row *row, size_t *hole)
{
	struct failure f = { 0 };
	size_t mark;

	buf_reset(&s->types);
	s->count.records++;
	buf_lit(out, "{\"id\":");
	json_put_uint64(out, s->next_id++);
	mark = *hole = out->n;
	if (!put_metadata(s, out, row, hole, &f) || (!s->options.no_bins && !put_bins(s, out, row, &f))) {
		out->n = *hole = mark;
		put_error(s, out, row, &f);
		return;
	}
	if (s->types.n) {
		buf_lit(out, ",\"types\":{");
		buf_span(out, buf_as_span(&s->types));
		buf_byte(out, '}');
	}
	buf_lit(out, "}\n");
}

void rows_free(struct scanner *s)
{
	buf_free(&s->place);
	buf_free(&s->place_set);
	buf_free(&s->types);
	buf_free(&s->pointer);
}
