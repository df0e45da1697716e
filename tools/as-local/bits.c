/* SPDX-License-Identifier: Apache-2.0 */
#include "bin.h"
#include "element.h"

/* Bit operations on blobs (wire reference 6.7). Bits are counted from the most significant one of byte 0. A region is worked on as
 * bytes of its own, shifted to the left edge, and put back. */

#define ARGS_MAX 6
#define SIZE_MAX_BYTES (1u << 20)

enum { CREATE_ONLY = 1, UPDATE_ONLY = 2, NO_FAIL = 4, PARTIAL = 8 };
enum { RESIZE_FRONT = 1, RESIZE_GROW = 2, RESIZE_SHRINK = 4 };
enum { ADD_SIGNED = 1, ADD_SATURATE = 2, ADD_WRAP = 4 };
enum { RESIZE, INSERT, REMOVE, SET, OR, XOR, AND, NOT, LSHIFT, RSHIFT, ADD, SUBTRACT, SET_INT, GET = 50, COUNT, LSCAN, RSCAN, GET_INT };

struct bits {
	int code;
	struct span arg[ARGS_MAX];
	unsigned n_args;
	struct arena *mem;
	uint8_t *p;		/* the blob, a copy when it is modified */
	uint32_t n;
	uint32_t offset, size;	/* the region, in bits */
};

/* code -> arguments at least and at most, and which one holds the flags (0: none). */
static const struct { uint8_t min, max, flags; } arity[] = {
	[RESIZE] = { 1, 3, 1 }, [INSERT] = { 2, 3, 2 }, [REMOVE] = { 2, 3, 2 }, [SET] = { 3, 4, 3 }, [OR] = { 3, 4, 3 },
	[XOR] = { 3, 4, 3 }, [AND] = { 3, 4, 3 }, [NOT] = { 2, 3, 2 }, [LSHIFT] = { 3, 4, 3 }, [RSHIFT] = { 3, 4, 3 },
	[ADD] = { 3, 5, 3 }, [SUBTRACT] = { 3, 5, 3 }, [SET_INT] = { 3, 4, 3 }, [GET] = { 2, 2, 0 }, [COUNT] = { 2, 2, 0 },
	[LSCAN] = { 3, 3, 0 }, [RSCAN] = { 3, 3, 0 }, [GET_INT] = { 2, 3, 0 },
};

static bool parse(struct span call, struct bits *b)
{
	struct mp_item it;
	struct mp m;

	mp_open(&m, call);
	if (!mp_next(&m, &it) || it.kind != MP_ARRAY || it.n == 0 || it.n > ARGS_MAX + 1)
		return false;
	b->n_args = it.n - 1;
	if (!mp_next(&m, &it) || it.kind != MP_INT || it.i < 0 || it.i > GET_INT || !arity[it.i].max)
		return false;
	b->code = (int)it.i;
	for (unsigned i = 0; i < b->n_args; i++) {
		b->arg[i].p = (const char *)m.p;
		if (!mp_skip(&m))
			return false;
		b->arg[i].n = (size_t)((const char *)m.p - b->arg[i].p);
	}
	return mp_left(&m) == 0 && b->n_args >= arity[b->code].min && b->n_args <= arity[b->code].max;
}

static bool int_arg(const struct bits *b, unsigned i, int64_t otherwise, int64_t *out)
{
	*out = otherwise;
	return i >= b->n_args || element_int(b->arg[i], out);
}

static bool blob_arg(const struct bits *b, unsigned i, struct span *out)
{
	struct value v;

	if (i >= b->n_args || !element_to_value(b->arg[i], b->mem, &v) || (v.particle != PARTICLE_BLOB && v.particle != PARTICLE_STRING))
		return false;
	*out = v.data;
	return true;
}

/* Eight bits from any offset; what lies behind the end reads as 0. */
static uint8_t byte_at(const uint8_t *p, uint32_t n, uint64_t bit)
{
	uint64_t at = bit / 8;
	unsigned shift = bit % 8;
	unsigned two = at < n ? p[at] << 8 : 0;

	if (at + 1 < n)
		two |= p[at + 1];
	return (uint8_t)(two >> (8 - shift));
}

static uint32_t bytes_of(uint32_t bits)
{
	return (bits + 7) / 8;
}

/* The region at the left edge of bytes of its own; the bits behind it are 0. */
static uint8_t *extract(const struct bits *b, uint32_t offset, uint32_t size)
{
	uint32_t n = bytes_of(size);
	uint8_t *to = arena_take(b->mem, n + 1);

	if (!to)
		return NULL;
	for (uint32_t i = 0; i < n; i++)
		to[i] = byte_at(b->p, b->n, offset + 8ull * i);
	if (size % 8)
		to[n - 1] &= (uint8_t)(0xff << (8 - size % 8));
	return to;
}

static void deposit(struct bits *b, const uint8_t *from)
{
	for (uint32_t done = 0; done < b->size; done += 8) {
		unsigned n = b->size - done < 8 ? b->size - done : 8, shift = (b->offset + done) % 8;
		uint32_t at = (b->offset + done) / 8;
		unsigned mask = ((0xffu << (8 - n)) & 0xff) << 8 >> shift, bits = (unsigned)from[done / 8] << 8 >> shift;

		b->p[at] = (uint8_t)((b->p[at] & ~(mask >> 8)) | ((bits & mask) >> 8));
		if (at + 1 < b->n)
			b->p[at + 1] = (uint8_t)((b->p[at + 1] & ~mask) | (bits & mask & 0xff));
	}
}

/* Arguments 0 and 1 as a region inside the blob. */
static int region(struct bits *b, bool partial)
{
	int64_t offset, size, total = 8 * (int64_t)b->n;

	if (!int_arg(b, 0, 0, &offset) || !int_arg(b, 1, 0, &size))
		return RESULT_PARAMETER;
	if (size <= 0 || size > 8 * (int64_t)SIZE_MAX_BYTES)
		return size == 0 && b->code >= GET ? RESULT_PARAMETER : size <= 0 ? RESULT_PARAMETER : RESULT_OP_NOT_APPLICABLE;
	if (offset < 0)
		offset += total;
	if (offset < 0 || offset >= total)
		return RESULT_OP_NOT_APPLICABLE;
	if (offset + size > total) {
		if (!partial)
			return RESULT_OP_NOT_APPLICABLE;
		size = total - offset;
	}
	b->offset = (uint32_t)offset;
	b->size = (uint32_t)size;
	return RESULT_OK;
}

static bool copy_blob(struct bits *b, const uint8_t *from, uint32_t n, uint32_t room)
{
	b->p = arena_take(b->mem, room + 1);
	if (!b->p)
		return false;
	memset(b->p, 0, room + 1);
	if (n)		/* a missing blob has no bytes to point to */
		memcpy(b->p, from, n < room ? n : room);
	b->n = room;
	return true;
}

static int resize(struct bits *b)
{
	const uint8_t *old = b->p;
	uint32_t was = b->n, n;
	int64_t size, how;

	if (!int_arg(b, 0, 0, &size) || !int_arg(b, 2, 0, &how) || size < 0 || size > SIZE_MAX_BYTES)
		return RESULT_PARAMETER;
	n = (uint32_t)size;
	if (((how & RESIZE_GROW) && n < was) || ((how & RESIZE_SHRINK) && n > was))
		return RESULT_PARAMETER;
	if (!(how & RESIZE_FRONT))
		return copy_blob(b, old, was, n) ? RESULT_OK : RESULT_SERVER_ERROR;
	if (!copy_blob(b, old, 0, n))
		return RESULT_SERVER_ERROR;
	if (was)
		memcpy(b->p + (n > was ? n - was : 0), old + (was > n ? was - n : 0), n > was ? was : n);
	return RESULT_OK;
}

static int insert(struct bits *b)
{
	const uint8_t *old = b->p;
	uint32_t was = b->n;
	struct span data;
	int64_t at;

	if (!int_arg(b, 0, 0, &at) || !blob_arg(b, 1, &data))
		return RESULT_PARAMETER;
	if (at < 0)
		at += was;
	if (at < 0 || at > SIZE_MAX_BYTES || data.n > SIZE_MAX_BYTES)
		return RESULT_OP_NOT_APPLICABLE;
	if (!copy_blob(b, old, at < was ? (uint32_t)at : was, (uint32_t)((at > was ? at : was) + (int64_t)data.n)))
		return RESULT_SERVER_ERROR;
	if (data.n)
		memcpy(b->p + at, data.p, data.n);
	if (at < was)
		memcpy(b->p + at + data.n, old + at, was - (uint32_t)at);
	return RESULT_OK;
}

static int remove_bytes(struct bits *b, bool partial)
{
	int64_t at, n;

	if (!int_arg(b, 0, 0, &at) || !int_arg(b, 1, 0, &n) || n < 0)
		return RESULT_PARAMETER;
	if (at < 0)
		at += b->n;
	if (at < 0 || at > b->n)
		return RESULT_OP_NOT_APPLICABLE;
	if (n > b->n - at) {
		if (!partial)
			return RESULT_OP_NOT_APPLICABLE;
		n = b->n - at;
	}
	memmove(b->p + at, b->p + at + n, b->n - (uint32_t)(at + n));
	b->n -= (uint32_t)n;
	return RESULT_OK;
}

static int combine(struct bits *b)
{
	uint8_t *r = extract(b, b->offset, b->size);
	struct span with = { NULL, 0 };

	if (!r)
		return RESULT_SERVER_ERROR;
	if (b->code != NOT && (!blob_arg(b, 2, &with) || 8 * with.n < b->size))
		return RESULT_PARAMETER;
	for (uint32_t i = 0; i < bytes_of(b->size); i++) {
		uint8_t w = b->code == NOT ? 0xff : (uint8_t)with.p[i];

		switch (b->code) {
		case SET: r[i] = w; break;
		case OR: r[i] |= w; break;
		case AND: r[i] &= w; break;
		default: r[i] ^= w;
		}
	}
	deposit(b, r);
	return RESULT_OK;
}

static int shift(struct bits *b)
{
	uint8_t *r, *zero = arena_take(b->mem, bytes_of(b->size) + 1);
	uint32_t by, offset = b->offset, size = b->size;
	int64_t n;

	if (!int_arg(b, 2, 0, &n) || n < 0)
		return RESULT_PARAMETER;
	if (!zero)
		return RESULT_SERVER_ERROR;
	memset(zero, 0, bytes_of(b->size) + 1);
	by = n > size ? size : (uint32_t)n;
	r = extract(b, b->code == LSHIFT ? offset + by : offset, size - by);
	if (!r)
		return RESULT_SERVER_ERROR;
	deposit(b, zero);
	b->size = size - by;
	if (b->code == RSHIFT)
		b->offset = offset + by;
	deposit(b, r);
	return RESULT_OK;
}

static uint64_t get_number(const struct bits *b)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < b->size; i += 8)
		n = n << 8 | byte_at(b->p, b->n, b->offset + (uint64_t)i);
	return b->size % 8 ? n >> (8 - b->size % 8) : n;
}

static void put_number(struct bits *b, uint64_t n)
{
	uint8_t bytes[8];

	n <<= 64 - b->size;
	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(n >> (56 - 8 * i));
	deposit(b, bytes);
}

static int64_t sign_extend(uint64_t n, uint32_t size)
{
	return (int64_t)(n << (64 - size)) >> (64 - size);
}

/* The sum in `size` bits; false when it does not fit. */
static bool add_signed(int64_t a, int64_t v, uint32_t size, bool subtract, int64_t *sum)
{
	int64_t max = (int64_t)((UINT64_C(1) << (size - 1)) - 1);
	bool over = subtract ? __builtin_sub_overflow(a, v, sum) : __builtin_add_overflow(a, v, sum);

	if (size == 64)
		return !over;
	return !over && *sum <= max && *sum >= -max - 1;
}

static int add(struct bits *b)
{
	bool subtract = b->code == SUBTRACT;
	uint64_t mask, a, sum;
	int64_t v, how, signed_sum;
	bool fits;

	if (!int_arg(b, 2, 0, &v) || !int_arg(b, 4, 0, &how) || b->size > 64)
		return RESULT_PARAMETER;
	mask = UINT64_MAX >> (64 - b->size);
	a = get_number(b);
	if (how & ADD_SIGNED) {
		int64_t sa = sign_extend(a, b->size);

		fits = add_signed(sa, v, b->size, subtract, &signed_sum);
		sum = (uint64_t)signed_sum;
		if (!fits && (how & ADD_SATURATE))
			sum = (subtract ? v < 0 : v > 0) ? mask >> 1 : ~(mask >> 1);
	} else {
		uint64_t u = (uint64_t)v & mask;

		sum = subtract ? a - u : a + u;
		fits = subtract ? u <= a : (b->size < 64 ? sum <= mask : sum >= a);
		if (!fits && (how & ADD_SATURATE))
			sum = subtract ? 0 : mask;
	}
	if (!fits && !(how & (ADD_SATURATE | ADD_WRAP)))
		return RESULT_OP_NOT_APPLICABLE;
	put_number(b, sum);
	return RESULT_OK;
}

static int set_int(struct bits *b)
{
	int64_t v;

	if (!int_arg(b, 2, 0, &v) || b->size > 64)
		return RESULT_PARAMETER;
	put_number(b, (uint64_t)v);
	return RESULT_OK;
}

static int change(struct bits *b, int64_t flags)
{
	int code;

	switch (b->code) {
	case RESIZE: return resize(b);
	case INSERT: return insert(b);
	case REMOVE: return remove_bytes(b, flags & PARTIAL);
	}
	code = region(b, flags & PARTIAL);
	if (code != RESULT_OK)
		return code;
	switch (b->code) {
	case LSHIFT:
	case RSHIFT: return shift(b);
	case ADD:
	case SUBTRACT: return add(b);
	case SET_INT: return set_int(b);
	default: return combine(b);
	}
}

int bits_modify(struct value *bin, struct span call, struct arena *mem, struct value *result)
{
	struct bits b = { .mem = mem };
	int64_t flags;
	int code;

	*result = (struct value){ 0 };
	if (!parse(call, &b) || b.code >= GET || !int_arg(&b, arity[b.code].flags, 0, &flags))
		return RESULT_PARAMETER;
	if (bin->particle && bin->particle != PARTICLE_BLOB)
		return RESULT_BIN_TYPE;
	if (bin->particle && (flags & CREATE_ONLY))
		return flags & NO_FAIL ? RESULT_OK : RESULT_BIN_EXISTS;
	if (!bin->particle && ((flags & UPDATE_ONLY) || b.code > INSERT))
		return flags & NO_FAIL ? RESULT_OK : RESULT_BIN_NOT_FOUND;
	if (!copy_blob(&b, (const uint8_t *)bin->data.p, (uint32_t)bin->data.n, (uint32_t)bin->data.n))
		return RESULT_SERVER_ERROR;
	code = change(&b, flags);
	if (code == RESULT_OP_NOT_APPLICABLE && (flags & NO_FAIL))
		return RESULT_OK;
	if (code == RESULT_OK)
		*bin = (struct value){ PARTICLE_BLOB, { (char *)b.p, b.n } };
	return code;
}

static int64_t count(const uint8_t *r, uint32_t n)
{
	int64_t ones = 0;

	for (uint32_t i = 0; i < n; i++)
		ones += __builtin_popcount(r[i]);
	return ones;
}

static int64_t find(const struct bits *b, const uint8_t *r, bool want)
{
	for (uint32_t i = 0; i < b->size; i++) {
		uint32_t at = b->code == LSCAN ? i : b->size - 1 - i;

		if (((r[at / 8] >> (7 - at % 8)) & 1) == want)
			return at;
	}
	return -1;
}

static int int_result(struct arena *mem, int64_t n, struct value *result)
{
	uint8_t *p = arena_take(mem, 8);

	if (!p)
		return RESULT_SERVER_ERROR;
	for (int i = 0; i < 8; i++)
		p[i] = (uint8_t)((uint64_t)n >> (56 - 8 * i));
	*result = (struct value){ PARTICLE_INTEGER, { (char *)p, 8 } };
	return RESULT_OK;
}

int bits_read(const struct value *bin, struct span call, struct arena *mem, struct value *result)
{
	struct bits b = { .mem = mem };
	struct value want;
	int64_t flag;
	uint8_t *r;
	int code;

	*result = (struct value){ 0 };
	if (!parse(call, &b) || b.code < GET)
		return RESULT_PARAMETER;
	if (bin->particle != PARTICLE_BLOB)
		return RESULT_BIN_TYPE;
	b.p = (uint8_t *)(uintptr_t)bin->data.p;
	b.n = (uint32_t)bin->data.n;
	code = region(&b, false);
	if (code != RESULT_OK)
		return code;
	if (b.code == GET_INT) {
		if (b.size > 64 || !int_arg(&b, 2, 0, &flag))
			return RESULT_PARAMETER;
		return int_result(mem, flag & 1 ? sign_extend(get_number(&b), b.size) : (int64_t)get_number(&b), result);
	}
	r = extract(&b, b.offset, b.size);
	if (!r)
		return RESULT_SERVER_ERROR;
	if (b.code == GET) {
		*result = (struct value){ PARTICLE_BLOB, { (char *)r, bytes_of(b.size) } };
		return RESULT_OK;
	}
	if (b.code == COUNT)
		return int_result(mem, count(r, bytes_of(b.size)), result);
	if (!element_to_value(b.arg[2], mem, &want) || want.particle != PARTICLE_BOOL)
		return RESULT_PARAMETER;
	return int_result(mem, find(&b, r, want.data.p[0]), result);
}
