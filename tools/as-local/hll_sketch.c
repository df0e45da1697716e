/* SPDX-License-Identifier: Apache-2.0 */
#include "hll.h"

#include <math.h>

#define RANK_BITS 6
#define RANK_MAX 63

/* ---- MurmurHash3, x64, 128 bits (Austin Appleby, public domain algorithm), seed 0 ---- */

static uint64_t rotate(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

static uint64_t mix(uint64_t k)
{
	k = (k ^ k >> 33) * UINT64_C(0xff51afd7ed558ccd);
	k = (k ^ k >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	return k ^ k >> 33;
}

#define C1 UINT64_C(0x87c37b91114253d5)
#define C2 UINT64_C(0x4cf5ad432745937f)

static void murmur3(struct span data, uint64_t out[2])
{
	const uint8_t *p = (const uint8_t *)data.p;
	size_t blocks = data.n / 16, left = data.n % 16;
	uint64_t h1 = 0, h2 = 0, k[2];
	uint8_t tail[16] = { 0 };

	for (size_t i = 0; i < blocks; i++, p += 16) {
		memcpy(k, p, 16);
		h1 ^= rotate(k[0] * C1, 31) * C2;
		h1 = (rotate(h1, 27) + h2) * 5 + 0x52dce729;
		h2 ^= rotate(k[1] * C2, 33) * C1;
		h2 = (rotate(h2, 31) + h1) * 5 + 0x38495ab5;
	}
	memcpy(tail, p, left);
	memcpy(k, tail, 16);
	h2 ^= rotate(k[1] * C2, 33) * C1;
	h1 ^= rotate(k[0] * C1, 31) * C2;
	h1 ^= data.n;
	h2 ^= data.n;
	h1 += h2;
	h2 += h1;
	h1 = mix(h1);
	h2 = mix(h2);
	out[0] = h1 + h2;
	out[1] = out[0] + h2;
}

/* ---- registers ---- */

static unsigned width(const struct sketch *s)
{
	return RANK_BITS + s->minhash;
}

static uint32_t registers(const struct sketch *s)
{
	return 1u << s->index;
}

static uint32_t size_of(unsigned index, unsigned minhash)
{
	return SKETCH_HEAD + (uint32_t)((((uint64_t)(RANK_BITS + minhash) << index) + 7) / 8);
}

static uint64_t get(const struct sketch *s, uint32_t i)
{
	uint64_t bit = (uint64_t)i * width(s), v = 0;

	for (unsigned k = 0; k < width(s); k++, bit++)
		v = v << 1 | ((s->p[SKETCH_HEAD + bit / 8] >> (7 - bit % 8)) & 1);
	return v;
}

static void set(struct sketch *s, uint32_t i, uint64_t v)
{
	uint64_t bit = (uint64_t)i * width(s) + width(s);

	for (unsigned k = 0; k < width(s); k++, v >>= 1) {
		uint8_t *p = &s->p[SKETCH_HEAD + --bit / 8], mask = (uint8_t)(0x80 >> bit % 8);

		*p = (uint8_t)(v & 1 ? *p | mask : *p & ~mask);
	}
}

bool sketch_sizes_ok(int64_t index, int64_t minhash)
{
	return index >= 4 && index <= 16 && (minhash == 0 || (minhash >= 4 && minhash <= 51)) && index + minhash <= 64;
}

bool sketch_open(struct sketch *s, struct span value)
{
	if (value.n < SKETCH_HEAD)
		return false;
	*s = (struct sketch){ .index = (uint8_t)value.p[1], .minhash = (uint8_t)value.p[2], .p = (uint8_t *)(uintptr_t)value.p,
		.n = (uint32_t)value.n };
	return sketch_sizes_ok(s->index, s->minhash) && s->n == size_of(s->index, s->minhash);
}

bool sketch_new(struct sketch *s, unsigned index, unsigned minhash, struct arena *mem)
{
	*s = (struct sketch){ .index = index, .minhash = minhash, .n = size_of(index, minhash) };
	s->p = arena_take(mem, s->n);
	if (!s->p)
		return false;
	memset(s->p, 0, s->n);
	s->p[1] = (uint8_t)index;
	s->p[2] = (uint8_t)minhash;
	return true;
}

bool sketch_copy(struct sketch *s, const struct sketch *from, struct arena *mem)
{
	*s = *from;
	s->p = arena_take(mem, s->n);
	if (s->p)
		memcpy(s->p, from->p, s->n);
	return s->p;
}

static void place(const struct sketch *s, struct span element, uint32_t *at, uint64_t *value)
{
	uint64_t h[2];
	unsigned rank;

	murmur3(element, h);
	*at = (uint32_t)(h[0] & (registers(s) - 1));
	rank = h[1] ? (unsigned)__builtin_ctzll(h[1]) + 1 : RANK_MAX;
	if (rank > RANK_MAX)
		rank = RANK_MAX;
	*value = (uint64_t)rank << s->minhash;
	if (s->minhash)
		*value |= (h[0] >> s->index) & (UINT64_MAX >> (64 - s->minhash));
}

bool sketch_add(struct sketch *s, struct span element)
{
	uint64_t value;
	uint32_t at;

	place(s, element, &at, &value);
	if (get(s, at) >= value)
		return false;
	set(s, at, value);
	sketch_cache(s, 0);
	return true;
}

bool sketch_may_contain(const struct sketch *s, struct span element)
{
	uint64_t value;
	uint32_t at;

	place(s, element, &at, &value);
	return get(s, at) >= value;
}

/* A register that moves to fewer index bits gets as rank what the bits cut off would have added: they are the low bits of no hash we
 * still have, so ranks stay, as registers of equal low index bits merge. */
bool sketch_fold(struct sketch *s, const struct sketch *from, unsigned index, unsigned minhash, struct arena *mem)
{
	if (index > from->index || (minhash && minhash != from->minhash) || !sketch_new(s, index, minhash, mem))
		return false;
	for (uint32_t i = 0; i < registers(from); i++) {
		uint32_t to = i & (registers(s) - 1);
		uint64_t v = get(from, i) >> (from->minhash - minhash);

		if (v > get(s, to))
			set(s, to, v);
	}
	return true;
}

void sketch_merge(struct sketch *s, const struct sketch *with)
{
	for (uint32_t i = 0; i < registers(s); i++) {
		uint64_t v = get(with, i);

		if (v > get(s, i))
			set(s, i, v);
	}
	sketch_cache(s, 0);
}

/* ---- counts: the improved estimator of Otmar Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017) ---- */

static double sigma(double x)
{
	double y = 1, z = x, before;

	if (x == 1)
		return INFINITY;
	do {
		x *= x;
		before = z;
		z += x * y;
		y += y;
	} while (z != before);
	return z;
}

static double tau(double x)
{
	double y = 1, z = 1 - x, before;

	if (x == 0 || x == 1)
		return 0;
	do {
		x = sqrt(x);
		before = z;
		y *= 0.5;
		z -= (1 - x) * (1 - x) * y;
	} while (z != before);
	return z / 3;
}

uint64_t sketch_count(const struct sketch *s)
{
	double m = registers(s), z;
	uint32_t of[RANK_MAX + 1] = { 0 };

	for (uint32_t i = 0; i < registers(s); i++)
		of[get(s, i) >> s->minhash]++;
	z = m * tau((m - of[RANK_MAX]) / m);
	for (int k = RANK_MAX - 1; k >= 1; k--)
		z = 0.5 * (z + of[k]);
	z += m * sigma(of[0] / m);
	return (uint64_t)(m * m / (2 * M_LN2) / z + 0.5);
}

uint64_t sketch_cached(const struct sketch *s)
{
	uint64_t count;

	memcpy(&count, s->p + 3, sizeof(count));
	return count;
}

void sketch_cache(struct sketch *s, uint64_t count)
{
	memcpy(s->p + 3, &count, sizeof(count));
}

double sketch_similarity(const struct sketch *s, unsigned n)
{
	uint32_t used = 0, same = 0;

	for (uint32_t i = 0; i < registers(&s[0]); i++) {
		uint64_t first = get(&s[0], i), any = first;
		bool equal = true;

		for (unsigned k = 1; k < n; k++) {
			uint64_t v = get(&s[k], i);

			any |= v;
			equal &= v == first;
		}
		used += any != 0;
		same += any && equal;
	}
	return used ? (double)same / used : 0;
}
