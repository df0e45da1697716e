/* SPDX-License-Identifier: Apache-2.0 */
#include "element.h"
#include "bytes.h"

#include <msgpack/pack.h>

static int write_out(void *out, const char *p, size_t n)
{
	buf_put(out, p, n);
	return 0;
}

static msgpack_packer packer(struct buf *b)
{
	msgpack_packer mp;

	msgpack_packer_init(&mp, b, write_out);
	return mp;
}

void element_put_int(struct buf *b, int64_t n)
{
	msgpack_packer mp = packer(b);

	msgpack_pack_int64(&mp, n);
}

void element_put_uint(struct buf *b, uint64_t n)
{
	msgpack_packer mp = packer(b);

	msgpack_pack_uint64(&mp, n);
}

void element_put_bool(struct buf *b, bool v) { buf_byte(b, v ? '\xc3' : '\xc2'); }
void element_put_nil(struct buf *b) { buf_byte(b, '\xc0'); }

void element_put_double(struct buf *b, double d)
{
	msgpack_packer mp = packer(b);

	msgpack_pack_double(&mp, d);
}

void element_put_raw(struct buf *b, uint8_t particle, struct span data)
{
	msgpack_packer mp = packer(b);

	msgpack_pack_str(&mp, data.n + 1);
	buf_byte(b, (char)particle);
	buf_span(b, data);
}

void element_put_list(struct buf *b, uint32_t n, uint8_t flags)
{
	msgpack_packer mp = packer(b);

	msgpack_pack_array(&mp, n + (flags != 0));
	if (flags) {
		buf_lit(b, "\xc7\0");
		buf_byte(b, (char)flags);
	}
}

void element_put_map(struct buf *b, uint32_t n, uint8_t flags)
{
	msgpack_packer mp = packer(b);

	msgpack_pack_map(&mp, n + (flags != 0));
	if (flags) {
		buf_lit(b, "\xc7\0");
		buf_byte(b, (char)flags);
		element_put_nil(b);
	}
}

static bool read_one(struct span e, struct mp_item *it)
{
	struct mp m;

	mp_open(&m, e);
	return mp_next(&m, it);
}

bool element_int(struct span e, int64_t *out)
{
	struct mp_item it;

	if (!read_one(e, &it) || it.kind != MP_INT)
		return false;
	*out = it.i;
	return true;
}

bool element_is_nil(struct span e)
{
	return e.n == 1 && e.p[0] == '\xc0';
}

static bool number_value(struct value *v, uint8_t particle, uint64_t bits, struct arena *mem)
{
	char *p = arena_take(mem, 8);

	if (!p)
		return false;
	put_be64(p, bits);
	*v = (struct value){ particle, { p, 8 } };
	return true;
}

/* Types that are just bytes; the others have a form, which nobody checked of what lies inside a list. */
static bool is_bytes(uint8_t particle)
{
	return particle == PARTICLE_STRING || particle == PARTICLE_HLL || (particle >= PARTICLE_JAVA && particle <= PARTICLE_ERLANG);
}

/* A str or bin: its first byte is the particle type. GeoJSON as a bin has a header of flags and cells. */
static bool raw_value(struct value *v, struct span data, struct arena *mem)
{
	uint8_t particle = data.n ? (uint8_t)data.p[0] : 0;
	struct span text = { data.p + 1, data.n ? data.n - 1 : 0 };
	char *p;

	if (!data.n)
		return false;
	if (particle != PARTICLE_GEOJSON) {
		*v = (struct value){ is_bytes(particle) ? particle : PARTICLE_BLOB, text };
		return true;
	}
	p = arena_take(mem, text.n + 3);
	if (!p)
		return false;
	memset(p, 0, 3);
	memcpy(p + 3, text.p, text.n);
	*v = (struct value){ particle, { p, text.n + 3 } };
	return true;
}

bool element_to_value(struct span e, struct arena *mem, struct value *v)
{
	struct mp_item it;
	uint64_t bits;

	*v = (struct value){ 0 };
	if (!read_one(e, &it))
		return false;
	switch (it.kind) {
	case MP_NIL: return true;
	case MP_FALSE: *v = (struct value){ PARTICLE_BOOL, SPAN("\0") }; return true;
	case MP_TRUE: *v = (struct value){ PARTICLE_BOOL, SPAN("\1") }; return true;
	case MP_INT: return number_value(v, PARTICLE_INTEGER, (uint64_t)it.i, mem);
	case MP_UINT: return number_value(v, PARTICLE_INTEGER, it.u, mem);
	case MP_FLOAT32:
	case MP_FLOAT64:
		memcpy(&bits, &it.d, sizeof(bits));
		return number_value(v, PARTICLE_FLOAT, bits, mem);
	case MP_STR:
	case MP_BIN: return raw_value(v, it.data, mem);
	case MP_ARRAY: *v = (struct value){ PARTICLE_LIST, e }; return true;
	case MP_MAP: *v = (struct value){ PARTICLE_MAP, e }; return true;
	default: return false;
	}
}

bool value_to_element(const struct value *v, struct arena *mem, struct span *e)
{
	static struct buf b;
	struct span data = v->data;
	uint64_t bits;
	double d;

	buf_reset(&b);
	switch (v->particle) {
	case PARTICLE_NULL: element_put_nil(&b); break;
	case PARTICLE_BOOL: element_put_bool(&b, data.p[0]); break;
	case PARTICLE_INTEGER: element_put_int(&b, (int64_t)get_be64(data.p)); break;
	case PARTICLE_FLOAT:
		bits = get_be64(data.p);
		memcpy(&d, &bits, sizeof(d));
		element_put_double(&b, d);
		break;
	case PARTICLE_LIST:
	case PARTICLE_MAP: *e = data; return true;
	case PARTICLE_GEOJSON: {
		size_t head = 3 + 8 * (size_t)get_be16(data.p + 1);

		element_put_raw(&b, v->particle, (struct span){ data.p + head, data.n - head });
		break;
	}
	default: element_put_raw(&b, v->particle, data);
	}
	*e = arena_copy(mem, buf_as_span(&b));
	return !b.full && e->p;
}
