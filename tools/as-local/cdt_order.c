/* SPDX-License-Identifier: Apache-2.0 */
#include "cdt.h"
#include "element.h"

/* Classes of the total order, from low to high. */
enum class { CLASS_NIL, CLASS_FALSE, CLASS_TRUE, CLASS_INT, CLASS_STRING, CLASS_LIST, CLASS_MAP, CLASS_BLOB, CLASS_DOUBLE, CLASS_GEO,
	CLASS_WILDCARD, CLASS_INFINITY };

static enum class class_of(const struct mp_item *it)
{
	switch (it->kind) {
	case MP_NIL: return CLASS_NIL;
	case MP_FALSE: return CLASS_FALSE;
	case MP_TRUE: return CLASS_TRUE;
	case MP_INT:
	case MP_UINT: return CLASS_INT;
	case MP_FLOAT32:
	case MP_FLOAT64: return CLASS_DOUBLE;
	case MP_ARRAY: return CLASS_LIST;
	case MP_MAP: return CLASS_MAP;
	case MP_EXT: return it->data.n && it->data.p[0] == 1 ? CLASS_INFINITY : CLASS_WILDCARD;
	default:
		if (it->data.n && it->data.p[0] == PARTICLE_STRING)
			return CLASS_STRING;
		return it->data.n && it->data.p[0] == PARTICLE_GEOJSON ? CLASS_GEO : CLASS_BLOB;
	}
}

static int by_bytes(struct span a, struct span b)
{
	int c = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);

	return c ? c : (a.n > b.n) - (a.n < b.n);
}

static int by_int(const struct mp_item *a, const struct mp_item *b)
{
	if (a->kind != b->kind)
		return a->kind == MP_UINT ? 1 : -1;
	return a->kind == MP_UINT ? (a->u > b->u) - (a->u < b->u) : (a->i > b->i) - (a->i < b->i);
}

/* The number of the user's elements; the order ext is passed over. */
static uint32_t skip_flags(struct mp *m, const struct mp_item *head)
{
	struct mp at = *m;
	struct mp_item it;

	if (head->n == 0 || !mp_next(&at, &it) || it.kind != MP_EXT || it.ext == 0xff)
		return head->n;
	if (head->kind == MP_MAP)
		mp_skip(&at);
	*m = at;
	return head->n - 1;
}

static void skip_elements(struct mp *m, uint64_t n)
{
	while (n-- && mp_skip(m))
		;
}

static int compare(struct mp *a, struct mp *b, bool *wild);

/* tail: a wildcard stands for all that is left, too. */
static int by_elements(struct mp *a, struct mp *b, uint32_t na, uint32_t nb, bool tail)
{
	bool wild;

	for (uint32_t i = 0; i < na && i < nb; i++) {
		int c = compare(a, b, &wild);

		if (c)
			return c;
		if (wild && tail) {
			skip_elements(a, na - i - 1);
			skip_elements(b, nb - i - 1);
			return 0;
		}
	}
	return (na > nb) - (na < nb);
}

/* What belongs to an element whose head was read. */
static void skip_inside(struct mp *m, const struct mp_item *head)
{
	if (head->kind == MP_ARRAY || head->kind == MP_MAP)
		skip_elements(m, head->kind == MP_MAP ? 2 * (uint64_t)head->n : head->n);
}

/* *wild: one of the two was a wildcard, so they count as equal. On a difference the cursors are left anywhere, else behind both. */
static int compare(struct mp *a, struct mp *b, bool *wild)
{
	struct mp_item x, y;
	enum class cx, cy;
	uint32_t nx, ny;

	*wild = false;
	if (!mp_next(a, &x) || !mp_next(b, &y))
		return 0;
	cx = class_of(&x);
	cy = class_of(&y);
	if (cx == CLASS_WILDCARD || cy == CLASS_WILDCARD) {
		*wild = true;
		skip_inside(a, &x);
		skip_inside(b, &y);
		return 0;
	}
	if (cx != cy)
		return cx < cy ? -1 : 1;
	switch (cx) {
	case CLASS_INT: return by_int(&x, &y);
	case CLASS_DOUBLE: return (x.d > y.d) - (x.d < y.d);
	case CLASS_STRING:
	case CLASS_BLOB:
	case CLASS_GEO: return by_bytes(x.data, y.data);
	case CLASS_LIST:
		nx = skip_flags(a, &x);
		ny = skip_flags(b, &y);
		return by_elements(a, b, nx, ny, true);
	case CLASS_MAP:
		nx = skip_flags(a, &x);
		ny = skip_flags(b, &y);
		if (nx != ny)
			return nx < ny ? -1 : 1;
		return by_elements(a, b, 2 * nx, 2 * ny, false);
	default: return 0;
	}
}

int cdt_compare(struct span a, struct span b)
{
	struct mp x, y;
	bool wild;

	mp_open(&x, a);
	mp_open(&y, b);
	return compare(&x, &y, &wild);
}
