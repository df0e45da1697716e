/* SPDX-License-Identifier: Apache-2.0 */
#include "frame_zip.h"
#include "bytes.h"
#include "frame.h"
#include "message.h"

#include <zlib.h>

#define LENGTH_SIZE 8
#define STEP ((size_t)64 << 10)

bool zip_unit(struct buf *out, struct span unit)
{
	size_t mark = out->n, head;
	uLongf size = compressBound((uLong)unit.n);
	char *to;

	if (unit.n <= ZIP_WORTH || out->full)
		return false;
	head = proto_begin(out, PROTO_COMPRESSED);
	to = buf_reserve(out, LENGTH_SIZE + size);
	/* The fastest level: it is about the network's time, not about the last byte. */
	if (!to || compress2((Bytef *)to + LENGTH_SIZE, &size, (const Bytef *)unit.p, (uLong)unit.n, Z_BEST_SPEED) != Z_OK ||
	    PROTO_SIZE + LENGTH_SIZE + size >= unit.n) {
		out->n = mark;
		out->full = false;
		return false;
	}
	put_be64((uint8_t *)to, unit.n);
	out->n += LENGTH_SIZE + size;
	proto_end(out, head);
	return true;
}

/* All of the stream, which must be `size` bytes when it is out, and end with its input. */
static const char *inflate_all(z_stream *z, struct buf *to, size_t size)
{
	int code = Z_OK;

	while (code == Z_OK) {
		size_t step = size - to->n < STEP ? size - to->n : STEP;
		/* One byte of room behind the last: a stream that goes on is seen to do so. */
		char *p = buf_reserve(to, step + 1);

		if (!p)
			return "out of memory";
		z->next_out = (Bytef *)p;
		z->avail_out = (uInt)step + 1;
		code = inflate(z, Z_NO_FLUSH);
		to->n += step + 1 - z->avail_out;
		if (to->n > size)
			return "longer than it says";
		if (code == Z_OK && z->avail_in == 0 && z->avail_out)
			return "cut short";
	}
	if (code != Z_STREAM_END)
		return "not a zlib stream";
	if (to->n != size)
		return "shorter than it says";
	return z->avail_in ? "bytes behind its end" : NULL;
}

const char *zip_open(struct buf *to, struct span body, size_t max)
{
	z_stream z = { 0 };
	struct frame inner;
	const char *why;
	uint64_t size;

	buf_reset(to);
	if (body.n < LENGTH_SIZE)
		return "no length";
	size = get_be64((const uint8_t *)body.p);
	if (size < PROTO_SIZE || size > max)
		return "a length out of bounds";
	if (inflateInit(&z) != Z_OK)
		return "out of memory";
	z.next_in = (Bytef *)(uintptr_t)body.p + LENGTH_SIZE;
	z.avail_in = (uInt)(body.n - LENGTH_SIZE);
	why = inflate_all(&z, to, (size_t)size);
	inflateEnd(&z);
	if (why)
		return why;
	if (frame_parse(&inner, to->p, to->n) != 1 || inner.size != to->n || inner.type != PROTO_MESSAGE)
		return "not a message inside";
	return NULL;
}
