/* SPDX-License-Identifier: Apache-2.0 */
#include "buf.h"

#include <stdio.h>
#include <stdlib.h>

static bool grow(struct buf *b, size_t n)
{
	size_t max = b->max ? b->max : BUF_MAX;
	size_t cap = b->cap ? b->cap : 256;
	char *p;

	if (b->full || n > max || b->n > max - n) {
		b->full = true;
		return false;
	}
	while (cap < b->n + n)
		cap *= 2;
	if (cap > max)
		cap = max;
	p = realloc(b->p, cap + 1);	/* one more for the NUL of vsnprintf */
	if (!p) {
		b->full = true;
		return false;
	}
	b->p = p;
	b->cap = cap;
	return true;
}

char *buf_reserve(struct buf *b, size_t n)
{
	if (b->full || (b->cap - b->n < n && !grow(b, n)))
		return NULL;
	if (!b->p && !grow(b, 1))
		return NULL;
	return b->p + b->n;
}

void buf_put_grow(struct buf *b, const void *p, size_t n)
{
	char *to = buf_reserve(b, n);

	if (!to)
		return;
	memcpy(to, p, n);
	b->n += n;
}

void buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	char *to;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	to = n < 0 ? NULL : buf_reserve(b, (size_t)n);
	if (!to)
		return;
	vsnprintf(to, (size_t)n + 1, fmt, ap);
	b->n += (size_t)n;
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(b, fmt, ap);
	va_end(ap);
}

void buf_reset(struct buf *b)
{
	b->n = 0;
	b->full = false;
}

void buf_free(struct buf *b)
{
	free(b->p);
	b->p = NULL;
	b->n = b->cap = 0;
	b->full = false;
}
