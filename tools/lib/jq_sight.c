/* SPDX-License-Identifier: Apache-2.0 */
#include "jq_sight.h"

#define NESTING_MAX 200

/* An abstract value: the record, a member of it, a member of such a member, or something that is made of parts that are marked as
 * seen already. */
struct value {
	enum { MADE, RECORD, TOP, SUB } kind;
	struct span top, sub;
};

static const struct value made = { .kind = MADE };

struct scan {
	struct jq_sight *sight;
	const char *p, *end;
	unsigned nesting;
};

static struct value pipeline(struct scan *s, struct value input, bool commas);

/* --- marking --- */

static void see_all(struct scan *s)
{
	s->sight->all = true;
	s->p = s->end;		/* no need to read on */
}

static struct jq_sight_top *find_top(struct scan *s, struct span name)
{
	struct jq_sight *g = s->sight;

	for (size_t i = 0; i < g->n; i++)
		if (span_eq(g->tops[i].name, name))
			return &g->tops[i];
	if (g->n == SIGHT_TOPS)
		return see_all(s), NULL;
	g->tops[g->n] = (struct jq_sight_top){ .name = name };
	return &g->tops[g->n++];
}

/* The value is used as it is: all of it must be there. */
static void use(struct scan *s, struct value v)
{
	if (v.kind == MADE)
		return;
	if (v.kind == RECORD) {
		see_all(s);
		return;
	}
	struct jq_sight_top *top = find_top(s, v.top);
	if (!top)
		return;
	if (v.kind == TOP || top->n == SIGHT_SUBS) {
		top->whole = true;
		return;
	}
	for (size_t i = 0; i < top->n; i++)
		if (span_eq(top->subs[i], v.sub))
			return;
	top->subs[top->n++] = v.sub;
}

static struct value member(struct scan *s, struct value v, struct span name)
{
	switch (v.kind) {
	case RECORD:
		return (struct value){ .kind = TOP, .top = name };
	case TOP:
		return (struct value){ .kind = SUB, .top = v.top, .sub = name };
	default:
		use(s, v);
		return made;
	}
}

/* --- words --- */

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void blanks(struct scan *s)
{
	while (s->p < s->end) {
		if (*s->p == '#')
			while (s->p < s->end && *s->p != '\n')
				s->p++;
		else if (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r')
			s->p++;
		else
			return;
	}
}

static char peek(struct scan *s)
{
	blanks(s);
	return s->p < s->end ? *s->p : '\0';
}

static bool take(struct scan *s, const char *word)
{
	size_t n = strlen(word);

	blanks(s);
	if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n) != 0)
		return false;
	if (is_letter(word[0]) && (size_t)(s->end - s->p) > n && (is_letter(s->p[n]) || is_digit(s->p[n])))
		return false;
	s->p += n;
	return true;
}

/* A thing that must come; when it does not, this is not the language that we know. */
static void need(struct scan *s, const char *word)
{
	if (!take(s, word))
		see_all(s);
}

static struct span name_here(struct scan *s)
{
	const char *start = s->p;

	while (s->p < s->end && (is_letter(*s->p) || is_digit(*s->p)))
		s->p++;
	return (struct span){ start, (size_t)(s->p - start) };
}

/* A string at the cursor, from its opening quote. Its text when it is plain, absent when it has escapes or \( ). */
static struct span string_here(struct scan *s, struct value input)
{
	const char *start = ++s->p;
	bool plain = true;

	while (s->p < s->end && *s->p != '"') {
		if (*s->p != '\\') {
			s->p++;
			continue;
		}
		plain = false;
		s->p++;
		if (s->p < s->end && *s->p++ == '(') {
			use(s, pipeline(s, input, true));
			need(s, ")");
		}
	}
	struct span text = { start, (size_t)(s->p - start) };
	need(s, "\"");
	return plain ? text : (struct span){ NULL, 0 };
}

/* --- grammar --- */

static struct value object(struct scan *s, struct value input)
{
	while (!s->sight->all && peek(s) != '}') {
		char c = peek(s);
		if (c == '(') {
			s->p++;
			use(s, pipeline(s, input, true));
			need(s, ")");
		} else if (c == '"') {
			struct span name = string_here(s, input);
			if (peek(s) != ':') {	/* {"a"} is {a: .a} */
				if (name.p)
					use(s, member(s, input, name));
				else
					use(s, input);
			}
		} else if (is_letter(c)) {
			struct span name = name_here(s);
			if (peek(s) != ':')
				use(s, member(s, input, name));
		} else {		/* $x, @format */
			see_all(s);
		}
		if (take(s, ":"))
			use(s, pipeline(s, input, false));
		if (peek(s) != '}')
			need(s, ",");
	}
	need(s, "}");
	return made;
}

static struct value condition(struct scan *s, struct value input)
{
	do {
		use(s, pipeline(s, input, true));
		need(s, "then");
		use(s, pipeline(s, input, true));
	} while (!s->sight->all && take(s, "elif"));
	need(s, "else");
	use(s, pipeline(s, input, true));
	need(s, "end");
	return made;
}

static bool among(struct span name, const char *const *words)
{
	for (; *words; words++)
		if (span_is(name, *words))
			return true;
	return false;
}

static struct value call(struct scan *s, struct value input, struct span name)
{
	/* What is no function, or does what this file does not follow. */
	static const char *const unknown[] = { "def", "reduce", "foreach", "label", "break", "import", "include", "try", "catch", "as",
		"then", "elif", "else", "end", "and", "or", "module", "input", "inputs", "__loc__", NULL };
	static const char *const impure[] = { "now", "debug", "stderr", "input_line_number", "input_filename", "modulemeta", "env",
		"localtime", "strflocaltime", "mktime", "get_search_list", "halt", "halt_error", NULL };
	static const char *const constants[] = { "null", "true", "false", "empty", "now", "nan", "infinite", NULL };

	if (among(name, unknown) || (s->p < s->end && *s->p == ':' && s->p + 1 < s->end && s->p[1] == ':'))
		return see_all(s), made;
	if (among(name, impure))
		s->sight->impure = true;
	if (span_is(name, "if"))
		return condition(s, input);
	if (peek(s) != '(') {
		if (!among(name, constants))
			use(s, input);
		return made;
	}
	s->p++;
	if (span_is(name, "select")) {	/* gives its own input or nothing */
		use(s, pipeline(s, input, true));
		need(s, ")");
		return input;
	}
	if (span_is(name, "error")) {	/* looks at its argument only */
		use(s, pipeline(s, input, true));
		need(s, ")");
		return made;
	}
	/* A function may do anything with its input and hand on pieces of it to its arguments: all there, then. */
	use(s, input);
	do
		use(s, pipeline(s, made, true));
	while (!s->sight->all && take(s, ";"));
	need(s, ")");
	return made;
}

static struct value start_of_term(struct scan *s, struct value input)
{
	char c = peek(s);

	if (is_letter(c))
		return call(s, input, name_here(s));
	if (is_digit(c) || (c == '.' && s->end - s->p > 1 && is_digit(s->p[1]))) {
		while (s->p < s->end && (is_digit(*s->p) || *s->p == '.' || *s->p == 'e' || *s->p == 'E' ||
				((*s->p == '+' || *s->p == '-') && (s->p[-1] == 'e' || s->p[-1] == 'E'))))
			s->p++;
		return made;
	}
	if (c == '"')
		return string_here(s, input), made;
	if (c == '\0')
		return see_all(s), made;
	s->p++;
	switch (c) {
	case '.':
		if (s->p < s->end && *s->p == '.')
			return see_all(s), made;
		if (s->p < s->end && is_letter(*s->p))
			return member(s, input, name_here(s));
		if (peek(s) == '"') {
			struct span name = string_here(s, input);
			return name.p ? member(s, input, name) : (use(s, input), made);
		}
		return input;
	case '(': {
		struct value v = pipeline(s, input, true);
		need(s, ")");
		return v;
	}
	case '[':
		if (peek(s) != ']')
			use(s, pipeline(s, input, true));
		need(s, "]");
		return made;
	case '{':
		return object(s, input);
	case '@':
		name_here(s);
		if (peek(s) == '"')
			string_here(s, input);
		else
			use(s, input);
		return made;
	case '$':		/* no `as` here, so it comes from outside */
		name_here(s);
		return made;
	default:
		return see_all(s), made;
	}
}

static struct value index_of(struct scan *s, struct value input, struct value v)
{
	if (peek(s) == '"') {
		struct span name = string_here(s, input);
		if (peek(s) == ']' && name.p) {
			s->p++;
			return member(s, v, name);
		}
		use(s, v);
		if (peek(s) != ']')	/* an expression that begins with a string */
			see_all(s);
		need(s, "]");
		return made;
	}
	use(s, v);
	if (peek(s) != ']' && peek(s) != ':')
		use(s, pipeline(s, input, true));
	if (take(s, ":") && peek(s) != ']')
		use(s, pipeline(s, input, true));
	need(s, "]");
	return made;
}

static struct value term(struct scan *s, struct value input)
{
	struct value v = start_of_term(s, input);

	while (!s->sight->all) {
		char c = peek(s);
		if (c == '?') {
			s->p++;
		} else if (c == '[') {
			s->p++;
			v = index_of(s, input, v);
		} else if (c == '.' && s->end - s->p > 1 && is_letter(s->p[1])) {
			s->p++;
			v = member(s, v, name_here(s));
		} else if (c == '.') {
			s->p++;
			if (peek(s) != '"')
				return see_all(s), made;
			struct span name = string_here(s, input);
			v = name.p ? member(s, v, name) : (use(s, v), made);
		} else {
			break;
		}
	}
	return v;
}

/* A term with its sign or its `as $name | ...`, which reaches as far to the right as it can. */
static struct value operand(struct scan *s, struct value input)
{
	if (peek(s) == '-') {
		s->p++;
		use(s, operand(s, input));
		return made;
	}
	struct value v = term(s, input);
	if (!take(s, "as"))
		return v;
	use(s, v);
	if (peek(s) != '$')
		return see_all(s), made;
	s->p++;
	name_here(s);
	need(s, "|");
	return pipeline(s, input, true);
}

/* Operands with operators between. How strongly these bind does not matter here, as each uses its operands whole. */
static struct value operators(struct scan *s, struct value input)
{
	static const char *const words[] = { "//", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%", "and", "or", NULL };
	struct value v = operand(s, input);

	while (!s->sight->all) {
		const char *const *w = words;
		while (*w && !take(s, *w))
			w++;
		if (!*w)
			break;
		if (s->p < s->end && *s->p == '=')	/* an assignment: //= += ... */
			return see_all(s), made;
		use(s, v);
		use(s, operand(s, input));
		v = made;
	}
	return v;
}

static struct value pipeline(struct scan *s, struct value input, bool commas)
{
	struct value v = made;

	if (++s->nesting > NESTING_MAX)
		see_all(s);
	while (!s->sight->all) {
		v = operators(s, input);
		while (commas && take(s, ",")) {
			use(s, v);
			use(s, operators(s, input));
			v = made;
		}
		if (peek(s) != '|')
			break;
		s->p++;
		if (s->p < s->end && *s->p == '=')
			see_all(s);
		input = v;
	}
	s->nesting--;
	return v;
}

void jq_sight_find(struct jq_sight *sight, struct span program)
{
	struct scan s = { .sight = sight, .p = program.p, .end = program.p + program.n };

	*sight = (struct jq_sight){ 0 };
	use(&s, pipeline(&s, (struct value){ .kind = RECORD }, true));
	if (peek(&s) != '\0')
		sight->all = true;	/* something stands where we took the program to end */
}
