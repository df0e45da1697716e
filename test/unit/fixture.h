/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FIXTURE_H
#define FIXTURE_H

#include "buf.h"
#include "span.h"
#include "tap.h"

/* Test data in lines of columns with tabs between; lines that begin with '#' say nothing. */
#define COLUMNS_MAX 8

struct fixture {
	struct span rest;
	struct span column[COLUMNS_MAX];
	unsigned columns;
};

static inline bool fixture_next(struct fixture *f)
{
	while (f->rest.n) {
		const char *nl = memchr(f->rest.p, '\n', f->rest.n);
		struct span line = { f->rest.p, nl ? (size_t)(nl - f->rest.p) : f->rest.n };
		size_t step = line.n + !!nl;

		f->rest.p += step;
		f->rest.n -= step;
		if (line.n == 0 || line.p[0] == '#')
			continue;
		for (f->columns = 0; f->columns < COLUMNS_MAX; f->columns++) {
			const char *tab = memchr(line.p, '\t', line.n);
			size_t n = tab ? (size_t)(tab - line.p) : line.n;

			f->column[f->columns] = (struct span){ line.p, n };
			if (!tab) {
				f->columns++;
				break;
			}
			line.p += n + 1;
			line.n -= n + 1;
		}
		return true;
	}
	return false;
}

/* Hex with or without '-', blanks, brackets between; a lone "-" is no bytes. Appended to b. */
static inline void fixture_hex(struct buf *b, struct span hex)
{
	int high = -1;

	for (size_t i = 0; i < hex.n; i++) {
		char c = hex.p[i];
		int v = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;

		if (v < 0)
			continue;
		if (high < 0) {
			high = v;
		} else {
			buf_byte(b, (char)(high << 4 | v));
			high = -1;
		}
	}
}

#endif
