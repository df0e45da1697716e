/* SPDX-License-Identifier: Apache-2.0 */
/* A mapping, put together from what options and files say. */
#include "mapping.h"

#include "err.h"

#include <stdio.h>
#include <stdlib.h>

static char why[256];

static const char *check_bin(const struct mapping *g, const char *name)
{
	size_t n = strlen(name);

	if (n < 1 || n > BIN_MAX || !utf8_valid(span_of(name))) {
		snprintf(why, sizeof(why), "the bin \"%.64s\": a name has 1 to %d bytes of UTF-8", name, BIN_MAX);
		return why;
	}
	for (size_t i = 0; i < g->n_bins; i++)
		if (strcmp(g->bin[i].name, name) == 0) {
			snprintf(why, sizeof(why), "the bin \"%s\" is there twice", name);
			return why;
		}
	return g->n_bins == BINS_MAX ? "more than 32767 bins" : NULL;
}

static char *label_of(const char *name)
{
	struct buf label = { 0 };

	json_put_string(&label, span_of(name));
	buf_put(&label, ":", 2);
	if (label.full)
		die(EX_UNAVAILABLE, "out of memory");
	return label.p;
}

static char *hint_of(const struct selector *s)
{
	struct buf hint = { 0 };

	if (s->source == SOURCE_FIELD || s->source == SOURCE_VALUE)
		buf_lit(&hint, "/value");
	else if (s->source == SOURCE_KEY || s->source == SOURCE_KEY_FIELD)
		buf_lit(&hint, "/key");
	for (size_t i = 0; i < s->n_tokens && s->source != SOURCE_HEADER; i++)
		types_push(&hint, s->token[i]);
	buf_byte(&hint, '\0');
	if (hint.full)
		die(EX_UNAVAILABLE, "out of memory");
	return hint.p;
}

const char *mapping_add_bin(struct mapping *g, const char *name, struct selector *from)
{
	const char *wrong = check_bin(g, name);

	if (wrong) {
		select_free(from);
		return wrong;
	}
	struct bin_rule *more = reallocarray(g->bin, g->n_bins + 1, sizeof(*more));
	if (!more)
		die(EX_UNAVAILABLE, "out of memory");
	g->bin = more;
	g->bin[g->n_bins++] = (struct bin_rule){ .name = xstrdup(name), .label = label_of(name), .hint = hint_of(from), .from = *from };
	*from = (struct selector){ 0 };
	return NULL;
}

/* The next part of a list with commas, without blanks around it; NULL at the end. */
static char *next_part(char **list)
{
	char *part = *list, *end;

	if (!part)
		return NULL;
	end = strchr(part, ',');
	*list = end ? end + 1 : NULL;
	if (!end)
		end = part + strlen(part);
	while (end > part && end[-1] == ' ')
		end--;
	*end = '\0';
	return part + strspn(part, " ");
}

static const char *add_field(struct mapping *g, char *part)
{
	/* A field's name may hold colons, a bin's rarely: the last one counts. A pointer begins with a slash, as on the command line. */
	char *colon = strrchr(part, ':');
	struct selector from = { 0 };
	const char *wrong, *bin = part;

	if (colon) {
		*colon = '\0';
		bin = colon + 1;
	} else if (*part == '/') {
		return "a JSON Pointer needs the name of its bin: /a/b:NAME";
	}
	wrong = select_source(&from, "value-field", part);
	return wrong ? wrong : mapping_add_bin(g, bin, &from);
}

const char *mapping_add_bins(struct mapping *g, const char *fields)
{
	char *copy = xstrdup(fields), *rest = copy, *part;
	const char *wrong = NULL;

	while (!wrong && (part = next_part(&rest)))
		wrong = *part ? add_field(g, part) : "a name is missing";
	free(copy);
	return wrong;
}

const char *mapping_add_except(struct mapping *g, const char *fields)
{
	char *copy = xstrdup(fields), *rest = copy, *part;

	while ((part = next_part(&rest))) {
		g->except = reallocarray(g->except, g->n_except + 1, sizeof(*g->except));
		if (!g->except)
			die(EX_UNAVAILABLE, "out of memory");
		g->except[g->n_except++] = xstrdup(part);
	}
	free(copy);
	return NULL;
}

const char *mapping_set_topic(struct mapping *g, const char *topic)
{
	int error;

	g->topic = xstrdup(topic);
	if (*topic != '^')
		return NULL;
	error = regcomp(&g->pattern, topic, REG_EXTENDED | REG_NOSUB);
	if (error) {
		regerror(error, &g->pattern, why, sizeof(why));
		return why;
	}
	g->has_pattern = true;
	return NULL;
}

const char *mapping_check_name(const char *what, const struct selector *s, size_t min, size_t max)
{
	size_t n = s->text ? strlen(s->text) : 0;

	if (s->source != SOURCE_STATIC)
		return NULL;
	if (strncmp(s->text, "static:", 7) == 0)
		n -= 7;
	if (n >= min && n <= max && !strpbrk(s->text + strlen(s->text) - n, ":;"))
		return NULL;
	snprintf(why, sizeof(why), "not a name of a %s: %zu to %zu bytes without : and ;", what, min, max);
	return why;
}

const char *mapping_check_ttl(const struct selector *s)
{
	const char *text = s->text;
	int64_t seconds;

	if (s->source != SOURCE_STATIC)
		return NULL;
	if (strncmp(text, "static:", 7) == 0)
		text += 7;
	return ttl_parse(span_of(text), &seconds) ? NULL : "not -2, -1, 0, seconds, or a number with S, M, H or D, up to ten years";
}

const char *mapping_check(const struct mapping *g)
{
	if (g->replay != REPLAY_NONE && g->on_null != NULL_DELETE)
		return NULL;
	if (g->ns.source == SOURCE_NONE)
		return "no namespace";
	if (g->key.source == SOURCE_NONE && g->digest.source == SOURCE_NONE)
		return "neither a key nor a digest";
	if (g->replay == REPLAY_NONE && !g->deletes && !g->all_fields && g->n_bins == 0)
		return "no bins";
	return NULL;
}

void mapping_free(struct mapping *g)
{
	struct selector *const selectors[] = { &g->ns, &g->set, &g->key, &g->digest, &g->ttl, &g->lut };

	for (size_t i = 0; i < sizeof(selectors) / sizeof(*selectors); i++)
		select_free(selectors[i]);
	for (size_t i = 0; i < g->n_bins; i++) {
		free(g->bin[i].name);
		free(g->bin[i].label);
		free(g->bin[i].hint);
		select_free(&g->bin[i].from);
	}
	for (size_t i = 0; i < g->n_except; i++)
		free(g->except[i]);
	free(g->bin);
	free(g->except);
	free(g->topic);
	if (g->has_pattern)
		regfree(&g->pattern);
	buf_free(&g->put);
	*g = (struct mapping){ 0 };
}
