/* SPDX-License-Identifier: Apache-2.0 */
/* The properties of the 1.x connector: `topic.SETTING` for all topics, `topic.NAME.SETTING` for one. */
#include "config.h"

#include "err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum setting { SET_NAMESPACE, SET_SET, SET_SET_FIELD, SET_KEY_FIELD, SET_BINS, SETTINGS };

static const struct { const char *name; enum setting setting; } settings[] = {
	{ "namespace", SET_NAMESPACE }, { "set", SET_SET }, { "set_field", SET_SET_FIELD }, { "key_field", SET_KEY_FIELD },
	{ "keyfield", SET_KEY_FIELD }, { "bins", SET_BINS },
};

/* What other programs, or nobody any more, need. */
static const char *const others[] = { "name", "connector.class", "tasks.max", "cluster.hosts", "max_async_commands", "max_command_action",
	"feature_key.path", "aerospike.username", "aerospike.password", "topics", "topics.regex", "policy.record_exists_action",
	"policy.expiration" };

struct level {
	const struct conf_node *node[SETTINGS];
};

struct topic_list {
	char *text;
	char **name;
	struct level *level;
	size_t n;
	struct level all;	/* for every topic */
};

static int setting_of(const char *name)
{
	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++)
		if (strcmp(settings[i].name, name) == 0)
			return (int)settings[i].setting;
	return -1;
}

static void list_free(struct topic_list *l)
{
	free(l->text);
	free(l->name);
	free(l->level);
}

static void split(struct topic_list *l, const char *text)
{
	char *save = NULL;

	l->text = xstrdup(text);
	l->name = xcalloc(strlen(text) / 2 + 1, sizeof(*l->name));
	for (char *p = strtok_r(l->text, ", \t", &save); p; p = strtok_r(NULL, ", \t", &save))
		l->name[l->n++] = p;
	l->level = xcalloc(l->n ? l->n : 1, sizeof(*l->level));
}

/* A topic may have dots in its name, or be called like a setting: the longest topic that leaves a setting behind its dot counts. */
static struct level *level_of(struct topic_list *l, const char *rest, int *setting)
{
	struct level *found = NULL;
	size_t longest = 0;

	for (size_t i = 0; i < l->n; i++) {
		size_t n = strlen(l->name[i]);

		if (n < longest || strncmp(rest, l->name[i], n) != 0 || rest[n] != '.' || setting_of(rest + n + 1) < 0)
			continue;
		found = &l->level[i];
		longest = n;
		*setting = setting_of(rest + n + 1);
	}
	if (!found) {
		*setting = setting_of(rest);
		found = *setting < 0 ? NULL : &l->all;
	}
	return found;
}

static bool is_other(const char *key)
{
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (strcmp(key, others[i]) == 0)
			return true;
	/* Kafka Connect's own. */
	return strncmp(key, "key.converter", 13) == 0 || strncmp(key, "value.converter", 15) == 0 || strncmp(key, "errors.", 7) == 0 ||
		strncmp(key, "consumer.", 9) == 0 || strncmp(key, "transforms", 10) == 0;
}

static bool sort_in(struct topic_list *l, struct conf *c)
{
	for (const struct conf_node *n = c->root->first; n; n = n->next) {
		struct level *level;
		int setting;

		if (strncmp(n->key.p, "topic.", 6) != 0) {
			if (!is_other(n->key.p))
				return conf_fail_line(c, n->key_line, "%.100s: no such setting", n->key.p);
			continue;
		}
		level = level_of(l, n->key.p + 6, &setting);
		if (!level)
			return conf_fail_line(c, n->key_line, "%.100s: no such setting, and no topic of that name in topics", n->key.p);
		if (level->node[setting])
			return conf_fail_line(c, n->key_line, "%.100s is there twice, under two names; first in line %u", n->key.p,
				level->node[setting]->key_line);
		level->node[setting] = n;
	}
	return true;
}

static bool check_level(struct conf *c, const struct level *l)
{
	if (!l->node[SET_SET] || !l->node[SET_SET_FIELD])
		return true;
	return conf_fail_line(c, l->node[SET_SET_FIELD]->key_line, "set and set_field exclude each other");
}

/* The settings of a topic over those of all. Its set or set_field takes the place of either. */
static struct level overlay(const struct level *all, const struct level *own)
{
	struct level both = *all;

	if (own->node[SET_SET] || own->node[SET_SET_FIELD])
		both.node[SET_SET] = both.node[SET_SET_FIELD] = NULL;
	for (int i = 0; i < SETTINGS; i++)
		if (own->node[i])
			both.node[i] = own->node[i];
	return both;
}

static bool complain(struct conf *c, const struct conf_node *n, const char *why)
{
	return !why || conf_fail_line(c, n->key_line, "%.100s: %s", n->key.p, why);
}

static bool fill(struct conf *c, struct mapping *g, const struct level *l)
{
	const struct conf_node *n;

	if ((n = l->node[SET_NAMESPACE]) && !(complain(c, n, select_static(&g->ns, n->text.p)) &&
		complain(c, n, mapping_check_name("namespace", &g->ns, 1, NAMESPACE_MAX))))
		return false;
	if ((n = l->node[SET_SET]) && !(complain(c, n, select_static(&g->set, n->text.p)) &&
		complain(c, n, mapping_check_name("set", &g->set, 0, SET_MAX))))
		return false;
	if ((n = l->node[SET_SET_FIELD]) && !complain(c, n, select_source(&g->set, "value-field", n->text.p)))
		return false;
	if ((n = l->node[SET_KEY_FIELD]) && !complain(c, n, select_source(&g->key, "value-field", n->text.p)))
		return false;
	if ((n = l->node[SET_BINS]) && !complain(c, n, mapping_add_bins(g, n->text.p)))
		return false;
	if (g->key.source == SOURCE_NONE)
		select_source(&g->key, "key", NULL);
	g->all_fields = g->n_bins == 0;
	return true;
}

/* What holds for all topics: settings of the writer. */
static bool fill_policy(struct conf *c, struct mapping *g)
{
	const struct conf_node *n;

	if ((n = conf_get(c->root, "policy.record_exists_action")) && !complain(c, n, mapping_put_exists(g, n->text.p)))
		return false;
	n = conf_get(c->root, "policy.expiration");
	return !n || (complain(c, n, select_static(&g->ttl, n->text.p)) && complain(c, n, mapping_check_ttl(&g->ttl)));
}

static bool add(struct topics *t, struct conf *c, const char *topic, const struct level *level)
{
	struct mapping *g = topics_add(t);
	const char *why = mapping_set_topic(g, topic);

	if (why)
		return conf_fail_line(c, 0, "%.100s: %s", topic, why);
	if (!fill(c, g, level) || !fill_policy(c, g))
		return false;
	why = mapping_check(g);
	return !why || conf_fail_line(c, 0, "the topic %.100s has %s", topic, why);
}

static bool add_all(struct topics *t, struct conf *c, struct topic_list *l, const struct conf_node *regex)
{
	char pattern[1024];

	if (!sort_in(l, c) || !check_level(c, &l->all))
		return false;
	for (size_t i = 0; i < l->n; i++) {
		struct level both = overlay(&l->all, &l->level[i]);

		if (!check_level(c, &l->level[i]) || !add(t, c, l->name[i], &both))
			return false;
	}
	if (!regex)
		return true;
	if (snprintf(pattern, sizeof(pattern), "^(%s)$", regex->text.p) >= (int)sizeof(pattern))
		return conf_fail_line(c, regex->key_line, "topics.regex is too long");
	return add(t, c, pattern, &l->all);
}

bool config_properties(struct topics *t, struct conf *c)
{
	const struct conf_node *list = conf_get(c->root, "topics"), *regex = conf_get(c->root, "topics.regex");
	struct topic_list l = { 0 };
	bool ok;

	split(&l, list ? list->text.p : "");
	if (l.n == 0 && !regex)
		ok = conf_fail_line(c, list ? list->key_line : 0, "topics is missing");
	else
		ok = add_all(t, c, &l, regex);
	list_free(&l);
	return ok;
}
