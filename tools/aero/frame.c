/* SPDX-License-Identifier: Apache-2.0 */
#include "frame.h"
#include "bytes.h"

int frame_parse(struct frame *f, const char *p, size_t n)
{
	const uint8_t *h = (const uint8_t *)p;
	uint64_t size;

	*f = (struct frame){ 0 };
	if (n == 0)
		return 0;
	/* Version 0 goes with security frames of some old clients. */
	if (h[0] != PROTO_VERSION && !(h[0] == 0 && (n < 2 || h[1] == PROTO_SECURITY)))
		return -1;
	if (n >= 2 && (h[1] < PROTO_INFO || h[1] > PROTO_XDR))
		return -1;
	if (n < PROTO_SIZE)
		return 0;
	size = (uint64_t)get_be16(h + 2) << 32 | get_be32(h + 4);
	if (size > FRAME_MAX)
		return -1;
	f->type = h[1];
	f->size = PROTO_SIZE + (size_t)size;
	f->body = (struct span){ p + PROTO_SIZE, (size_t)size };
	return n >= f->size;
}
