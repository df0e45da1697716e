/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VALUE_H
#define VALUE_H

#include "buf.h"
#include "record.h"
#include "span.h"

#include <stdint.h>

/* Values between their forms: particle (wire), record-line JSON with its types, and the connectors' MessagePack. Straight from
 * bytes to text and back, without a tree between.
 *
 * What `types` can say of a JSON Pointer into bins (cn-lines(5)); words are joined by a blank when two apply:
 *	blob			base64 text is a blob (particle 4)
 *	bytes:N			base64 text is opaque bytes of particle type N: language blobs 7..12, vectors 16, types newer than
 *				this program (any N that has no word of its own)
 *	hll			base64 text is a HyperLogLog
 *	geojson			the JSON value is GeoJSON, its text taken as it stands
 *	geojson-text		the string holds GeoJSON text that is no valid JSON or has line ends
 *	string-base64		base64 text is a string that is not valid UTF-8
 *	double:NaN double:Infinity double:-Infinity	null is this double (every NaN is the one NaN)
 *	float32			inside list or map: the number was packed as a 32-bit float
 *	map			an array of [key, value] pairs is a map whose keys are not all strings
 *	ordered			list order
 *	key-ordered key-value-ordered	map order
 *	order:N			any other order flags of list or map, also 0 where the wire says it explicitly
 * "map" comes first: "map key-ordered". Inside pairs the pointer goes on with the pair's index and 0 for the key, 1 for the value:
 * "/m/3/0". An entry of the name userKey (no slash) speaks of metadata.userKey in the same words: blob, string-base64.
 */

#define VALUE_DEPTH_MAX 64

/* Why a conversion failed: static text, and the offset in the particle (decode) or in the JSON text (encode). */
struct value_error {
	const char *why;
	size_t offset;
};

/* One particle to JSON text, appended to out. pointer holds the JSON Pointer of the bin ("/raw") and is used as a stack on the way
 * down; entries that JSON can't carry are appended to types as `"/raw":"blob"` members with commas between. On failure out and
 * types are cut back to what they were. */
bool value_particle_to_json(struct buf *out, struct buf *types, struct buf *pointer, uint8_t particle, struct span value,
	struct value_error *e);

/* The other way: the raw JSON value of the bin `name` and what r->types says of it, to a particle; *particle is its type. */
bool value_json_to_particle(struct buf *out, uint8_t *particle, const struct record *r, struct span name, struct span raw,
	struct value_error *e);

#endif
