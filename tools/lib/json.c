/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"
#include "json_scan.h"

/* What a value is, by its first byte. */
static const unsigned char starts[256] = {
	['n'] = JSON_NULL, ['f'] = JSON_FALSE, ['t'] = JSON_TRUE, ['"'] = JSON_STRING, ['['] = JSON_ARRAY, ['{'] = JSON_OBJECT,
	['-'] = JSON_NUMBER, ['0'] = JSON_NUMBER, ['1'] = JSON_NUMBER, ['2'] = JSON_NUMBER, ['3'] = JSON_NUMBER,
	['4'] = JSON_NUMBER, ['5'] = JSON_NUMBER, ['6'] = JSON_NUMBER, ['7'] = JSON_NUMBER, ['8'] = JSON_NUMBER,
	['9'] = JSON_NUMBER,
};

static const char too_short[] = "text ends too early";
static const char too_deep[] = "nested too deeply";
static const char no_value[] = "expected a value";

static const char *bad(struct json *j, const char *p, const char *error)
{
	j->p = p;
	if (!j->error)
		j->error = error;
	return NULL;
}

static inline bool is_digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

static inline const char *skip_space(const char *p, const char *end)
{
	while (p < end && (unsigned char)*p <= ' ' && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		p++;
	return p;
}

/* p is at the backslash; the byte behind the escape. A lone surrogate is good grammar: only json_text minds. */
static const char *escape_end(struct json *j, const char *p)
{
	if (j->end - p < 2)
		return bad(j, j->end, too_short);
	switch (p[1]) {
	case '"': case '\\': case '/': case 'b': case 'f': case 'n': case 'r': case 't':
		return p + 2;
	case 'u':
		for (int i = 2; i < 6; i++) {
			if (p + i >= j->end)
				return bad(j, j->end, too_short);
			if (!is_digit(p[i]) && !((p[i] | 0x20) >= 'a' && (p[i] | 0x20) <= 'f'))
				return bad(j, p + i, "expected a hexadecimal digit");
		}
		return p + 6;
	}
	return bad(j, p + 1, "unknown escape");
}

/* p is behind the opening quote; the closing quote. */
static inline const char *string_end(struct json *j, const char *p, bool *escaped)
{
	const char *end = j->end;

	for (;;) {
		p = json_skip_plain(p, end);
		if (p == end)
			return bad(j, p, too_short);
		if (*p == '"')
			return p;
		if (*p == '\\') {
			*escaped = true;
			if (!(p = escape_end(j, p)))
				return NULL;
		} else if ((signed char)*p >= 0) {
			return bad(j, p, "control character in a string");
		} else {
			do {
				const char *next = utf8_skip_one(p, end);
				if (!next)
					return bad(j, p, "invalid UTF-8");
				p = next;
			} while (p < end && (signed char)*p < 0);
		}
	}
}

/* Over one digit or more. */
static inline const char *digits_end(struct json *j, const char *p)
{
	if (p == j->end)
		return bad(j, p, too_short);
	if (!is_digit(*p))
		return bad(j, p, "expected a digit");
	do
		p++;
	while (p < j->end && is_digit(*p));
	return p;
}

static inline const char *number_end(struct json *j, const char *p)
{
	const char *end = j->end;

	if (*p == '-')
		p++;
	if (p < end && *p == '0')
		p++;
	else if (!(p = digits_end(j, p)))
		return NULL;
	if (p < end && *p == '.' && !(p = digits_end(j, p + 1)))
		return NULL;
	if (p < end && (*p == 'e' || *p == 'E')) {
		p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		p = digits_end(j, p);
	}
	return p;
}

static const char *word_end(struct json *j, const char *p, const char *word)
{
	for (; *word; p++, word++) {
		if (p == j->end)
			return bad(j, p, too_short);
		if (*p != *word)
			return bad(j, p, no_value);
	}
	return p;
}

static inline const char *scalar_end(struct json *j, const char *p, enum json_type type)
{
	bool escaped;

	switch (type) {
	case JSON_STRING:
		p = string_end(j, p + 1, &escaped);
		return p ? p + 1 : NULL;
	case JSON_NUMBER:
		return number_end(j, p);
	case JSON_NULL:
		return word_end(j, p, "null");
	case JSON_FALSE:
		return word_end(j, p, "false");
	case JSON_TRUE:
		return word_end(j, p, "true");
	default:
		return bad(j, p, p == j->end ? too_short : no_value);
	}
}

/* p is where a key should begin; the first byte of the value behind its colon. The key lies behind p, to *key_end. */
static inline const char *member_value(struct json *j, const char *p, const char **key_end, bool *escaped)
{
	const char *end = j->end;

	if (p == end)
		return bad(j, p, too_short);
	if (*p != '"')
		return bad(j, p, "expected a key");
	if (!(p = string_end(j, p + 1, escaped)))
		return NULL;
	*key_end = p;
	p = skip_space(p + 1, end);
	if (p == end)
		return bad(j, p, too_short);
	if (*p != ':')
		return bad(j, p, "expected ':'");
	return skip_space(p + 1, end);
}

/* Behind a value: over the comma to the next element. NULL with *closed when the container ends here instead, at *closed. */
static inline const char *next_element(struct json *j, const char *p, char closer, const char **closed)
{
	p = skip_space(p, j->end);
	if (p == j->end)
		return bad(j, p, too_short);
	if (*p == ',')
		return skip_space(p + 1, j->end);
	if (*p != closer)
		return bad(j, p, closer == '}' ? "expected ',' or '}'" : "expected ',' or ']'");
	*closed = p;
	return NULL;
}

/* Over an object or array that begins at p. One bit for each level says whether the level around it is an object: no recursion,
 * so that depth costs no stack. */
static const char *container_end(struct json *j, const char *p)
{
	uint64_t around[JSON_DEPTH_MAX / 64] = { 0 };
	unsigned depth = j->depth;
	bool object = false, escaped;
	const char *key, *closed;

	for (;;) {
		enum json_type type = p < j->end ? starts[(unsigned char)*p] : JSON_BAD;

		if (type < JSON_ARRAY) {
			if (!(p = scalar_end(j, p, type)))
				return NULL;
		} else {
			if (depth == JSON_DEPTH_MAX)
				return bad(j, p, too_deep);
			around[depth / 64] &= ~(UINT64_C(1) << depth % 64);
			around[depth / 64] |= (uint64_t)object << depth % 64;
			depth++;
			object = type == JSON_OBJECT;
			p = skip_space(p + 1, j->end);
			if (p == j->end || *p != (object ? '}' : ']')) {
				if (object && !(p = member_value(j, p, &key, &escaped)))
					return NULL;
				continue;
			}
		}
		while (closed = NULL, !(p = next_element(j, p, object ? '}' : ']', &closed))) {
			if (!closed)
				return NULL;
			p = closed + 1;
			depth--;
			if (depth == j->depth)
				return p;
			object = around[depth / 64] >> depth % 64 & 1;
		}
		if (object && !(p = member_value(j, p, &key, &escaped)))
			return NULL;
	}
}

enum json_type json_type_of(struct span raw)
{
	return raw.n ? starts[(unsigned char)raw.p[0]] : JSON_BAD;
}

void json_open(struct json *j, struct span text)
{
	const char *p = text.p ? text.p : "";

	*j = (struct json){ .p = p, .start = p, .end = p + text.n };
}

enum json_type json_peek(struct json *j)
{
	if (j->error)
		return JSON_BAD;
	j->p = skip_space(j->p, j->end);
	return j->p < j->end ? starts[(unsigned char)*j->p] : JSON_BAD;
}

static bool enter(struct json *j, enum json_type type, const char *error)
{
	enum json_type found = json_peek(j);

	if (j->error)
		return false;
	if (found != type)
		return bad(j, j->p, j->p == j->end ? too_short : error), false;
	if (j->depth == JSON_DEPTH_MAX)
		return bad(j, j->p, too_deep), false;
	j->p++;
	j->depth++;
	j->first = true;
	return true;
}

bool json_object(struct json *j)
{
	return enter(j, JSON_OBJECT, "expected an object");
}

bool json_array(struct json *j)
{
	return enter(j, JSON_ARRAY, "expected an array");
}

/* To the next element, or out of the container. */
static inline bool step(struct json *j, char closer)
{
	const char *p, *closed = NULL;

	if (j->error)
		return false;
	if (j->first) {
		j->first = false;
		j->p = skip_space(j->p, j->end);
		if (j->p == j->end || *j->p != closer)
			return true;
	}
	p = next_element(j, j->p, closer, &closed);
	if (p) {
		j->p = p;
		return true;
	}
	if (closed) {
		j->p = closed + 1;
		j->depth--;
	}
	return false;
}

bool json_member(struct json *j, struct json_member *m)
{
	const char *key, *key_end, *p;

	if (!step(j, '}'))
		return false;
	key = j->p + 1;
	m->escaped = false;
	if (!(p = member_value(j, j->p, &key_end, &m->escaped)))
		return false;
	m->key = (struct span){ key, (size_t)(key_end - key) };
	j->p = p;
	return true;
}

bool json_element(struct json *j)
{
	return step(j, ']');
}

enum json_type json_value(struct json *j, struct span *raw)
{
	enum json_type type = json_peek(j);
	const char *start = j->p, *p = NULL;

	if (!j->error)
		p = type < JSON_ARRAY ? scalar_end(j, start, type) : container_end(j, start);
	if (raw)
		*raw = p ? (struct span){ start, (size_t)(p - start) } : (struct span){ NULL, 0 };
	if (!p)
		return JSON_BAD;
	j->p = p;
	return type;
}

bool json_done(struct json *j)
{
	if (j->error)
		return false;
	j->p = skip_space(j->p, j->end);
	if (j->p != j->end)
		bad(j, j->p, "unexpected text behind the value");
	else if (j->depth > 0)
		bad(j, j->p, too_short);
	return !j->error;
}

void json_fail(struct json *j, const char *error)
{
	if (!j->error)
		j->error = error;
}
