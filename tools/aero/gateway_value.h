/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GATEWAY_VALUE_H
#define GATEWAY_VALUE_H

#include "answer.h"
#include "particle.h"
#include "tree.h"

/* Values between the wire and the JSON and MessagePack of the REST gateway. Source: REST gateway reference, section 3. */

struct gateway_error {
	char text[256];		/* for people, as the gateway words it; UTF-8 as far as the names in it are, perhaps cut */
};

/* ---- in: trees to particles; each appends to out, and cuts it back on failure ---- */

/* The value of a bin in a kvs write: null takes the bin away (PARTICLE_NULL, no bytes), and the objects {type: BYTE_ARRAY | GEO_JSON, value}, {type,
 * coordinates}, {type, geometry, properties} and {type: 23, object} are blobs and GeoJSON. bool_bin: true and false are stored as such, else as 1 and 0. */
bool gateway_bin(struct buf *out, uint8_t *particle, struct span bin, const struct tree *v, bool bool_bin, struct gateway_error *e);
/* The value of an operation or of a batch write: the same without the objects' second meaning. */
bool gateway_particle(struct buf *out, uint8_t *particle, const struct tree *v, bool bool_bin, struct gateway_error *e);
/* An element of the wire's MessagePack: an argument of an operation. Maps are unordered. */
bool gateway_element(struct buf *out, const struct tree *v, struct gateway_error *e);

/* Standard base64 whose padding may be missing, appended; false, with out as it was, when it is none. */
bool gateway_base64(struct buf *out, struct span text);

/* ---- out: particles to JSON or MessagePack, straight from the bytes ---- */

/* One value. Maps that keep the order of a result (pairs of KEY_VALUE) become arrays of one-member objects. False, with out as it was, when the
 * bytes are no such particle. */
bool gateway_answer(struct answer *a, uint8_t particle, struct span value, struct gateway_error *e);

#endif
