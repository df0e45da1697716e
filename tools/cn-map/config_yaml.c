/* SPDX-License-Identifier: Apache-2.0 */
/* aerospike-kafka-inbound.yml, as far as it speaks of records; the rest (seeds, queues) is for other programs. What is unknown inside a
 * topic is refused: a word that was misspelt would change data silently. */
#include "config.h"


/* Only members of these names, given with blanks between, in what must be a map. */
static bool known(struct conf *c, const struct conf_node *map, const char *what, const char *names)
{
	if (map->kind != CONF_MAP)
		return conf_fail(c, map, "%s must be a map, not %s", what, conf_kind_name(map));
	for (const struct conf_node *n = map->first; n; n = n->next) {
		const char *p = names;
		size_t length = 0;

		for (; *p; p += length + (p[length] == ' ')) {
			length = strcspn(p, " ");
			if (n->key.n == length && memcmp(p, n->key.p, length) == 0)
				break;
		}
		if (!*p)
			return conf_fail_line(c, n->key_line, "%s has no setting %.100s", what, n->key.p);
	}
	return true;
}

static bool scalar(struct conf *c, const struct conf_node *n, const char *what)
{
	return n->kind == CONF_SCALAR || conf_fail(c, n, "%s must be text or a number, not %s", what, conf_kind_name(n));
}

/* One of several words, by index; -1 with an error. */
static int word(struct conf *c, const struct conf_node *n, const char *what, const char *words)
{
	int index = 0;

	if (!scalar(c, n, what))
		return -1;
	for (const char *p = words; *p; index++) {
		size_t length = strcspn(p, " ");

		if (n->text.n == length && memcmp(p, n->text.p, length) == 0)
			return index;
		p += length + (p[length] == ' ');
	}
	conf_fail(c, n, "%s: %.100s: must be one of: %s", what, n->text.p, words);
	return -1;
}

static bool flag(struct conf *c, const struct conf_node *n, const char *what, bool *value)
{
	return !n || conf_bool(n, value) || conf_fail(c, n, "%s must be true or false", what);
}

/* {mode: static, value: X}, {mode: dynamic, source: S, field-name: F}; where there is no mode the other members tell. */
static bool selector(struct conf *c, const struct conf_node *map, const char *what, struct selector *s)
{
	const struct conf_node *mode, *value, *source, *name;
	bool is_static;
	const char *why;

	if (!known(c, map, what, "mode value source field-name"))
		return false;
	mode = conf_get(map, "mode");
	value = conf_get(map, "value");
	source = conf_get(map, "source");
	name = conf_get(map, "field-name");
	if (mode) {
		int which = word(c, mode, "mode", "static dynamic");

		if (which < 0)
			return false;
		is_static = which == 0;
	} else {
		is_static = value && !source;
	}
	if (is_static ? !value || source || name : !source || value)
		return conf_fail(c, map, "%s: %s", what, is_static ? "static goes with value, and nothing else" :
			"dynamic goes with source and field-name, not with value");
	if (!scalar(c, is_static ? value : source, what) || (name && !scalar(c, name, what)))
		return false;
	select_free(s);
	why = is_static ? select_static(s, value->text.p) : select_source(s, source->text.p, name ? name->text.p : NULL);
	return !why || conf_fail(c, is_static ? value : source, "%s: %s", what, why);
}

static bool optional_selector(struct conf *c, const struct conf_node *mapping, const char *what, struct selector *s)
{
	const struct conf_node *n = conf_get(mapping, what);

	return !n || selector(c, n, what, s);
}

static bool bins(struct conf *c, struct mapping *g, const struct conf_node *map)
{
	const struct conf_node *type, *all, *rules;

	if (!known(c, map, "bins", "type all-value-fields map"))
		return false;
	type = conf_get(map, "type");
	if (type && word(c, type, "bins.type", "multi-bins") < 0)
		return false;
	all = conf_get(map, "all-value-fields");
	rules = conf_get(map, "map");
	if (!flag(c, all, "all-value-fields", &g->all_fields))
		return false;
	if (!rules)
		return true;
	if (rules->kind != CONF_MAP)
		return conf_fail(c, rules, "bins.map must be a map, not %s", conf_kind_name(rules));
	for (const struct conf_node *n = rules->first; n; n = n->next) {
		struct selector from = { 0 };
		const char *why;

		if (!selector(c, n, "bins.map", &from))
			return false;
		why = mapping_add_bin(g, n->key.p, &from);
		if (why)
			return conf_fail_line(c, n->key_line, "%s", why);
	}
	return true;
}

static bool mapping(struct conf *c, struct mapping *g, const struct conf_node *map)
{
	const struct conf_node *n;
	const char *why;
	int which;

	if (!known(c, map, "mapping", "namespace set key-field digest ttl lut bins null-fields booleans maps"))
		return false;
	if (!optional_selector(c, map, "namespace", &g->ns) || !optional_selector(c, map, "set", &g->set) ||
		!optional_selector(c, map, "key-field", &g->key) || !optional_selector(c, map, "digest", &g->digest) ||
		!optional_selector(c, map, "ttl", &g->ttl) || !optional_selector(c, map, "lut", &g->lut))
		return false;
	if ((n = conf_get(map, "namespace")) && (why = mapping_check_name("namespace", &g->ns, 1, NAMESPACE_MAX)))
		return conf_fail(c, n, "namespace: %s", why);
	if ((n = conf_get(map, "set")) && (why = mapping_check_name("set", &g->set, 0, SET_MAX)))
		return conf_fail(c, n, "set: %s", why);
	if ((n = conf_get(map, "ttl")) && (why = mapping_check_ttl(&g->ttl)))
		return conf_fail(c, n, "ttl: %s", why);
	if ((n = conf_get(map, "bins")) && !bins(c, g, n))
		return false;
	if ((n = conf_get(map, "null-fields"))) {
		if ((which = word(c, n, "null-fields", "omit remove")) < 0)
			return false;
		g->remove_null = which == 1;
	}
	if ((n = conf_get(map, "booleans"))) {
		if ((which = word(c, n, "booleans", "keep integer")) < 0)
			return false;
		g->integer_booleans = which == 1;
	}
	if ((n = conf_get(map, "maps"))) {
		if ((which = word(c, n, "maps", "key-ordered plain")) < 0)
			return false;
		g->plain_maps = which == 1;
	}
	return true;
}

static bool ignore_errors(struct conf *c, struct mapping *g, const struct conf_node *list)
{
	static const struct { const char *name; unsigned code; } names[] = {
		{ "not-found", 2 }, { "key-not-found", 2 }, { "record-not-found", 2 }, { "generation", 3 }, { "generation-error", 3 },
		{ "exists", 5 }, { "key-exists", 5 }, { "record-exists", 5 }, { "filtered-out", 27 }, { "lost-conflict", 28 },
	};
	struct buf codes = { .max = 4096 };
	const char *why;

	if (list->kind != CONF_LIST)
		return conf_fail(c, list, "ignore-errors must be a list");
	for (const struct conf_node *n = list->first; n; n = n->next) {
		int64_t code = 0;

		if (!scalar(c, n, "ignore-errors"))
			return false;
		for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
			if (span_is(n->text, names[i].name))
				code = names[i].code;
		if (!code && !conf_int(n, 1, 255, &code))
			return conf_fail(c, n, "ignore-errors: %.100s: neither a result code from 1 to 255 nor the name of one", n->text.p);
		if (codes.n)
			buf_byte(&codes, ',');
		json_put_int64(&codes, code);
	}
	if (!codes.n)
		return true;
	buf_byte(&codes, '\0');
	why = codes.full ? "too many" : mapping_put_ignore(g, codes.p);
	buf_free(&codes);
	return !why || conf_fail(c, list, "ignore-errors: %s", why);
}

static bool on_null_value(struct conf *c, struct mapping *g, const struct conf_node *n)
{
	int which = n ? word(c, n, "on-null-value", "invalid delete ignore") : -1;

	if (which >= 0)
		g->on_null = (enum on_null)which;
	return !n || which >= 0;
}

static bool operation(struct conf *c, struct mapping *g, const struct conf_node *map)
{
	const struct conf_node *n;
	const char *why;
	bool yes = false;

	if (!known(c, map, "aerospike-operation", "type max-retries total-timeout record-exists-action send-key durable-delete ignore-errors "
		"on-null-value"))
		return false;
	if ((n = conf_get(map, "type"))) {
		int which = word(c, n, "aerospike-operation.type", "write delete");

		if (which < 0)
			return false;
		g->deletes = which == 1;
	}
	if ((n = conf_get(map, "record-exists-action"))) {
		if (!scalar(c, n, "record-exists-action"))
			return false;
		if ((why = mapping_put_exists(g, n->text.p)))
			return conf_fail(c, n, "record-exists-action: %.100s: %s", n->text.p, why);
	}
	if ((n = conf_get(map, "send-key"))) {
		if (!flag(c, n, "send-key", &yes))
			return false;
		mapping_put_flag(g, "send-key", yes);
	}
	if ((n = conf_get(map, "durable-delete"))) {
		if (!flag(c, n, "durable-delete", &yes))
			return false;
		mapping_put_flag(g, "durable-delete", yes);
	}
	if ((n = conf_get(map, "ignore-errors")) && !ignore_errors(c, g, n))
		return false;
	return on_null_value(c, g, conf_get(map, "on-null-value"));
}

static bool topic(struct conf *c, struct mapping *g, const struct conf_node *map)
{
	const struct conf_node *n;
	const char *why = mapping_set_topic(g, map->key.p);
	int which;

	if (why)
		return conf_fail_line(c, map->key_line, "%.100s: %s", map->key.p, why);
	if (!known(c, map, map->key.p, "invalid-record aerospike-operation mapping on-null-value message-transformer"))
		return false;
	if ((n = conf_get(map, "message-transformer")))
		return conf_fail_line(c, n->key_line, "message-transformer: Java plug-ins don't run here; a jq program does the same (-f)");
	if (!(n = conf_get(map, "invalid-record")))
		return conf_fail_line(c, map->key_line, "%.100s: invalid-record is missing: ignore, kill-task or dead-letter", map->key.p);
	if ((which = word(c, n, "invalid-record", "ignore kill-task dead-letter")) < 0)
		return false;
	g->ignore_invalid = which == 0;
	if ((n = conf_get(map, "aerospike-operation")) && !operation(c, g, n))
		return false;
	if (!on_null_value(c, g, conf_get(map, "on-null-value")))
		return false;
	if (!(n = conf_get(map, "mapping")))
		return conf_fail_line(c, map->key_line, "%.100s: mapping is missing", map->key.p);
	if (!mapping(c, g, n))
		return false;
	why = mapping_check(g);
	return !why || conf_fail_line(c, n->key_line, "%.100s: mapping: %s", map->key.p, why);
}

bool config_yaml(struct topics *t, struct conf *c)
{
	const struct conf_node *root = c->root, *list;

	/* The connector for Pulsar has it all below `config`. */
	if (!conf_get(root, "topics") && conf_get(root, "config"))
		root = conf_get(root, "config");
	list = conf_get(root, "topics");
	if (!list)
		return conf_fail_line(c, 0, "has no topics");
	if (list->kind != CONF_MAP || !list->first)
		return conf_fail(c, list, "topics must be a map of topics");
	for (const struct conf_node *n = list->first; n; n = n->next)
		if (!topic(c, topics_add(t), n))
			return false;
	return true;
}
