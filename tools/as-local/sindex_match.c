/* SPDX-License-Identifier: Apache-2.0 */
#include "sindex_match.h"
#include "bytes.h"
#include "geo.h"

static bool take(const uint8_t **p, const uint8_t *end, uint32_t n, struct span *s)
{
	if ((size_t)(end - *p) < n)
		return false;
	*s = (struct span){ (const char *)*p, n };
	*p += n;
	return true;
}

static int parse_range(struct span field, struct predicate *w)
{
	const uint8_t *p = (const uint8_t *)field.p, *end = field.p ? p + field.n : p;
	struct span s, from, to;

	if (!take(&p, end, 2, &s) || s.p[0] != 1 || !take(&p, end, (uint8_t)s.p[1], &w->bin) || !take(&p, end, 5, &s))
		return RESULT_PARAMETER;
	w->particle = (uint8_t)s.p[0];
	if (!take(&p, end, get_be32(s.p + 1), &from) || !take(&p, end, 4, &s) || !take(&p, end, get_be32(s.p), &to) || p != end)
		return RESULT_PARAMETER;
	w->value = from;
	switch (w->particle) {
	case PARTICLE_INTEGER:
		if (from.n != 8 || to.n != 8)
			return RESULT_PARAMETER;
		w->low = (int64_t)get_be64(from.p);
		w->high = (int64_t)get_be64(to.p);
		return w->low <= w->high ? RESULT_OK : RESULT_PARAMETER;
	case PARTICLE_STRING:
	case PARTICLE_BLOB:
		w->low = w->high = sindex_hash(from);
		return RESULT_OK;
	case PARTICLE_GEOJSON:
		w->low = INT64_MIN;
		w->high = INT64_MAX;
		w->shape = geo_parse(from);
		return w->shape ? RESULT_OK : RESULT_BAD_GEOJSON;
	default:
		return RESULT_PARAMETER;
	}
}

static bool fits(const struct sindex *x, const struct request *r, const struct predicate *w)
{
	if (x->particle != w->particle || (unsigned)x->kind != r->index_type)
		return false;
	if (r->index_name.p)
		return span_is(r->index_name, x->name);
	if (r->index_expression.p)
		return span_eq(x->expression, r->index_expression);
	return span_is(w->bin, x->bin) && !x->expression.p && span_is(r->set.p ? r->set : SPAN(""), x->set) &&
		span_eq(x->context, r->index_context);
}

int predicate_parse(const struct request *r, struct predicate *w, struct sindex **x)
{
	int code;

	*w = (struct predicate){ 0 };
	code = r->index_name.p && r->index_expression.p ? RESULT_PARAMETER : parse_range(r->index_range, w);
	if (code != RESULT_OK)
		return code;
	for (*x = r->ns->sindex; *x && !fits(*x, r, w);)
		*x = (*x)->next;
	return *x ? RESULT_OK : RESULT_INDEX_NOT_FOUND;
}

void predicate_free(struct predicate *w)
{
	geo_free(w->shape);
	w->shape = NULL;
}

struct check {
	const struct predicate *w;
	bool found;
};

static void check_value(void *ctx, const struct value *v, int64_t bval)
{
	struct check *c = ctx;
	const struct predicate *w = c->w;

	if (w->particle == PARTICLE_GEOJSON)
		c->found |= geo_matches(w->shape, v->data);
	else if (w->particle == PARTICLE_INTEGER)
		c->found |= bval >= w->low && bval <= w->high;
	else
		c->found |= span_eq(v->data, w->value);
}

bool predicate_holds(const struct predicate *w, const struct sindex *x, const struct stored *rec, struct arena *mem)
{
	struct check c = { w, false };

	sindex_values(x, rec, mem, check_value, &c);
	return c.found;
}
