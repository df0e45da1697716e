/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BIN_H
#define BIN_H

#include "arena.h"
#include "particle.h"
#include "result.h"
#include "span.h"

#include <stdint.h>

/* A bin's value while a request works on it: the particle type and the bytes as they stand on the wire (lists and maps in stored
 * form: compact MessagePack, order ext first, ordered containers sorted). The bytes belong to the stored record, the request or
 * the arena. particle 0: there is no value. */
struct value {
	uint8_t particle;
	struct span data;
};

/* All evaluators have this form. They answer a result code; on anything but RESULT_OK *bin and *result mean nothing, and the
 * request as a whole leaves no trace. `call` is the op's value: the MessagePack call. *result: what goes back to the client;
 * particle 0 for nothing. A modify changes *bin to new bytes from the arena; particle 0 afterwards means the bin goes away.
 * Bytes that a function returns may point into *bin, call or the arena. */

/* Ops 3 and 4: lists and maps, with contexts (wire reference section 6.1 to 6.5). */
int cdt_read(const struct value *bin, struct span call, struct arena *mem, struct value *result);
int cdt_modify(struct value *bin, struct span call, struct arena *mem, struct value *result);
/* Ops 12 and 13: bits of a blob (6.7). */
int bits_read(const struct value *bin, struct span call, struct arena *mem, struct value *result);
int bits_modify(struct value *bin, struct span call, struct arena *mem, struct value *result);
/* Ops 15 and 16: HyperLogLog (3.9, 6.7). */
int hll_read(const struct value *bin, struct span call, struct arena *mem, struct value *result);
int hll_modify(struct value *bin, struct span call, struct arena *mem, struct value *result);

/* Check a value that a client wants to store and bring it into stored form: integers of 1, 2, 4 or 8 bytes become 8, lists and maps
 * are validated, compacted, sorted where ordered (unordered maps by key too), GeoJSON gets its header, HLL and bool are checked.
 * Result codes as the reference gives them (3.6): 4, 1 for bad MessagePack, 160 for bad GeoJSON. */
int value_store(struct value *v, struct arena *mem);

#endif
