/* SPDX-License-Identifier: Apache-2.0 */
/* The walk over a file along the table of keys. */
#include "keys.h"

#include "buf.h"
#include "err.h"

#include <stdio.h>

#define PATH_SIZE 512
#define SHOWN_MAX 60

struct walk {
	struct conf *c;
	unsigned kind;
};

static bool walk_map(struct walk *w, const struct conf_node *map, const char *path, bool scoped);

/* The row of a path, with asterisks or without. */
static const struct key *row_of(const struct walk *w, const char *path, bool scoped)
{
	for (const struct key *k = keys; k->path; k++)
		if ((k->kinds & w->kind) && (!scoped || (k->kinds & KEY_SCOPED)) && strcmp(k->path, path) == 0)
			return k;
	return NULL;
}

/* Damerau's distance. */
unsigned keys_distance(struct span a, struct span b)
{
	unsigned row[3][SHOWN_MAX + 1];

	if (a.n > SHOWN_MAX || b.n > SHOWN_MAX)
		return SHOWN_MAX;
	for (unsigned j = 0; j <= b.n; j++)
		row[0][j] = j;
	for (unsigned i = 1; i <= a.n; i++) {
		unsigned *now = row[i % 3], *last = row[(i - 1) % 3], *before = row[(i + 1) % 3];

		now[0] = i;
		for (unsigned j = 1; j <= b.n; j++) {
			unsigned d = last[j - 1] + (a.p[i - 1] != b.p[j - 1]);

			d = last[j] + 1 < d ? last[j] + 1 : d;
			d = now[j - 1] + 1 < d ? now[j - 1] + 1 : d;
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1] && before[j - 2] + 1 < d)
				d = before[j - 2] + 1;
			now[j] = d;
		}
	}
	return row[a.n % 3][b.n];
}

/* The last part of a row's path when the row is a child of this path. */
static const char *child_of(const struct key *k, const char *path)
{
	size_t n = strlen(path);

	if (n && (strncmp(k->path, path, n) != 0 || k->path[n] != '.'))
		return NULL;
	const char *leaf = k->path + n + !!n;
	return strchr(leaf, '.') || *leaf == '*' ? NULL : leaf;
}

static bool unknown(struct walk *w, const struct conf_node *m, const char *path, bool scoped)
{
	const char *best = NULL, *elsewhere = NULL;
	unsigned best_distance = (unsigned)m->key.n / 3 + 1;

	for (const struct key *k = keys; k->path; k++) {
		const char *leaf, *last = strrchr(k->path, '.');

		if (!(k->kinds & w->kind) || k->fate == FATE_REFUSED || (scoped && !(k->kinds & KEY_SCOPED)))
			continue;
		leaf = child_of(k, path);
		if (leaf && keys_distance(m->key, span_of(leaf)) < best_distance) {
			best_distance = keys_distance(m->key, span_of(leaf));
			best = leaf;
		}
		if (span_is(m->key, last ? last + 1 : k->path) && !elsewhere)
			elsewhere = k->path;
	}
	const char *where = *path ? path : scoped ? "this section" : "the file";
	if (best)
		return conf_fail_line(w->c, m->key_line, "unknown key %.*s in %s; did you mean %s?", SHOWN_MAX, m->key.p, where, best);
	if (elsewhere)
		return conf_fail_line(w->c, m->key_line, "unknown key %.*s in %s; there is %s", SHOWN_MAX, m->key.p, where, elsewhere);
	return conf_fail_line(w->c, m->key_line, "unknown key %.*s in %s", SHOWN_MAX, m->key.p, where);
}

/* Values end as words of a command: one line each, and no control characters. */
static bool plain_text(struct walk *w, const struct conf_node *node, const char *name)
{
	if (node->kind != CONF_SCALAR || conf_null(node))
		return conf_fail(w->c, node, "%s: text is wanted, not %s", name, conf_kind_name(node));
	for (size_t i = 0; i < node->text.n; i++)
		if ((unsigned char)node->text.p[i] < ' ' || node->text.p[i] == 0x7f)
			return conf_fail(w->c, node, "%s: a control character or line end in text", name);
	return true;
}

static bool number(struct walk *w, const struct conf_node *node, const char *name, const struct key *k)
{
	int64_t n;

	return conf_int(node, k->min, k->max, &n)
		|| conf_fail(w->c, node, "%s: a number from %lld to %lld is wanted, not %.*s", name, (long long)k->min, (long long)k->max,
			SHOWN_MAX, node->kind == CONF_SCALAR ? node->text.p : conf_kind_name(node));
}

static bool one_of(struct walk *w, const struct conf_node *node, const char *name, const struct key *k)
{
	return k->form == FORM_INTS ? number(w, node, name, k) : plain_text(w, node, name);
}

static bool table(struct walk *w, const struct conf_node *node, const char *name)
{
	if (node->kind != CONF_MAP)
		return conf_fail(w->c, node, "%s: a map is wanted, not %s", name, conf_kind_name(node));
	for (const struct conf_node *m = node->first; m; m = m->next)
		for (const char *p = m->key.p; *p; p++)
			if ((unsigned char)*p < ' ' || *p == 0x7f)
				return conf_fail_line(w->c, m->key_line, "%s: a control character or line end in a name", name);
	return true;
}

static bool value(struct walk *w, const struct conf_node *m, const struct key *k, const char *path, bool scoped)
{
	bool b;

	switch (k->form) {
	case FORM_FREE:
		return true;
	case FORM_MAP:
		return walk_map(w, m, path, scoped);
	case FORM_TEXT:
		return plain_text(w, m, m->key.p);
	case FORM_BOOL:
		return conf_bool(m, &b) || conf_fail(w->c, m, "%s: true or false is wanted", m->key.p);
	case FORM_INT:
		return number(w, m, m->key.p, k);
	case FORM_TABLE:
		return table(w, m, m->key.p);
	case FORM_TEXTS:
	case FORM_INTS:
		if (m->kind == CONF_MAP || (m->kind == CONF_LIST && !m->n))
			return conf_fail(w->c, m, "%s: a list with something in it is wanted", m->key.p);
		if (m->kind == CONF_SCALAR)
			return one_of(w, m, m->key.p, k);
		for (const struct conf_node *e = m->first; e; e = e->next)
			if (!one_of(w, e, m->key.p, k))
				return false;
		return true;
	}
	return false;
}

/* Below these, sections of the whole file come again, so paths begin anew. */
static bool begins_scope(const char *path)
{
	return strcmp(path, "namespaces.*") == 0 || strcmp(path, "namespaces.*.sets.*") == 0 || strcmp(path, "port-based-config.*") == 0;
}

static bool member(struct walk *w, const struct conf_node *m, const char *path, bool scoped)
{
	char child[PATH_SIZE], any[PATH_SIZE];
	const struct key *k;
	int n = snprintf(child, sizeof(child), "%s%s%s", path, *path ? "." : "", m->key.p);

	snprintf(any, sizeof(any), "%s.*", path);
	k = n >= 0 && (size_t)n < sizeof(child) && !strchr(m->key.p, '*') && !strchr(m->key.p, '.') ? row_of(w, child, scoped) : NULL;
	/* The sections of a scope stand in the table as those of the whole file. */
	if (!k && begins_scope(path) && !strchr(m->key.p, '.')) {
		k = row_of(w, m->key.p, true);
		snprintf(child, sizeof(child), "%.*s", PATH_SIZE - 1, m->key.p);
		scoped = true;
	}
	if (!k && (k = row_of(w, any, scoped)))
		snprintf(child, sizeof(child), "%s", any);
	if (!k)
		return unknown(w, m, begins_scope(path) ? "" : path, scoped || begins_scope(path));
	if (k->fate == FATE_REFUSED)
		return conf_fail_line(w->c, m->key_line, "%s: %s", k->path, k->ours);
	if (k->fate == FATE_TUNES)
		warn("%s:%u: %s is left out: %s", w->c->file, m->key_line, k->path, k->ours);
	if (conf_null(m) && k->fate == FATE_USED && k->form != FORM_MAP && k->form != FORM_FREE)
		return conf_fail(w->c, m, "%s has no value", m->key.p);
	return value(w, m, k, child, scoped);
}

static bool walk_map(struct walk *w, const struct conf_node *map, const char *path, bool scoped)
{
	if (map->kind == CONF_SCALAR && conf_null(map) && *path)
		return true;		/* a section with nothing in it */
	if (map->kind != CONF_MAP)
		return conf_fail(w->c, map, "%s: a map is wanted, not %s", *path ? path : "the file", conf_kind_name(map));
	for (const struct conf_node *m = map->first; m; m = m->next)
		if (!member(w, m, path, scoped))
			return false;
	return true;
}

bool keys_check(struct conf *c, enum key_kind kind)
{
	struct walk w = { .c = c, .kind = kind };

	return walk_map(&w, c->root, "", false);
}

void keys_print(enum key_kind kind)
{
	for (const struct key *k = keys; k->path; k++)
		if ((k->kinds & kind) && k->ours)
			printf("%s\t%s\t%s\t%s\n", k->path, k->fate == FATE_USED ? "used" : k->fate == FATE_TUNES ? "left out" : "refused",
				k->ours, k->sample ? k->sample : "-");
}
