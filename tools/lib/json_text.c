/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"
#include "json_scan.h"

static int hex_value(char c)
{
	return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

static unsigned hex4(const char *p)
{
	return (unsigned)(hex_value(p[0]) << 12 | hex_value(p[1]) << 8 | hex_value(p[2]) << 4 | hex_value(p[3]));
}

static size_t utf8_encode(char out[4], unsigned c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* *p is at the backslash of an escape that the scanner has checked; moves over it (over both of a surrogate pair). Returns the
 * bytes written to out, 0 for a lone surrogate. */
static size_t unescape(const char **p, const char *end, char out[4])
{
	static const char plain[256] = {
		['"'] = '"', ['\\'] = '\\', ['/'] = '/', ['b'] = '\b', ['f'] = '\f', ['n'] = '\n', ['r'] = '\r', ['t'] = '\t',
	};
	const char *s = *p;
	unsigned c;

	if (end - s < 2)
		return 0;
	if (s[1] != 'u') {
		out[0] = plain[(unsigned char)s[1]];
		*p = s + 2;
		return 1;
	}
	if (end - s < 6)
		return 0;
	c = hex4(s + 2);
	s += 6;
	if (c >= 0xd800 && c < 0xdc00 && end - s >= 6 && s[0] == '\\' && s[1] == 'u') {
		unsigned low = hex4(s + 2);

		if (low < 0xdc00 || low > 0xdfff)
			return 0;
		c = 0x10000 + ((c & 0x3ff) << 10) + (low & 0x3ff);
		s += 6;
	} else if (c >= 0xd800 && c < 0xe000) {
		return 0;
	}
	*p = s;
	return utf8_encode(out, c);
}

struct span json_text(struct span raw, struct buf *scratch)
{
	const struct span absent = { NULL, 0 };
	const char *p, *end, *plain;
	size_t mark = scratch->n;

	if (!raw.p || raw.n < 2 || raw.p[0] != '"')
		return absent;
	p = raw.p + 1;
	end = raw.p + raw.n - 1;
	plain = memchr(p, '\\', (size_t)(end - p));
	if (!plain)
		return (struct span){ p, (size_t)(end - p) };
	while (plain) {
		char out[4];
		size_t n;

		buf_put(scratch, p, (size_t)(plain - p));
		p = plain;
		n = unescape(&p, end, out);
		if (n == 0) {
			scratch->n = mark;
			return absent;
		}
		buf_put(scratch, out, n);
		plain = memchr(p, '\\', (size_t)(end - p));
	}
	buf_put(scratch, p, (size_t)(end - p));
	if (scratch->full) {
		scratch->n = mark;
		return absent;
	}
	return (struct span){ scratch->p + mark, scratch->n - mark };
}

bool json_key_is_escaped(const struct json_member *m, const char *name)
{
	const char *p = m->key.p, *end = p + m->key.n;
	size_t left = strlen(name);

	while (p < end) {
		char out[4];
		size_t n = 1;

		if (*p == '\\') {
			n = unescape(&p, end, out);
			if (n == 0)
				return false;
		} else {
			out[0] = *p++;
		}
		if (n > left || memcmp(out, name, n) != 0)
			return false;
		name += n;
		left -= n;
	}
	return left == 0;
}

bool utf8_valid(struct span text)
{
	const char *p = text.p, *end;

	if (text.n == 0)
		return true;
	end = p + text.n;
	while ((p = utf8_skip_ascii(p, end)) < end) {
		do {
			if (!(p = utf8_skip_one(p, end)))
				return false;
		} while (p < end && (signed char)*p < 0);
	}
	return true;
}
