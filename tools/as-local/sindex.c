/* SPDX-License-Identifier: Apache-2.0 */
#include "sindex.h"
#include "bytes.h"
#include "cdt.h"
#include "element.h"
#include "disk.h"
#include "err.h"
#include "expr.h"
#include "geo.h"

#include <stdlib.h>

#define INDEXES_MAX 256

const char *sindex_type_name(uint8_t particle)
{
	return particle == PARTICLE_INTEGER ? "numeric" : particle == PARTICLE_STRING ? "string" : particle == PARTICLE_BLOB ? "blob" :
		"geo2dsphere";
}

const char *sindex_kind_name(enum sindex_kind kind)
{
	static const char *const names[] = { "default", "list", "mapkeys", "mapvalues" };

	return names[kind];
}

int64_t sindex_hash(struct span bytes)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);	/* FNV-1a */

	for (size_t i = 0; i < bytes.n; i++)
		h = (h ^ (uint8_t)bytes.p[i]) * UINT64_C(0x100000001b3);
	return (int64_t)h;
}

/* ---- values ---- */

static void one_value(const struct sindex *x, const struct value *v, sindex_value *each, void *ctx)
{
	if (v->particle != x->particle)
		return;
	each(ctx, v, v->particle == PARTICLE_INTEGER ? (int64_t)get_be64(v->data.p) :
		v->particle == PARTICLE_GEOJSON ? (int64_t)geo_particle_cell(v->data) : sindex_hash(v->data));
}

static void each_element(const struct sindex *x, struct span e, struct arena *mem, sindex_value *each, void *ctx)
{
	struct container c;
	struct value v;

	if (!container_open(e, mem, &c) || c.is_map != (x->kind != SINDEX_LIST))
		return;
	for (uint32_t i = 0; i < c.n; i++)
		if (element_to_value(x->kind == SINDEX_MAPKEYS ? c.key[i] : c.val[i], mem, &v))
			one_value(x, &v, each, ctx);
}

static struct value record_bin_value(void *ctx, struct span name)
{
	return stored_bin(ctx, name);
}

static bool expression_value(const struct sindex *x, const struct stored *rec, struct arena *mem, struct value *v)
{
	struct expr_env env = { .bin = record_bin_value, .ctx = (void *)(uintptr_t)rec, .mem = mem, .digest = rec->digest,
		.set = span_of(x->set), .key = stored_key(rec), .last_update_ms = rec->lut + EPOCH_2010 * 1000,
		.void_time = rec->void_time, .now_ms = now_2010_ms() + EPOCH_2010 * 1000, .record_size = rec->size };
	bool known;

	return expr_value(x->expression, &env, v, &known) == RESULT_OK && known;
}

void sindex_values(const struct sindex *x, const struct stored *rec, struct arena *mem, sindex_value *each, void *ctx)
{
	struct value v;
	struct span e;

	if (x->expression.p) {
		if (!expression_value(x, rec, mem, &v))
			return;
	} else {
		v = stored_bin(rec, span_of(x->bin));
	}
	if (!v.particle)
		return;
	if (x->kind == SINDEX_DEFAULT && !x->context.p) {
		one_value(x, &v, each, ctx);
		return;
	}
	if ((v.particle != PARTICLE_LIST && v.particle != PARTICLE_MAP) ||
	    !cdt_walk(v.data, x->context, mem, &e))
		return;
	if (x->kind != SINDEX_DEFAULT)
		each_element(x, e, mem, each, ctx);
	else if (element_to_value(e, mem, &v))
		one_value(x, &v, each, ctx);
}

/* ---- entries ---- */

/* Digests go down where values go up, as in scans. */
uint32_t sindex_position(const struct sindex_part *p, int64_t bval, const uint8_t *digest)
{
	uint32_t low = 0, high = p->n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		const struct sindex_entry *e = &p->entry[mid];

		if (e->bval < bval || (e->bval == bval && digest && memcmp(e->rec->digest, digest, DIGEST_SIZE) > 0))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct adding {
	struct sindex *x;
	struct sindex_part *part;
	struct stored *rec;
};

static void add_entry(void *ctx, const struct value *v, int64_t bval)
{
	struct adding *a = ctx;
	struct sindex_part *p = a->part;
	uint32_t at = sindex_position(p, bval, a->rec->digest);

	(void)v;
	if (at < p->n && p->entry[at].bval == bval && p->entry[at].rec == a->rec)
		return;		/* the same value twice in one list */
	if (p->n == p->cap) {
		uint32_t cap = p->cap ? p->cap + p->cap / 2 + 1 : 4;
		struct sindex_entry *bigger = realloc(p->entry, cap * sizeof(*bigger));

		if (!bigger)
			die(EX_UNAVAILABLE, "out of memory");
		p->entry = bigger;
		p->cap = cap;
	}
	memmove(p->entry + at + 1, p->entry + at, (p->n - at) * sizeof(*p->entry));
	p->entry[at] = (struct sindex_entry){ bval, a->rec };
	p->n++;
	a->x->entries++;
}

static void remove_entry(void *ctx, const struct value *v, int64_t bval)
{
	struct adding *a = ctx;
	struct sindex_part *p = a->part;
	uint32_t at = sindex_position(p, bval, a->rec->digest);

	(void)v;
	if (at >= p->n || p->entry[at].bval != bval || p->entry[at].rec != a->rec)
		return;
	memmove(p->entry + at, p->entry + at + 1, (p->n - at - 1) * sizeof(*p->entry));
	p->n--;
	a->x->entries--;
}

static bool covers(const struct sindex *x, const struct namespace *ns, const struct stored *rec)
{
	return !*x->set || strcmp(x->set, ns->set[rec->set].name) == 0;
}

static void update(struct sindex *x, struct namespace *ns, struct stored *rec, sindex_value *how)
{
	static struct arena mem;
	struct adding a = { x, &x->part[digest_partition(rec->digest)], rec };

	if (!covers(x, ns, rec))
		return;
	arena_reset(&mem);
	sindex_values(x, rec, &mem, how, &a);
}

static void on_change(struct namespace *ns, const struct stored *old, const struct stored *new, bool durable)
{
	(void)durable;
	for (struct sindex *x = ns->sindex; x; x = x->next) {
		if (old)
			update(x, ns, (struct stored *)(uintptr_t)old, remove_entry);
		if (new)
			update(x, ns, (struct stored *)(uintptr_t)new, add_entry);
	}
}

/* ---- definitions ---- */

static bool same_definition(const struct sindex *a, const struct sindex *b)
{
	return strcmp(a->set, b->set) == 0 && strcmp(a->bin, b->bin) == 0 && a->particle == b->particle && a->kind == b->kind &&
		span_eq(a->context, b->context) && span_eq(a->expression, b->expression);
}

struct sindex *sindex_find(struct namespace *ns, struct span name)
{
	for (struct sindex *x = ns->sindex; x; x = x->next)
		if (span_is(name, x->name))
			return x;
	return NULL;
}

/* As a note on disk: namespace and name -> the definition's fixed part, context, expression. */
static void note_key(const struct namespace *ns, const char *name, struct buf *key)
{
	buf_reset(key);
	buf_put(key, ns->name, strlen(ns->name) + 1);
	buf_put(key, name, strlen(name) + 1);
}

static void remember(const struct namespace *ns, const struct sindex *x)
{
	static struct buf key, value;

	note_key(ns, x->name, &key);
	buf_reset(&value);
	buf_printf(&value, "%s%c%s%c%u%c%u%c%zu%c", x->set, 0, x->bin, 0, x->particle, 0, (unsigned)x->kind, 0, x->context.n, 0);
	buf_span(&value, x->context);
	buf_span(&value, x->expression);
	disk_note("index", buf_as_span(&key), buf_as_span(&value));
}

static struct span keep(struct span s)
{
	char *p;

	if (!s.p || !s.n)
		return (struct span){ NULL, 0 };
	p = xmalloc(s.n);
	memcpy(p, s.p, s.n);
	return (struct span){ p, s.n };
}

static void fill(struct namespace *ns, struct sindex *x)
{
	for (unsigned p = 0; p < PARTITIONS; p++)
		for (uint32_t i = 0; i < ns->part[p].n; i++)
			update(x, ns, ns->part[p].record[i], add_entry);
}

static void add_index(struct namespace *ns, const struct sindex *definition)
{
	struct sindex *x = xcalloc(1, sizeof(*x)), **end = &ns->sindex;

	memcpy(x, definition, offsetof(struct sindex, entries));
	x->next = NULL;
	x->context = keep(definition->context);
	x->expression = keep(definition->expression);
	while (*end)
		end = &(*end)->next;
	*end = x;
	fill(ns, x);
}

int sindex_create(struct namespace *ns, const struct sindex *definition)
{
	struct sindex *x = sindex_find(ns, span_of(definition->name));
	static struct buf key;
	unsigned n = 0;

	if (x)
		return same_definition(x, definition) ? RESULT_OK : RESULT_INDEX_EXISTS;
	for (x = ns->sindex; x; x = x->next, n++)
		if (same_definition(x, definition)) {
			note_key(ns, x->name, &key);
			disk_note("index", buf_as_span(&key), (struct span){ NULL, 0 });
			memcpy(x->name, definition->name, sizeof(x->name));
			remember(ns, x);
			return RESULT_OK;
		}
	if (n >= INDEXES_MAX)
		return RESULT_INDEX_TOO_MANY;
	add_index(ns, definition);
	remember(ns, definition);
	return RESULT_OK;
}

static void free_index(struct sindex *x)
{
	for (unsigned p = 0; p < PARTITIONS; p++)
		free(x->part[p].entry);
	free((char *)(uintptr_t)x->context.p);
	free((char *)(uintptr_t)x->expression.p);
	free(x);
}

void sindex_delete(struct namespace *ns, struct span name)
{
	static struct buf key;

	for (struct sindex **at = &ns->sindex; *at; at = &(*at)->next) {
		struct sindex *x = *at;

		if (!span_is(name, x->name))
			continue;
		*at = x->next;
		note_key(ns, x->name, &key);
		disk_note("index", buf_as_span(&key), (struct span){ NULL, 0 });
		free_index(x);
		return;
	}
}

/* One zero-terminated piece of a note. */
static const char *piece(struct span *s)
{
	const char *p = s->p, *end = memchr(s->p, 0, s->n);
	size_t n = end ? (size_t)(end - p) + 1 : s->n;

	s->p += n;
	s->n -= n;
	return end ? p : "";
}

static void recall(struct span key, struct span value)
{
	static struct sindex x;
	struct namespace *ns = store_namespace(span_of(piece(&key)));
	size_t context;

	if (!ns)
		return;
	memset(&x, 0, sizeof(x));
	strncpy(x.name, piece(&key), sizeof(x.name) - 1);
	strncpy(x.set, piece(&value), sizeof(x.set) - 1);
	strncpy(x.bin, piece(&value), sizeof(x.bin) - 1);
	x.particle = (uint8_t)atoi(piece(&value));
	x.kind = (enum sindex_kind)atoi(piece(&value));
	context = (size_t)atol(piece(&value));
	if (context > value.n)
		return;
	if (context)
		x.context = (struct span){ value.p, context };
	if (value.n > context)
		x.expression = (struct span){ value.p + context, value.n - context };
	add_index(ns, &x);
}

void sindex_open(void)
{
	store_on_change(on_change);
	disk_notes("index", recall);
}

void sindex_close(void)
{
	for (unsigned i = 0; i < n_namespaces; i++)
		while (namespaces[i]->sindex) {
			struct sindex *x = namespaces[i]->sindex;

			namespaces[i]->sindex = x->next;
			free_index(x);
		}
}
