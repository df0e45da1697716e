/* SPDX-License-Identifier: Apache-2.0 */
#include "store.h"
#include "clock.h"
#include "disk.h"
#include "err.h"

#include <stdlib.h>
#include <string.h>

#define SETS_MAX 4096
#define SWEEP_PARTITIONS 256	/* a sixteenth of a namespace each second */

struct namespace **namespaces;
unsigned n_namespaces;

static store_hook *hooks[4];
static unsigned n_hooks;

uint64_t now_2010_ms(void)
{
	return (uint64_t)(clock_unix_ms() - EPOCH_2010 * 1000);
}

uint32_t now_2010(void)
{
	return (uint32_t)(now_2010_ms() / 1000);
}

void store_on_change(store_hook *hook)
{
	if (n_hooks == sizeof(hooks) / sizeof(*hooks))
		die(EX_SOFTWARE, "too many store hooks");
	hooks[n_hooks++] = hook;
}

static void changed(struct namespace *ns, const struct stored *old, const struct stored *new, bool durable)
{
	for (unsigned i = 0; i < n_hooks; i++)
		hooks[i](ns, old, new, durable);
}

/* The first bits of a digest that differ within a partition (which is told by the 12 bits before them). */
static uint32_t spread(const uint8_t *d)
{
	return (uint32_t)(d[1] >> 4) << 28 | (uint32_t)d[2] << 20 | (uint32_t)d[3] << 12 | (uint32_t)d[4] << 4 | d[5] >> 4;
}

#define GUESSES 4

/* Where the digest stands in its partition, or would stand: descending order. Digests are spread evenly, so the distance from one to
 * another tells about how many are between: a guess or three finds what halving finds in many more steps, each of which is a record
 * that the processor has not at hand. */
static uint32_t position(const struct partition *p, const uint8_t *digest, bool *found)
{
	uint32_t low = 0, high = p->n, key = spread(digest), at = (uint32_t)((uint64_t)(UINT32_MAX - key) * p->n >> 32);

	*found = false;
	for (unsigned guesses = 0; low < high; guesses++) {
		const uint8_t *there = p->record[at]->digest;
		int c = memcmp(digest, there, DIGEST_SIZE);
		int64_t next;

		if (c == 0) {
			*found = true;
			return at;
		}
		if (c > 0)
			high = at;
		else
			low = at + 1;
		next = guesses < GUESSES ? at + ((int64_t)spread(there) - key) * p->n / ((int64_t)1 << 32) : low + (high - low) / 2;
		at = next < low ? low : next >= high ? high - 1 : (uint32_t)next;
	}
	return low;
}

static struct partition *partition_of(struct namespace *ns, const uint8_t *digest)
{
	return &ns->part[digest_partition(digest)];
}

bool store_dead(const struct namespace *ns, const struct stored *r)
{
	return (r->void_time && r->void_time <= now_2010()) || (ns->truncate_lut && r->lut <= ns->truncate_lut) ||
		(ns->set[r->set].truncate_lut && r->lut <= ns->set[r->set].truncate_lut);
}

struct stored *store_get(struct namespace *ns, const uint8_t digest[DIGEST_SIZE])
{
	struct partition *p = partition_of(ns, digest);
	bool found;
	uint32_t at = position(p, digest, &found);

	return found && !store_dead(ns, p->record[at]) ? p->record[at] : NULL;
}

static void count(struct namespace *ns, const struct stored *r, int sign)
{
	uint64_t bytes = sizeof(*r) + r->size;

	ns->objects += (uint64_t)sign;
	ns->mortal += r->void_time ? (uint64_t)sign : 0;
	ns->bytes += (uint64_t)sign * bytes;
	ns->set[r->set].objects += (uint64_t)sign;
	ns->set[r->set].bytes += (uint64_t)sign * bytes;
}

static void insert(struct partition *p, uint32_t at, struct stored *r)
{
	if (p->n == p->cap) {
		uint32_t cap = p->cap ? p->cap + p->cap / 2 + 1 : 4;
		struct stored **bigger = realloc(p->record, cap * sizeof(*bigger));

		if (!bigger)
			die(EX_UNAVAILABLE, "out of memory");
		p->record = bigger;
		p->cap = cap;
	}
	memmove(p->record + at + 1, p->record + at, (p->n - at) * sizeof(*p->record));
	p->record[at] = r;
	p->n++;
}

/* Into memory alone: what loading does. */
static struct stored *place(struct namespace *ns, struct stored *r)
{
	struct partition *p = partition_of(ns, r->digest);
	struct stored *old = NULL;
	bool found;
	uint32_t at = position(p, r->digest, &found);

	if (found) {
		old = p->record[at];
		count(ns, old, -1);
		p->record[at] = r;
	} else {
		insert(p, at, r);
	}
	count(ns, r, 1);
	return old;
}

void store_put(struct namespace *ns, struct stored *r)
{
	struct stored *old = place(ns, r);

	disk_put(ns, r);
	changed(ns, old && !store_dead(ns, old) ? old : NULL, r, false);
	free(old);
}

static void take_out(struct namespace *ns, struct partition *p, uint32_t at)
{
	struct stored *r = p->record[at];

	count(ns, r, -1);
	memmove(p->record + at, p->record + at + 1, (p->n - at - 1) * sizeof(*p->record));
	p->n--;
	disk_delete(ns, r->digest);
}

bool store_delete(struct namespace *ns, const uint8_t digest[DIGEST_SIZE], bool durable)
{
	struct partition *p = partition_of(ns, digest);
	struct stored *r;
	bool found;
	uint32_t at = position(p, digest, &found);

	if (!found)
		return false;
	r = p->record[at];
	take_out(ns, p, at);
	changed(ns, r, NULL, durable);
	free(r);
	return true;
}

/* Expiry and truncation are no changes that are shipped, but indexes must know: they see old and no new record, as for a delete;
 * who ships tells them apart by store_dead. */
static void sweep(struct namespace *ns, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++)
		for (uint32_t at = ns->part[i].n; at-- > 0;) {
			struct stored *r = ns->part[i].record[at];

			if (!store_dead(ns, r))
				continue;
			take_out(ns, &ns->part[i], at);
			changed(ns, r, NULL, false);
			free(r);
			ns->expired++;
		}
}

/* The time stands only while the records go: one that is written a moment later, in the same millisecond, must stay. */
void store_truncate(struct namespace *ns, unsigned set, uint64_t before)
{
	uint64_t *lut = set ? &ns->set[set].truncate_lut : &ns->truncate_lut, expired = ns->expired;

	*lut = before == UINT64_MAX ? before : before - 1;
	sweep(ns, 0, PARTITIONS);
	*lut = 0;
	ns->expired = expired;
}

void store_sweep(void)
{
	static unsigned next;

	for (unsigned i = 0; i < n_namespaces; i++)
		if (namespaces[i]->mortal)
			sweep(namespaces[i], next, next + SWEEP_PARTITIONS);
	next = (next + SWEEP_PARTITIONS) % PARTITIONS;
}

struct namespace *store_namespace(struct span name)
{
	for (unsigned i = 0; i < n_namespaces; i++)
		if (span_is(name, namespaces[i]->name))
			return namespaces[i];
	return NULL;
}

int store_set(struct namespace *ns, struct span name, bool create)
{
	struct set *bigger;

	if (name.n == 0)
		return 0;
	for (unsigned i = 1; i < ns->n_sets; i++)
		if (span_is(name, ns->set[i].name))
			return (int)i;
	if (!create || name.n >= sizeof(ns->set[0].name) || ns->n_sets == SETS_MAX)
		return -1;
	bigger = realloc(ns->set, (ns->n_sets + 1) * sizeof(*bigger));
	if (!bigger)
		return -1;
	ns->set = bigger;
	ns->set[ns->n_sets] = (struct set){ .name = "" };
	memcpy(ns->set[ns->n_sets].name, name.p, name.n);
	disk_set(ns, (int)ns->n_sets);
	return (int)ns->n_sets++;
}

static struct namespace *new_namespace(const char *name, unsigned number)
{
	struct namespace *ns = xcalloc(1, sizeof(*ns));

	if (!*name || strlen(name) >= sizeof(ns->name) || strpbrk(name, ";:, \t\n"))
		die(EX_USAGE, "--namespace %s: a name of 1 to 31 bytes without blanks, ; : and ,", name);
	strcpy(ns->name, name);
	ns->number = number;
	ns->nsup_period = 120;
	ns->record_max = 1 << 20;
	ns->set = xcalloc(1, sizeof(*ns->set));
	ns->n_sets = 1;
	return ns;
}

static void load(struct namespace *ns, struct stored *r)
{
	free(place(ns, r));
}

void store_open(const char *dir, const char *const *names, unsigned n)
{
	namespaces = xcalloc(n, sizeof(*namespaces));
	for (unsigned i = 0; i < n; i++) {
		if (store_namespace(span_of(names[i])))
			die(EX_USAGE, "--namespace %s is there twice", names[i]);
		namespaces[i] = new_namespace(names[i], i);
		n_namespaces = i + 1;
	}
	if (dir)
		disk_open(dir, load);
}

bool store_changed(void)
{
	return disk_changed();
}

void store_commit(void)
{
	disk_commit();
}

void store_close(void)
{
	disk_close();
	for (unsigned i = 0; i < n_namespaces; i++) {
		for (unsigned p = 0; p < PARTITIONS; p++) {
			for (uint32_t k = 0; k < namespaces[i]->part[p].n; k++)
				free(namespaces[i]->part[p].record[k]);
			free(namespaces[i]->part[p].record);
		}
		free(namespaces[i]->set);
		free(namespaces[i]);
	}
	free(namespaces);
	namespaces = NULL;
	n_namespaces = 0;
}
