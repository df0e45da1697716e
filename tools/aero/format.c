/* SPDX-License-Identifier: Apache-2.0 */
#include "format_parts.h"

#include "base64.h"
#include "bytes.h"
#include "particle.h"

#include <stdio.h>

static const struct {
	const char *word, *media_type;
} formats[] = {
	[FORMAT_JSON] = { "json", "application/json" },
	[FORMAT_FLAT_JSON] = { "flat-json", "application/json" },
	[FORMAT_MSGPACK] = { "msgpack", "application/x-msgpack" },
	[FORMAT_WIRE] = { "wire", "application/octet-stream" },
	[FORMAT_LINE] = { "line", "application/x-ndjson" },
};

int format_of(const char *word)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (!strcmp(word, formats[i].word))
			return (int)i;
	return strcmp(word, "message-pack") ? -1 : FORMAT_MSGPACK;
}

const char *format_media_type(enum format f)
{
	return formats[f].media_type;
}

void format_fail(struct formatter *f, struct span bin, const char *why)
{
	if (f->why[0])
		return;
	if (bin.p)
		snprintf(f->why, sizeof(f->why), "bin %.*s: %s", (int)(bin.n < 100 ? bin.n : 100), bin.p, why);
	else
		snprintf(f->why, sizeof(f->why), "%s", why);
}

bool format_failed(const struct formatter *f)
{
	return f->why[0];
}

void bins_open(struct bins *b, struct formatter *f)
{
	b->f = f;
	json_open(&b->j, f->r->bins.p ? f->r->bins : SPAN("{}"));
	json_object(&b->j);
}

bool bins_next(struct bins *b, struct bin *bin)
{
	struct json_member m;

	if (format_failed(b->f) || !json_member(&b->j, &m))
		return false;
	bin->raw_name = bin->name = m.key;
	if (m.escaped)
		bin->name = format_text(b->f, (struct span){ m.key.p - 1, m.key.n + 2 });
	return !format_failed(b->f) && json_value(&b->j, &bin->raw) != JSON_BAD;
}

struct span format_text(struct formatter *f, struct span raw)
{
	struct span text;

	if (!raw.p)
		return raw;
	buf_reset(&f->text);
	text = json_text(raw, &f->text);
	if (!text.p)
		format_fail(f, (struct span){ 0 }, "a name is no string of Unicode text");
	return text;
}

static bool number_bytes(unsigned char out[8], uint8_t particle, struct span raw)
{
	int64_t i;
	uint64_t bits;
	double d;

	if (particle == PARTICLE_INTEGER) {
		if (!json_int64(raw, &i))
			return false;
		bits = (uint64_t)i;
	} else {
		if (!json_double(raw, &d))
			return false;
		memcpy(&bits, &d, sizeof(bits));
	}
	put_be64(out, bits);
	return true;
}

uint8_t format_user_key(struct formatter *f, unsigned char number[8], struct span *bytes)
{
	struct span raw = f->r->user_key;
	struct packer *k = &f->pack;
	const struct mark *m = NULL;
	uint8_t particle;

	if (!raw.p)
		return PARTICLE_NULL;
	if (f->types.n)
		m = types_find(&f->types, SPAN("userKey"));
	particle = pack_particle_of(m, raw);
	if (particle == PARTICLE_INTEGER || particle == PARTICLE_FLOAT) {
		if (!number_bytes(number, particle, raw))
			format_fail(f, (struct span){ 0 }, "userKey: number out of range");
		*bytes = (struct span){ (char *)number, 8 };
		return particle;
	}
	if (json_type_of(raw) != JSON_STRING) {
		format_fail(f, (struct span){ 0 }, "userKey is neither a number nor a string");
		return PARTICLE_NULL;
	}
	k->why = NULL;
	*bytes = pack_bytes(k, m, raw);
	if (k->why)
		format_fail(f, (struct span){ 0 }, "userKey: not what types says");
	k->why = NULL;
	return particle;
}

bool format_digest(struct formatter *f, uint8_t digest[DIGEST_SIZE])
{
	struct span text = format_text(f, f->r->digest), key = { 0 };
	unsigned char number[8];
	uint8_t particle;

	if (text.p) {
		struct buf *bytes = &f->pack.bytes;

		buf_reset(bytes);
		if (base64_decode(bytes, text) && bytes->n == DIGEST_SIZE)
			memcpy(digest, bytes->p, DIGEST_SIZE);
		else
			format_fail(f, (struct span){ 0 }, "digest is not 20 bytes of base64");
		return !format_failed(f);
	}
	particle = format_user_key(f, number, &key);
	if (particle == PARTICLE_NULL)
		format_fail(f, (struct span){ 0 }, "neither digest nor userKey");
	if (format_failed(f))
		return false;
	digest_compute(digest, format_text(f, f->r->set), particle, key);
	return true;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Where a member stands, with the comma to take out with it: the one before, or the one behind when that is gone already. The
 * member is found by its value, going back over its key, so that nothing is scanned anew. */
static void member_extent(struct span line, struct span value, size_t done, size_t *from, size_t *to)
{
	const char *p = value.p, *end = value.p + value.n;

	while (*--p != ':')
		;
	while (*--p != '"')
		;
	while (*--p != '"')	/* neither name has a quote inside, however it is escaped */
		;
	while (is_space(p[-1]))
		p--;
	if (p[-1] == ',' && (size_t)(p - 1 - line.p) >= done) {
		p--;
	} else {
		while (end < line.p + line.n && is_space(*end))
			end++;
		if (end < line.p + line.n && *end == ',')
			end++;
	}
	*from = (size_t)(p - line.p);
	*to = (size_t)(end - line.p);
}

/* The line without the members id and to. */
static void format_line(struct formatter *f)
{
	const struct record *r = f->r;
	bool swap = r->id.p && r->to.p && r->id.p > r->to.p;
	struct span gone[2] = { swap ? r->to : r->id, swap ? r->id : r->to };
	size_t done = 0, from, to;

	for (int i = 0; i < 2; i++) {
		if (!gone[i].p)
			continue;
		member_extent(r->line, gone[i], done, &from, &to);
		buf_put(f->out, r->line.p + done, from - done);
		done = to;
	}
	buf_put(f->out, r->line.p + done, r->line.n - done);
}

static void format_any(struct formatter *f, enum format format)
{
	switch (format) {
	case FORMAT_JSON: format_json(f); break;
	case FORMAT_FLAT_JSON: format_flat_json(f); break;
	case FORMAT_MSGPACK: format_msgpack(f); break;
	case FORMAT_WIRE: format_wire(f); break;
	case FORMAT_LINE: format_line(f); break;
	}
}

static void format_any_key(struct formatter *f, enum format format)
{
	switch (format) {
	case FORMAT_JSON: format_json_key(f); break;
	case FORMAT_MSGPACK: format_msgpack_key(f); break;
	default: format_flat_json_key(f); break;
	}
}

static bool run(struct buf *out, const struct record *r, enum format format, const struct format_options *opt, const char **why,
	void (*writer)(struct formatter *, enum format))
{
	static const struct format_options defaults;
	static _Thread_local struct formatter f;	/* keeps its scratch memory from record to record */
	size_t before = out->n;

	f.r = r;
	f.opt = opt ? opt : &defaults;
	f.out = out;
	f.why[0] = '\0';
	if (format != FORMAT_LINE && !types_open(&f.types, r->types))
		format_fail(&f, (struct span){ 0 }, f.types.why);
	else
		writer(&f, format);
	if (out->full)
		format_fail(&f, (struct span){ 0 }, "message too large");
	if (!format_failed(&f))
		return true;
	out->n = before;
	*why = f.why;
	return false;
}

bool format_write(struct buf *out, const struct record *r, enum format format, const struct format_options *opt, const char **why)
{
	return run(out, r, format, opt, why, format_any);
}

bool format_key(struct buf *out, const struct record *r, enum format format, const char **why)
{
	return run(out, r, format, NULL, why, format_any_key);
}

static void format_any_digest(struct formatter *f, enum format format)
{
	uint8_t digest[DIGEST_SIZE];

	(void)format;
	if (format_digest(f, digest))
		base64_encode(f->out, digest, sizeof(digest));
}

bool format_record_digest(struct buf *out, const struct record *r, const char **why)
{
	return run(out, r, FORMAT_JSON, NULL, why, format_any_digest);
}
