/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PACK_H
#define PACK_H

#include "buf.h"
#include "json.h"
#include "types.h"

#include <msgpack/pack.h>
#include <stdint.h>

/* JSON values of a record line to MessagePack, straight from text to bytes, in one of its two dialects:
 *  - the wire's: strings, blobs and GeoJSON are str with the particle type as first byte, order is a leading ext element;
 *  - the connectors': str, bin, and ext with the particle type as ext type; order is told outside. */
struct packer {
	struct msgpack_packer mp;
	struct buf *out;
	const struct types *types;	/* NULL where nothing is said */
	bool wire;
	struct buf path;		/* where we are, "/bin/key/3"; kept only while types is not NULL */
	struct buf text, bytes;		/* scratch */
	const char *why;		/* first error, static text; NULL while all is well */
	size_t offset;			/* of the error, in the bin's value */
};

/* The buffers are kept from call to call; zero the packer before the first. */
void pack_open(struct packer *k, struct buf *out, const struct types *types, bool wire);
void pack_free(struct packer *k);

/* What is said of the bin itself (name is plain text), and the particle type that its value has. Moves the path to the bin. */
const struct mark *pack_bin(struct packer *k, struct span name);
uint8_t pack_particle_of(const struct mark *m, struct span raw);
/* Any value as an element, container or not, by mark of the place where the path stands. */
void pack_value(struct packer *k, struct json *j, unsigned depth);
/* The bytes behind a string: what base64 says for blobs, the GeoJSON text, the text itself. Points into raw or scratch; absent
 * after an error. */
struct span pack_bytes(struct packer *k, const struct mark *m, struct span raw);
void pack_fail(struct packer *k, const char *why);

/* Write the head of a container of `count` elements or pairs over the byte that was left for it at `at`. */
void pack_close(struct packer *k, size_t at, bool map, uint32_t count);

/* Plain MessagePack. */
void pack_text(struct packer *k, struct span text);
void pack_blob(struct packer *k, const void *p, size_t n);
void pack_number(struct packer *k, struct span raw);

/* Is this number written as a float ("1.5", "1e3"), not as an integer? */
bool pack_is_float(struct span raw);

#endif
