/* SPDX-License-Identifier: Apache-2.0 */
#include "value_encode.h"

#include "bytes.h"
#include "particle.h"

static void put_integer(struct buf *out, uint64_t v)
{
	uint64_t be;

	put_be64(&be, v);
	buf_put(out, &be, sizeof(be));
}

static void put_float(struct buf *out, double d)
{
	uint64_t bits;

	memcpy(&bits, &d, sizeof(bits));
	put_integer(out, bits);
}

static void put_number(struct packer *k, uint8_t particle, struct span raw)
{
	int64_t i;
	double d;

	if (particle == PARTICLE_INTEGER) {
		if (json_int64(raw, &i))
			put_integer(k->out, (uint64_t)i);
		else
			pack_fail(k, "integer needs more than 64 bits");
	} else {
		if (json_double(raw, &d))
			put_float(k->out, d);
		else
			pack_fail(k, "number out of range");
	}
}

/* Mark and type agree: a map of pairs is an array, a double that JSON can't say is null. */
static void put_other(struct packer *k, const struct mark *m, uint8_t particle, struct span raw)
{
	struct json j;

	if (m && m->kind == MARK_DOUBLE) {
		if (json_type_of(raw) != JSON_NULL)
			pack_fail(k, "types wants null here");
		put_float(k->out, m->number);
	} else if (particle == PARTICLE_FLOAT || particle == PARTICLE_INTEGER) {
		put_number(k, particle, raw);
	} else if (particle == PARTICLE_BOOL) {
		buf_byte(k->out, json_type_of(raw) == JSON_TRUE);
	} else if (particle == PARTICLE_LIST || particle == PARTICLE_MAP) {
		json_open(&j, raw);
		pack_value(k, &j, 0);
	}
}

uint8_t value_encode_particle(struct packer *k, struct span name, struct span raw)
{
	const struct mark *m = pack_bin(k, name);
	uint8_t particle = pack_particle_of(m, raw);
	struct span bytes;

	switch (particle) {
	case PARTICLE_NULL:
	case PARTICLE_INTEGER:
	case PARTICLE_FLOAT:
	case PARTICLE_BOOL:
	case PARTICLE_LIST:
	case PARTICLE_MAP:
		put_other(k, m, particle, raw);
		return particle;
	case PARTICLE_GEOJSON:
		buf_put(k->out, "\0\0", 3);	/* flags, no cells: whoever stores it computes them */
		break;
	}
	bytes = pack_bytes(k, m, raw);
	if (bytes.p)
		buf_span(k->out, bytes);
	return particle;
}

bool value_json_to_particle(struct buf *out, uint8_t *particle, const struct record *r, struct span name, struct span raw,
	struct value_error *e)
{
	static _Thread_local struct types types;
	static _Thread_local struct packer k;
	size_t before = out->n;

	if (!types_open(&types, r->types)) {
		*e = (struct value_error){ types.why, 0 };
		return false;
	}
	pack_open(&k, out, &types, true);
	*particle = value_encode_particle(&k, name, raw);
	if (!k.why && out->full)
		k.why = "value too large";
	if (!k.why)
		return true;
	*e = (struct value_error){ k.why, k.offset };
	out->n = before;
	return false;
}
