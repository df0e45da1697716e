/* SPDX-License-Identifier: Apache-2.0 */
#include "notify.h"

#include "digest.h"
#include "json.h"
#include "msgpack_read.h"
#include "notify_put.h"
#include "value_read.h"

/* The connectors' MessagePack: [version, type, payload], arrays only. Further elements than the known ones are passed over. */
enum { TYPE_WRITE = 1, TYPE_DELETE = 2, FLAG_DURABLE = 1 };

struct reading {
	struct notify *n;
	struct buf *out;
	struct mp m;
};

static bool fail_at(struct reading *r, const char *why, size_t offset)
{
	return notify_fail(r->n, r->m.error ? r->m.error : why, r->m.error ? mp_offset(&r->m) : offset);
}

/* An array of at least `min` elements; *extra: how many more. */
static bool take_array(struct reading *r, uint32_t min, uint32_t *extra, const char *why)
{
	size_t at = mp_offset(&r->m);
	struct mp_item it;

	if (!mp_next(&r->m, &it) || it.kind != MP_ARRAY || it.n < min)
		return fail_at(r, why, at);
	*extra = it.n - min;
	return true;
}

static bool pass_over(struct reading *r, uint32_t extra)
{
	while (extra--)
		if (!mp_skip(&r->m))
			return fail_at(r, NULL, 0);
	return true;
}

static bool take_int(struct reading *r, int64_t *value, int64_t min, int64_t max, const char *why)
{
	size_t at = mp_offset(&r->m);
	struct mp_item it;

	if (!mp_next(&r->m, &it) || it.kind != MP_INT || it.i < min || it.i > max)
		return fail_at(r, why, at);
	*value = it.i;
	return true;
}

/* An integer or nil; absent says which. */
static bool take_fact(struct reading *r, int64_t *value, bool *absent, const char *why)
{
	*absent = r->m.p < r->m.end && *r->m.p == 0xc0;
	*value = 0;
	return *absent ? mp_skip(&r->m) : take_int(r, value, INT64_MIN, INT64_MAX, why);
}

static bool put_user_key(struct reading *r)
{
	static const struct span here = { "userKey", 7 };
	size_t at = mp_offset(&r->m);
	struct mp_item it;

	if (!mp_next(&r->m, &it))
		return fail_at(r, NULL, at);
	if (it.kind == MP_NIL)
		return true;
	buf_lit(r->out, ",\"userKey\":");
	switch (it.kind) {
	case MP_INT:
		json_put_int64(r->out, it.i);
		return true;
	case MP_STR:
		if (value_put_text(r->out, it.data))
			return true;
		json_put_base64(r->out, it.data.p, it.data.n);
		value_put_type(&r->n->types, here, "string-base64");
		return true;
	case MP_BIN:
		json_put_base64(r->out, it.data.p, it.data.n);
		value_put_type(&r->n->types, here, "blob");
		return true;
	case MP_FLOAT64:
		if (it.d - it.d == 0) {
			json_put_double(r->out, it.d);
			return true;
		}
		break;
	default:
		break;
	}
	return fail_at(r, "user key of a type that no key has", at);
}

/* [namespace, set or nil, digest, user key or nil]: the metadata up to there, in its own order. */
static bool put_key(struct reading *r)
{
	struct mp_item ns, set, digest;
	size_t at = mp_offset(&r->m);
	uint32_t extra;

	if (!take_array(r, 4, &extra, "key is no array of four"))
		return false;
	if (!mp_next(&r->m, &ns) || ns.kind != MP_STR || !mp_next(&r->m, &set) || (set.kind != MP_STR && set.kind != MP_NIL) ||
		!mp_next(&r->m, &digest) || (digest.kind != MP_BIN && digest.kind != MP_STR) || digest.data.n != DIGEST_SIZE)
		return fail_at(r, "key is not namespace, set, 20 bytes of digest and user key", at);
	buf_lit(r->out, "\"metadata\":{\"namespace\":");
	if (!value_put_text(r->out, ns.data))
		return fail_at(r, "namespace is not UTF-8", at);
	if (set.kind == MP_STR && set.data.n) {
		buf_lit(r->out, ",\"set\":");
		if (!value_put_text(r->out, set.data))
			return fail_at(r, "set is not UTF-8", at);
	}
	if (!put_user_key(r) || !pass_over(r, extra))
		return false;
	buf_lit(r->out, ",\"digest\":");
	json_put_base64(r->out, digest.data.p, digest.data.n);
	return true;
}

/* [name, type, flags, value] */
static bool put_bin(struct reading *r)
{
	struct notify *n = r->n;
	size_t at = mp_offset(&r->m);
	struct value_error e;
	int64_t type, flags;
	struct mp_item name;
	uint32_t extra;

	if (!take_array(r, 4, &extra, "bin is no array of four"))
		return false;
	if (!mp_next(&r->m, &name) || name.kind != MP_STR)
		return fail_at(r, "bin name is no str", at);
	if (!value_put_text(r->out, name.data))
		return fail_at(r, "bin name is not UTF-8", at);
	buf_byte(r->out, ':');
	if (!take_int(r, &type, 0, UINT8_MAX, "bin type is no number up to 255") ||
		!take_int(r, &flags, 0, UINT8_MAX, "bin flags are no number up to 255"))
		return false;
	buf_reset(&n->pointer);
	value_push_name(&n->pointer, name.data);
	if (!value_msgpack_to_json(r->out, &n->types, &n->pointer, (uint8_t)type, (uint8_t)flags, &r->m, &e))
		return notify_fail(n, e.why, e.offset);
	return pass_over(r, extra);
}

/* [key, generation, expiry, lut, bins] */
static bool put_write(struct reading *r)
{
	int64_t gen, exp, lut;
	bool no_gen, no_exp, no_lut;
	uint32_t extra, bins;

	if (!take_array(r, 5, &extra, "write is no array of five") || !put_key(r))
		return false;
	if (!take_fact(r, &gen, &no_gen, "generation is no integer") || !take_fact(r, &exp, &no_exp, "expiry is no integer") ||
		!take_fact(r, &lut, &no_lut, "last update time is no integer"))
		return false;
	buf_lit(r->out, ",\"msg\":\"write\"");
	notify_put_gen(r->out, gen);
	notify_put_lut(r->out, lut);
	if (!no_exp)
		notify_put_exp(r->out, exp);
	buf_lit(r->out, "},\"bins\":{");
	if (!take_array(r, 0, &bins, "bins are no array"))
		return false;
	for (uint32_t i = 0; i < bins; i++) {
		if (i)
			buf_byte(r->out, ',');
		if (!put_bin(r))
			return false;
	}
	buf_byte(r->out, '}');
	return pass_over(r, extra);
}

/* [key, flags] */
static bool put_delete(struct reading *r)
{
	uint32_t extra;
	int64_t flags;

	if (!take_array(r, 2, &extra, "delete is no array of two") || !put_key(r))
		return false;
	if (!take_int(r, &flags, 0, INT64_MAX, "flags of a delete are no number"))
		return false;
	if (flags & FLAG_DURABLE)
		buf_lit(r->out, ",\"msg\":\"delete\",\"durable\":true}");
	else
		buf_lit(r->out, ",\"msg\":\"delete\",\"durable\":false}");
	return pass_over(r, extra);
}

bool notify_msgpack(struct notify *n, struct buf *out, struct span body)
{
	struct reading r = { .n = n, .out = out };
	int64_t version, type;
	uint32_t extra;

	mp_open(&r.m, body);
	if (!take_array(&r, 3, &extra, "message is no array of three") ||
		!take_int(&r, &version, 1, 1, "unknown message version") ||
		!take_int(&r, &type, TYPE_WRITE, TYPE_DELETE, "message type is neither write (1) nor delete (2)"))
		return false;
	if (type == TYPE_WRITE ? !put_write(&r) : !put_delete(&r))
		return false;
	if (!pass_over(&r, extra))
		return false;
	if (r.m.p != r.m.end)
		return notify_fail(n, "bytes behind the message", mp_offset(&r.m));
	notify_put_types(n, out);
	return true;
}
