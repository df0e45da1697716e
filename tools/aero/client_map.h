/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLIENT_MAP_H
#define CLIENT_MAP_H

#include "span.h"

#include <stdint.h>

/* The partition map: which node serves which partition of which namespace, from the nodes' answers to `replicas`. Nodes are small
 * numbers here (slots). Source: the wire protocol reference, sections 2.5 and 10.3. */
#define MAP_PARTITIONS 4096
#define MAP_COLUMNS 3		/* master and so many replicas less one; what servers report beyond that is passed over */
#define MAP_NAMESPACES 64
#define MAP_NONE (-1)
#define MAP_SLOTS 128
#define MAP_NO_RACK INT32_MIN

struct map_namespace {
	char name[32];
	bool strong;				/* strong consistency: regime is not 0 */
	uint32_t regime[MAP_PARTITIONS];
	int16_t node[MAP_PARTITIONS][MAP_COLUMNS];	/* slot or MAP_NONE */
	int32_t rack[MAP_SLOTS];		/* of the node in that slot, or MAP_NO_RACK */
};

struct map {
	struct map_namespace *ns[MAP_NAMESPACES];	/* owned */
	unsigned n;
};

/* Take in what the node in `slot` answered to `replicas`. An entry of a lower regime than the one that is held is passed over. Returns NULL,
 * or what is wrong with the text (static); whatever stood before the fault has been taken in. */
const char *client_map_update(struct map *m, int slot, struct span replicas);
/* Take in what it answered to `rack-ids`: "test:2;bar:1". Namespaces that are not known are passed over. NULL, or what is wrong. */
const char *client_map_racks(struct map *m, int slot, struct span ids);
/* The column of a partition's first node in that rack; 0, the master's, when there is none. */
unsigned client_map_near(const struct map_namespace *ns, unsigned partition, int rack);
/* Forget a node: none of its entries stays. */
void client_map_remove(struct map *m, int slot);
struct map_namespace *client_map_find(const struct map *m, struct span name);	/* NULL: no such namespace is known */
/* Does this node stand anywhere in the map? */
bool client_map_has(const struct map *m, int slot);
void client_map_free(struct map *m);

#endif
