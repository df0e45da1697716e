/* SPDX-License-Identifier: Apache-2.0 */
#include "select.h"

#include "err.h"

#include <stdio.h>
#include <stdlib.h>

/* Cut a JSON Pointer into its tokens, in place. */
static const char *cut_pointer(struct selector *s)
{
	char *from = s->tokens, *to = s->tokens;

	while (*from) {
		from++;		/* the slash */
		if (s->n_tokens == POINTER_DEPTH_MAX)
			return "a JSON Pointer of more than 64 parts";
		struct span *token = &s->token[s->n_tokens++];
		token->p = to;
		while (*from && *from != '/') {
			if (*from == '~' && from[1] != '0' && from[1] != '1')
				return "no JSON Pointer: ~ is written ~0, and / is ~1";
			if (*from == '~')
				*to++ = *++from == '0' ? '~' : '/';
			else
				*to++ = *from;
			from++;
		}
		token->n = (size_t)(to - token->p);
		if (*from)
			*to++ = '\0';
	}
	return NULL;
}

static const char *set_path(struct selector *s, enum source source, const char *name)
{
	if (!name || !*name)
		return "needs the name of a field";
	if (!utf8_valid(span_of(name)))
		return "is not UTF-8";
	s->source = source;
	s->tokens = xstrdup(name);
	if (*name == '/' && source != SOURCE_HEADER)
		return cut_pointer(s);
	s->token[0] = span_of(s->tokens);
	s->n_tokens = 1;
	return NULL;
}

const char *select_static(struct selector *s, const char *value)
{
	struct buf raw = { 0 };

	if (!utf8_valid(span_of(value)))
		return "is not UTF-8";
	if (!s->text)
		s->text = xstrdup(value);
	s->source = SOURCE_STATIC;
	json_put_string(&raw, span_of(value));
	buf_byte(&raw, '\0');
	if (raw.full)
		die(EX_UNAVAILABLE, "out of memory");
	s->raw = raw.p;
	return NULL;
}

static const char *set_meta(struct selector *s, const char *what)
{
	static const char *const names[] = { "topic", "partition", "offset", "timestamp" };

	if (strncmp(what, "header:", 7) == 0)
		return set_path(s, SOURCE_HEADER, what + 7);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(what, names[i]) == 0) {
			s->source = (enum source)(SOURCE_TOPIC + i);
			return NULL;
		}
	return "not meta:topic, meta:partition, meta:offset, meta:timestamp or meta:header:NAME";
}

static const char *parse(struct selector *s, const char *text, bool plain_static)
{
	if (strncmp(text, "field:", 6) == 0)
		return set_path(s, SOURCE_FIELD, text + 6);
	if (strncmp(text, "key-field:", 10) == 0)
		return set_path(s, SOURCE_KEY_FIELD, text + 10);
	if (strncmp(text, "meta:", 5) == 0)
		return set_meta(s, text + 5);
	if (strncmp(text, "static:", 7) == 0)
		return select_static(s, text + 7);
	if (strcmp(text, "key") == 0)
		s->source = SOURCE_KEY;
	else if (strcmp(text, "value") == 0)
		s->source = SOURCE_VALUE;
	else if (plain_static)
		return select_static(s, text);
	else
		return "not field:NAME, value, key, key-field:NAME, meta:... or static:TEXT";
	return NULL;
}

const char *select_parse(struct selector *s, const char *text, bool plain_static)
{
	const char *why;

	select_free(s);
	s->text = xstrdup(text);
	why = parse(s, text, plain_static);
	if (why)
		select_free(s);
	return why;
}

const char *select_source(struct selector *s, const char *source, const char *field_name)
{
	const char *why = "source is not key, key-field, value-field, value or meta";
	size_t size = strlen(source) + (field_name ? strlen(field_name) : 0) + 2;

	select_free(s);
	s->text = xmalloc(size);
	snprintf(s->text, size, "%s%s%s", source, field_name ? ":" : "", field_name ? field_name : "");
	if (strcmp(source, "value-field") == 0)
		why = set_path(s, SOURCE_FIELD, field_name);
	else if (strcmp(source, "key-field") == 0)
		why = set_path(s, SOURCE_KEY_FIELD, field_name);
	else if (strcmp(source, "meta") == 0)
		why = set_meta(s, field_name ? field_name : "");
	else if ((strcmp(source, "key") == 0 || strcmp(source, "value") == 0) && field_name)
		why = "field-name goes with value-field, key-field and meta";
	else if (strcmp(source, "key") == 0)
		why = NULL, s->source = SOURCE_KEY;
	else if (strcmp(source, "value") == 0)
		why = NULL, s->source = SOURCE_VALUE;
	if (why)
		select_free(s);
	return why;
}

void select_free(struct selector *s)
{
	free(s->text);
	free(s->tokens);
	free(s->raw);
	*s = (struct selector){ 0 };
}

/* The member of an object, whose names may be written with escapes. Of two of one name neither can be meant: the walk over the
 * values refuses them. */
static struct span member(struct span object, struct span name)
{
	struct span value = { NULL, 0 }, found = { NULL, 0 };
	struct buf scratch = { 0 };
	struct json_member m;
	struct json j;

	json_open(&j, object);
	for (json_object(&j); !found.p && json_member(&j, &m);) {
		struct span key = m.key;

		if (m.escaped) {
			buf_reset(&scratch);
			key = json_text((struct span){ key.p - 1, key.n + 2 }, &scratch);
		}
		json_value(&j, &value);
		if (key.p && span_eq(key, name))
			found = value;
	}
	buf_free(&scratch);
	return found;
}

static struct span element(struct span array, struct span token)
{
	struct span value = { NULL, 0 };
	uint64_t wanted, i = 0;
	struct json j;

	if (!json_uint64(token, &wanted) || (token.n > 1 && token.p[0] == '0'))
		return (struct span){ NULL, 0 };
	json_open(&j, array);
	for (json_array(&j); json_element(&j); i++) {
		json_value(&j, &value);
		if (i == wanted)
			return value;
	}
	return (struct span){ NULL, 0 };
}

static struct span descend(const struct selector *s, size_t from, struct span raw)
{
	for (; from < s->n_tokens && raw.p; from++) {
		enum json_type type = json_type_of(raw);

		raw = type == JSON_OBJECT ? member(raw, s->token[from]) : type == JSON_ARRAY ? element(raw, s->token[from]) :
			(struct span){ NULL, 0 };
	}
	return raw;
}

static struct found found(struct span raw)
{
	return (struct found){ raw, false };
}

static struct found one_of(struct span json, struct span base64)
{
	return json.p ? found(json) : (struct found){ base64, true };
}

struct found select_find(const struct selector *s, const struct kafka_line *k)
{
	const struct field *f;

	switch (s->source) {
	case SOURCE_STATIC:
		return found(span_of(s->raw));
	case SOURCE_FIELD:
		f = kafka_line_field(k, s->token[0]);
		return found(f ? descend(s, 1, f->raw) : (struct span){ NULL, 0 });
	case SOURCE_VALUE:
		return one_of(k->value, k->value64);
	case SOURCE_KEY:
		return one_of(k->key, k->key64);
	case SOURCE_KEY_FIELD:
		return found(descend(s, 0, k->key));
	case SOURCE_TOPIC:
		return found(k->topic);
	case SOURCE_PARTITION:
		return found(k->partition);
	case SOURCE_OFFSET:
		return found(k->offset);
	case SOURCE_TIMESTAMP:
		return found(k->timestamp);
	case SOURCE_HEADER:
		return found(k->headers.p ? member(k->headers, s->token[0]) : (struct span){ NULL, 0 });
	case SOURCE_NONE:
		break;
	}
	return found((struct span){ NULL, 0 });
}

const char *select_name(const struct selector *s)
{
	static char name[128];
	const char *text = s->tokens ? s->text : "";
	const char *colon = strchr(text, ':');

	switch (s->source) {
	case SOURCE_FIELD:
		snprintf(name, sizeof(name), "the field \"%.80s\"", colon ? colon + 1 : "");
		break;
	case SOURCE_KEY_FIELD:
		snprintf(name, sizeof(name), "the key's field \"%.80s\"", colon ? colon + 1 : "");
		break;
	case SOURCE_HEADER:
		snprintf(name, sizeof(name), "the header \"%.80s\"", s->token[0].p);
		break;
	case SOURCE_VALUE:
		return "the value";
	case SOURCE_KEY:
		return "the key";
	case SOURCE_TOPIC:
		return "the topic";
	case SOURCE_PARTITION:
		return "the partition";
	case SOURCE_OFFSET:
		return "the offset";
	case SOURCE_TIMESTAMP:
		return "the timestamp";
	default:
		return "the static text";
	}
	return name;
}
