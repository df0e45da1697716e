/* SPDX-License-Identifier: Apache-2.0 */
#include "bytes.h"
#include "json.h"
#include "particle.h"
#include "value_read.h"

static bool put_integer(struct buf *out, struct span key)
{
	uint64_t n = 0;

	if (key.n < 1 || key.n > 8)
		return false;
	for (size_t i = 0; i < key.n; i++)
		n = n << 8 | (uint8_t)key.p[i];
	json_put_int64(out, (int64_t)n);
	return true;
}

static bool put_double(struct buf *out, struct span key)
{
	uint64_t bits;
	double d;

	if (key.n != 8)
		return false;
	bits = get_be64(key.p);
	memcpy(&d, &bits, sizeof(d));
	if (d - d != 0)		/* NaN, infinite */
		return false;
	json_put_double(out, d);
	return true;
}

bool value_key_to_json(struct buf *out, struct buf *types, uint8_t particle, struct span key)
{
	switch (particle) {
	case PARTICLE_STRING:
		if (value_put_text(out, key))
			return true;
		json_put_base64(out, key.p, key.n);
		value_put_type(types, SPAN("userKey"), "string-base64");
		return true;
	case PARTICLE_BLOB:
		json_put_base64(out, key.p, key.n);
		value_put_type(types, SPAN("userKey"), "blob");
		return true;
	case PARTICLE_INTEGER: return put_integer(out, key);
	case PARTICLE_FLOAT: return put_double(out, key);
	default: return false;
	}
}
