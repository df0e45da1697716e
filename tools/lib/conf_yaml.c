/* SPDX-License-Identifier: Apache-2.0 */
/* YAML into a tree, from libyaml's events. An alias becomes a copy of the node it names, which shares what is below it. */
#include "conf.h"

#include <yaml.h>

#define ANCHORS_MAX 256
#define YAML_TAGS "tag:yaml.org,2002:"

struct anchor {
	struct span name;
	const struct conf_node *node;
	bool whole;		/* all that is below it has been read */
};

struct reading {
	struct conf *c;
	struct span text;
	yaml_parser_t parser;
	unsigned nodes, n_anchors;
	struct anchor anchors[ANCHORS_MAX];
};

static struct conf_node *read_node(struct reading *r, const yaml_event_t *e, unsigned depth);

static unsigned line_of(const yaml_event_t *e)
{
	return (unsigned)e->start_mark.line + 1;
}

static bool parser_failed(struct reading *r)
{
	const yaml_parser_t *p = &r->parser;
	unsigned line = (unsigned)p->problem_mark.line + 1;

	if (p->error == YAML_MEMORY_ERROR)
		return conf_fail_line(r->c, 0, "too much for memory");
	if (p->error == YAML_READER_ERROR) {
		line = 1;
		for (size_t i = 0; i < p->problem_offset && i < r->text.n; i++)
			line += r->text.p[i] == '\n';
	}
	if (p->context)
		return conf_fail_line(r->c, line, "%s %s", p->problem ? p->problem : "not YAML", p->context);
	return conf_fail_line(r->c, line, "%s", p->problem ? p->problem : "not YAML");
}

/* The caller gives the event back, also after a failure. */
static bool next_event(struct reading *r, yaml_event_t *e)
{
	if (yaml_parser_parse(&r->parser, e))
		return true;
	memset(e, 0, sizeof(*e));
	return parser_failed(r);
}

static struct anchor *find_anchor(struct reading *r, const yaml_char_t *name)
{
	for (unsigned i = 0; i < r->n_anchors; i++)
		if (span_is(r->anchors[i].name, (const char *)name))
			return &r->anchors[i];
	return NULL;
}

/* From here on the name means this node; a name can be given again. NULL with an error. */
static struct anchor *add_anchor(struct reading *r, const yaml_char_t *name, const struct conf_node *node)
{
	struct anchor *a = find_anchor(r, name);

	if (!a) {
		if (r->n_anchors == ANCHORS_MAX) {
			conf_fail(r->c, node, "more than %d anchors", ANCHORS_MAX);
			return NULL;
		}
		a = &r->anchors[r->n_anchors++];
		a->name = conf_keep(r->c, span_of((const char *)name), node->line);
		if (!a->name.p)
			return NULL;
	}
	a->node = node;
	a->whole = false;
	return a;
}

/* Whether it is the tag !!name. */
static bool tag_is(const yaml_char_t *tag, const char *name)
{
	return strncmp((const char *)tag, YAML_TAGS, sizeof(YAML_TAGS) - 1) == 0
		&& strcmp((const char *)tag + sizeof(YAML_TAGS) - 1, name) == 0;
}

static bool tag_bad(struct reading *r, const yaml_char_t *tag, const char *fitting, unsigned line)
{
	if (!tag || strcmp((const char *)tag, "!") == 0 || tag_is(tag, fitting))
		return false;
	conf_fail_line(r->c, line, "the tag %s means nothing here", (const char *)tag);
	return true;
}

static struct conf_node *read_scalar(struct reading *r, const yaml_event_t *e)
{
	static const char *const kinds[] = { "str", "int", "float", "bool", "null" };
	const yaml_char_t *tag = e->data.scalar.tag;
	struct conf_node *node = conf_node_new(r->c, CONF_SCALAR, line_of(e));
	size_t k = 0;

	if (!node)
		return NULL;
	node->quoted = e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	if (tag && strcmp((const char *)tag, "!") == 0) {
		node->quoted = true;
	} else if (tag) {
		while (k < sizeof(kinds) / sizeof(*kinds) && !tag_is(tag, kinds[k]))
			k++;
		if (k == sizeof(kinds) / sizeof(*kinds)) {
			conf_fail(r->c, node, "the tag %s means nothing here", (const char *)tag);
			return NULL;
		}
		node->quoted = k == 0;
	}
	node->text = conf_keep(r->c, (struct span){ (const char *)e->data.scalar.value, e->data.scalar.length }, node->line);
	if (!node->text.p)
		return NULL;
	if (e->data.scalar.anchor) {
		struct anchor *a = add_anchor(r, e->data.scalar.anchor, node);

		if (!a)
			return NULL;
		a->whole = true;
	}
	return node;
}

static struct conf_node *read_alias(struct reading *r, const yaml_event_t *e, unsigned depth)
{
	const struct anchor *a = find_anchor(r, e->data.alias.anchor);
	unsigned line = line_of(e);
	struct conf_node *node;

	if (!a || !a->whole) {
		conf_fail_line(r->c, line, a ? "the alias *%s stands in what it means" : "the alias *%s means nothing",
			(const char *)e->data.alias.anchor);
		return NULL;
	}
	if (a->node->height + depth > CONF_DEPTH_MAX) {
		conf_fail_line(r->c, line, "more than %d levels deep", CONF_DEPTH_MAX);
		return NULL;
	}
	node = conf_node_new(r->c, a->node->kind, line);
	if (!node)
		return NULL;
	*node = *a->node;
	node->line = line;
	node->next = NULL;
	node->key = (struct span){ NULL, 0 };
	node->key_line = 0;
	return node;
}

/* Hang a child behind the last one, and count. */
static bool add_child(struct reading *r, struct conf_node *node, struct conf_node **last, struct conf_node *child)
{
	if (*last)
		(*last)->next = child;
	else
		node->first = child;
	*last = child;
	node->n++;
	node->weight += child->weight;
	if (child->height >= node->height)
		node->height = child->height + 1;
	if (node->weight > CONF_NODES_MAX)
		return conf_fail(r->c, child, "more than %d values, with all its aliases written out", CONF_NODES_MAX);
	return true;
}

static bool read_key(struct reading *r, const yaml_event_t *e, struct span *key)
{
	unsigned line = line_of(e);

	if (e->type != YAML_SCALAR_EVENT)
		return conf_fail_line(r->c, line, e->type == YAML_ALIAS_EVENT ? "an alias can't be a key" : "a key must be text");
	if (e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && strcmp((const char *)e->data.scalar.value, "<<") == 0)
		return conf_fail_line(r->c, line, "merge keys (<<) are not known here: write the keys out");
	*key = conf_keep(r->c, (struct span){ (const char *)e->data.scalar.value, e->data.scalar.length }, line);
	return key->p;
}

/* One element, or key and value. False at the end of the container too: then nothing is wrong. */
static bool read_child(struct reading *r, struct conf_node *node, struct conf_node **last, unsigned depth)
{
	yaml_event_t e;
	struct span key = { NULL, 0 };
	unsigned key_line = 0;
	struct conf_node *child = NULL;
	bool good = next_event(r, &e);

	if (good && (e.type == YAML_SEQUENCE_END_EVENT || e.type == YAML_MAPPING_END_EVENT)) {
		good = false;
	} else if (good && node->kind == CONF_MAP) {
		key_line = line_of(&e);
		good = read_key(r, &e, &key);
		yaml_event_delete(&e);
		good = good && next_event(r, &e);
	}
	if (good)
		child = read_node(r, &e, depth + 1);
	yaml_event_delete(&e);
	if (!child)
		return false;
	child->key = key;
	child->key_line = key_line;
	return add_child(r, node, last, child);
}

static struct conf_node *read_container(struct reading *r, const yaml_event_t *e, unsigned depth)
{
	bool map = e->type == YAML_MAPPING_START_EVENT;
	const yaml_char_t *name = map ? e->data.mapping_start.anchor : e->data.sequence_start.anchor;
	const yaml_char_t *tag = map ? e->data.mapping_start.tag : e->data.sequence_start.tag;
	struct conf_node *node = conf_node_new(r->c, map ? CONF_MAP : CONF_LIST, line_of(e)), *last = NULL;
	struct anchor *anchor = NULL;

	if (!node || tag_bad(r, tag, map ? "map" : "seq", node->line))
		return NULL;
	if (name && !(anchor = add_anchor(r, name, node)))
		return NULL;
	while (read_child(r, node, &last, depth))
		;
	if (*r->c->error || (map && !conf_check_keys(r->c, node)))
		return NULL;
	if (anchor && anchor->node == node)
		anchor->whole = true;
	return node;
}

/* The tree that begins with this event. NULL with an error. */
static struct conf_node *read_node(struct reading *r, const yaml_event_t *e, unsigned depth)
{
	if (++r->nodes > CONF_NODES_MAX) {
		conf_fail_line(r->c, line_of(e), "more than %d values", CONF_NODES_MAX);
		return NULL;
	}
	if (depth > CONF_DEPTH_MAX) {
		conf_fail_line(r->c, line_of(e), "more than %d levels deep", CONF_DEPTH_MAX);
		return NULL;
	}
	switch (e->type) {
	case YAML_SCALAR_EVENT: return read_scalar(r, e);
	case YAML_ALIAS_EVENT: return read_alias(r, e, depth - 1);
	default: return read_container(r, e, depth);
	}
}

/* All documents of the stream: one at most. */
static bool read_stream(struct reading *r)
{
	bool good = true, end = false;

	while (good && !end) {
		yaml_event_t e;

		good = next_event(r, &e);
		if (good && e.type == YAML_STREAM_END_EVENT)
			end = true;
		else if (good && e.type == YAML_DOCUMENT_START_EVENT && r->c->root)
			good = conf_fail_line(r->c, line_of(&e), "a second document");
		else if (good && e.type >= YAML_ALIAS_EVENT && e.type <= YAML_MAPPING_START_EVENT)
			good = (r->c->root = read_node(r, &e, 1)) != NULL;
		yaml_event_delete(&e);
	}
	return good;
}

bool conf_yaml(struct conf *c, const char *file, struct span text)
{
	struct reading r = { .c = c, .text = text };
	bool good;

	conf_begin(c, file);
	if (text.n > CONF_FILE_MAX)
		return conf_fail_line(c, 0, "larger than %zu bytes", CONF_FILE_MAX);
	if (!yaml_parser_initialize(&r.parser))
		return conf_fail_line(c, 0, "too much for memory");
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)text.p, text.n);
	good = read_stream(&r);
	yaml_parser_delete(&r.parser);
	if (good && !c->root) {
		struct conf_node *nothing = conf_node_new(c, CONF_SCALAR, 1);

		good = nothing && (nothing->text = conf_keep(c, SPAN(""), 1)).p;
		c->root = nothing;
	}
	return good;
}
