/* SPDX-License-Identifier: Apache-2.0 */
#include "dest.h"

#include "json.h"

static const struct {
	const char *kind, *member;
	size_t max;
} kinds[] = {
	[DEST_KAFKA] = { "kafka", "topic", 249 },
	[DEST_KINESIS] = { "kinesis", "stream", 128 },
	[DEST_HTTP] = { "http", "destination", 1024 },
	[DEST_SINK] = { "sink", NULL, 1024 },
};

int dest_kind_of(struct span word)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (span_is(word, kinds[i].kind))
			return (int)i;
	return -1;
}

const char *dest_kind_name(enum dest_kind kind)
{
	return kinds[kind].kind;
}

const char *dest_parse(const char *text, enum dest_kind *kind, struct span *name)
{
	const char *colon = strchr(text, ':');

	if (!colon)
		return "not of the form KIND:NAME, as in kafka:orders";
	int k = dest_kind_of((struct span){ text, (size_t)(colon - text) });
	if (k < 0)
		return "unknown kind of destination: not kafka, kinesis, http or sink";
	*kind = (enum dest_kind)k;
	*name = span_of(colon + 1);
	return dest_check(*kind, *name);
}

static bool plain(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

const char *dest_check(enum dest_kind kind, struct span name)
{
	if (name.n == 0)
		return "the name is empty";
	if (name.n > kinds[kind].max)
		return kind == DEST_KAFKA ? "the topic name is longer than 249 characters" :
			kind == DEST_KINESIS ? "the stream name is longer than 128 characters" : "the name is longer than 1024 bytes";
	if (kind == DEST_HTTP || kind == DEST_SINK) {
		for (size_t i = 0; i < name.n; i++)
			if ((unsigned char)name.p[i] < 0x20 || name.p[i] == 0x7f)
				return "the name has control characters";
		return utf8_valid(name) ? NULL : "the name is not valid UTF-8";
	}
	for (size_t i = 0; i < name.n; i++)
		if (!plain((unsigned char)name.p[i]))
			return kind == DEST_KAFKA ? "a topic name takes only a-z A-Z 0-9 . _ -" : "a stream name takes only a-z A-Z 0-9 . _ -";
	if (kind == DEST_KAFKA && (span_is(name, ".") || span_is(name, "..")))
		return "a topic can't be called . or ..";
	return NULL;
}

void dest_put(struct buf *b, enum dest_kind kind, struct span name, struct span more)
{
	if (kind == DEST_SINK) {
		json_put_string(b, name);
		buf_lit(b, ":{");
	} else {
		buf_printf(b, "\"%s\":{\"%s\":", kinds[kind].kind, kinds[kind].member);
		json_put_string(b, name);
	}
	if (more.n) {
		if (kind != DEST_SINK)
			buf_byte(b, ',');
		buf_span(b, more);
	}
	buf_byte(b, '}');
}
