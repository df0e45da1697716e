/* SPDX-License-Identifier: Apache-2.0 */
#include "cdt.h"
#include "element.h"

static bool take_element(struct mp *m, struct span *e)
{
	const char *start = (const char *)m->p;

	if (!mp_skip(m))
		return false;
	*e = (struct span){ start, (size_t)((const char *)m->p - start) };
	return true;
}

/* The order flags, when an ext element leads: it is no element of the user's. */
static bool take_flags(struct mp *m, struct container *c)
{
	struct mp at = *m;
	struct mp_item it;

	if (c->n == 0 || !mp_next(&at, &it) || it.kind != MP_EXT || it.ext == 0xff)
		return true;
	if (c->is_map && !mp_skip(&at))
		return false;
	c->flags = it.ext;
	c->n--;
	*m = at;
	return true;
}

bool container_open(struct span e, struct arena *mem, struct container *c)
{
	struct mp_item it;
	struct mp m;

	*c = (struct container){ 0 };
	mp_open(&m, e);
	if (!mp_next(&m, &it) || (it.kind != MP_ARRAY && it.kind != MP_MAP))
		return false;
	c->is_map = it.kind == MP_MAP;
	c->n = it.n;
	if (!take_flags(&m, c))
		return false;
	c->cap = c->n + 1;
	c->val = arena_take(mem, c->cap * sizeof(*c->val));
	c->key = c->is_map ? arena_take(mem, c->cap * sizeof(*c->key)) : NULL;
	if (!c->val || (c->is_map && !c->key))
		return false;
	for (uint32_t i = 0; i < c->n; i++)
		if ((c->is_map && !take_element(&m, &c->key[i])) || !take_element(&m, &c->val[i]))
			return false;
	return true;
}

static struct span *bigger(const struct span *old, uint32_t n, uint32_t cap, struct arena *mem)
{
	struct span *p = arena_take(mem, cap * sizeof(*p));

	if (p && n)
		memcpy(p, old, n * sizeof(*p));
	return p;
}

bool container_grow(struct container *c, uint32_t n, struct arena *mem)
{
	uint32_t cap;

	if (n > (1u << 24) || c->n > (1u << 24))
		return false;
	if (c->cap - c->n >= n)
		return true;
	cap = c->n + n + c->n / 2;
	c->val = bigger(c->val, c->n, cap, mem);
	if (c->is_map)
		c->key = bigger(c->key, c->n, cap, mem);
	c->cap = cap;
	return c->val && (!c->is_map || c->key);
}

static void shift(struct span *p, uint32_t from, uint32_t to, uint32_t n)
{
	memmove(p + to, p + from, n * sizeof(*p));
}

void container_insert(struct container *c, uint32_t at, struct span key, struct span val)
{
	shift(c->val, at, at + 1, c->n - at);
	c->val[at] = val;
	if (c->is_map) {
		shift(c->key, at, at + 1, c->n - at);
		c->key[at] = key;
	}
	c->n++;
}

void container_insert_all(struct container *c, uint32_t at, const struct span *val, uint32_t n)
{
	shift(c->val, at, at + n, c->n - at);
	if (n)
		memcpy(c->val + at, val, n * sizeof(*val));
	c->n += n;
}

void container_remove(struct container *c, uint32_t at)
{
	c->n--;
	shift(c->val, at + 1, at, c->n - at);
	if (c->is_map)
		shift(c->key, at + 1, at, c->n - at);
}

/* Merge sort of entry numbers: stable, and never slow on sorted input. */
static void sort(uint32_t *at, uint32_t *spare, uint32_t n, const struct span *by)
{
	uint32_t half = n / 2, i = 0, j = half, k = 0;

	if (n < 2)
		return;
	sort(at, spare, half, by);
	sort(at + half, spare, n - half, by);
	if (cdt_compare(by[at[half - 1]], by[at[half]]) <= 0)
		return;
	while (i < half && j < n)
		spare[k++] = cdt_compare(by[at[i]], by[at[j]]) <= 0 ? at[i++] : at[j++];
	while (i < half)
		spare[k++] = at[i++];
	memcpy(at, spare, k * sizeof(*at));
}

static uint32_t *sorted(const struct span *by, uint32_t n, struct arena *mem)
{
	uint32_t *at = arena_take(mem, (2 * (size_t)n + 1) * sizeof(*at));

	if (!at)
		return NULL;
	for (uint32_t i = 0; i < n; i++)
		at[i] = i;
	sort(at, at + n, n, by);
	return at;
}

bool *container_duplicates(const struct container *c, const struct span *val, uint32_t n, struct arena *mem)
{
	struct span *all = arena_take(mem, ((size_t)c->n + n + 1) * sizeof(*all));
	bool *again = arena_take(mem, n + 1);
	uint32_t *at;

	if (!all || !again)
		return NULL;
	if (c->n)
		memcpy(all, c->val, c->n * sizeof(*all));
	if (n)
		memcpy(all + c->n, val, n * sizeof(*all));
	at = sorted(all, c->n + n, mem);
	if (!at)
		return NULL;
	memset(again, 0, n + 1);
	/* Equal ones stand in the order in which they came: all but the first are there already. */
	for (uint32_t i = 1; i < c->n + n; i++)
		if (at[i] >= c->n && cdt_compare(all[at[i - 1]], all[at[i]]) == 0)
			again[at[i] - c->n] = true;
	return again;
}

uint32_t *container_ranks(const struct container *c, struct arena *mem)
{
	return sorted(c->val, c->n, mem);
}

static bool reorder(struct span **p, const uint32_t *at, uint32_t n, uint32_t cap, struct arena *mem)
{
	struct span *to = arena_take(mem, (size_t)cap * sizeof(*to));

	if (!to)
		return false;
	for (uint32_t i = 0; i < n; i++)
		to[i] = (*p)[at[i]];
	*p = to;
	return true;
}

bool container_sort(struct container *c, struct arena *mem)
{
	uint32_t *at;

	if (!c->is_map && !(c->flags & LIST_ORDERED))
		return true;
	at = sorted(c->is_map ? c->key : c->val, c->n, mem);
	if (!at || (c->is_map && !reorder(&c->key, at, c->n, c->cap, mem)) || !reorder(&c->val, at, c->n, c->cap, mem))
		return false;
	for (uint32_t i = 1; c->is_map && i < c->n; i++)
		if (cdt_compare(c->key[i - 1], c->key[i]) == 0)
			return false;
	return true;
}

static bool find(const struct span *in, uint32_t n, struct span what, uint32_t *at)
{
	uint32_t low = 0, high = n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (cdt_compare(in[mid], what) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	*at = low;
	return low < n && cdt_compare(in[low], what) == 0;
}

bool container_find_key(const struct container *c, struct span key, uint32_t *at)
{
	return find(c->key, c->n, key, at);
}

bool container_find_value(const struct container *c, struct span val, uint32_t *at)
{
	if (!c->is_map && (c->flags & LIST_ORDERED))
		return find(c->val, c->n, val, at);
	for (*at = 0; *at < c->n; ++*at)
		if (cdt_compare(c->val[*at], val) == 0)
			return true;
	return false;
}

struct span container_close(const struct container *c, struct arena *mem)
{
	static struct buf b;

	buf_reset(&b);
	if (c->is_map)
		element_put_map(&b, c->n, c->flags);
	else
		element_put_list(&b, c->n, c->flags);
	for (uint32_t i = 0; i < c->n; i++) {
		if (c->is_map)
			buf_span(&b, c->key[i]);
		buf_span(&b, c->val[i]);
	}
	return b.full ? (struct span){ NULL, 0 } : arena_copy(mem, buf_as_span(&b));
}
