/* SPDX-License-Identifier: Apache-2.0 */
#include "format_said.h"

#define WORD_MAX 16

bool format_said_read(struct json *j, const struct json_member *m, struct format_said *s)
{
	struct span *raw = json_key_is(m, "format") ? &s->format : json_key_is(m, "metadataKey") ? &s->metadata_key :
		json_key_is(m, "keepMapKeys") ? &s->keep_map_keys : NULL;

	if (!raw)
		return false;
	if (json_value(j, raw) == JSON_NULL)
		*raw = (struct span){ NULL, 0 };
	return true;
}

static bool read_format(struct span raw, enum format *f, struct buf *scratch)
{
	struct span text;
	char word[WORD_MAX];
	int found = -1;

	buf_reset(scratch);
	text = json_text(raw, scratch);
	if (text.p && text.n < sizeof(word)) {
		memcpy(word, text.p, text.n);
		word[text.n] = '\0';
		found = format_of(word);
	}
	if (found < 0 || found == FORMAT_WIRE)
		return false;
	*f = (enum format)found;
	return true;
}

const char *format_said_apply(const struct format_said *s, enum format *f, struct format_options *o, struct buf *scratch)
{
	if (s->format.p && !read_format(s->format, f, scratch))
		return "format is none of json, flat-json, msgpack and line";
	if (s->keep_map_keys.p) {
		o->keep_map_keys = json_type_of(s->keep_map_keys) == JSON_TRUE;
		if (!o->keep_map_keys && json_type_of(s->keep_map_keys) != JSON_FALSE)
			return "keepMapKeys is neither true nor false";
	}
	if (s->metadata_key.p) {
		struct span text;

		buf_reset(scratch);
		text = json_text(s->metadata_key, scratch);
		if (!text.p || !text.n || memchr(text.p, '\0', text.n))
			return "metadataKey is not a name";
		if (text.p != scratch->p)
			buf_span(scratch, text);
		buf_byte(scratch, '\0');
		if (scratch->full)
			return "metadataKey is too long";
		o->metadata_key = scratch->p;
	}
	return NULL;
}
