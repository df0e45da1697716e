/* SPDX-License-Identifier: Apache-2.0 */
#include "scope.h"

const char *scope_parse(struct scope *s, const char *text)
{
	const char *slash = strchr(text, '/');

	*s = (struct scope){ .ns = { text, slash ? (size_t)(slash - text) : strlen(text) } };
	if (slash)
		s->set = span_of(slash + 1);
	return s->ns.n ? NULL : "not of the form NAMESPACE or NAMESPACE/SET";
}

/* Whether a raw JSON string says this. */
static bool says(struct span raw, struct span name, struct buf *scratch)
{
	if (raw.n >= 2 && *raw.p == '"' && !memchr(raw.p, '\\', raw.n))
		return raw.n - 2 == name.n && memcmp(raw.p + 1, name.p, name.n) == 0;
	buf_reset(scratch);
	raw = json_text(raw, scratch);
	return raw.p && span_eq(raw, name);
}

bool scope_has(const struct scope *s, const struct record *r, struct buf *scratch)
{
	if (!says(r->ns, s->ns, scratch))
		return false;
	if (!s->set.p)
		return true;
	return r->set.p ? says(r->set, s->set, scratch) : s->set.n == 0;
}
