/* SPDX-License-Identifier: Apache-2.0 */
#include "key.h"

const char *key_given(struct outgoing *out, struct span raw)
{
	out->key = raw;
	if (json_type_of(raw) != JSON_STRING)
		return NULL;
	buf_reset(&out->key_text);
	out->key = json_text(raw, &out->key_text);
	return out->key.p ? NULL : "the key is not Unicode text";
}

/* Of the record, or computed from set and user key. */
static const char *digest(struct outgoing *out, const struct record *r)
{
	const char *why;

	buf_reset(&out->key_text);
	if (!format_record_digest(&out->key_text, r, &why))
		return why;
	out->key = buf_as_span(&out->key_text);
	return NULL;
}

static const char *official(struct outgoing *out, const struct record *r, enum format format)
{
	const char *why;

	buf_reset(&out->key_text);
	if (!format_key(&out->key_text, r, format, &why))
		return why;
	out->key = buf_as_span(&out->key_text);
	return NULL;
}

static bool is_value(struct span raw)
{
	return raw.p && json_type_of(raw) != JSON_NULL;
}

const char *key_make(struct outgoing *out, const struct record *r, const struct options *o, enum format format)
{
	struct span raw = { 0 };

	switch (o->key) {
	case KEY_NONE: return NULL;
	case KEY_OFFICIAL: return official(out, r, format);
	case KEY_USER_KEY: raw = r->user_key; break;
	case KEY_SET: raw = r->set; break;
	case KEY_BIN: raw = record_bin(r, span_of(o->key_bin)); break;
	case KEY_DIGEST: break;
	}
	return is_value(raw) ? key_given(out, raw) : digest(out, r);
}
