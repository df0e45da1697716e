/* SPDX-License-Identifier: Apache-2.0 */
#include "cdt.h"
#include "element.h"

#define DEPTH_MAX 128

enum as { ARGUMENT, STORED, WRITTEN };

static bool normal(struct mp *m, enum as as, struct arena *mem, unsigned depth, struct span *out);

static bool copy_out(struct buf *b, struct arena *mem, struct span *out)
{
	*out = arena_copy(mem, buf_as_span(b));
	return !b->full && out->p;
}

bool cdt_is_key(struct span e)
{
	struct mp_item it;
	struct mp m;

	mp_open(&m, e);
	if (!mp_next(&m, &it))
		return false;
	if (it.kind == MP_INT || it.kind == MP_UINT)
		return true;
	return it.kind == MP_STR && it.data.n && it.data.p[0] != PARTICLE_GEOJSON && it.data.p[0] != PARTICLE_HLL;
}

static bool elements(struct mp *m, enum as as, struct arena *mem, unsigned depth, struct container *c)
{
	for (uint32_t i = 0; i < c->n; i++) {
		if (c->is_map && (!normal(m, as, mem, depth, &c->key[i]) || (as != ARGUMENT && !cdt_is_key(c->key[i]))))
			return false;
		if (!normal(m, as, mem, depth, &c->val[i]))
			return false;
	}
	return true;
}

/* Does it keep the order of which its flags speak? */
static bool in_order(const struct container *c)
{
	const struct span *e = c->is_map ? c->key : c->val;

	for (uint32_t i = 1; c->flags && i < c->n; i++)
		if (cdt_compare(e[i - 1], e[i]) > 0)
			return false;
	return true;
}

static bool container(struct mp *m, const struct mp_item *head, enum as as, struct arena *mem, unsigned depth, struct span *out)
{
	struct container c = { .is_map = head->kind == MP_MAP, .n = head->n, .cap = head->n + 1 };
	struct mp at = *m;
	struct mp_item it;

	if (c.n && mp_next(&at, &it) && it.kind == MP_EXT && it.ext != 0xff) {
		if (c.is_map && !mp_skip(&at))
			return false;
		c.flags = it.ext & (c.is_map ? MAP_KEY_VALUE_ORDERED : LIST_ORDERED);
		c.n--;
		*m = at;
	}
	c.val = arena_take(mem, c.cap * sizeof(*c.val));
	c.key = c.is_map ? arena_take(mem, c.cap * sizeof(*c.key)) : NULL;
	if (!c.val || (c.is_map && !c.key) || !elements(m, as, mem, depth + 1, &c))
		return false;
	if ((as == WRITTEN && !in_order(&c)) || !container_sort(&c, mem))
		return false;
	*out = container_close(&c, mem);
	return out->p;
}

static bool normal(struct mp *m, enum as as, struct arena *mem, unsigned depth, struct span *out)
{
	const char *start = (const char *)m->p;
	static struct buf b;	/* a leaf's, so no level below uses it meanwhile */
	struct mp_item it;

	if (depth > DEPTH_MAX || !mp_next(m, &it))
		return false;
	buf_reset(&b);
	switch (it.kind) {
	case MP_ARRAY:
	case MP_MAP:
		return container(m, &it, as, mem, depth, out);
	case MP_INT: element_put_int(&b, it.i); break;
	case MP_UINT: element_put_uint(&b, it.u); break;
	case MP_STR:
	case MP_BIN:
		if (!it.data.n)
			return false;
		element_put_raw(&b, (uint8_t)it.data.p[0], (struct span){ it.data.p + 1, it.data.n - 1 });
		break;
	case MP_EXT:
		if (as != ARGUMENT || it.ext != 0xff)
			return false;
		/* fall through */
	default:
		*out = (struct span){ start, (size_t)((const char *)m->p - start) };
		return true;
	}
	return copy_out(&b, mem, out);
}

bool cdt_normalise(struct span in, bool top, struct arena *mem, struct span *out)
{
	struct mp m;

	mp_open(&m, in);
	return normal(&m, top ? STORED : ARGUMENT, mem, 0, out) && mp_left(&m) == 0;
}

bool cdt_normalise_written(struct span in, struct arena *mem, struct span *out)
{
	struct mp m;

	mp_open(&m, in);
	return normal(&m, WRITTEN, mem, 0, out) && mp_left(&m) == 0;
}
