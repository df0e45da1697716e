/* SPDX-License-Identifier: Apache-2.0 */
#include "msgpack_read.h"

#include "bytes.h"

/* What follows each first byte from 0xc0 to 0xdf: bytes of number or length field (and of ext type), kind. */
struct head {
	uint8_t kind;
	uint8_t field;		/* bytes behind the first one that hold number, length or count */
	uint8_t fixed;		/* data bytes when the length is in the first byte itself */
	uint8_t flags;
};
enum { IS_SIGNED = 1, IS_DATA = 2, IS_EXT = 4, IS_COUNT = 8, IS_BAD = 16 };

static const struct head heads[32] = {
	[0x00] = { MP_NIL, 0, 0, 0 },
	[0x01] = { 0, 0, 0, IS_BAD },
	[0x02] = { MP_FALSE, 0, 0, 0 },
	[0x03] = { MP_TRUE, 0, 0, 0 },
	[0x04] = { MP_BIN, 1, 0, IS_DATA },
	[0x05] = { MP_BIN, 2, 0, IS_DATA },
	[0x06] = { MP_BIN, 4, 0, IS_DATA },
	[0x07] = { MP_EXT, 1, 0, IS_DATA | IS_EXT },
	[0x08] = { MP_EXT, 2, 0, IS_DATA | IS_EXT },
	[0x09] = { MP_EXT, 4, 0, IS_DATA | IS_EXT },
	[0x0a] = { MP_FLOAT32, 4, 0, 0 },
	[0x0b] = { MP_FLOAT64, 8, 0, 0 },
	[0x0c] = { MP_INT, 1, 0, 0 },
	[0x0d] = { MP_INT, 2, 0, 0 },
	[0x0e] = { MP_INT, 4, 0, 0 },
	[0x0f] = { MP_INT, 8, 0, 0 },
	[0x10] = { MP_INT, 1, 0, IS_SIGNED },
	[0x11] = { MP_INT, 2, 0, IS_SIGNED },
	[0x12] = { MP_INT, 4, 0, IS_SIGNED },
	[0x13] = { MP_INT, 8, 0, IS_SIGNED },
	[0x14] = { MP_EXT, 0, 1, IS_DATA | IS_EXT },
	[0x15] = { MP_EXT, 0, 2, IS_DATA | IS_EXT },
	[0x16] = { MP_EXT, 0, 4, IS_DATA | IS_EXT },
	[0x17] = { MP_EXT, 0, 8, IS_DATA | IS_EXT },
	[0x18] = { MP_EXT, 0, 16, IS_DATA | IS_EXT },
	[0x19] = { MP_STR, 1, 0, IS_DATA },
	[0x1a] = { MP_STR, 2, 0, IS_DATA },
	[0x1b] = { MP_STR, 4, 0, IS_DATA },
	[0x1c] = { MP_ARRAY, 2, 0, IS_COUNT },
	[0x1d] = { MP_ARRAY, 4, 0, IS_COUNT },
	[0x1e] = { MP_MAP, 2, 0, IS_COUNT },
	[0x1f] = { MP_MAP, 4, 0, IS_COUNT },
};

void mp_open(struct mp *m, struct span bytes)
{
	const uint8_t *p = (const uint8_t *)bytes.p;

	*m = (struct mp){ .p = p, .start = p, .end = p + bytes.n };
}

static bool mp_fail(struct mp *m, const char *why)
{
	if (!m->error)
		m->error = why;
	return false;
}

static uint64_t number(const uint8_t *p, unsigned n)
{
	switch (n) {
	case 1:
		return p[0];
	case 2:
		return get_be16(p);
	case 4:
		return get_be32(p);
	case 8:
		return get_be64(p);
	default:
		return 0;
	}
}

static void set_number(struct mp_item *it, const struct head *h, const uint8_t *p)
{
	uint64_t v = number(p, h->field);
	unsigned shift = 64 - 8 * h->field;
	uint32_t v32;
	float f;

	if (h->kind == MP_FLOAT64) {
		memcpy(&it->d, &v, sizeof it->d);
	} else if (h->kind == MP_FLOAT32) {
		v32 = (uint32_t)v;
		memcpy(&f, &v32, sizeof f);
		it->d = (double)f;
	} else if (h->flags & IS_SIGNED) {
		it->i = (int64_t)(v << shift) >> shift;
	} else if (v > INT64_MAX) {
		it->kind = MP_UINT;
		it->u = v;
	} else {
		it->i = (int64_t)v;
	}
}

/* Check and set a container's count; `each` bytes at least for every unit of it. */
static bool set_count(struct mp *m, struct mp_item *it, const uint8_t *p, uint32_t n, unsigned each)
{
	if ((uint64_t)n * each > (size_t)(m->end - p))
		return mp_fail(m, "MessagePack count is larger than the bytes left");
	it->n = n;
	m->p = p;
	return true;
}

static bool set_data(struct mp *m, struct mp_item *it, const uint8_t *p, uint32_t n)
{
	if (n > (size_t)(m->end - p))
		return mp_fail(m, "MessagePack length is larger than the bytes left");
	it->data = (struct span){ (const char *)p, n };
	m->p = p + n;
	return true;
}

static bool long_head(struct mp *m, struct mp_item *it)
{
	const uint8_t *p = m->p + 1;
	const struct head *h = &heads[m->p[0] - 0xc0];
	unsigned more = h->field + !!(h->flags & IS_EXT);
	uint32_t n;

	if (h->flags & IS_BAD)
		return mp_fail(m, "byte 0xc1, which MessagePack never uses");
	if (more > (size_t)(m->end - p))
		return mp_fail(m, "MessagePack value is cut short");
	it->kind = h->kind;
	if (!(h->flags & (IS_DATA | IS_COUNT))) {
		set_number(it, h, p);
		m->p = p + more;
		return true;
	}
	n = h->field ? (uint32_t)number(p, h->field) : h->fixed;
	if (h->flags & IS_COUNT)
		return set_count(m, it, p + more, n, h->kind == MP_MAP ? 2 : 1);
	if (h->flags & IS_EXT)
		it->ext = p[more - 1];
	return set_data(m, it, p + more, n);
}

bool mp_next(struct mp *m, struct mp_item *it)
{
	uint8_t b;

	if (m->error)
		return false;
	if (m->p == m->end)
		return mp_fail(m, "MessagePack value is cut short");
	b = *m->p;
	if (b < 0x80 || b >= 0xe0) {
		it->kind = MP_INT;
		it->i = (int8_t)b;
		m->p++;
		return true;
	}
	if (b >= 0xc0)
		return long_head(m, it);
	if (b >= 0xa0) {
		it->kind = MP_STR;
		return set_data(m, it, m->p + 1, b & 0x1f);
	}
	it->kind = b >= 0x90 ? MP_ARRAY : MP_MAP;
	return set_count(m, it, m->p + 1, b & 0x0f, b >= 0x90 ? 1 : 2);
}

bool mp_skip(struct mp *m)
{
	struct mp_item it;

	for (uint64_t pending = 1; pending; pending--) {
		if (!mp_next(m, &it))
			return false;
		if (it.kind == MP_ARRAY)
			pending += it.n;
		else if (it.kind == MP_MAP)
			pending += (uint64_t)it.n * 2;
		if (pending - 1 > mp_left(m))
			return mp_fail(m, "MessagePack count is larger than the bytes left");
	}
	return true;
}

int mp_frame(struct mp_frame *f, struct span bytes)
{
	const uint8_t *p = (const uint8_t *)bytes.p;

	if (!f->open) {
		f->open = true;
		f->pending = 1;
	}
	while (f->pending) {
		size_t left = bytes.n - f->at, need = 1;
		uint64_t values = 0;
		uint8_t b;

		if (left == 0)
			return 0;
		b = p[f->at];
		if (b >= 0xc0 && b < 0xe0) {
			const struct head *h = &heads[b - 0xc0];
			uint64_t n = h->fixed;

			if (h->flags & IS_BAD)
				return -1;
			need += h->field + !!(h->flags & IS_EXT);
			if (left < need)
				return 0;
			if (h->field)
				n = number(p + f->at + 1, h->field);
			if (h->flags & IS_DATA)
				need += n;
			else if (h->flags & IS_COUNT)
				values = h->kind == MP_MAP ? 2 * n : n;
		} else if (b >= 0xa0 && b < 0xc0) {
			need += b & 0x1f;
		} else if (b >= 0x90 && b < 0xa0) {
			values = b & 0x0f;
		} else if (b >= 0x80 && b < 0x90) {
			values = 2 * (b & 0x0f);
		}
		if (left < need)
			return 0;
		f->at += need;
		f->pending += values - 1;
	}
	return 1;
}
