/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SINDEX_H
#define SINDEX_H

#include "bin.h"
#include "store.h"

/* Secondary indexes: for each partition the entries of its records, sorted by value (strings, blobs and shapes by a hash) and digest.
 * What an entry leads to is checked against the predicate again. */

enum sindex_kind { SINDEX_DEFAULT, SINDEX_LIST, SINDEX_MAPKEYS, SINDEX_MAPVALUES };

struct sindex_entry {
	int64_t bval;
	struct stored *rec;
};

struct sindex_part {
	struct sindex_entry *entry;
	uint32_t n, cap;
};

struct sindex {
	struct sindex *next;
	char name[64], set[64], bin[16];	/* set "": all of the namespace */
	uint8_t particle;		/* PARTICLE_INTEGER, _STRING, _BLOB, _GEOJSON */
	enum sindex_kind kind;
	struct span context, expression;	/* MessagePack, owned; absent for none */
	uint64_t entries;
	struct sindex_part part[PARTITIONS];
};

const char *sindex_type_name(uint8_t particle);	/* "numeric", "string", "blob", "geo2dsphere" */
const char *sindex_kind_name(enum sindex_kind kind);	/* "default", "list", "mapkeys", "mapvalues" */

/* Create from a definition (its spans are copied) and fill. RESULT_OK also when the same is there already; RESULT_INDEX_EXISTS when the
 * name has another definition; the same definition under a new name renames it. */
int sindex_create(struct namespace *ns, const struct sindex *definition);
void sindex_delete(struct namespace *ns, struct span name);
struct sindex *sindex_find(struct namespace *ns, struct span name);
/* Connects the indexes to the store's changes and brings back those that the disk knows. */
void sindex_open(void);
void sindex_close(void);

/* Every value that the index sees in a record. */
typedef void sindex_value(void *ctx, const struct value *v, int64_t bval);
void sindex_values(const struct sindex *x, const struct stored *rec, struct arena *mem, sindex_value *each, void *ctx);
int64_t sindex_hash(struct span bytes);
/* The first entry of a partition that is not before (bval, digest); digest NULL: before all with that bval. */
uint32_t sindex_position(const struct sindex_part *p, int64_t bval, const uint8_t *digest);

#endif
