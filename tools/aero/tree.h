/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TREE_H
#define TREE_H

#include "arena.h"
#include "buf.h"
#include "span.h"

#include <stdint.h>

/* A request body, JSON or MessagePack alike, as a small tree of nodes in an arena, for whoever must look at members before it knows what they
 * mean. Nodes don't change once they are there. Text and bytes point into the body where they can (JSON without escapes, all MessagePack),
 * else into the arena; so the body and the arena must outlive the tree.
 *
 *	struct tree_reader r = { .mem = &arena };
 *	const struct tree *body = tree_json(&r, span), *key;
 *	if (!body) ... r.why says why, r.offset where
 *	if ((key = tree_member(body, "key")) && key->kind == TREE_STRING) ...
 *
 * Strict: RFC 8259 grammar, UTF-8 in all text, one value and nothing behind it. Of two members with one name the last one's value counts, at the
 * place of the first, as the gateway's JSON library has it; keys that are lists or maps are not compared. */
enum tree_kind { TREE_NIL, TREE_BOOL, TREE_INT, TREE_BIG, TREE_DOUBLE, TREE_STRING, TREE_BYTES, TREE_LIST, TREE_MAP, TREE_EXT };

struct tree {
	uint8_t kind;		/* enum tree_kind */
	uint8_t ext;		/* TREE_EXT: its type; 23 is GeoJSON text */
	uint32_t n;		/* TREE_LIST: items; TREE_MAP: members */
	union {
		bool yes;			/* TREE_BOOL */
		int64_t i;			/* TREE_INT */
		double d;			/* TREE_DOUBLE: from MessagePack it may be NaN or infinite */
		struct span text;		/* TREE_STRING, TREE_BYTES, TREE_EXT; TREE_BIG: the decimal digits of an integer beyond int64 */
		const struct tree *items;	/* TREE_LIST: n nodes in a row; TREE_MAP: 2 n, key and value by turns */
	};
};

#define TREE_DEPTH_MAX 128
#define TREE_NODES_MAX 1000000

struct tree_reader {
	struct arena *mem;
	unsigned depth_max;	/* lists and maps inside each other; 0: TREE_DEPTH_MAX, which is also the most */
	uint32_t nodes_max;	/* 0: TREE_NODES_MAX */
	const char *why;	/* static text; NULL after success */
	size_t offset;		/* byte of the body where it went wrong */
	/* Its own. */
	struct buf open;	/* items of containers that are not closed; tree_reader_free gives it back */
	uint32_t nodes;
};

/* NULL: why and offset are set. A full arena says "body is too large". */
const struct tree *tree_json(struct tree_reader *r, struct span body);
const struct tree *tree_msgpack(struct tree_reader *r, struct span body);
void tree_reader_free(struct tree_reader *r);

/* The value of the member of this name, NULL when there is none or t is no map (or NULL). */
const struct tree *tree_member(const struct tree *t, const char *name);
/* The first key of a map that is none of these names (the list ends with NULL); NULL when all are. */
const struct tree *tree_unknown(const struct tree *map, const char *const *names);
static inline const struct tree *tree_key(const struct tree *map, uint32_t i) { return &map->items[2 * (size_t)i]; }
static inline const struct tree *tree_value(const struct tree *map, uint32_t i) { return &map->items[2 * (size_t)i + 1]; }
/* Is this a string with this text? */
static inline bool tree_is(const struct tree *t, const char *text)
{
	return t && t->kind == TREE_STRING && span_is(t->text, text);
}

/* "null", "boolean", "integer", "integer beyond 64 bits", "double", "string", "bytes", "list", "map", "extension". */
const char *tree_kind_text(const struct tree *t);
/* Compact JSON, members in their order. False when the tree holds what JSON can't say (bytes, extensions, NaN, keys that are no strings);
 * out is cut back then. */
bool tree_put_json(struct buf *out, const struct tree *t);

#endif
