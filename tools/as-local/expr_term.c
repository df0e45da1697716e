/* SPDX-License-Identifier: Apache-2.0 */
#include "expr_eval.h"
#include "bytes.h"
#include "cdt.h"

/* Terms made of elements and bins' values, and back. */

struct term term_of_element(struct span e)
{
	struct mp_item it;
	struct mp m;

	mp_open(&m, e);
	if (!mp_next(&m, &it))
		return TERM_U;
	switch (it.kind) {
	case MP_NIL: return (struct term){ .type = TERM_NIL };
	case MP_FALSE: return term_bool(false);
	case MP_TRUE: return term_bool(true);
	case MP_INT: return term_int(it.i);
	case MP_UINT: return term_int((int64_t)it.u);
	case MP_FLOAT32:
	case MP_FLOAT64: return term_float(it.d);
	case MP_ARRAY: return (struct term){ .type = TERM_LIST, .s = e };
	case MP_MAP: return (struct term){ .type = TERM_MAP, .s = e };
	case MP_EXT: return TERM_U;
	default: break;
	}
	if (!it.data.n)
		return TERM_U;
	return (struct term){ .type = it.data.p[0] == PARTICLE_STRING ? TERM_STRING : it.data.p[0] == PARTICLE_GEOJSON ? TERM_GEO :
		it.data.p[0] == PARTICLE_HLL ? TERM_HLL : TERM_BLOB, .s = { it.data.p + 1, it.data.n - 1 } };
}

struct term term_of_value(const struct value *v, struct arena *mem)
{
	struct span e;

	if (!v->particle)
		return TERM_U;
	return value_to_element(v, mem, &e) ? term_of_element(e) : TERM_U;
}

bool term_to_element(const struct term *t, struct arena *mem, struct span *e)
{
	static struct buf b;

	buf_reset(&b);
	switch (t->type) {
	case TERM_NIL: element_put_nil(&b); break;
	case TERM_BOOL: element_put_bool(&b, t->b); break;
	case TERM_INT: element_put_int(&b, t->i); break;
	case TERM_FLOAT: element_put_double(&b, t->d); break;
	case TERM_STRING: element_put_raw(&b, PARTICLE_STRING, t->s); break;
	case TERM_BLOB: element_put_raw(&b, PARTICLE_BLOB, t->s); break;
	case TERM_GEO: element_put_raw(&b, PARTICLE_GEOJSON, t->s); break;
	case TERM_HLL: element_put_raw(&b, PARTICLE_HLL, t->s); break;
	case TERM_LIST:
	case TERM_MAP: return cdt_normalise(t->s, false, mem, e);
	case TERM_UNKNOWN: return false;
	}
	*e = arena_copy(mem, buf_as_span(&b));
	return e->p;
}

bool term_to_value(const struct term *t, struct arena *mem, struct value *v)
{
	struct span e;

	return term_to_element(t, mem, &e) && element_to_value(e, mem, v);
}
