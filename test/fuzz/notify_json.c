/* SPDX-License-Identifier: Apache-2.0 */
/* json and flat-json bodies, whichever of the two they say they are. */
#include "notify_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span body = { (const char *)data, size };
	static struct notify n;
	static struct buf line;
	enum notify_format f;
	struct record r;

	if (!n.metadata_key)
		notify_init(&n);
	f = notify_json_kind(&n, body);
	if (f != NOTIFY_UNKNOWN)
		fuzz_decode(&n, &line, f, body, &r);
	else if (!n.why)
		abort();
	fuzz_decode(&n, &line, NOTIFY_JSON, body, &r);
	fuzz_decode(&n, &line, NOTIFY_FLAT_JSON, body, &r);
	return 0;
}
