/* SPDX-License-Identifier: Apache-2.0 */
#include "client_map.h"
#include "info.h"

#include <stdlib.h>

struct map_namespace *client_map_find(const struct map *m, struct span name)
{
	for (unsigned i = 0; i < m->n; i++)
		if (span_is(name, m->ns[i]->name))
			return m->ns[i];
	return NULL;
}

static struct map_namespace *map_add(struct map *m, struct span name)
{
	struct map_namespace *ns = client_map_find(m, name);

	if (ns || m->n == MAP_NAMESPACES)
		return ns;
	ns = calloc(1, sizeof(*ns));
	if (!ns)
		return NULL;
	memcpy(ns->name, name.p, name.n);
	memset(ns->node, 0xff, sizeof(ns->node));	/* MAP_NONE */
	for (unsigned i = 0; i < MAP_SLOTS; i++)
		ns->rack[i] = MAP_NO_RACK;
	return m->ns[m->n++] = ns;
}

static void claim(struct map_namespace *ns, unsigned column, uint32_t regime, int slot, const uint8_t *bits)
{
	for (unsigned p = 0; p < MAP_PARTITIONS; p++) {
		if (!(bits[p >> 3] & 0x80 >> (p & 7)) || regime < ns->regime[p])
			continue;
		ns->regime[p] = regime;
		ns->node[p][column] = (int16_t)slot;
	}
}

/* A replica that this node no longer claims is not its any more. As master it stays until another node's claim takes its place: it passes
 * requests on, or answers "unavailable". */
static void disclaim(struct map_namespace *ns, int slot, uint8_t bits[][INFO_BITMAP_SIZE], unsigned columns)
{
	for (unsigned p = 0; p < MAP_PARTITIONS; p++)
		for (unsigned i = 1; i < MAP_COLUMNS; i++)
			if (ns->node[p][i] == slot && !(i < columns && bits[i][p >> 3] & 0x80 >> (p & 7)))
				ns->node[p][i] = MAP_NONE;
}

/* "test:0,2,BITMAP,BITMAP" */
static const char *map_entry(struct map *m, int slot, struct span entry)
{
	uint8_t bits[MAP_COLUMNS][INFO_BITMAP_SIZE];
	struct span name, part;
	struct map_namespace *ns;
	int64_t regime, count;

	if (!info_part(&entry, ':', &name) || name.n < 1 || name.n > 31 || memchr(name.p, 0, name.n))
		return "bad name of a namespace";
	if (!info_part(&entry, ',', &part) || !info_number(part, &regime) || regime < 0 || regime > UINT32_MAX)
		return "bad regime";
	if (!info_part(&entry, ',', &part) || !info_number(part, &count) || count < 0 || count > 256)
		return "bad count of replicas";
	for (int64_t i = 0; i < count; i++) {
		uint8_t unused[INFO_BITMAP_SIZE];

		if (!info_part(&entry, ',', &part) || !info_bitmap(part, i < MAP_COLUMNS ? bits[i] : unused))
			return "bad bitmap";
	}
	if (entry.n)
		return "text behind the last bitmap";
	ns = map_add(m, name);
	if (!ns)
		return "too many namespaces";
	ns->strong = regime > 0;
	if (count > MAP_COLUMNS)
		count = MAP_COLUMNS;
	disclaim(ns, slot, bits, (unsigned)count);
	for (unsigned i = 0; i < count; i++)
		claim(ns, i, (uint32_t)regime, slot, bits[i]);
	return NULL;
}

const char *client_map_update(struct map *m, int slot, struct span replicas)
{
	struct span entry;

	if (!replicas.n)
		return "no namespaces";
	while (info_part(&replicas, ';', &entry)) {
		const char *why = entry.n ? map_entry(m, slot, entry) : NULL;

		if (why)
			return why;
	}
	return NULL;
}

const char *client_map_racks(struct map *m, int slot, struct span ids)
{
	struct span entry, name;
	int64_t rack;

	while (info_part(&ids, ';', &entry)) {
		struct map_namespace *ns;

		if (entry.n == 0)
			continue;
		if (!info_part(&entry, ':', &name) || !info_number(entry, &rack) || rack <= INT32_MIN || rack > INT32_MAX)
			return "racks that can't be read";
		ns = client_map_find(m, name);
		if (ns)
			ns->rack[slot] = (int32_t)rack;
	}
	return NULL;
}

unsigned client_map_near(const struct map_namespace *ns, unsigned partition, int rack)
{
	for (unsigned i = 0; i < MAP_COLUMNS; i++) {
		int slot = ns->node[partition][i];

		if (slot != MAP_NONE && ns->rack[slot] == rack)
			return i;
	}
	return 0;
}

void client_map_remove(struct map *m, int slot)
{
	for (unsigned i = 0; i < m->n; i++) {
		m->ns[i]->rack[slot] = MAP_NO_RACK;
		for (unsigned p = 0; p < MAP_PARTITIONS; p++)
			for (unsigned k = 0; k < MAP_COLUMNS; k++)
				if (m->ns[i]->node[p][k] == slot)
					m->ns[i]->node[p][k] = MAP_NONE;
	}
}

bool client_map_has(const struct map *m, int slot)
{
	for (unsigned i = 0; i < m->n; i++)
		for (unsigned p = 0; p < MAP_PARTITIONS; p++)
			for (unsigned k = 0; k < MAP_COLUMNS; k++)
				if (m->ns[i]->node[p][k] == slot)
					return true;
	return false;
}

void client_map_free(struct map *m)
{
	for (unsigned i = 0; i < m->n; i++)
		free(m->ns[i]);
	*m = (struct map){ 0 };
}
