/* SPDX-License-Identifier: Apache-2.0 */
#include "topics.h"

#include "err.h"

#include <stdlib.h>

struct mapping *topics_add(struct topics *t)
{
	struct mapping *more = reallocarray(t->mapping, t->n + 1, sizeof(*more));

	if (!more)
		die(EX_UNAVAILABLE, "out of memory");
	t->mapping = more;
	more[t->n] = (struct mapping){ 0 };
	return &more[t->n++];
}

static bool fits(const struct mapping *g, const char *topic)
{
	if (!g->topic)
		return true;
	if (g->has_pattern)
		return topic && regexec(&g->pattern, topic, 0, NULL, 0) == 0;
	return topic && strcmp(g->topic, topic) == 0;
}

/* A literal name goes before all patterns. */
static const struct mapping *look_for(const struct topics *t, const char *topic)
{
	for (int patterns = 0; patterns < 2; patterns++)
		for (size_t i = 0; i < t->n; i++)
			if (t->mapping[i].has_pattern == (patterns == 1) && fits(&t->mapping[i], topic))
				return &t->mapping[i];
	return NULL;
}

static const char *plain_text(struct topics *t, struct span raw)
{
	struct span text;

	if (!raw.p)
		return NULL;
	buf_reset(&t->text);
	text = json_text(raw, &t->text);
	if (!text.p || memchr(text.p, '\0', text.n))
		return NULL;
	if (text.p != t->text.p)
		buf_span(&t->text, text);
	buf_byte(&t->text, '\0');
	return t->text.full ? NULL : t->text.p;
}

const struct mapping *topics_find(struct topics *t, struct span raw)
{
	struct topic_known *known;
	const struct mapping *g;

	if (t->n == 1 && !t->mapping[0].topic)
		return &t->mapping[0];
	if (!raw.p || raw.n > 512)
		return look_for(t, plain_text(t, raw));
	known = &t->known[(raw.n * 31 + (unsigned char)raw.p[raw.n - 2] + (raw.n > 4 ? 7u * (unsigned char)raw.p[raw.n / 2] : 0)) % TOPICS_KNOWN];
	if (known->raw.n && span_eq(buf_as_span(&known->raw), raw))
		return known->mapping;
	g = look_for(t, plain_text(t, raw));
	buf_reset(&known->raw);
	buf_span(&known->raw, raw);
	known->mapping = g;
	return g;
}

void topics_free(struct topics *t)
{
	for (size_t i = 0; i < t->n; i++)
		mapping_free(&t->mapping[i]);
	free(t->mapping);
	for (size_t i = 0; i < TOPICS_KNOWN; i++)
		buf_free(&t->known[i].raw);
	buf_free(&t->text);
}
