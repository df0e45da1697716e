/* SPDX-License-Identifier: Apache-2.0 */
#include "info.h"

#include <strings.h>

bool info_part(struct span *rest, char sep, struct span *part)
{
	const char *end;

	if (!rest->p || rest->n == 0)
		return false;
	end = memchr(rest->p, sep, rest->n);
	part->p = rest->p;
	if (!end) {
		part->n = rest->n;
		rest->p += rest->n;
		rest->n = 0;
		return true;
	}
	part->n = (size_t)(end - rest->p);
	rest->p = end + 1;
	rest->n -= part->n + 1;
	return true;
}

static void cut(struct span whole, char at, struct span *before, struct span *after)
{
	const char *p = whole.n ? memchr(whole.p, at, whole.n) : NULL;

	*after = (struct span){ 0 };
	*before = whole;
	if (p) {
		before->n = (size_t)(p - whole.p);
		*after = (struct span){ p + 1, whole.n - before->n - 1 };
	}
}

bool info_next(struct span *rest, struct span *name, struct span *value)
{
	struct span line;

	if (!info_part(rest, '\n', &line))
		return false;
	cut(line, '\t', name, value);
	return value->p != NULL;
}

struct span info_value(struct span body, const char *name)
{
	struct span key, value;

	while (info_next(&body, &key, &value))
		if (span_is(key, name))
			return value;
	return (struct span){ 0 };
}

static bool starts_case(struct span s, const char *word)
{
	size_t n = strlen(word);

	return s.n >= n && strncasecmp(s.p, word, n) == 0;
}

/* ":4:text", ": 4 : text", "::text", "": what follows the word. */
static int error_code(struct span s, struct span *text)
{
	int code = 0;
	size_t i = 0;

	while (i < s.n && (s.p[i] == ':' || s.p[i] == ' ') && !(i && s.p[i] == ':'))
		i++;
	for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9' && code < 1000000; i++)
		code = code * 10 + (s.p[i] - '0');
	while (i < s.n && s.p[i] == ' ')
		i++;
	if (i < s.n && s.p[i] == ':')
		i++;
	if (text)
		*text = (struct span){ s.p + i, s.n - i };
	return code ? code : 1;
}

int info_error(struct span value, struct span *text)
{
	struct span rest;

	if (!value.p)
		return 0;
	if (starts_case(value, "error=")) {
		if (text)
			*text = (struct span){ value.p + 6, value.n - 6 };
		return 100;
	}
	if (starts_case(value, "error:") || starts_case(value, "fail:")) {
		size_t n = starts_case(value, "fail:") ? 4 : 5;

		rest = (struct span){ value.p + n, value.n - n };
		return error_code(rest, text);
	}
	return 0;
}

int info_body_error(struct span body, struct span *text)
{
	struct span line, name, value;

	while (info_part(&body, '\n', &line)) {
		int code = info_error(line, text);

		if (code)
			return code;
		cut(line, '\t', &name, &value);
		code = info_error(value, text);
		if (code)
			return code;
	}
	return 0;
}

bool info_ok(struct span value)
{
	return value.p && value.n == 2 && strncasecmp(value.p, "ok", 2) == 0;
}

bool info_pair(struct span *rest, char sep, struct span *key, struct span *value)
{
	struct span part;

	do {
		if (!info_part(rest, sep, &part))
			return false;
	} while (part.n == 0);
	cut(part, '=', key, value);
	return true;
}

bool info_number(struct span text, int64_t *n)
{
	bool minus = text.n && text.p[0] == '-';
	uint64_t v = 0;
	size_t i = minus;

	if (text.n == i || text.n - i > 18)
		return false;
	for (; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(text.p[i] - '0');
	}
	*n = minus ? -(int64_t)v : (int64_t)v;
	return true;
}

uint32_t info_build(struct span text)
{
	uint32_t part[4] = { 0 };
	unsigned n = 0;
	size_t i = 0;

	while (n < 4 && i < text.n && text.p[i] >= '0' && text.p[i] <= '9') {
		for (; i < text.n && text.p[i] >= '0' && text.p[i] <= '9'; i++) {
			part[n] = part[n] * 10 + (uint32_t)(text.p[i] - '0');
			if (part[n] > 255)
				part[n] = 255;
		}
		n++;
		if (i == text.n || text.p[i] != '.')
			break;
		i++;
	}
	return n < 3 ? 0 : INFO_BUILD(part[0], part[1], part[2], part[3]);
}

/* Own decoder: the length is fixed, nothing is allocated, and bits behind the last byte don't matter. */
static int sextet(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool info_bitmap(struct span text, uint8_t bits[INFO_BITMAP_SIZE])
{
	uint32_t have = 0;
	unsigned n_bits = 0, n = 0;

	if (text.n != INFO_BITMAP_TEXT || text.p[INFO_BITMAP_TEXT - 1] != '=')
		return false;
	for (size_t i = 0; i < INFO_BITMAP_TEXT - 1; i++) {
		int v = sextet(text.p[i]);

		if (v < 0)
			return false;
		have = have << 6 | (uint32_t)v;
		n_bits += 6;
		if (n_bits >= 8 && n < INFO_BITMAP_SIZE) {
			n_bits -= 8;
			bits[n++] = (uint8_t)(have >> n_bits);
		}
	}
	return n == INFO_BITMAP_SIZE;
}
