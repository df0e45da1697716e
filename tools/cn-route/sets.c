/* SPDX-License-Identifier: Apache-2.0 */
#include "sets.h"

static bool among(const struct span *names, size_t n, struct span name)
{
	for (size_t i = 0; i < n; i++)
		if (span_eq(names[i], name))
			return true;
	return false;
}

bool sets_wanted(struct sets *s, const struct record *r)
{
	struct span name = SPAN("");

	if (s->n_only + s->n_skip == 0)
		return true;
	if (r->set.p) {
		buf_reset(&s->scratch);
		name = json_text(r->set, &s->scratch);
	}
	return (s->n_only == 0 || among(s->only, s->n_only, name)) && !among(s->skip, s->n_skip, name);
}
