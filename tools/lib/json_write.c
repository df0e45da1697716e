/* SPDX-License-Identifier: Apache-2.0 */
#include "base64.h"
#include "json.h"
#include "json_scan.h"

static void put_escape(struct buf *b, char c)
{
	static const char letter[256] = {
		['"'] = '"', ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't',
	};
	static const char hex[] = "0123456789abcdef";
	unsigned char u = (unsigned char)c;

	if (letter[u])
		buf_put(b, (char[]){ '\\', letter[u] }, 2);
	else
		buf_put(b, (char[]){ '\\', 'u', '0', '0', hex[u >> 4], hex[u & 15] }, 6);
}

void json_put_escaped(struct buf *b, struct span text)
{
	const char *p = text.p, *end;
	size_t mark = b->n;

	if (text.n == 0)
		return;
	end = p + text.n;
	while (p < end) {
		const char *q = json_skip_unescaped(p, end);

		buf_put(b, p, (size_t)(q - p));
		if (q < end)
			put_escape(b, *q++);
		p = q;
	}
	if (b->full)
		b->n = mark;
}

void json_put_string(struct buf *b, struct span text)
{
	size_t mark = b->n;

	buf_byte(b, '"');
	json_put_escaped(b, text);
	buf_byte(b, '"');
	if (b->full)
		b->n = mark;
}

void json_put_base64(struct buf *b, const void *p, size_t n)
{
	size_t mark = b->n;

	buf_byte(b, '"');
	base64_encode(b, p, n);
	buf_byte(b, '"');
	if (b->full)
		b->n = mark;
}

void json_blank_line_ends(char *p, size_t n)
{
	for (char *end = p + n, *nl = p; (nl = memchr(nl, '\n', (size_t)(end - nl)));)
		*nl++ = ' ';
	for (char *end = p + n, *cr = p; (cr = memchr(cr, '\r', (size_t)(end - cr)));)
		*cr++ = ' ';
}
