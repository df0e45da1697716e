/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SPAN_H
#define SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* A run of bytes somewhere else: it owns nothing and ends with no NUL. p is NULL when there is no such thing at all
 * ("absent"), which is not the same as a span of no bytes ("empty"). */
struct span {
	const char *p;
	size_t n;
};

/* The span of a string literal. */
#define SPAN(literal) ((struct span){ "" literal, sizeof(literal) - 1 })

/* The span of a C string, absent for NULL. */
static inline struct span span_of(const char *s)
{
	return (struct span){ s, s ? strlen(s) : 0 };
}

static inline bool span_eq(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool span_is(struct span a, const char *s)
{
	return a.p && a.n == strlen(s) && memcmp(a.p, s, a.n) == 0;
}

static inline bool span_starts(struct span a, const char *s)
{
	size_t n = strlen(s);
	return a.n >= n && memcmp(a.p, s, n) == 0;
}

/* For printf: "%.*s", SPAN_ARG(s). Only for text known to be short. */
#define SPAN_ARG(s) (int)(s).n, (s).p ? (s).p : ""

#endif
