/* SPDX-License-Identifier: Apache-2.0 */
#include "typed.h"
#include "json.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

void typed_open(struct typed *t, const char *at)
{
	buf_reset(&t->path);
	t->path.max = (size_t)1 << 20;
	buf_put(&t->path, at, strlen(at));
	t->depth = 0;
	t->why[0] = '\0';
}

void typed_close(struct typed *t)
{
	buf_free(&t->path);
}

bool typed_fail(struct typed *t, const char *fmt, ...)
{
	char text[160];
	va_list ap;

	if (t->why[0])
		return false;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* The pointer without its slash: "value/a: not an int8". */
	snprintf(t->why, t->why_size, "%.*s: %s", (int)(t->path.n > 100 ? 100 : t->path.n - 1), t->path.p + 1, text);
	return false;
}

static bool push(struct typed *t, size_t *mark)
{
	*mark = t->path.n;
	if (t->depth == TYPED_DEPTH_MAX)
		return typed_fail(t, "nested too deeply");
	t->depth++;
	buf_byte(&t->path, '/');
	return true;
}

bool typed_push_name(struct typed *t, struct span name, size_t *mark)
{
	if (!push(t, mark))
		return false;
	if (name.n && !memchr(name.p, '~', name.n) && !memchr(name.p, '/', name.n)) {
		buf_span(&t->path, name);
		return true;
	}
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == '~')
			buf_lit(&t->path, "~0");
		else if (name.p[i] == '/')
			buf_lit(&t->path, "~1");
		else
			buf_byte(&t->path, name.p[i]);
	}
	return true;
}

bool typed_push_index(struct typed *t, uint64_t index, size_t *mark)
{
	if (!push(t, mark))
		return false;
	json_put_uint64(&t->path, index);
	return true;
}

void typed_pop(struct typed *t, size_t mark)
{
	t->path.n = mark;
	t->path.full = false;
	t->depth--;
}

void typed_type(struct typed *t, const char *word)
{
	if (t->path.full) {
		typed_fail(t, "its place is too long to be named");
		return;
	}
	if (t->types->n)
		buf_byte(t->types, ',');
	json_put_string(t->types, buf_as_span(&t->path));
	buf_lit(t->types, ":\"");
	buf_put(t->types, word, strlen(word));
	buf_byte(t->types, '"');
}

void typed_double(struct typed *t, double d)
{
	if (isfinite(d)) {
		json_put_double(t->out, d);
		return;
	}
	buf_lit(t->out, "null");
	typed_type(t, isnan(d) ? "double:NaN" : d > 0 ? "double:Infinity" : "double:-Infinity");
}

bool typed_string(struct typed *t, struct span text)
{
	if (!utf8_valid(text))
		return typed_fail(t, "a string is not UTF-8");
	json_put_string(t->out, text);
	return true;
}

void typed_blob(struct typed *t, struct span bytes)
{
	json_put_base64(t->out, bytes.p, bytes.n);
	typed_type(t, "blob");
}

bool typed_decimal(struct typed *t, struct span bytes, int scale)
{
	const char *why = decimal_put(t->out, bytes, scale, t->decimal);

	return !why || typed_fail(t, "%s", why);
}
