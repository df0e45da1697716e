/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JSON_SCAN_H
#define JSON_SCAN_H

#include "json.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* The inner loops that the scanner, the writer and utf8_valid share. None reads at or behind `end`. */

/* Bytes that stand for themselves in a string whatever surrounds them: ASCII without controls, quote and backslash. */
static inline bool json_is_plain(char c)
{
	return (signed char)c >= 0x20 && c != '"' && c != '\\';
}

/* The first byte from p on that is not plain, or end. */
static inline const char *json_skip_plain(const char *p, const char *end)
{
#ifdef __SSE2__
	const __m128i space = _mm_set1_epi8(0x20), quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\');

	for (; end - p >= 16; p += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
		/* As signed bytes, everything above 0x7f is below the blank too. */
		__m128i odd = _mm_or_si128(_mm_cmplt_epi8(v, space),
			_mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, backslash)));
		unsigned mask = (unsigned)_mm_movemask_epi8(odd);

		if (mask)
			return p + __builtin_ctz(mask);
	}
#endif
	while (p < end && json_is_plain(*p))
		p++;
	return p;
}

/* The first byte from p on that can't stand in a string as it is, or end. The text is UTF-8 already. */
static inline const char *json_skip_unescaped(const char *p, const char *end)
{
#ifdef __SSE2__
	const __m128i control = _mm_set1_epi8(0x1f), quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\');

	for (; end - p >= 16; p += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
		__m128i odd = _mm_or_si128(_mm_cmpeq_epi8(_mm_min_epu8(v, control), v),
			_mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, backslash)));
		unsigned mask = (unsigned)_mm_movemask_epi8(odd);

		if (mask)
			return p + __builtin_ctz(mask);
	}
#endif
	while (p < end && (json_is_plain(*p) || (signed char)*p < 0))
		p++;
	return p;
}

/* The first byte above 0x7f, or end. */
static inline const char *utf8_skip_ascii(const char *p, const char *end)
{
#ifdef __SSE2__
	for (; end - p >= 16; p += 16) {
		unsigned mask = (unsigned)_mm_movemask_epi8(_mm_loadu_si128((const __m128i *)(const void *)p));

		if (mask)
			return p + __builtin_ctz(mask);
	}
#endif
	while (p < end && (signed char)*p >= 0)
		p++;
	return p;
}

/* Over one sequence of two to four bytes; p is at a byte above 0x7f. NULL when it is not UTF-8 (RFC 3629, table 3-7 of Unicode). */
static inline const char *utf8_skip_one(const char *p, const char *end)
{
	const unsigned char *s = (const unsigned char *)p;
	size_t n = (size_t)(end - p);

	if (s[0] < 0xc2 || n < 2)
		return NULL;
	if (s[0] < 0xe0)
		return (s[1] & 0xc0) == 0x80 ? p + 2 : NULL;
	if (s[0] < 0xf0) {
		unsigned low = s[0] == 0xe0 ? 0xa0 : 0x80, high = s[0] == 0xed ? 0x9f : 0xbf;

		return n >= 3 && s[1] >= low && s[1] <= high && (s[2] & 0xc0) == 0x80 ? p + 3 : NULL;
	}
	if (s[0] < 0xf5) {
		unsigned low = s[0] == 0xf0 ? 0x90 : 0x80, high = s[0] == 0xf4 ? 0x8f : 0xbf;

		return n >= 4 && s[1] >= low && s[1] <= high && (s[2] & 0xc0) == 0x80 && (s[3] & 0xc0) == 0x80 ? p + 4 : NULL;
	}
	return NULL;
}

#endif
