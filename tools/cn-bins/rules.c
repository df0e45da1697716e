/* SPDX-License-Identifier: Apache-2.0 */
#include "rules.h"

#include "json.h"

#include <stdint.h>

#define NAME_MAX_BYTES 4096

bool rules_any(const struct rules *r)
{
	return r->n_renames || r->n_include || r->n_exclude || r->n_transforms || r->exclude_all;
}

static bool among(const struct span *names, size_t n, struct span name)
{
	for (size_t i = 0; i < n; i++)
		if (span_eq(names[i], name))
			return true;
	return false;
}

/* The plain text of what stands between quotes. Absent for half a surrogate. */
static struct span plain(struct span raw, struct buf *scratch)
{
	if (!memchr(raw.p, '\\', raw.n))
		return raw;
	/* The quotes are there: it is a key of a line that was checked. */
	buf_reset(scratch);
	return json_text((struct span){ raw.p - 1, raw.n + 2 }, scratch);
}

static void work_out(struct rules *r, struct fate *f, struct span raw, struct buf *scratch)
{
	struct span name = plain(raw, scratch);

	buf_reset(&f->name);
	f->why = NULL;
	f->drop = false;
	if (!name.p) {
		f->why = "a bin's name has half a surrogate";
		return;
	}
	f->drop = r->exclude_all || among(r->exclude, r->n_exclude, name) || (r->n_include && !among(r->include, r->n_include, name));
	if (f->drop)
		return;
	for (size_t i = 0; i < r->n_renames; i++)
		if (span_eq(r->from[i], name)) {
			buf_span(&f->name, r->to[i]);
			return;
		}
	f->name.max = NAME_MAX_BYTES;
	buf_span(&f->name, name);
	for (size_t i = 0; i < r->n_transforms; i++)
		transform_apply(&r->transforms[i], &f->name);
	if (f->name.full)
		f->why = "a bin's name is too long";
	else if (!f->name.n && name.n)
		f->why = "a bin's name becomes empty";
}

static uint32_t hash(struct span s)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 16777619u;
	return h;
}

const struct fate *rules_find(struct rules *r, struct span raw, struct buf *scratch)
{
	struct fate *f = &r->uncached;
	bool keep = raw.n <= RULES_KEEP_MAX;

	if (keep) {
		f = &r->cache[hash(raw) % RULES_CACHE];
		if (f->used && span_eq(buf_as_span(&f->raw), raw))
			return f;
		buf_reset(&f->raw);
		buf_span(&f->raw, raw);
	}
	work_out(r, f, raw, scratch);
	f->used = keep && !f->raw.full;
	return f;
}

void rules_free(struct rules *r)
{
	for (size_t i = 0; i < r->n_transforms; i++)
		transform_free(&r->transforms[i]);
	for (size_t i = 0; i < RULES_CACHE; i++) {
		buf_free(&r->cache[i].raw);
		buf_free(&r->cache[i].name);
	}
	buf_free(&r->uncached.name);
}
