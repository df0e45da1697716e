/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SELECT_H
#define SELECT_H

#include "kafka_line.h"

/* Where a part of a record comes from. One grammar for all parts (cn-map(1), Selectors):
 *	field:NAME field:/POINTER	a field of the value
 *	value				the whole value
 *	key				the whole Kafka key
 *	key-field:NAME ...:/POINTER	a field of a key that is an object
 *	meta:topic meta:partition meta:offset meta:timestamp meta:header:NAME
 *	static:TEXT			this text; where a fixed text is usual, also plain TEXT */
enum source { SOURCE_NONE, SOURCE_STATIC, SOURCE_FIELD, SOURCE_VALUE, SOURCE_KEY, SOURCE_KEY_FIELD, SOURCE_TOPIC, SOURCE_PARTITION,
	SOURCE_OFFSET, SOURCE_TIMESTAMP, SOURCE_HEADER };

#define POINTER_DEPTH_MAX 64

struct selector {
	enum source source;
	char *text;		/* as it was written, for messages; owned */
	struct span token[POINTER_DEPTH_MAX];	/* the way down from the value or the key; one for a plain name, and for a header */
	size_t n_tokens;
	char *tokens;		/* what they point into; owned */
	char *raw;		/* SOURCE_STATIC: its JSON text; owned */
};

/* What a selector found: raw JSON text, absent when there is nothing. */
struct found {
	struct span raw;
	bool bytes;		/* the string is base64 of bytes */
};

/* NULL when that went well, else why it is no selector. plain_static: text without a known prefix is a static text. */
const char *select_parse(struct selector *s, const char *text, bool plain_static);
/* The parts of a configuration that names them apart: "static" and its text, or a source and its field. */
const char *select_static(struct selector *s, const char *value);
const char *select_source(struct selector *s, const char *source, const char *field_name);
void select_free(struct selector *s);

struct found select_find(const struct selector *s, const struct kafka_line *k);
/* "the field \"a\"", "the key", for messages; good until the next call. */
const char *select_name(const struct selector *s);

#endif
