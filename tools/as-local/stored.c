/* SPDX-License-Identifier: Apache-2.0 */
#include "store.h"

#include <stdlib.h>
#include <string.h>

/* A bin in a stored record: u8 length of the name, name, u8 particle, u32 size of the value (the machine's own order), value. */

static const uint8_t *read_bin(const uint8_t *p, struct bin *b)
{
	uint32_t size;

	b->name = (struct span){ (const char *)p + 1, p[0] };
	p += 1 + p[0];
	b->v.particle = p[0];
	memcpy(&size, p + 1, sizeof(size));
	b->v.data = (struct span){ (const char *)p + 5, size };
	return p + 5 + size;
}

static uint8_t *write_bin(uint8_t *p, const struct bin *b)
{
	uint32_t size = (uint32_t)b->v.data.n;

	*p++ = (uint8_t)b->name.n;
	memcpy(p, b->name.p, b->name.n);
	p += b->name.n;
	*p++ = b->v.particle;
	memcpy(p, &size, sizeof(size));
	p += sizeof(size);
	if (size)
		memcpy(p, b->v.data.p, size);
	return p + size;
}

struct bin *stored_bins(const struct stored *r, struct arena *mem)
{
	struct bin *bins = arena_take(mem, (r->n_bins + 1u) * sizeof(*bins));
	const uint8_t *p = r->data + r->key_size;

	if (bins)
		for (unsigned i = 0; i < r->n_bins; i++)
			p = read_bin(p, &bins[i]);
	return bins;
}

struct value stored_bin(const struct stored *r, struct span name)
{
	const uint8_t *p = r->data + r->key_size;
	struct bin b;

	for (unsigned i = 0; i < r->n_bins; i++) {
		p = read_bin(p, &b);
		if (span_eq(b.name, name))
			return b.v;
	}
	return (struct value){ 0 };
}

struct value stored_key(const struct stored *r)
{
	if (!r->key_size)
		return (struct value){ 0 };
	return (struct value){ r->data[0], { (const char *)r->data + 1, r->key_size - 1u } };
}

bool stored_valid(const struct stored *r, size_t size)
{
	const uint8_t *p = r->data, *end;
	uint32_t n;

	if (size < sizeof(*r) || size - sizeof(*r) != r->size || r->key_size > r->size)
		return false;
	end = p + r->size;
	p += r->key_size;
	for (unsigned i = 0; i < r->n_bins; i++) {
		if (end - p < 1 || end - p < 1 + p[0] + 5)
			return false;
		memcpy(&n, p + 1 + p[0] + 1, sizeof(n));
		p += 1 + p[0] + 5;
		if ((size_t)(end - p) < n)
			return false;
		p += n;
	}
	return p == end;
}

struct stored *stored_new(const uint8_t digest[DIGEST_SIZE], const struct value *key, const struct bin *bins, unsigned n)
{
	size_t size = key && key->particle ? 1 + key->data.n : 0;
	struct stored *r;
	uint8_t *p;

	if (size > UINT16_MAX)
		return NULL;
	for (unsigned i = 0; i < n; i++)
		if (bins[i].v.particle)
			size += 1 + bins[i].name.n + 5 + bins[i].v.data.n;
	if (size > UINT32_MAX || !(r = malloc(sizeof(*r) + size)))
		return NULL;
	*r = (struct stored){ .size = (uint32_t)size };
	memcpy(r->digest, digest, DIGEST_SIZE);
	p = r->data;
	if (key && key->particle) {
		r->key_size = (uint16_t)(1 + key->data.n);
		*p++ = key->particle;
		memcpy(p, key->data.p, key->data.n);
		p += key->data.n;
	}
	for (unsigned i = 0; i < n; i++)
		if (bins[i].v.particle) {
			p = write_bin(p, &bins[i]);
			r->n_bins++;
		}
	return r;
}
