/* SPDX-License-Identifier: Apache-2.0 */
/* The member `put` of record lines: how as-put is to write them. */
#include "mapping.h"

#include "err.h"

#include <stdlib.h>

static void begin(struct mapping *g, const char *name)
{
	if (g->put.n)
		buf_byte(&g->put, ',');
	json_put_string(&g->put, span_of(name));
	buf_byte(&g->put, ':');
}

const char *mapping_put_exists(struct mapping *g, const char *action)
{
	static const char *const actions[] = { "update", "update-only", "create-only", "replace", "replace-only" };
	char *dashed = xstrdup(action);
	const char *why = "not update, update-only, create-only, replace or replace-only";

	/* The 1.x connector writes underscores. */
	for (char *p = dashed; *p; p++)
		if (*p == '_')
			*p = '-';
	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions) && why; i++)
		if (strcmp(dashed, actions[i]) == 0) {
			begin(g, "exists");
			json_put_string(&g->put, span_of(dashed));
			why = NULL;
		}
	free(dashed);
	return why;
}

void mapping_put_flag(struct mapping *g, const char *name, bool value)
{
	begin(g, name);
	if (value)
		buf_lit(&g->put, "true");
	else
		buf_lit(&g->put, "false");
}

const char *mapping_put_ignore(struct mapping *g, const char *codes)
{
	const char *before = "[";

	begin(g, "ignore");
	for (const char *p = codes;; p++) {
		char *end;
		unsigned long code = *p >= '0' && *p <= '9' ? strtoul(p, &end, 10) : 0;

		if (code < 1 || code > 255 || (*end && *end != ','))
			return "not a list of result codes from 1 to 255";
		buf_put(&g->put, before, 1);
		json_put_uint64(&g->put, code);
		before = ",";
		p = end;
		if (!*end)
			break;
	}
	buf_byte(&g->put, ']');
	return NULL;
}
