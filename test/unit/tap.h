/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TAP_H
#define TAP_H

#include "span.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Tests in C that print TAP, the Test Anything Protocol. Each check prints one line and goes on; main ends with
 * `return tap_end();`, which prints the plan. Programs run with the repository's root as working directory.
 *
 *	is_int(json_offset(&j), 7, "the offset of the error");
 *	is_span(text, SPAN("Zürich"), "escapes are taken off");
 *	ok(!json_done(&j), "%s is refused", name);
 *
 * A check returns whether it held, so that a loop over thousands of values can report only the first bad one:
 *	for (...) if (got != want) { bad++; diag("%d", i); }
 *	is_int(bad, 0, "all of them");
 */
static unsigned tap_count, tap_failures;

__attribute__((format(printf, 1, 2))) static inline void diag(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("# ", stdout);
	vprintf(fmt, ap);
	putchar('\n');
	fflush(stdout);
	va_end(ap);
}

static inline bool tap_line(bool good, const char *fmt, va_list ap)
{
	printf(good ? "ok %u - " : "not ok %u - ", ++tap_count);
	vprintf(fmt, ap);
	putchar('\n');
	fflush(stdout);
	tap_failures += !good;
	return good;
}

#define TAP_LINE(good) \
	do { \
		va_list ap_; \
		va_start(ap_, fmt); \
		tap_line((good), fmt, ap_); \
		va_end(ap_); \
	} while (0)

__attribute__((format(printf, 2, 3))) static inline bool ok(bool good, const char *fmt, ...)
{
	TAP_LINE(good);
	return good;
}

__attribute__((format(printf, 3, 4))) static inline bool is_int(int64_t got, int64_t want, const char *fmt, ...)
{
	TAP_LINE(got == want);
	if (got != want)
		diag("got %lld, wanted %lld", (long long)got, (long long)want);
	return got == want;
}

static inline void tap_show(const char *what, struct span s)
{
	printf("# %s", what);
	if (!s.p)
		printf("nothing (absent)");
	for (size_t i = 0; s.p && i < s.n && i < 2000; i++)
		printf((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f ? "\\x%02x" : "%c", (unsigned char)s.p[i]);
	printf(s.p ? " (%zu bytes)\n" : "\n", s.n);
}

/* An absent span equals only another absent one. */
__attribute__((format(printf, 3, 4))) static inline bool is_span(struct span got, struct span want, const char *fmt, ...)
{
	bool good = !got.p == !want.p && span_eq(got, want);

	TAP_LINE(good);
	if (!good) {
		tap_show("got    ", got);
		tap_show("wanted ", want);
	}
	return good;
}

__attribute__((format(printf, 3, 4))) static inline bool is_str(const char *got, const char *want, const char *fmt, ...)
{
	bool good = got && want ? strcmp(got, want) == 0 : got == want;

	TAP_LINE(good);
	if (!good) {
		tap_show("got    ", span_of(got));
		tap_show("wanted ", span_of(want));
	}
	return good;
}

/* Counts as one test that could not be run here; test/run takes "needs ..." as failure in CI. */
__attribute__((format(printf, 1, 2))) static inline void skip(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("ok %u # SKIP ", ++tap_count);
	vprintf(fmt, ap);
	putchar('\n');
	va_end(ap);
}

/* A copy in memory of exactly that size, so that ASan and valgrind see every byte read too far. The caller frees p. */
static inline struct span tap_exact(struct span s)
{
	char *p = malloc(s.n ? s.n : 1);

	if (!p)
		abort();
	if (s.n)
		memcpy(p, s.p, s.n);
	return (struct span){ p, s.n };
}

/* The same for a whole file, given by its path from the root of the repository; ends the test when there is none. */
static inline struct span tap_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	char *p = NULL;
	size_t n = 0, got;
	struct span exact;

	if (!f) {
		printf("Bail out! can't open %s\n", path);
		exit(1);
	}
	do {
		char *more = realloc(p, n + 65536);

		if (!more)
			abort();
		p = more;
		got = fread(p + n, 1, 65536, f);
		n += got;
	} while (got);
	fclose(f);
	exact = tap_exact((struct span){ p, n });
	free(p);
	return exact;
}

/* Numbers that are the same in every run with the same seed (splitmix64). */
static inline uint64_t tap_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static inline int tap_end(void)
{
	printf("1..%u\n", tap_count);
	if (tap_failures)
		printf("# %u of %u failed\n", tap_failures, tap_count);
	return tap_failures || fflush(stdout) != 0;
}

#endif
