/* SPDX-License-Identifier: Apache-2.0 */
/* What the record holds. */
#include "map_parts.h"

static bool put_value(struct mapper *m, const struct selector *s, struct span bin, struct span hint, struct found f)
{
	struct copier *c = &m->copy;

	if (f.bytes) {
		copy_say_bin(c, bin, "blob");
		buf_span(c->out, f.raw);
		return true;
	}
	if (copy_value(c, bin, hint, f.raw))
		return true;
	struct span at = { c->path.p + c->bin_path, c->path.n - c->bin_path };
	if (s)
		map_bad(m, "the bin \"%.*s\": %s%s%.*s: %s", SPAN_ARG(bin), select_name(s), at.n ? ": at " : "", (int)(at.n < 256 ? at.n : 256),
			at.p, c->why);
	else
		map_bad(m, "the field \"%.*s\"%s%.*s: %s", SPAN_ARG(bin), at.n ? ": at " : "", (int)(at.n < 256 ? at.n : 256), at.p, c->why);
	return false;
}

bool map_is_nothing(struct mapper *m, struct span raw, struct span hint)
{
	const struct mark *mark;

	if (json_type_of(raw) != JSON_NULL || !m->copy.hints)
		return json_type_of(raw) == JSON_NULL;
	mark = types_find(m->copy.hints, hint);
	return !mark || mark->kind != MARK_DOUBLE;
}

static bool is_ruled(const struct mapping *g, struct span name)
{
	for (size_t i = 0; i < g->n_bins; i++)
		if (span_is(name, g->bin[i].name))
			return true;
	return false;
}

/* A field that is left out, or that goes elsewhere because its name is too long for a bin. */
static bool is_left_out(const struct mapping *g, const struct field *f)
{
	for (size_t i = 0; i < g->n_except; i++)
		if (span_is(f->name, g->except[i]))
			return true;
	for (size_t i = 0; i < g->n_bins && f->name.n > BIN_MAX; i++)
		if (g->bin[i].from.source == SOURCE_FIELD && span_eq(g->bin[i].from.token[0], f->name))
			return true;
	return false;
}

static bool put_fields(struct mapper *m, const struct mapping *g, const struct kafka_line *k, struct buf *out, size_t *n)
{
	for (size_t i = 0; i < k->n_fields; i++) {
		const struct field *f = &k->field[i];

		if (m->copy.hints) {
			buf_reset(&m->path);
			buf_lit(&m->path, "/value");
			types_push(&m->path, f->name);
		}
		if (is_left_out(g, f) || is_ruled(g, f->name) || (!g->remove_null && map_is_nothing(m, f->raw, buf_as_span(&m->path))))
			continue;
		if (f->name.n < 1 || f->name.n > BIN_MAX) {
			map_bad(m, "the field \"%.*s\": the name of a bin has 1 to %d bytes; give it another one with --bins",
				f->name.n < 256 ? (int)f->name.n : 256, f->name.p, BIN_MAX);
			return false;
		}
		buf_lit(out, ",\"");
		json_put_escaped(out, f->name);
		buf_lit(out, "\":");
		if (!put_value(m, NULL, f->name, buf_as_span(&m->path), (struct found){ f->raw, false }))
			return false;
		(*n)++;
	}
	return true;
}

static bool put_rules(struct mapper *m, const struct mapping *g, const struct kafka_line *k, struct buf *out, size_t *n)
{
	for (size_t i = 0; i < g->n_bins; i++) {
		const struct bin_rule *rule = &g->bin[i];
		struct found f = map_look(&rule->from, k);

		if (!f.raw.p || (!g->remove_null && map_is_nothing(m, f.raw, span_of(rule->hint))))
			continue;
		buf_byte(out, ',');
		buf_put(out, rule->label, strlen(rule->label));
		if (!put_value(m, &rule->from, span_of(rule->name), span_of(rule->hint), f))
			return false;
		(*n)++;
	}
	return true;
}

bool map_put_bins(struct mapper *m, const struct mapping *g, struct kafka_line *k, struct buf *out)
{
	size_t n = 0, start;

	if (g->all_fields && !k->value_is_object) {
		map_bad(m, k->value64.p ? "the value is not JSON" : "the value is no object, so it has no fields");
		return false;
	}
	buf_lit(out, ",\"bins\":");
	start = out->n;
	if ((g->all_fields && !put_fields(m, g, k, out, &n)) || !put_rules(m, g, k, out, &n))
		return false;
	if (n == 0 || n > BINS_MAX) {
		map_bad(m, n ? "more than 32767 bins" : "no bins: none of the fields is there");
		return false;
	}
	if (!out->full)
		out->p[start] = '{';	/* for the first comma */
	buf_byte(out, '}');
	return true;
}
