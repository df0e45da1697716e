/* SPDX-License-Identifier: Apache-2.0 */
#include "filter_text.h"

#include "cdt_request.h"
#include "json.h"
#include "particle.h"
#include "wire_put.h"

#include <strings.h>

/* Codes of expressions. */
enum { EQ = 1, NE, GT, GE, LT, LE, REGEX = 7, AND = 16, OR = 17, NOT = 18, DIGEST_MODULO = 64, LAST_UPDATE = 66, VOID_TIME = 68, BIN = 81,
	CALL = 127 };
/* Types of results and bins in expressions. */
enum { TYPE_INT = 2, TYPE_STRING = 3, TYPE_LIST = 4, TYPE_MAP = 5 };
#define DEPTH_MAX 64
#define ARGUMENTS 3
#define NS_PER_S INT64_C(1000000000)

struct compiler {
	struct buf *out;
	const char *p, *end, *start;
	struct span token;	/* the one that stands before p; absent at the end */
	const char *why;
	size_t offset;
	unsigned depth;
};

static bool fail(struct compiler *c, const char *why)
{
	if (!c->why) {
		c->why = why;
		c->offset = c->token.p ? (size_t)(c->token.p - c->start) : (size_t)(c->end - c->start);
	}
	return false;
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Parentheses, or runs of anything but blanks and parentheses. */
static void next(struct compiler *c)
{
	const char *from;

	while (c->p < c->end && is_blank(*c->p))
		c->p++;
	from = c->p;
	if (from == c->end) {
		c->token = (struct span){ NULL, 0 };
		return;
	}
	c->p++;
	if (*from != '(' && *from != ')')
		while (c->p < c->end && !is_blank(*c->p) && *c->p != '(' && *c->p != ')')
			c->p++;
	c->token = (struct span){ from, (size_t)(c->p - from) };
}

static bool is_word(struct span s, const char *word)
{
	return s.p && s.n == strlen(word) && strncasecmp(s.p, word, s.n) == 0;
}

static int operator_of(struct span s)
{
	static const char *const operators[] = { [EQ] = "==", [NE] = "!=", [GT] = ">", [GE] = ">=", [LT] = "<", [LE] = "<=" };

	for (int i = EQ; i <= LE; i++)
		if (span_is(s, operators[i]))
			return i;
	return 0;
}

/* ---- pieces of expressions ---- */

/* Bin names and patterns are the only text without a type byte. */
static void put_bare(struct buf *out, struct span text)
{
	if (text.n < 32)
		buf_byte(out, (char)(0xa0 | text.n));
	else if (text.n < 256)
		buf_byte(out, (char)0xd9), buf_byte(out, (char)text.n);
	else
		buf_byte(out, (char)0xda), buf_byte(out, (char)(text.n >> 8)), buf_byte(out, (char)text.n);
	buf_span(out, text);
}

static void put_bin(struct buf *out, int type, struct span name)
{
	wire_put_list(out, 3);
	wire_put_int(out, BIN);
	wire_put_int(out, type);
	put_bare(out, name);
}

static void put_operator(struct buf *out, int operator)
{
	wire_put_list(out, 3);
	wire_put_int(out, operator);
}

static struct span unquoted(struct span s)
{
	return s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"' ? (struct span){ s.p + 1, s.n - 2 } : s;
}

static bool is_integer(struct span s, int64_t *n)
{
	if (s.n > 1 && s.p[0] == '+')
		s = (struct span){ s.p + 1, s.n - 1 };
	return json_int64(s, n);
}

static void put_literal(struct buf *out, struct span s)
{
	int64_t n;

	if (is_integer(s, &n))
		wire_put_int(out, n);
	else
		wire_put_raw(out, PARTICLE_STRING, unquoted(s));
}

/* ---- the special forms ---- */

enum form { SECONDS, MODULO, PATTERN, ITERATE };
static const struct special {
	const char *name;
	enum form form;
	unsigned arguments;
	/* SECONDS: the expression. ITERATE: ... */
	uint8_t code;
	/* ... calls that count what equals and what lies in a range, and that tell the size; of which type of bin; all, or any. */
	uint8_t equal, range, size, type;
	bool all;
} specials[] = {
	{ "LAST_UPDATE", SECONDS, 2, LAST_UPDATE, 0, 0, 0, 0, false },
	{ "VOID_TIME", SECONDS, 2, VOID_TIME, 0, 0, 0, 0, false },
	{ "DIGEST_MODULO", MODULO, 3, DIGEST_MODULO, 0, 0, 0, 0, false },
	{ "STRING_REGEX", PATTERN, 2, REGEX, 0, 0, 0, 0, false },
	{ "LIST_ITERATE_OR", ITERATE, 3, 0, LIST_GET_ALL_BY_VALUE, LIST_GET_BY_VALUE_INTERVAL, LIST_SIZE, TYPE_LIST, false },
	{ "LIST_ITERATE_AND", ITERATE, 3, 0, LIST_GET_ALL_BY_VALUE, LIST_GET_BY_VALUE_INTERVAL, LIST_SIZE, TYPE_LIST, true },
	{ "MAPKEY_ITERATE_OR", ITERATE, 3, 0, MAP_GET_BY_KEY, MAP_GET_BY_KEY_INTERVAL, MAP_SIZE, TYPE_MAP, false },
	{ "MAPKEY_ITERATE_AND", ITERATE, 3, 0, MAP_GET_BY_KEY, MAP_GET_BY_KEY_INTERVAL, MAP_SIZE, TYPE_MAP, true },
	{ "MAPVAL_ITERATE_OR", ITERATE, 3, 0, MAP_GET_ALL_BY_VALUE, MAP_GET_BY_VALUE_INTERVAL, MAP_SIZE, TYPE_MAP, false },
	{ "MAPVAL_ITERATE_AND", ITERATE, 3, 0, MAP_GET_ALL_BY_VALUE, MAP_GET_BY_VALUE_INTERVAL, MAP_SIZE, TYPE_MAP, true },
};

static const struct special *special_of(struct span word)
{
	for (size_t i = 0; i < sizeof(specials) / sizeof(*specials); i++)
		if (span_is(word, specials[i].name))
			return &specials[i];
	return NULL;
}

/* What stands between commas, without the blanks around; the token is the opening parenthesis, and behind the closing one afterwards. */
static bool arguments(struct compiler *c, struct span *list, unsigned n)
{
	const char *close = memchr(c->p, ')', (size_t)(c->end - c->p)), *p = c->p;
	unsigned i = 0;

	if (!close)
		return fail(c, "a parenthesis is not closed");
	for (; i < n; i++) {
		const char *comma = memchr(p, ',', (size_t)(close - p)), *end = comma ? comma : close;

		while (p < end && is_blank(*p))
			p++;
		while (end > p && is_blank(end[-1]))
			end--;
		list[i] = (struct span){ p, (size_t)(end - p) };
		if (list[i].n == 0 || memchr(p, '(', list[i].n) || (comma ? i + 1 == n : i + 1 < n))
			break;
		p = comma ? comma + 1 : close;
	}
	if (i < n)
		return fail(c, "wrong arguments");
	c->p = close + 1;
	next(c);
	return true;
}

static void put_size(struct buf *out, const struct special *s, struct span bin)
{
	wire_put_list(out, 5);
	wire_put_int(out, CALL);
	wire_put_int(out, TYPE_INT);
	wire_put_int(out, 0);
	cdt_end(out, cdt_begin(out, NULL, 0, s->size), 0);
	put_bin(out, s->type, bin);
}

/* How many items, keys or values are so. */
static void put_count(struct buf *out, const struct special *s, struct span bin, int operator, struct span value)
{
	size_t mark;
	unsigned n = 2;

	wire_put_list(out, 5);
	wire_put_int(out, CALL);
	wire_put_int(out, TYPE_INT);
	wire_put_int(out, 0);
	mark = cdt_begin(out, NULL, 0, operator == GE || operator == LT ? s->range : s->equal);
	wire_put_int(out, RETURN_COUNT);
	if (operator == LT) {
		wire_put_nil(out);
		n++;
	}
	put_literal(out, value);
	cdt_end(out, mark, n);
	put_bin(out, s->type, bin);
}

/* Any is so: the count is not 0. All are so: it is the size. And != asks for what is equal, and wants none, or less than all. */
static bool iterate(struct compiler *c, const struct special *s, const struct span *a)
{
	int operator = operator_of(a[1]);

	if (operator != EQ && operator != NE && operator != GE && operator != LT)
		return fail(c, "wrong operator: only ==, !=, >= and < are taken here");
	if (s->all)
		put_operator(c->out, EQ);
	else
		put_operator(c->out, operator == NE ? LT : GT);
	put_count(c->out, s, a[0], operator, a[2]);
	if (s->all ? operator == NE : operator != NE)
		wire_put_int(c->out, 0);
	else
		put_size(c->out, s, a[0]);
	return true;
}

static bool special(struct compiler *c, const struct special *s)
{
	struct span a[ARGUMENTS], open, behind;
	int64_t n, mod;
	int operator;

	next(c);
	open = c->token;
	if (!span_is(open, "("))
		return fail(c, "expected '('");
	if (!arguments(c, a, s->arguments))
		return false;
	behind = c->token;
	c->token = open;	/* for errors */
	switch (s->form) {
	case SECONDS:
		operator = operator_of(a[0]);
		if (!operator || !is_integer(a[1], &n) || n > INT64_MAX / NS_PER_S || n < INT64_MIN / NS_PER_S)
			break;
		put_operator(c->out, operator);
		wire_put_list(c->out, 1);
		wire_put_int(c->out, s->code);
		wire_put_int(c->out, n * NS_PER_S);
		c->token = behind;
		return true;
	case MODULO:
		operator = operator_of(a[1]);
		if (!operator || !is_integer(a[0], &mod) || !is_integer(a[2], &n))
			break;
		put_operator(c->out, operator);
		wire_put_list(c->out, 2);
		wire_put_int(c->out, s->code);
		wire_put_int(c->out, mod);
		wire_put_int(c->out, n);
		c->token = behind;
		return true;
	case PATTERN:
		wire_put_list(c->out, 4);
		wire_put_int(c->out, s->code);
		wire_put_int(c->out, 0);
		put_bare(c->out, unquoted(a[1]));
		put_bin(c->out, TYPE_STRING, a[0]);
		c->token = behind;
		return true;
	case ITERATE:
		if (!iterate(c, s, a))
			break;
		c->token = behind;
		return true;
	}
	return fail(c, "wrong arguments");
}

/* ---- the language ---- */

static bool expression(struct compiler *c);

static bool group(struct compiler *c)
{
	next(c);
	if (!expression(c))
		return false;
	if (!span_is(c->token, ")"))
		return fail(c, "expected ')'");
	next(c);
	return true;
}

static bool comparison(struct compiler *c)
{
	struct span bin = c->token;
	int64_t n;
	int operator;

	next(c);
	operator = operator_of(c->token);
	if (!operator)
		return fail(c, "expected ==, !=, >, >=, < or <=");
	next(c);
	if (!c->token.p || span_is(c->token, "(") || span_is(c->token, ")"))
		return fail(c, "expected a literal");
	put_operator(c->out, operator);
	put_bin(c->out, is_integer(c->token, &n) ? TYPE_INT : TYPE_STRING, bin);
	put_literal(c->out, c->token);
	next(c);
	return true;
}

static bool operand(struct compiler *c)
{
	bool good;

	if (c->depth == DEPTH_MAX)
		return fail(c, "nested too deeply");
	c->depth++;
	if (!c->token.p || span_is(c->token, ")")) {
		good = fail(c, "expected a comparison");
	} else if (is_word(c->token, "not")) {
		wire_put_list(c->out, 2);
		wire_put_int(c->out, NOT);
		next(c);
		good = operand(c);
	} else if (span_is(c->token, "(")) {
		good = group(c);
	} else {
		const struct special *s = special_of(c->token);

		good = s ? special(c, s) : comparison(c);
	}
	c->depth--;
	return good;
}

/* Put [code, ...] around what was written since mark. */
static void wrap(struct buf *out, size_t mark, int code, uint32_t n)
{
	char space[8];
	struct buf head = { .p = space, .cap = sizeof(space), .max = sizeof(space) };
	size_t size = out->n - mark;

	wire_put_list(&head, n + 1);
	wire_put_int(&head, code);
	if (!buf_reserve(out, head.n))
		return;
	memmove(out->p + mark + head.n, out->p + mark, size);
	memcpy(out->p + mark, head.p, head.n);
	out->n += head.n;
}

static bool expression(struct compiler *c)
{
	size_t mark = c->out->n;
	int code = 0;
	uint32_t n = 1;

	if (!operand(c))
		return false;
	for (; c->token.p && !span_is(c->token, ")"); n++) {
		int here = is_word(c->token, "and") ? AND : is_word(c->token, "or") ? OR : 0;

		if (!here)
			return fail(c, "expected and, or, or the end");
		if (code && here != code)
			return fail(c, "and with or needs parentheses");
		code = here;
		next(c);
		if (!operand(c))
			return false;
	}
	if (code)
		wrap(c->out, mark, code, n);
	return true;
}

bool filter_text(struct buf *out, struct span text, const char **why, size_t *offset)
{
	struct compiler c = { .out = out, .p = text.p, .start = text.p, .end = text.p + text.n };
	size_t before = out->n;

	next(&c);
	if (!utf8_valid(text))
		fail(&c, "not UTF-8");
	else if (text.n > UINT16_MAX)
		fail(&c, "longer than 65,535 bytes");
	else if (expression(&c) && (!c.token.p || fail(&c, "expected and, or, or the end")) && (!out->full || fail(&c, "too large")))
		return true;
	out->n = before;
	*why = c.why;
	*offset = c.offset;
	return false;
}
