/* SPDX-License-Identifier: Apache-2.0 */
#include "tree.h"

#include "json.h"

#include <math.h>

const struct tree *tree_member(const struct tree *t, const char *name)
{
	if (!t || t->kind != TREE_MAP)
		return NULL;
	for (uint32_t i = 0; i < t->n; i++)
		if (tree_is(tree_key(t, i), name))
			return tree_value(t, i);
	return NULL;
}

const struct tree *tree_unknown(const struct tree *map, const char *const *names)
{
	for (uint32_t i = 0; i < map->n; i++) {
		const struct tree *key = tree_key(map, i);
		const char *const *name = names;

		while (*name && !tree_is(key, *name))
			name++;
		if (!*name)
			return key;
	}
	return NULL;
}

const char *tree_kind_text(const struct tree *t)
{
	static const char *const words[] = { [TREE_NIL] = "null", [TREE_BOOL] = "boolean", [TREE_INT] = "integer",
		[TREE_BIG] = "integer beyond 64 bits", [TREE_DOUBLE] = "double", [TREE_STRING] = "string", [TREE_BYTES] = "bytes",
		[TREE_LIST] = "list", [TREE_MAP] = "map", [TREE_EXT] = "extension" };

	return words[t->kind];
}

static bool put_json(struct buf *out, const struct tree *t)
{
	bool good = true;

	switch (t->kind) {
	case TREE_NIL:
		buf_lit(out, "null");
		return true;
	case TREE_BOOL:
		buf_span(out, t->yes ? SPAN("true") : SPAN("false"));
		return true;
	case TREE_INT:
		json_put_int64(out, t->i);
		return true;
	case TREE_BIG:
		buf_span(out, t->text);
		return true;
	case TREE_DOUBLE:
		if (!isfinite(t->d))
			return false;
		json_put_double(out, t->d);
		return true;
	case TREE_STRING:
		json_put_string(out, t->text);
		return true;
	case TREE_LIST:
		buf_byte(out, '[');
		for (uint32_t i = 0; good && i < t->n; i++) {
			if (i)
				buf_byte(out, ',');
			good = put_json(out, &t->items[i]);
		}
		buf_byte(out, ']');
		return good;
	case TREE_MAP:
		buf_byte(out, '{');
		for (uint32_t i = 0; good && i < t->n; i++) {
			if (i)
				buf_byte(out, ',');
			good = tree_key(t, i)->kind == TREE_STRING && put_json(out, tree_key(t, i));
			buf_byte(out, ':');
			good = good && put_json(out, tree_value(t, i));
		}
		buf_byte(out, '}');
		return good;
	}
	return false;
}

bool tree_put_json(struct buf *out, const struct tree *t)
{
	size_t before = out->n;

	if (put_json(out, t))
		return true;
	out->n = before;
	return false;
}
