/* SPDX-License-Identifier: Apache-2.0 */
#include "answer.h"

#include "json_scan.h"

#include <math.h>
#include <msgpack/pack.h>

static int write_out(void *out, const char *p, size_t n)
{
	buf_put(out, p, n);
	return 0;	/* the buffer remembers when it is full */
}

static msgpack_packer packer(const struct answer *a)
{
	return (msgpack_packer){ .data = a->out, .callback = write_out };
}

static void item(struct answer *a)
{
	if (a->comma && !a->msgpack)
		buf_byte(a->out, ',');
	a->comma = true;
}

void answer_map(struct answer *a, uint32_t n)
{
	msgpack_packer mp = packer(a);

	item(a);
	if (a->msgpack)
		msgpack_pack_map(&mp, n);
	else
		buf_byte(a->out, '{');
	a->comma = false;
}

void answer_map_end(struct answer *a)
{
	if (!a->msgpack)
		buf_byte(a->out, '}');
	a->comma = true;
}

void answer_list(struct answer *a, uint32_t n)
{
	msgpack_packer mp = packer(a);

	item(a);
	if (a->msgpack)
		msgpack_pack_array(&mp, n);
	else
		buf_byte(a->out, '[');
	a->comma = false;
}

void answer_list_end(struct answer *a)
{
	if (!a->msgpack)
		buf_byte(a->out, ']');
	a->comma = true;
}

void answer_key(struct answer *a, struct span name)
{
	answer_text(a, name);
	if (!a->msgpack)
		buf_byte(a->out, ':');
	a->comma = false;
}

void answer_null(struct answer *a)
{
	item(a);
	if (a->msgpack)
		buf_byte(a->out, (char)0xc0);
	else
		buf_lit(a->out, "null");
}

void answer_bool(struct answer *a, bool yes)
{
	item(a);
	if (a->msgpack)
		buf_byte(a->out, (char)(yes ? 0xc3 : 0xc2));
	else
		buf_span(a->out, yes ? SPAN("true") : SPAN("false"));
}

void answer_int(struct answer *a, int64_t i)
{
	msgpack_packer mp = packer(a);

	item(a);
	if (a->msgpack)
		msgpack_pack_int64(&mp, i);
	else
		json_put_int64(a->out, i);
}

void answer_uint(struct answer *a, uint64_t u)
{
	msgpack_packer mp = packer(a);

	item(a);
	if (a->msgpack)
		msgpack_pack_uint64(&mp, u);
	else
		json_put_uint64(a->out, u);
}

void answer_double(struct answer *a, double d)
{
	msgpack_packer mp = packer(a);

	item(a);
	if (a->msgpack)
		msgpack_pack_double(&mp, d);
	else if (isfinite(d))
		json_put_double(a->out, d);
	else
		buf_span(a->out, isnan(d) ? SPAN("\"NaN\"") : d > 0 ? SPAN("\"Infinity\"") : SPAN("\"-Infinity\""));
}

/* Most text is plain and goes in as it stands. */
static void json_text_item(struct buf *out, struct span text)
{
	char *to;

	if (text.n && json_skip_plain(text.p, text.p + text.n) < text.p + text.n) {
		if (utf8_valid(text))
			json_put_string(out, text);
		else
			json_put_lossy(out, text, SIZE_MAX);
		return;
	}
	to = buf_reserve(out, text.n + 2);
	if (!to)
		return;
	*to++ = '"';
	if (text.n)
		memcpy(to, text.p, text.n);
	to[text.n] = '"';
	out->n += text.n + 2;
}

void answer_text(struct answer *a, struct span text)
{
	msgpack_packer mp = packer(a);

	item(a);
	if (!a->msgpack) {
		json_text_item(a->out, text);
		return;
	}
	if (utf8_valid(text))
		msgpack_pack_str(&mp, text.n);
	else
		msgpack_pack_bin(&mp, text.n);
	buf_span(a->out, text);
}

void answer_bytes(struct answer *a, struct span bytes)
{
	msgpack_packer mp = packer(a);

	item(a);
	if (a->msgpack) {
		msgpack_pack_bin(&mp, bytes.n);
		buf_span(a->out, bytes);
	} else {
		json_put_base64(a->out, bytes.p, bytes.n);
	}
}

void answer_ext(struct answer *a, uint8_t type, struct span bytes)
{
	msgpack_packer mp = packer(a);

	item(a);
	msgpack_pack_ext(&mp, bytes.n, (int8_t)type);
	buf_span(a->out, bytes);
}

void answer_raw(struct answer *a, struct span value)
{
	item(a);
	buf_span(a->out, value);
}
