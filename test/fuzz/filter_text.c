/* SPDX-License-Identifier: Apache-2.0 */
/* Filter text: what is taken is one MessagePack value; what is refused has a reason, and leaves nothing behind. */
#include "filter_text.h"
#include "fuzz.h"
#include "msgpack_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct buf out;
	const char *why = NULL;
	size_t offset = 0;
	struct mp m;

	buf_reset(&out);
	if (filter_text(&out, (struct span){ (const char *)data, size }, &why, &offset)) {
		mp_open(&m, buf_as_span(&out));
		MUST(mp_skip(&m) && mp_left(&m) == 0);
	} else {
		MUST(why && offset <= size && out.n == 0);
	}
	return 0;
}
