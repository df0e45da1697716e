/* SPDX-License-Identifier: Apache-2.0 */
#include "avro_json.h"
#include "avro_json_schema.h"
#include "err.h"
#include "json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Not with libavro (tried: 1.11.1): a linked list of two million links overflows its stack, an array of 2^31 nulls, which is six bytes, had it
 * take 24 GB, decimals are bytes to it, and a value is built as a tree before anything of it can be written. The unit test compares
 * what the two read. */
#define SCHEMA_MEMORY ((size_t)64 << 20)

struct avro_json {
	struct arena arena;
	struct avro_node *root;
};

struct decoder {
	const unsigned char *p, *end;
	struct typed *t;
};

struct avro_json *avro_json_open(struct span schema, char *why, size_t why_size)
{
	struct avro_json *a = xcalloc(1, sizeof(*a));
	const char *reason = NULL;

	a->arena.max = SCHEMA_MEMORY;
	a->root = avro_json_schema(&a->arena, schema, &reason);
	if (a->root)
		return a;
	snprintf(why, why_size, "%s", reason ? reason : "no schema");
	avro_json_close(a);
	return NULL;
}

void avro_json_close(struct avro_json *a)
{
	if (!a)
		return;
	arena_free(&a->arena);
	free(a);
}

static bool cut(struct decoder *d)
{
	return typed_fail(d->t, "the bytes end too early");
}

/* Zigzag, seven bits a byte, least significant first. */
static bool number(struct decoder *d, int64_t *out)
{
	uint64_t n = 0;

	for (unsigned shift = 0; shift < 70; shift += 7) {
		unsigned char byte;

		if (d->p == d->end)
			return cut(d);
		byte = *d->p++;
		if (shift == 63 && byte > 1)
			break;
		n |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*out = (int64_t)(n >> 1 ^ (0 - (n & 1)));
			return true;
		}
	}
	return typed_fail(d->t, "a number has more than 64 bits");
}

static bool raw_bytes(struct decoder *d, size_t n, struct span *out)
{
	if ((size_t)(d->end - d->p) < n)
		return cut(d);
	*out = (struct span){ (const char *)d->p, n };
	d->p += n;
	return true;
}

static bool counted_bytes(struct decoder *d, struct span *out)
{
	int64_t n;

	if (!number(d, &n))
		return false;
	if (n < 0)
		return typed_fail(d->t, "a length below zero");
	return (uint64_t)n > SIZE_MAX ? cut(d) : raw_bytes(d, (size_t)n, out);
}

static bool put(struct decoder *d, const struct avro_node *n);

static bool put_integer(struct decoder *d, bool is_int)
{
	int64_t i;

	if (!number(d, &i))
		return false;
	if (is_int && (i < INT32_MIN || i > INT32_MAX))
		return typed_fail(d->t, "an int has more than 32 bits");
	json_put_int64(d->t->out, i);
	return true;
}

/* IEEE 754, little-endian. */
static bool put_float(struct decoder *d, size_t size)
{
	struct span s = { 0 };
	uint64_t bits = 0;

	if (!raw_bytes(d, size, &s))
		return false;
	for (size_t i = size; i-- > 0;)
		bits = bits << 8 | (unsigned char)s.p[i];
	if (size == 4) {
		uint32_t half = (uint32_t)bits;
		float f;

		memcpy(&f, &half, sizeof(f));
		typed_double(d->t, (double)f);
	} else {
		double f;

		memcpy(&f, &bits, sizeof(f));
		typed_double(d->t, f);
	}
	return true;
}

static bool put_boolean(struct decoder *d)
{
	struct span s = { 0 };

	if (!raw_bytes(d, 1, &s))
		return false;
	if (s.p[0] != 0 && s.p[0] != 1)
		return typed_fail(d->t, "a boolean that is neither 0 nor 1");
	if (s.p[0])
		buf_lit(d->t->out, "true");
	else
		buf_lit(d->t->out, "false");
	return true;
}

static bool put_bytes(struct decoder *d, const struct avro_node *n)
{
	struct span s = { 0 };

	if (n->kind == AVRO_FIXED ? !raw_bytes(d, n->size, &s) : !counted_bytes(d, &s))
		return false;
	if (n->decimal)
		return typed_decimal(d->t, s, n->scale);
	typed_blob(d->t, s);
	return true;
}

static bool put_named(struct decoder *d, struct span name, const struct avro_node *n)
{
	size_t mark;

	if (!typed_push_name(d->t, name, &mark) || !typed_string(d->t, name))
		return false;
	buf_byte(d->t->out, ':');
	if (!put(d, n))
		return false;
	typed_pop(d->t, mark);
	return true;
}

static bool put_record(struct decoder *d, const struct avro_node *n)
{
	buf_byte(d->t->out, '{');
	for (size_t i = 0; i < n->n; i++) {
		if (i)
			buf_byte(d->t->out, ',');
		if (!put_named(d, n->names[i], n->parts[i]))
			return false;
	}
	buf_byte(d->t->out, '}');
	return true;
}

static bool put_element(struct decoder *d, const struct avro_node *n, uint64_t index)
{
	struct span name;
	size_t mark;

	if (index)
		buf_byte(d->t->out, ',');
	if (n->kind == AVRO_MAP)
		return counted_bytes(d, &name) && put_named(d, name, n->parts[0]);
	if (!typed_push_index(d->t, index, &mark) || !put(d, n->parts[0]))
		return false;
	typed_pop(d->t, mark);
	return true;
}

/* Arrays and maps come in blocks, each with its count, and its size in bytes if the count is negative; 0 is the end. Elements may take
 * no bytes at all: what bounds them is the output. */
static bool put_blocks(struct decoder *d, const struct avro_node *n)
{
	uint64_t index = 0;
	int64_t count, size;

	buf_byte(d->t->out, n->kind == AVRO_MAP ? '{' : '[');
	for (;;) {
		if (!number(d, &count))
			return false;
		if (count == 0)
			break;
		if (count < 0 && !number(d, &size))
			return false;
		if (count == INT64_MIN)
			return typed_fail(d->t, "a block of too many elements");
		for (count = count < 0 ? -count : count; count; count--)
			if (!put_element(d, n, index++))
				return false;
	}
	buf_byte(d->t->out, n->kind == AVRO_MAP ? '}' : ']');
	return true;
}

static bool chosen(struct decoder *d, const struct avro_node *n, size_t *which)
{
	int64_t i;

	if (!number(d, &i))
		return false;
	if (i < 0 || (uint64_t)i >= n->n)
		return typed_fail(d->t, n->kind == AVRO_ENUM ? "an enum has no such symbol" : "a union has no such branch");
	*which = (size_t)i;
	return true;
}

/* A union that holds a union is not Avro, but a schema may say so: count it as a level, or it could go on without end. */
static bool put_union(struct decoder *d, const struct avro_node *n)
{
	bool good;
	size_t which = 0;

	if (!chosen(d, n, &which))
		return false;
	if (d->t->depth == TYPED_DEPTH_MAX)
		return typed_fail(d->t, "nested too deeply");
	d->t->depth++;
	good = put(d, n->parts[which]);
	d->t->depth--;
	return good;
}

static bool put(struct decoder *d, const struct avro_node *n)
{
	struct span s = { 0 };
	size_t which = 0;

	if (d->t->out->full)
		return typed_fail(d->t, "too large");
	switch (n->kind) {
	case AVRO_NULL: buf_lit(d->t->out, "null"); return true;
	case AVRO_BOOLEAN: return put_boolean(d);
	case AVRO_INT: return put_integer(d, true);
	case AVRO_LONG: return put_integer(d, false);
	case AVRO_FLOAT: return put_float(d, 4);
	case AVRO_DOUBLE: return put_float(d, 8);
	case AVRO_BYTES:
	case AVRO_FIXED: return put_bytes(d, n);
	case AVRO_STRING: return counted_bytes(d, &s) && typed_string(d->t, s);
	case AVRO_RECORD: return put_record(d, n);
	case AVRO_ENUM: return chosen(d, n, &which) && typed_string(d->t, n->names[which]);
	case AVRO_ARRAY:
	case AVRO_MAP: return put_blocks(d, n);
	case AVRO_UNION: return put_union(d, n);
	}
	return false;
}

bool avro_json_put(const struct avro_json *a, struct span bytes, struct typed *t)
{
	struct decoder d = { .p = (const unsigned char *)bytes.p, .end = (const unsigned char *)bytes.p + bytes.n, .t = t };

	if (!put(&d, a->root))
		return false;
	if (d.p != d.end)
		return typed_fail(t, "%zu bytes are left over", (size_t)(d.end - d.p));
	return !t->out->full || typed_fail(t, "too large");
}
