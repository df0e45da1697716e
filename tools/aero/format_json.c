/* SPDX-License-Identifier: Apache-2.0 */
#include "format_parts.h"

#include "particle.h"

/* The official json and flat-json formats. Text of the record line goes through as it stands wherever it can. */

static void put_or_null(struct buf *out, struct span raw)
{
	buf_span(out, raw.p ? raw : SPAN("null"));
}

static void put_digest(struct formatter *f)
{
	uint8_t digest[DIGEST_SIZE];

	if (f->r->digest.p)
		buf_span(f->out, f->r->digest);
	else if (format_digest(f, digest))
		json_put_base64(f->out, digest, sizeof(digest));
}

void format_json_key(struct formatter *f)
{
	buf_byte(f->out, '[');
	buf_span(f->out, f->r->ns);
	buf_byte(f->out, ',');
	put_or_null(f->out, f->r->set);
	buf_byte(f->out, ',');
	put_digest(f);
	buf_byte(f->out, ',');
	put_or_null(f->out, f->r->user_key);
	buf_byte(f->out, ']');
}

static const char *type_name(const struct mark *m, uint8_t particle)
{
	switch (particle) {
	case PARTICLE_INTEGER: return "int";
	case PARTICLE_FLOAT: return "float";
	case PARTICLE_STRING: return m && m->kind == MARK_STRING ? "blob" : "str";	/* base64 is no text */
	case PARTICLE_BOOL: return "bool";
	case PARTICLE_HLL: return "hll";
	case PARTICLE_MAP: return "map";
	case PARTICLE_LIST: return "list";
	case PARTICLE_GEOJSON: return "geojson";
	case PARTICLE_NULL: return "nil";
	default: return "blob";
	}
}

static void put_order(struct formatter *f, const struct mark *m, uint8_t particle)
{
	int order = m && m->order > 0 ? m->order : 0;

	if (particle == PARTICLE_LIST) {
		buf_span(f->out, order & LIST_ORDERED ? SPAN(",\"ordered\":true") : SPAN(",\"ordered\":false"));
	} else if (particle == PARTICLE_MAP && order & MAP_KEY_ORDERED) {
		buf_span(f->out, (order & MAP_KEY_VALUE_ORDERED) == MAP_KEY_VALUE_ORDERED ? SPAN(",\"order\":\"key-value\"") :
			SPAN(",\"order\":\"key\""));
	}
}

static void put_bin(struct formatter *f, const struct bin *bin)
{
	const struct mark *m = pack_bin(&f->pack, bin->name);
	uint8_t particle = pack_particle_of(m, bin->raw);

	if (m && (m->kind == MARK_BYTES || m->kind == MARK_STRING) && json_type_of(bin->raw) != JSON_STRING)
		format_fail(f, bin->name, "types wants base64 here");
	buf_lit(f->out, "{\"name\":\"");
	buf_span(f->out, bin->raw_name);
	buf_lit(f->out, "\",\"type\":\"");
	buf_span(f->out, span_of(type_name(m, particle)));
	buf_lit(f->out, "\",\"value\":");
	format_json_value(f, bin);
	put_order(f, m, particle);
	buf_byte(f->out, '}');
}

static void put_bins(struct formatter *f)
{
	struct bins bins;
	struct bin bin;
	bool first = true;

	buf_lit(f->out, ",\"bins\":[");
	for (bins_open(&bins, f); bins_next(&bins, &bin); first = false) {
		if (!first)
			buf_byte(f->out, ',');
		put_bin(f, &bin);
	}
	buf_byte(f->out, ']');
}

static void put_member(struct buf *out, struct span name, struct span raw)
{
	buf_span(out, name);
	put_or_null(out, raw);
}

void format_json(struct formatter *f)
{
	const struct record *r = f->r;
	struct buf *out = f->out;

	pack_open(&f->pack, out, &f->types, false);
	buf_span(out, r->is_delete ? SPAN("{\"msg\":\"delete\",\"key\":") : SPAN("{\"msg\":\"write\",\"key\":"));
	format_json_key(f);
	if (r->is_delete) {
		if (r->durable.p)
			put_member(out, SPAN(",\"durable\":"), r->durable);
		if (r->gen.p)
			put_member(out, SPAN(",\"gen\":"), r->gen);
		if (r->lut.p)
			put_member(out, SPAN(",\"lut\":"), r->lut);
	} else {
		put_member(out, SPAN(",\"gen\":"), r->gen);
		put_member(out, SPAN(",\"exp\":"), r->exp);
		put_member(out, SPAN(",\"lut\":"), r->lut);
		put_bins(f);
	}
	buf_byte(out, '}');
}

void format_flat_json_key(struct formatter *f)
{
	const struct record *r = f->r;

	buf_lit(f->out, "{\"namespace\":");
	buf_span(f->out, r->ns);
	if (r->set.p)
		put_member(f->out, SPAN(",\"set\":"), r->set);
	if (r->user_key.p)
		put_member(f->out, SPAN(",\"userKey\":"), r->user_key);
	buf_lit(f->out, ",\"digest\":");
	put_digest(f);
	buf_byte(f->out, '}');
}

/* Could a bin be called like the metadata? Cheap answer first: the name has to occur in the text, or an escape. */
static bool may_collide(struct span bins, struct span key)
{
	return memmem(bins.p, bins.n, key.p, key.n) || memchr(bins.p, '\\', bins.n);
}

static void collision(struct formatter *f, struct span key)
{
	struct bins bins;
	struct bin bin;

	for (bins_open(&bins, f); bins_next(&bins, &bin);)
		if (span_eq(bin.name, key))
			format_fail(f, bin.name, "called like the metadata");
}

static void put_flat_bins(struct formatter *f)
{
	struct bins bins;
	struct bin bin;

	pack_open(&f->pack, f->out, &f->types, false);
	for (bins_open(&bins, f); bins_next(&bins, &bin);) {
		buf_lit(f->out, ",\"");
		buf_span(f->out, bin.raw_name);
		buf_lit(f->out, "\":");
		format_json_value(f, &bin);
	}
}

void format_flat_json(struct formatter *f)
{
	struct span key = span_of(f->opt->metadata_key ? f->opt->metadata_key : "metadata");
	struct span bins = f->r->bins;

	buf_byte(f->out, '{');
	json_put_string(f->out, key);
	buf_byte(f->out, ':');
	buf_span(f->out, f->r->metadata);
	if (bins.p && may_collide(bins, key))
		collision(f, key);
	if (f->types.reshape) {
		put_flat_bins(f);
	} else if (bins.p && memchr(bins.p, '"', bins.n)) {	/* not empty, white space aside */
		buf_byte(f->out, ',');
		buf_put(f->out, bins.p + 1, bins.n - 2);
	}
	buf_byte(f->out, '}');
}
