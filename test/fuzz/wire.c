/* SPDX-License-Identifier: Apache-2.0 */
/* XDR's binary body, and back. */
#include "notify_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct notify n;
	static struct buf line;
	struct record r;

	if (!n.metadata_key)
		notify_init(&n);
	if (fuzz_decode(&n, &line, NOTIFY_WIRE, (struct span){ (const char *)data, size }, &r))
		fuzz_round_trip(&n, &r, FORMAT_WIRE, NOTIFY_WIRE);
	return 0;
}
