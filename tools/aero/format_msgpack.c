/* SPDX-License-Identifier: Apache-2.0 */
#include "format_parts.h"

#include "particle.h"

/* The connectors' MessagePack format, version 1: arrays only, and only values may hold maps. */
enum { MESSAGE_VERSION = 1, MESSAGE_WRITE = 1, MESSAGE_DELETE = 2, DELETE_DURABLE = 1 };

static void put_text_or_nil(struct formatter *f, struct span raw)
{
	struct span text = format_text(f, raw);

	if (text.p)
		pack_text(&f->pack, text);
	else
		msgpack_pack_nil(&f->pack.mp);
}

static void put_user_key(struct formatter *f)
{
	unsigned char number[8];
	struct span bytes = { 0 };

	switch (format_user_key(f, number, &bytes)) {
	case PARTICLE_NULL: msgpack_pack_nil(&f->pack.mp); break;
	case PARTICLE_INTEGER:
	case PARTICLE_FLOAT: pack_number(&f->pack, f->r->user_key); break;
	case PARTICLE_STRING: pack_text(&f->pack, bytes); break;
	default: pack_blob(&f->pack, bytes.p, bytes.n); break;
	}
}

void format_msgpack_key(struct formatter *f)
{
	struct packer *k = &f->pack;
	uint8_t digest[DIGEST_SIZE];

	pack_open(k, f->out, &f->types, false);
	msgpack_pack_array(&k->mp, 4);
	put_text_or_nil(f, f->r->ns);
	put_text_or_nil(f, f->r->set);
	if (!format_digest(f, digest))
		return;
	pack_blob(k, digest, sizeof(digest));
	put_user_key(f);
}

static void put_number_or_nil(struct formatter *f, struct span raw, const char *why)
{
	if (!raw.p)
		msgpack_pack_nil(&f->pack.mp);
	else if (json_type_of(raw) == JSON_NUMBER && !pack_is_float(raw))
		pack_number(&f->pack, raw);
	else
		format_fail(f, (struct span){ 0 }, why);
}

static void put_bin(struct formatter *f, const struct bin *bin)
{
	struct packer *k = &f->pack;
	const struct mark *m = pack_bin(k, bin->name);
	uint8_t particle = pack_particle_of(m, bin->raw);
	bool ordered = (particle == PARTICLE_LIST || particle == PARTICLE_MAP) && m && m->order > 0;
	struct span bytes;
	struct json j;

	msgpack_pack_array(&k->mp, 4);
	pack_text(k, bin->name);
	msgpack_pack_uint8(&k->mp, particle);
	msgpack_pack_uint8(&k->mp, ordered ? (uint8_t)(m->order & MAP_KEY_VALUE_ORDERED) : 0);
	switch (particle) {
	case PARTICLE_NULL:
	case PARTICLE_INTEGER:
	case PARTICLE_FLOAT:
	case PARTICLE_BOOL:
	case PARTICLE_LIST:
	case PARTICLE_MAP:
		json_open(&j, bin->raw);
		pack_value(k, &j, 0);
		break;
	case PARTICLE_STRING:
	case PARTICLE_GEOJSON:
		bytes = pack_bytes(k, m, bin->raw);
		if (bytes.p)
			pack_text(k, bytes);
		break;
	default:
		bytes = pack_bytes(k, m, bin->raw);
		if (bytes.p)
			pack_blob(k, bytes.p, bytes.n);
	}
	if (k->why)
		format_fail(f, bin->name, k->why);
}

static void put_bins(struct formatter *f)
{
	struct bins bins;
	struct bin bin;
	size_t at = f->out->n;
	uint32_t count = 0;

	buf_byte(f->out, 0);
	for (bins_open(&bins, f); bins_next(&bins, &bin); count++)
		put_bin(f, &bin);
	pack_close(&f->pack, at, false, count);
}

void format_msgpack(struct formatter *f)
{
	const struct record *r = f->r;
	struct packer *k = &f->pack;

	pack_open(k, f->out, &f->types, false);
	msgpack_pack_array(&k->mp, 3);
	msgpack_pack_int(&k->mp, MESSAGE_VERSION);
	msgpack_pack_int(&k->mp, r->is_delete ? MESSAGE_DELETE : MESSAGE_WRITE);
	msgpack_pack_array(&k->mp, r->is_delete ? 2 : 5);
	format_msgpack_key(f);
	if (r->is_delete) {
		msgpack_pack_int(&k->mp, span_is(r->durable, "true") ? DELETE_DURABLE : 0);
		return;
	}
	put_number_or_nil(f, r->gen, "gen is no integer");
	put_number_or_nil(f, r->exp, "exp is no integer");
	put_number_or_nil(f, r->lut, "lut is no integer");
	put_bins(f);
}
