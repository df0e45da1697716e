/* SPDX-License-Identifier: Apache-2.0 */
#include "format_said.h"
#include "tap.h"

/* What a sink's part of `to` makes of flat-json, metadata, false. */
static const char *said(const char *object)
{
	static char text[128];
	static struct buf scratch;
	struct format_options o = { .metadata_key = "metadata" };
	struct format_said s = { 0 };
	enum format f = FORMAT_FLAT_JSON;
	struct json_member m;
	struct json j;
	static const char *const names[] = { "json", "flat-json", "msgpack", "wire", "line" };	/* enum format */
	const char *why;
	int others = 0;

	json_open(&j, span_of(object));
	for (json_object(&j); json_member(&j, &m);)
		if (!format_said_read(&j, &m, &s)) {
			json_value(&j, NULL);
			others++;
		}
	if (!json_done(&j))
		return "not read to its end";
	why = format_said_apply(&s, &f, &o, &scratch);
	if (why)
		return why;
	snprintf(text, sizeof(text), "%s %s %d %d", names[f], o.metadata_key, o.keep_map_keys, others);
	return text;
}

int main(void)
{
	is_str(said("{}"), "flat-json metadata 0 0", "nothing is said");
	is_str(said("{\"format\":\"json\",\"x\":{\"format\":1}}"), "json metadata 0 1", "a format");
	is_str(said("{\"metadataKey\":\"m\\u0065ta\",\"keepMapKeys\":true}"), "flat-json meta 1 0", "its options");
	is_str(said("{\"f\\u006frmat\":\"message-pack\",\"metadataKey\":\"m\",\"keepMapKeys\":false}"), "msgpack m 0 0", "all of them");
	is_str(said("{\"format\":null,\"metadataKey\":null,\"keepMapKeys\":null}"), "flat-json metadata 0 0", "null says nothing");
	is_str(said("{\"format\":\"wire\"}"), "format is none of json, flat-json, msgpack and line", "wire is none for sinks");
	is_str(said("{\"format\":\"a word that is longer than any\"}"), "format is none of json, flat-json, msgpack and line", "nor a long word");
	is_str(said("{\"format\":1}"), "format is none of json, flat-json, msgpack and line", "nor a number");
	is_str(said("{\"metadataKey\":\"\"}"), "metadataKey is not a name", "an empty name");
	is_str(said("{\"metadataKey\":\"a\\u0000\"}"), "metadataKey is not a name", "a NUL");
	is_str(said("{\"metadataKey\":7}"), "metadataKey is not a name", "a number as name");
	is_str(said("{\"keepMapKeys\":\"true\"}"), "keepMapKeys is neither true nor false", "a text as truth");
	return tap_end();
}
