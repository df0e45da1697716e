/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONF_CHECK_H
#define CONF_CHECK_H

#include "conf.h"
#include "fuzz.h"
#include "json.h"

static unsigned walked, last_line;

/* What a reader promises of any tree: bounded, UTF-8 without NUL and with one behind, lines of the file, counts that are right. */
static inline void conf_check(const struct conf_node *node, unsigned depth, bool in_map)
{
	unsigned n = 0, weight = 1, height = 1;

	MUST(depth <= CONF_DEPTH_MAX && ++walked <= CONF_NODES_MAX + 1);
	MUST(node->line >= 1 && node->line <= last_line);
	MUST(!in_map == !node->key.p);
	if (in_map) {
		MUST(node->key_line >= 1 && node->key_line <= last_line && strlen(node->key.p) == node->key.n);
		MUST(utf8_valid(node->key));
	}
	if (node->kind == CONF_SCALAR) {
		MUST(node->text.p && strlen(node->text.p) == node->text.n && utf8_valid(node->text));
		MUST(!node->first && node->n == 0);
	}
	for (const struct conf_node *m = node->first; m; m = m->next, n++) {
		conf_check(m, depth + 1, node->kind == CONF_MAP);
		weight += m->weight;
		height = m->height >= height ? m->height + 1 : height;
	}
	MUST(n == node->n && weight == node->weight && height == node->height);
}

static inline void conf_check_reader(conf_reader *reader, struct span text)
{
	struct conf c;

	walked = 0;
	last_line = 2;	/* the end of the file is a line to libyaml */
	/* Every byte that may be part of an end of a line counts: there are more kinds of them in YAML than one. */
	for (size_t i = 0; i < text.n; i++)
		last_line += text.p[i] == '\n' || text.p[i] == '\r' || (unsigned char)text.p[i] >= 0x80;
	if (reader(&c, "f", text)) {
		MUST(!*c.error && c.root);
		conf_check(c.root, 1, false);
	} else {
		MUST(strncmp(c.error, "f:", 2) == 0 && !strchr(c.error, '\n'));
	}
	conf_free(&c);
}

#endif
