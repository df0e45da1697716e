/* SPDX-License-Identifier: Apache-2.0 */
/* Java's .properties into a map of scalars, by the rules of java.util.Properties.load; but the file is UTF-8, and what Java lets
 * pass in silence (a key that is there twice, half a surrogate) is an error. */
#include "conf.h"
#include "buf.h"
#include "json.h"

struct reading {
	struct conf *c;
	const char *p, *end;
	unsigned line;		/* of *p */
	struct conf_node *root, *last;
	struct buf key, text;
};

/* Over one line end: \n, \r or \r\n. */
static bool line_end(struct reading *r)
{
	if (r->p == r->end || (*r->p != '\n' && *r->p != '\r'))
		return false;
	if (*r->p == '\r' && r->p + 1 < r->end && r->p[1] == '\n')
		r->p++;
	r->p++;
	r->line++;
	return true;
}

/* Over blanks, and over the ends of lines that go on. */
static void blanks(struct reading *r)
{
	for (; r->p < r->end; r->p++) {
		const char *backslash = r->p;

		if (*r->p == ' ' || *r->p == '\t' || *r->p == '\f')
			continue;
		if (*r->p != '\\')
			return;
		r->p++;
		if (!line_end(r)) {
			r->p = backslash;
			return;
		}
		r->p--;
	}
}

static void put_character(struct buf *b, unsigned long u)
{
	if (u < 0x80) {
		buf_byte(b, (char)u);
		return;
	}
	if (u < 0x800) {
		buf_byte(b, (char)(0xc0 | u >> 6));
	} else if (u < 0x10000) {
		buf_byte(b, (char)(0xe0 | u >> 12));
		buf_byte(b, (char)(0x80 | (u >> 6 & 0x3f)));
	} else {
		buf_byte(b, (char)(0xf0 | u >> 18));
		buf_byte(b, (char)(0x80 | (u >> 12 & 0x3f)));
		buf_byte(b, (char)(0x80 | (u >> 6 & 0x3f)));
	}
	buf_byte(b, (char)(0x80 | (u & 0x3f)));
}

/* uXXXX, with p at the u. */
static bool hex4(struct reading *r, unsigned long *u)
{
	if (r->end - r->p < 5)
		return conf_fail_line(r->c, r->line, "\\u needs four hexadecimal digits");
	*u = 0;
	for (int i = 1; i <= 4; i++) {
		char c = r->p[i], low = (char)(c | 0x20);

		if (c >= '0' && c <= '9')
			*u = *u << 4 | (unsigned long)(c - '0');
		else if (low >= 'a' && low <= 'f')
			*u = *u << 4 | (unsigned long)(low - 'a' + 10);
		else
			return conf_fail_line(r->c, r->line, "\\u needs four hexadecimal digits");
	}
	r->p += 5;
	return true;
}

static bool unicode(struct reading *r, struct buf *b)
{
	unsigned long u, low;

	if (!hex4(r, &u))
		return false;
	if (u >= 0xdc00 && u <= 0xdfff)
		return conf_fail_line(r->c, r->line, "half of a surrogate pair");
	if (u >= 0xd800 && u <= 0xdbff) {
		if (r->end - r->p < 2 || r->p[0] != '\\' || r->p[1] != 'u')
			return conf_fail_line(r->c, r->line, "half of a surrogate pair");
		r->p++;
		if (!hex4(r, &low))
			return false;
		if (low < 0xdc00 || low > 0xdfff)
			return conf_fail_line(r->c, r->line, "half of a surrogate pair");
		u = 0x10000 + ((u - 0xd800) << 10) + (low - 0xdc00);
	}
	put_character(b, u);
	return true;
}

/* What stands behind a backslash, which is at p. */
static bool escape(struct reading *r, struct buf *b)
{
	static const char from[] = "tnrf", to[] = "\t\n\r\f";
	const char *known;

	r->p++;
	if (r->p == r->end)
		return true;		/* the backslash of a last line that would go on */
	if (line_end(r)) {
		while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' || *r->p == '\f'))
			r->p++;
		return true;
	}
	if (*r->p == 'u')
		return unicode(r, b);
	known = *r->p ? strchr(from, *r->p) : NULL;
	buf_byte(b, known ? to[known - from] : *r->p);
	r->p++;
	return true;
}

/* Up to the end of the line, or of the key. */
static bool piece(struct reading *r, struct buf *b, bool key)
{
	while (r->p < r->end && *r->p != '\n' && *r->p != '\r') {
		if (key && strchr("=: \t\f", *r->p) && *r->p)
			break;
		if (*r->p != '\\')
			buf_byte(b, *r->p++);
		else if (!escape(r, b))
			return false;
	}
	return !b->full || conf_fail_line(r->c, r->line, "too much for memory");
}

static bool add(struct reading *r, unsigned line)
{
	struct conf_node *node = conf_node_new(r->c, CONF_SCALAR, line);

	if (!node)
		return false;
	node->quoted = true;		/* there is nothing but text here */
	node->key_line = line;
	node->key = conf_keep(r->c, buf_as_span(&r->key), line);
	node->text = conf_keep(r->c, buf_as_span(&r->text), line);
	if (!node->key.p || !node->text.p)
		return false;
	if (r->root->n == CONF_NODES_MAX)
		return conf_fail_line(r->c, line, "more than %d values", CONF_NODES_MAX);
	if (r->last)
		r->last->next = node;
	else
		r->root->first = node;
	r->last = node;
	r->root->n++;
	r->root->weight++;
	r->root->height = 2;
	return true;
}

/* From the first character of a line that says something. */
static bool pair(struct reading *r)
{
	unsigned line = r->line;

	buf_reset(&r->key);
	buf_reset(&r->text);
	if (!piece(r, &r->key, true))
		return false;
	blanks(r);
	if (r->p < r->end && (*r->p == '=' || *r->p == ':')) {
		r->p++;
		blanks(r);
	}
	return piece(r, &r->text, false) && add(r, line);
}

static bool lines(struct reading *r)
{
	while (r->p < r->end) {
		while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' || *r->p == '\f'))
			r->p++;
		if (r->p == r->end)
			break;
		if (line_end(r))
			continue;
		if (*r->p == '#' || *r->p == '!') {
			while (r->p < r->end && *r->p != '\n' && *r->p != '\r')
				r->p++;
		} else if (!pair(r)) {
			return false;
		}
	}
	return true;
}

/* The line of the first byte that is no UTF-8. */
static bool check_utf8(struct conf *c, struct span text)
{
	const char *p = text.p, *end = text.p + text.n;

	for (unsigned line = 1; p < end; line++) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t n = nl ? (size_t)(nl - p) + 1 : (size_t)(end - p);

		if (!utf8_valid((struct span){ p, n }))
			return conf_fail_line(c, line, "not UTF-8");
		p += n;
	}
	return true;
}

bool conf_properties(struct conf *c, const char *file, struct span text)
{
	struct reading r = { .c = c, .p = text.p, .end = text.p + text.n, .line = 1 };
	bool good;

	conf_begin(c, file);
	if (text.n > CONF_FILE_MAX)
		return conf_fail_line(c, 0, "larger than %zu bytes", CONF_FILE_MAX);
	if (!check_utf8(c, text))
		return false;
	c->root = r.root = conf_node_new(c, CONF_MAP, 1);
	good = r.root && lines(&r) && conf_check_keys(c, r.root);
	buf_free(&r.key);
	buf_free(&r.text);
	return good;
}
