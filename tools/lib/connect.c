/* SPDX-License-Identifier: Apache-2.0 */
#include "connect.h"
#include "connect_schema.h"
#include "err.h"
#include "json.h"

#include <stdlib.h>

#define SCHEMAS 64			/* kept at a time */
#define SCHEMA_MAX ((size_t)1 << 20)	/* bytes of one, as text and as read */

struct kept {
	char *text;
	size_t n;
	struct arena arena;
	struct connect_node *node;	/* NULL: it is none */
	const char *why;
};

struct connect {
	struct kept schemas[SCHEMAS];
	size_t used, last, next;	/* the one found last; the one to be replaced next */
	struct buf scratch;
};

struct connect *connect_new(void)
{
	return xcalloc(1, sizeof(struct connect));
}

static void forget(struct kept *k)
{
	free(k->text);
	arena_free(&k->arena);
	*k = (struct kept){ 0 };
}

void connect_free(struct connect *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->used; i++)
		forget(&c->schemas[i]);
	buf_free(&c->scratch);
	free(c);
}

static bool is(const struct kept *k, struct span text)
{
	return k->n == text.n && memcmp(k->text, text.p, text.n) == 0;
}

/* NULL when memory is out or the schema is too large. */
static struct kept *schema(struct connect *c, struct span text)
{
	struct kept *k;

	if (c->used && is(&c->schemas[c->last], text))
		return &c->schemas[c->last];
	for (size_t i = 0; i < c->used; i++)
		if (is(&c->schemas[i], text)) {
			c->last = i;
			return &c->schemas[i];
		}
	if (text.n > SCHEMA_MAX)
		return NULL;
	c->last = c->used < SCHEMAS ? c->used++ : c->next++ % SCHEMAS;
	k = &c->schemas[c->last];
	forget(k);
	k->text = malloc(text.n + 1);
	if (!k->text)
		return NULL;
	memcpy(k->text, text.p, text.n);
	k->n = text.n;
	k->arena.max = 16 * SCHEMA_MAX;
	k->node = connect_schema_read(&k->arena, (struct span){ k->text, k->n }, &k->why);
	return k;
}

/* Both members, whatever their order; false when it is not these two. */
static bool split(struct span text, struct span *schema_text, struct span *payload)
{
	struct json_member m;
	struct json j;

	*schema_text = *payload = (struct span){ 0 };
	json_open(&j, text);
	for (json_object(&j); json_member(&j, &m);) {
		struct span *to = json_key_is(&m, "schema") ? schema_text : json_key_is(&m, "payload") ? payload : NULL;

		if (!to || to->p)
			return false;
		json_value(&j, to);
	}
	return !j.error && schema_text->p && payload->p;
}

static bool has_type(struct span schema_text)
{
	enum json_type found = JSON_BAD;
	struct json_member m;
	struct json j;

	if (json_type_of(schema_text) == JSON_NULL)
		return true;
	json_open(&j, schema_text);
	for (json_object(&j); json_member(&j, &m);) {
		bool is_type = json_key_is(&m, "type");
		enum json_type type = json_value(&j, NULL);

		if (is_type)
			found = type;
	}
	return !j.error && found == JSON_STRING;
}

bool connect_is_envelope(struct span text)
{
	struct span schema_text, payload;

	return split(text, &schema_text, &payload) && has_type(schema_text);
}

bool connect_unwrap(struct connect *c, struct span text, struct typed *t)
{
	struct span schema_text, payload;
	struct kept *k;
	size_t start = t->out->n;
	bool good = true;

	if (!split(text, &schema_text, &payload))
		return typed_fail(t, "not an object of schema and payload");
	if (json_type_of(schema_text) == JSON_NULL) {
		buf_span(t->out, payload);
	} else {
		k = schema(c, schema_text);
		if (!k || !k->node)
			return typed_fail(t, "schema: %s", k ? k->why : "too large");
		good = connect_put(t, k->node, payload, &c->scratch);
	}
	if (good && t->out->full)
		good = typed_fail(t, "too large");
	/* What was taken over verbatim may have line ends between its tokens. */
	if (good)
		json_blank_line_ends(t->out->p + start, t->out->n - start);
	return good;
}
