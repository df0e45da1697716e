/* SPDX-License-Identifier: Apache-2.0 */
#include "frame.h"
#include "frame_zip.h"
#include "fuzz.h"
#include "message.h"

/* A compressed unit's body: what comes out is one message within the bound, and is the same after there and back. */

#define BOUND ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct buf plain, again, packed;
	struct frame f;

	if (zip_open(&plain, (struct span){ (const char *)data, size }, BOUND)) {
		MUST(plain.n <= BOUND + 1);
		return 0;
	}
	MUST(plain.n <= BOUND && frame_parse(&f, plain.p, plain.n) == 1 && f.size == plain.n && f.type == PROTO_MESSAGE);
	buf_reset(&packed);
	if (!zip_unit(&packed, buf_as_span(&plain)))
		return 0;
	MUST(packed.n < plain.n && frame_parse(&f, packed.p, packed.n) == 1 && f.size == packed.n && f.type == PROTO_COMPRESSED);
	MUST(!zip_open(&again, f.body, BOUND) && span_eq(buf_as_span(&again), buf_as_span(&plain)));
	return 0;
}
