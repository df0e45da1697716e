/* SPDX-License-Identifier: Apache-2.0 */
#include "wire_put.h"

#include <msgpack/pack.h>

static int write_out(void *out, const char *p, size_t n)
{
	buf_put(out, p, n);
	return 0;	/* the buffer remembers when it is full */
}

#define PACKER(out) ((msgpack_packer){ .data = (out), .callback = write_out })

void wire_put_int(struct buf *out, int64_t i)
{
	msgpack_packer mp = PACKER(out);

	msgpack_pack_int64(&mp, i);
}

void wire_put_double(struct buf *out, double d)
{
	msgpack_packer mp = PACKER(out);

	msgpack_pack_double(&mp, d);
}

void wire_put_bool(struct buf *out, bool yes)
{
	buf_byte(out, (char)(yes ? 0xc3 : 0xc2));
}

void wire_put_nil(struct buf *out)
{
	buf_byte(out, (char)0xc0);
}

void wire_put_raw(struct buf *out, uint8_t particle, struct span bytes)
{
	msgpack_packer mp = PACKER(out);

	msgpack_pack_str(&mp, bytes.n + 1);
	buf_byte(out, (char)particle);
	buf_span(out, bytes);
}

void wire_put_list(struct buf *out, uint32_t n)
{
	msgpack_packer mp = PACKER(out);

	msgpack_pack_array(&mp, n);
}

void wire_put_map(struct buf *out, uint32_t n)
{
	msgpack_packer mp = PACKER(out);

	msgpack_pack_map(&mp, n);
}
