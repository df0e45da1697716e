/* SPDX-License-Identifier: Apache-2.0 */
#include "notify.h"

#include "json.h"
#include "notify_put.h"

#include <strings.h>

/* Unix milliseconds of any date after March 1973 are more than this, Unix seconds of any date before the year 5138 less. */
#define SECONDS_BELOW INT64_C(100000000000)

void notify_init(struct notify *n)
{
	*n = (struct notify){ .ttl = NOTIFY_TTL_AUTO, .metadata_key = "metadata" };
}

void notify_free(struct notify *n)
{
	buf_free(&n->types);
	buf_free(&n->pointer);
	buf_free(&n->text);
	buf_free(&n->inflated);
}

bool notify_fail(struct notify *n, const char *why, size_t offset)
{
	n->why = why;
	n->offset = offset;
	return false;
}

const char *notify_format_name(enum notify_format f)
{
	switch (f) {
	case NOTIFY_WIRE:
		return "wire";
	case NOTIFY_JSON:
		return "json";
	case NOTIFY_FLAT_JSON:
		return "flat-json";
	case NOTIFY_MSGPACK:
		return "MessagePack";
	case NOTIFY_UNKNOWN:
		break;
	}
	return "unknown format";
}

bool notify_decode(struct notify *n, struct buf *out, enum notify_format f, struct span body, int64_t at)
{
	size_t before = out->n;
	bool ok = false;

	n->why = NULL;
	buf_reset(&n->types);
	buf_reset(&n->pointer);
	buf_reset(&n->text);
	switch (f) {
	case NOTIFY_WIRE:
		ok = notify_wire(n, out, body, at);
		break;
	case NOTIFY_JSON:
		ok = notify_json(n, out, body);
		break;
	case NOTIFY_FLAT_JSON:
		ok = notify_flat_json(n, out, body);
		break;
	case NOTIFY_MSGPACK:
		ok = notify_msgpack(n, out, body);
		break;
	case NOTIFY_UNKNOWN:
		notify_fail(n, "neither a binary notification nor JSON nor MessagePack", 0);
		break;
	}
	if (out->full || n->types.full || n->pointer.full || n->text.full)
		ok = notify_fail(n, "record line would be too long", 0);
	if (!ok) {
		out->n = before;
		out->full = false;
	}
	return ok;
}

static bool media_is(struct span type, const char *name)
{
	size_t n = strlen(name);

	return type.n == n && strncasecmp(type.p, name, n) == 0;
}

static struct span media_essence(struct span type)
{
	const char *semicolon = type.n ? memchr(type.p, ';', type.n) : NULL;

	if (semicolon)
		type.n = (size_t)(semicolon - type.p);
	while (type.n && (type.p[type.n - 1] == ' ' || type.p[type.n - 1] == '\t'))
		type.n--;
	while (type.n && (type.p[0] == ' ' || type.p[0] == '\t')) {
		type.p++;
		type.n--;
	}
	return type;
}

static enum notify_format by_first_bytes(struct notify *n, struct span body)
{
	const unsigned char *p = (const unsigned char *)body.p;
	size_t i = 0;

	if (body.n >= 2 && p[0] == 0x01 && (p[1] == 0x02 || p[1] == 0x16))
		return NOTIFY_WIRE;
	if (body.n >= 1 && p[0] == 0x93)
		return NOTIFY_MSGPACK;
	while (i < body.n && (p[i] == ' ' || p[i] == '\t' || p[i] == '\r' || p[i] == '\n'))
		i++;
	if (i < body.n && p[i] == '{')
		return notify_json_kind(n, body);
	notify_fail(n, body.n ? "neither a binary notification nor JSON nor MessagePack" : "no body", 0);
	return NOTIFY_UNKNOWN;
}

enum notify_format notify_format_of(struct notify *n, struct span media_type, struct span body)
{
	struct span type = media_essence(media_type);

	if (media_is(type, "application/octet-stream"))
		return NOTIFY_WIRE;
	if (media_is(type, "application/json"))
		return notify_json_kind(n, body);
	if (media_is(type, "application/x-msgpack") || media_is(type, "application/msgpack") ||
		media_is(type, "application/vnd.msgpack"))
		return NOTIFY_MSGPACK;
	return by_first_bytes(n, body);
}

enum notify_format notify_json_kind(struct notify *n, struct span body)
{
	bool msg = false, key = false, metadata = false;
	struct json_member m;
	struct json j;

	json_open(&j, body);
	for (json_object(&j); json_member(&j, &m);) {
		enum json_type type = json_value(&j, NULL);

		msg |= type == JSON_STRING && json_key_is(&m, "msg");
		key |= type == JSON_ARRAY && json_key_is(&m, "key");
		metadata |= type == JSON_OBJECT && json_key_is(&m, n->metadata_key);
	}
	if (!json_done(&j))
		notify_fail(n, j.error, json_offset(&j));
	else if (metadata)
		return NOTIFY_FLAT_JSON;
	else if (msg && key)
		return NOTIFY_JSON;
	else
		notify_fail(n, "JSON has neither msg and key nor metadata", 0);
	return NOTIFY_UNKNOWN;
}

void notify_put_types(struct notify *n, struct buf *out)
{
	if (!n->types.n)
		return;
	buf_lit(out, ",\"types\":{");
	buf_span(out, buf_as_span(&n->types));
	buf_byte(out, '}');
}

void notify_put_gen(struct buf *out, int64_t gen)
{
	if (!gen)
		return;
	buf_lit(out, ",\"gen\":");
	json_put_int64(out, gen);
}

void notify_put_lut(struct buf *out, int64_t lut)
{
	if (lut <= 0)
		return;
	buf_lit(out, ",\"lut\":");
	json_put_int64(out, lut < SECONDS_BELOW ? lut * 1000 : lut);
}

void notify_put_exp(struct buf *out, int64_t exp)
{
	buf_lit(out, ",\"exp\":");
	json_put_int64(out, exp < 0 ? 0 : exp);
}

void notify_put_raw(struct buf *out, struct span raw)
{
	size_t at = out->n;

	buf_span(out, raw);
	if (!raw.n || out->n == at || !memchr(raw.p, '\n', raw.n))
		return;
	for (; at < out->n; at++)
		if (out->p[at] == '\n' || out->p[at] == '\r')
			out->p[at] = ' ';
}
