/* SPDX-License-Identifier: Apache-2.0 */
/* The connectors' MessagePack, and back; and the framing of streams, which must find the same end however the bytes come. */
#include "notify_fuzz.h"

#include "msgpack_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void frames(struct span bytes)
{
	struct mp_frame whole = { 0 }, pieces = { 0 };
	struct mp m;
	int found = mp_frame(&whole, bytes), piecewise = 0;

	for (size_t n = 0; n <= bytes.n && piecewise == 0; n += 1 + n / 8)
		piecewise = mp_frame(&pieces, (struct span){ bytes.p, n });
	if (piecewise == 0)
		piecewise = mp_frame(&pieces, bytes);
	mp_open(&m, bytes);
	if (found != piecewise || (found && whole.at != pieces.at) || (found == 1) != mp_skip(&m) || (found == 1 && mp_offset(&m) != whole.at))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span bytes = { (const char *)data, size };
	static struct notify n;
	static struct buf line;
	struct record r;

	if (!n.metadata_key)
		notify_init(&n);
	frames(bytes);
	/* Order flags that the format does not know are not written again. */
	if (fuzz_decode(&n, &line, NOTIFY_MSGPACK, bytes, &r) && !(r.types.p && memmem(r.types.p, r.types.n, "order:", 6)))
		fuzz_round_trip(&n, &r, FORMAT_MSGPACK, NOTIFY_MSGPACK);
	return 0;
}
