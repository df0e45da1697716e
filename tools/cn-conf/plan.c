/* SPDX-License-Identifier: Apache-2.0 */
#include "plan.h"

#include "err.h"
#include "shell.h"

#include <stdarg.h>
#include <stdio.h>

void plan_note(const struct plan *p, const struct conf_node *at, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	if (p->quiet)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (at)
		warn("%s:%u: %s", p->conf->file, at->line, text);
	else
		warn("%s: %s", p->conf->file, text);
}

struct span plan_text(const struct conf_node *map, const char *key, const char *otherwise)
{
	const struct conf_node *m = conf_get(map, key);

	return m && m->kind == CONF_SCALAR ? m->text : span_of(otherwise);
}

int64_t plan_int(const struct conf_node *map, const char *key, int64_t otherwise)
{
	const struct conf_node *m = conf_get(map, key);
	int64_t n;

	return m && conf_int(m, INT64_MIN, INT64_MAX, &n) ? n : otherwise;
}

bool plan_bool(const struct conf_node *map, const char *key, bool otherwise)
{
	const struct conf_node *m = conf_get(map, key);
	bool b;

	return m && conf_bool(m, &b) ? b : otherwise;
}

const struct conf_node *plan_first(const struct conf_node *list)
{
	return list && list->kind == CONF_LIST ? list->first : list;
}

const struct conf_node *plan_next(const struct conf_node *list, const struct conf_node *element)
{
	return list->kind == CONF_LIST ? element->next : NULL;
}

void plan_resolve(const struct plan *p, struct buf *path, struct span name)
{
	const char *slash = strrchr(p->conf->file, '/');

	if ((!name.n || *name.p != '/') && slash)
		buf_put(path, p->conf->file, (size_t)(slash + 1 - p->conf->file));
	buf_span(path, name);
}

void plan_path(struct plan *p, struct buf *b, const char *option, const struct conf_node *map, const char *key)
{
	const struct conf_node *m = conf_get(map, key);
	struct buf path = { 0 };

	if (!m)
		return;
	plan_resolve(p, &path, m->text);
	shell_option(b, option, buf_as_span(&path));
	buf_free(&path);
}

void plan_stage(struct ring *r, const struct buf *text)
{
	if (r->n < STAGES_MAX)
		buf_span(&r->stages[r->n++], buf_as_span(text));
}

void plan_free(struct plan *p)
{
	buf_free(&p->head);
	buf_free(&p->files);
	for (unsigned i = 0; i < p->n_rings; i++)
		for (unsigned s = 0; s < p->rings[i].n; s++)
			buf_free(&p->rings[i].stages[s]);
}
