/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BUF_H
#define BUF_H

#include "span.h"

#include <stdarg.h>

/* A byte buffer that grows up to a hard maximum. Appending never fails on the spot: past the maximum, or out of memory,
 * the buffer becomes `full`, stays as it was before that append, and ignores all further ones. So a writer of many pieces
 * checks once, at the end. The buffer owns p; buf_free gives it back. */
struct buf {
	char *p;
	size_t n, cap;
	size_t max;		/* bytes; 0 means BUF_MAX */
	bool full;
};

#define BUF_MAX ((size_t)64 << 20)

/* Make room for n more bytes behind p[n]; the caller writes there and then adds to b->n. NULL when full. */
char *buf_reserve(struct buf *b, size_t n);
static inline void buf_put(struct buf *b, const void *p, size_t n);
static inline void buf_byte(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
/* Empty it, ready for use again; the memory is kept. */
void buf_reset(struct buf *b);
void buf_free(struct buf *b);

void buf_put_grow(struct buf *b, const void *p, size_t n);	/* the slow way of the next two */
static inline void buf_put(struct buf *b, const void *p, size_t n)
{
	if (n == 0)
		return;
	if (b->full || b->cap - b->n < n) {
		buf_put_grow(b, p, n);
		return;
	}
	memcpy(b->p + b->n, p, n);
	b->n += n;
}
static inline void buf_byte(struct buf *b, char c) { buf_put(b, &c, 1); }
static inline void buf_span(struct buf *b, struct span s) { buf_put(b, s.p, s.n); }
static inline struct span buf_as_span(const struct buf *b) { return (struct span){ b->p ? b->p : "", b->n }; }
#define buf_lit(b, literal) buf_put((b), "" literal, sizeof(literal) - 1)

#endif
