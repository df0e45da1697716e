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

/* A record that came without its digest: the official key array computes it from set and user key, and has it third. */
static const char *computed_digest(struct outgoing *out, const struct record *r)
{
	struct span element = { 0 };
	const char *why;
	struct json j;

	buf_reset(&out->key_text);
	if (!format_key(&out->key_text, r, FORMAT_JSON, &why))
		return why;
	json_open(&j, buf_as_span(&out->key_text));
	json_array(&j);
	for (int i = 0; i < 3 && json_element(&j); i++)
		json_value(&j, &element);
	if (json_type_of(element) != JSON_STRING)
		return "neither digest nor userKey";
	out->key = (struct span){ element.p + 1, element.n - 2 };	/* base64: no escapes */
	return NULL;
}

static const char *digest(struct outgoing *out, const struct record *r)
{
	return r->digest.p ? key_given(out, r->digest) : computed_digest(out, r);
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
