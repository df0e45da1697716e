/* SPDX-License-Identifier: Apache-2.0 */
#include "expression.h"
#include "bytes.h"
#include "msgpack_read.h"

enum { CODE_AND = 16, CODE_OR = 17, CODE_LAST_UPDATE = 66, CODE_SET_NAME = 70, CODE_BIN = 81, CODE_BIN_TYPE = 82, TYPE_INTEGER = 2 };
#define MS_MAX (INT64_MAX / 1000000)

static void array(struct buf *out, unsigned n)
{
	buf_byte(out, (char)(0x90 | n));
}

static void code(struct buf *out, unsigned n)
{
	buf_byte(out, (char)n);		/* all of them are positive fixints */
}

static void integer(struct buf *out, int64_t n)
{
	uint8_t bytes[9] = { 0xd3 };

	/* Smallest form only where it is short anyway; the server takes every one. */
	if (n >= 0 && n < 128) {
		code(out, (unsigned)n);
		return;
	}
	if (n >= 0)
		bytes[0] = 0xcf;
	put_be64(bytes + 1, (uint64_t)n);
	buf_put(out, bytes, sizeof(bytes));
}

/* Names of bins are bare strings, without the particle's type in front. */
static void name(struct buf *out, struct span s)
{
	buf_byte(out, (char)(0xa0 | (s.n & 31)));
	buf_put(out, s.p, s.n & 31);
}

void expression_last_update(struct buf *out, enum expression_compare compare, int64_t unix_ms)
{
	int64_t ms = unix_ms < 0 ? 0 : unix_ms > MS_MAX ? MS_MAX : unix_ms;

	array(out, 3);
	code(out, compare);
	array(out, 1);
	code(out, CODE_LAST_UPDATE);
	integer(out, ms * 1000000);
}

void expression_bin_missing_or(struct buf *out, struct span bin, enum expression_compare compare, int64_t n)
{
	array(out, 3);
	code(out, CODE_OR);
	array(out, 3);
	code(out, EXPRESSION_EQ);
	array(out, 2);
	code(out, CODE_BIN_TYPE);
	name(out, bin);
	integer(out, 0);
	array(out, 3);
	code(out, compare);
	array(out, 3);
	code(out, CODE_BIN);
	code(out, TYPE_INTEGER);
	name(out, bin);
	integer(out, n);
}

void expression_and(struct buf *out, struct span a, struct span b)
{
	array(out, 3);
	code(out, CODE_AND);
	buf_span(out, a);
	buf_span(out, b);
}

void expression_read_last_update(struct buf *out)
{
	array(out, 2);
	array(out, 1);
	code(out, CODE_LAST_UPDATE);
	integer(out, 0);
}

void expression_read_set(struct buf *out)
{
	array(out, 2);
	array(out, 1);
	code(out, CODE_SET_NAME);
	integer(out, 0);
}

bool expression_whole(struct span bytes)
{
	struct mp m;

	mp_open(&m, bytes);
	return bytes.n && mp_skip(&m) && mp_left(&m) == 0;
}
