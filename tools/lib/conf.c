/* SPDX-License-Identifier: Apache-2.0 */
#include "conf.h"
#include "buf.h"
#include "json.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define MEMORY_MAX ((size_t)64 << 20)

bool conf_fail_line(struct conf *c, unsigned line, const char *fmt, ...)
{
	size_t n;
	va_list ap;

	if (*c->error)
		return false;
	if (line)
		snprintf(c->error, sizeof(c->error), "%s:%u: ", c->file, line);
	else
		snprintf(c->error, sizeof(c->error), "%s: ", c->file);
	n = strlen(c->error);
	va_start(ap, fmt);
	vsnprintf(c->error + n, sizeof(c->error) - n, fmt, ap);
	va_end(ap);
	/* The file's own words may hold anything; the message is one line. */
	for (char *p = c->error; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	return false;
}

void conf_begin(struct conf *c, const char *file)
{
	*c = (struct conf){ .file = file, .memory = { .max = MEMORY_MAX } };
}

void conf_free(struct conf *c)
{
	arena_free(&c->memory);
	c->root = NULL;
}

struct conf_node *conf_node_new(struct conf *c, enum conf_kind kind, unsigned line)
{
	struct conf_node *node = arena_take(&c->memory, sizeof(*node));

	if (!node) {
		conf_fail_line(c, line, "too much for memory");
		return NULL;
	}
	*node = (struct conf_node){ .kind = kind, .line = line, .weight = 1, .height = 1 };
	return node;
}

struct span conf_keep(struct conf *c, struct span text, unsigned line)
{
	char *p;

	if (text.n && memchr(text.p, '\0', text.n)) {
		conf_fail_line(c, line, "a NUL character in text");
		return (struct span){ NULL, 0 };
	}
	p = arena_take(&c->memory, text.n + 1);
	if (!p) {
		conf_fail_line(c, line, "too much for memory");
		return (struct span){ NULL, 0 };
	}
	if (text.n)
		memcpy(p, text.p, text.n);
	p[text.n] = '\0';
	return (struct span){ p, text.n };
}

struct place {
	const struct conf_node *node;
	unsigned at;
};

static int by_key(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	size_t n = x->node->key.n < y->node->key.n ? x->node->key.n : y->node->key.n;
	int d = memcmp(x->node->key.p, y->node->key.p, n);

	if (d)
		return d;
	if (x->node->key.n != y->node->key.n)
		return x->node->key.n < y->node->key.n ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

bool conf_check_keys(struct conf *c, const struct conf_node *map)
{
	struct place *sorted;
	const struct place *bad = NULL;
	unsigned n = 0;

	if (map->n < 2)
		return true;
	sorted = malloc(map->n * sizeof(*sorted));
	if (!sorted)
		return conf_fail(c, map, "too much for memory");
	for (const struct conf_node *m = map->first; m; m = m->next, n++)
		sorted[n] = (struct place){ m, n };
	qsort(sorted, n, sizeof(*sorted), by_key);
	for (unsigned i = 1; i < n; i++)
		if (span_eq(sorted[i].node->key, sorted[i - 1].node->key) && (!bad || sorted[i].at < bad->at))
			bad = &sorted[i];
	if (bad)
		conf_fail_line(c, bad->node->key_line, "the key %s is there twice; first in line %u", bad->node->key.p,
			bad[-1].node->key_line);
	free(sorted);
	return !bad;
}

/* Read into *text, at most CONF_FILE_MAX + 1 bytes. */
static bool read_all(struct buf *text, FILE *f)
{
	char block[8192];
	size_t n;

	while (text->n <= CONF_FILE_MAX && (n = fread(block, 1, sizeof(block), f)) > 0)
		buf_put(text, block, n);
	return !ferror(f) && !text->full;
}

bool conf_load(struct conf *c, const char *path, conf_reader *reader)
{
	bool input = strcmp(path, "-") == 0, good;
	const char *name = input ? "standard input" : path;
	FILE *f = input ? stdin : fopen(path, "re");
	struct buf text = { 0 };

	conf_begin(c, name);
	if (!f)
		return conf_fail_line(c, 0, "%s", strerror(errno));
	errno = 0;
	good = read_all(&text, f);
	if (!good)
		conf_fail_line(c, 0, "%s", errno ? strerror(errno) : "can't be read");
	else if (text.n > CONF_FILE_MAX)
		good = conf_fail_line(c, 0, "larger than %zu bytes", CONF_FILE_MAX);
	if (!input)
		fclose(f);
	if (good)
		good = reader(c, name, buf_as_span(&text));
	buf_free(&text);
	return good;
}

const struct conf_node *conf_get(const struct conf_node *map, const char *key)
{
	if (!map || map->kind != CONF_MAP)
		return NULL;
	for (const struct conf_node *m = map->first; m; m = m->next)
		if (span_is(m->key, key))
			return m;
	return NULL;
}

bool conf_null(const struct conf_node *node)
{
	return node->kind == CONF_SCALAR && !node->quoted
		&& (node->text.n == 0 || span_is(node->text, "~") || strcasecmp(node->text.p, "null") == 0);
}

bool conf_bool(const struct conf_node *node, bool *value)
{
	if (node->kind != CONF_SCALAR)
		return false;
	*value = strcasecmp(node->text.p, "true") == 0;
	return *value || strcasecmp(node->text.p, "false") == 0;
}

bool conf_int(const struct conf_node *node, int64_t min, int64_t max, int64_t *value)
{
	struct span digits = node->text;

	if (node->kind != CONF_SCALAR)
		return false;
	if (digits.n && *digits.p == '-')
		digits = (struct span){ digits.p + 1, digits.n - 1 };
	/* No leading zeros, which YAML 1.1 reads as octal. */
	if (digits.n > 1 && *digits.p == '0')
		return false;
	return json_int64(node->text, value) && *value >= min && *value <= max;
}

const char *conf_kind_name(const struct conf_node *node)
{
	return node->kind == CONF_MAP ? "a map" : node->kind == CONF_LIST ? "a list" : conf_null(node) ? "nothing" : "text";
}
