/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FORMAT_PARTS_H
#define FORMAT_PARTS_H

#include "digest.h"
#include "format.h"
#include "pack.h"

/* What the format writers share; inside aero only. Each writer appends to f->out and sets f->why (first error wins); the caller
 * cuts the output back. */
struct formatter {
	const struct record *r;
	const struct format_options *opt;
	struct buf *out;
	struct types types;
	struct packer pack;
	struct buf text;		/* scratch for texts of metadata and bin names */
	char why[256];			/* "" while all is well */
};

void format_fail(struct formatter *f, struct span bin, const char *why);
bool format_failed(const struct formatter *f);

/* Bins one by one: name is plain text (in f->text when it had escapes), raw_name what stands between the quotes. */
struct bin {
	struct span raw_name, name, raw;
};
struct bins {
	struct json j;
	struct formatter *f;
};
void bins_open(struct bins *b, struct formatter *f);
bool bins_next(struct bins *b, struct bin *bin);

/* The digest as bytes, from the metadata or computed from set and user key; false after format_fail when there is neither. */
bool format_digest(struct formatter *f, uint8_t digest[DIGEST_SIZE]);
/* The user key's bytes as particle (integers big endian) and their particle type; PARTICLE_NULL when there is none. `number` has
 * room for 8 bytes. */
uint8_t format_user_key(struct formatter *f, unsigned char number[8], struct span *bytes);
/* Plain text of a metadata string; absent when the raw span is. */
struct span format_text(struct formatter *f, struct span raw);

void format_json(struct formatter *f);
void format_json_key(struct formatter *f);
void format_flat_json(struct formatter *f);
void format_flat_json_key(struct formatter *f);
void format_msgpack(struct formatter *f);
void format_msgpack_key(struct formatter *f);
void format_wire(struct formatter *f);

/* A value for the JSON formats: as it stands, but for maps of pairs, whose keys become strings, and for null doubles, which become
 * "NaN", "Infinity" and "-Infinity". */
void format_json_value(struct formatter *f, const struct bin *bin);

#endif
