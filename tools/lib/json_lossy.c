/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

/* Bytes of the UTF-8 character at p, by its first byte; 0 when it can't start one. */
static size_t character(unsigned char c)
{
	return c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 0;
}

void json_put_lossy(struct buf *b, struct span text, size_t max)
{
	size_t begin = b->n;

	buf_byte(b, '"');
	for (size_t i = 0; i < text.n;) {
		size_t n = character((unsigned char)text.p[i]);
		struct span c = { text.p + i, n };
		size_t was = b->n;

		if (n && n <= text.n - i && utf8_valid(c)) {
			json_put_escaped(b, c);
			i += n;
		} else {
			buf_lit(b, "\xef\xbf\xbd");
			i++;
		}
		if (b->n - begin + 1 > max) {
			b->n = was;
			break;
		}
	}
	buf_byte(b, '"');
}
