/* SPDX-License-Identifier: Apache-2.0 */
#include "info.h"

/* Parameters of info commands: all of them are taken apart here, and what is wrong with one is said in the same words everywhere. */

bool info_next(struct span *rest, struct span *key, struct span *value)
{
	const char *end, *eq;

	if (rest->n == 0)
		return false;
	end = memchr(rest->p, ';', rest->n);
	*key = (struct span){ rest->p, end ? (size_t)(end - rest->p) : rest->n };
	eq = memchr(key->p, '=', key->n);
	*value = (struct span){ NULL, 0 };
	if (eq) {
		*value = (struct span){ eq + 1, key->n - (size_t)(eq + 1 - key->p) };
		key->n = (size_t)(eq - key->p);
	}
	rest->n = end ? rest->n - (size_t)(end + 1 - rest->p) : 0;
	rest->p = end ? end + 1 : NULL;
	return true;
}

struct span info_param(const struct info *i, const char *key)
{
	struct span rest = i->params, k, v;

	while (info_next(&rest, &k, &v))
		if (span_is(k, key))
			return v.p ? v : SPAN("");
	return (struct span){ NULL, 0 };
}

void info_error(struct info *i, int code, const char *message)
{
	buf_printf(i->out, "ERROR:%d:%s", code, message);
}

static bool check(struct info *i, const char *key, size_t max, struct span value, bool needed, int missing)
{
	if (!value.p && !needed)
		return true;
	if (value.n >= 1 && value.n <= max)
		return true;
	if (!value.p)
		buf_printf(i->out, "ERROR:%d:missing '%s'", missing, key);
	else if (value.n == 0)
		buf_printf(i->out, "ERROR:%d:missing '%s' value", missing, key);
	else
		buf_printf(i->out, "ERROR:%d:'%s' value too long", RESULT_PARAMETER, key);
	return false;
}

bool info_need(struct info *i, const char *key, size_t max, struct span *value)
{
	*value = info_param(i, key);
	return check(i, key, max, *value, true, RESULT_PARAMETER);
}

bool info_may(struct info *i, const char *key, size_t max, struct span *value)
{
	*value = info_param(i, key);
	return check(i, key, max, *value, false, RESULT_PARAMETER);
}

bool info_need_namespace_name(struct info *i, struct span *name)
{
	static const char *const keys[] = { "namespace", "ns", "id" };

	for (unsigned k = 0; k < 3; k++) {
		*name = info_param(i, keys[k]);
		if (name->p)
			break;
	}
	return check(i, "namespace", 31, *name, true, RESULT_NAMESPACE);
}

struct namespace *info_need_namespace(struct info *i)
{
	struct namespace *ns;
	struct span name;

	if (!info_need_namespace_name(i, &name))
		return NULL;
	ns = store_namespace(name);
	if (!ns)
		info_error(i, RESULT_NAMESPACE, "namespace not found on node");
	return ns;
}

struct span info_piece(struct span *path)
{
	const char *slash = path->n ? memchr(path->p, '/', path->n) : NULL;
	struct span piece = { path->p, slash ? (size_t)(slash - path->p) : path->n };

	*path = slash ? (struct span){ slash + 1, path->n - piece.n - 1 } : (struct span){ NULL, 0 };
	return piece;
}

bool info_number(struct span text, uint64_t *n)
{
	*n = 0;
	for (size_t k = 0; k < text.n; k++) {
		if (text.p[k] < '0' || text.p[k] > '9' || *n > (UINT64_MAX - 9) / 10)
			return false;
		*n = *n * 10 + (uint64_t)(text.p[k] - '0');
	}
	return text.n > 0;
}

static void print_one(struct span key, struct span value, info_live *live, const void *of, struct buf *out)
{
	size_t mark;

	buf_span(out, key);
	if (!value.p)
		return;		/* a list of words, not of values */
	buf_byte(out, '=');
	mark = out->n;
	if (live && live(of, key, out))
		return;
	out->n = mark;
	buf_span(out, value);
}

void info_print(const char *const *text, info_live *live, const void *of, char between, struct buf *out)
{
	struct span key, value;
	bool first = true;

	for (; *text; text++)
		for (struct span rest = span_of(*text); info_next(&rest, &key, &value); first = false) {
			if (!first)
				buf_byte(out, between);
			print_one(key, value, live, of, out);
		}
}

bool info_has(const char *const *text, struct span name)
{
	struct span key, value;

	for (; *text; text++)
		for (struct span rest = span_of(*text); info_next(&rest, &key, &value);)
			if (span_eq(key, name))
				return true;
	return false;
}
