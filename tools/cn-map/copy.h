/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COPY_H
#define COPY_H

#include "json.h"
#include "types.h"

/* JSON values into bins. Their bytes stay as they are, but for white space inside containers; the members of objects are put in the
 * order of their names, as the maps that they become are kept in, so that the same value gives the same record whoever wrote it.
 * What a record can't hold is refused: integers past 64 bits, doubles out of range, lone surrogates, a name twice in one object,
 * more than VALUE_DEPTH_MAX levels. */
struct copier {
	/* Set by the caller. */
	bool integer_booleans;		/* true and false become 1 and 0 */
	bool plain_maps;		/* objects keep the order of their members, and are maps without an order */

	const struct types *hints;	/* what the line says of its values (NULL: nothing) ... */
	struct buf hint_path;		/* ... and where we are in there */
	struct buf *out;
	struct buf types;		/* members of types so far, with commas between */
	struct buf path;		/* "/bin/key/3"; after a failure: of what failed */
	size_t bin_path;		/* its first bytes, "/bin" */
	struct buf names, sorted;	/* scratch */
	struct piece *piece;		/* members of the objects that are open */
	size_t n_pieces, cap;
	const char *why;		/* NULL while all is well */
};

/* Begin a record: nothing is said of its types yet. */
void copy_begin(struct copier *c, struct buf *out, const struct types *hints);
/* Append the value of a bin. hint: where the line's types speak of it, such as "/amount". False with c->why and c->path. */
bool copy_value(struct copier *c, struct span bin, struct span hint, struct span raw);
/* Say something in types, of a place ("userKey", "/bin/0") or of a whole bin. */
void copy_say(struct copier *c, struct span path, const char *words);
void copy_say_bin(struct copier *c, struct span bin, const char *words);
void copy_free(struct copier *c);

#endif
