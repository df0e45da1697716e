/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_H
#define STORE_H

#include "bin.h"
#include "digest.h"

#include <stdint.h>

/* Namespaces and their records. All records are in memory; with a data directory every change is in LMDB too, in one transaction
 * for each round of the event loop (store_commit), and answers leave only behind it. One thread. */

#define PARTITIONS 4096
#define EPOCH_2010 INT64_C(1262304000)	/* seconds: void times and update times count from 2010-01-01T00:00:00Z */

/* One record as it lies in memory and in the database: this head, then the key (particle byte, bytes), then the bins. */
struct stored {
	uint8_t digest[DIGEST_SIZE];
	uint32_t void_time;	/* seconds since 2010, 0 never */
	uint64_t lut;		/* milliseconds since 2010 */
	uint16_t generation;	/* 1..65535 */
	uint16_t set;		/* number of the set in its namespace, 0 for none */
	uint16_t n_bins;
	uint16_t key_size;	/* 0: no key stored */
	uint32_t size;		/* bytes behind the head */
	uint8_t data[];
};

/* Entries of a partition, in descending order of digests (bytewise): the order in which scans show them. */
struct partition {
	struct stored **record;
	uint32_t n, cap;
};

/* What happened to requests for single records, for the statistics of a namespace. */
enum origin { ORIGIN_CLIENT, ORIGIN_BATCH, ORIGIN_OPS, ORIGINS };
enum kind { KIND_READ, KIND_WRITE, KIND_DELETE, KINDS };
enum outcome { OUTCOME_SUCCESS, OUTCOME_ERROR, OUTCOME_TIMEOUT, OUTCOME_NOT_FOUND, OUTCOME_FILTERED_OUT, OUTCOMES };

struct set {
	char name[64];
	uint32_t default_ttl;		/* 0: the namespace's */
	uint8_t read_touch;		/* likewise */
	uint64_t objects, bytes;
	uint64_t truncate_lut;	/* records last updated at or before it are gone; milliseconds since 2010 */
};

struct namespace {
	char name[32];
	uint32_t default_ttl;		/* seconds, 0 never */
	uint32_t nsup_period;		/* 0: no expiry, and no record may have a time to live */
	bool allow_ttl_without_nsup;	/* unless this is set */
	uint8_t read_touch;		/* percentage of its life left at which a read record is touched, 0 never */
	uint32_t record_max;		/* bytes */
	struct partition part[PARTITIONS];
	struct set *set;		/* set[0] has no name */
	unsigned n_sets;
	uint64_t objects, bytes, truncate_lut, mortal;	/* mortal: records that have a void time */
	uint64_t count[ORIGINS][KINDS][OUTCOMES], expired;
	struct sindex *sindex;		/* sindex.h's list */
	unsigned number;
};

extern struct namespace **namespaces;
extern unsigned n_namespaces;

/* dir NULL: memory only. Loads what is there; dies (EX_IOERR, EX_CONFIG) when it can't. */
void store_open(const char *dir, const char *const *names, unsigned n);
struct namespace *store_namespace(struct span name);
/* The set's number; create: make it when it is new. -1: no such set, or too many, or its name is too long. */
int store_set(struct namespace *ns, struct span name, bool create);

/* The record, NULL when there is none or it is expired or truncated. Good until the next change of the store. */
struct stored *store_get(struct namespace *ns, const uint8_t digest[DIGEST_SIZE]);
/* Put in place of whatever stands under its digest (which is freed); takes ownership; keeps indexes and the change log up to date. */
void store_put(struct namespace *ns, struct stored *r);
bool store_delete(struct namespace *ns, const uint8_t digest[DIGEST_SIZE], bool durable);
/* Is it past its void time or truncated? Then it counts as missing, although it may still lie there. */
bool store_dead(const struct namespace *ns, const struct stored *r);
/* End of a round: everything put and deleted since the last call is durable when it returns. Dies when the disk fails: an answer that
 * can't be kept must not be given. */
void store_commit(void);
bool store_changed(void);	/* has store_commit anything to do? */
/* Take out all records of a set (0: of the namespace) that were last updated before that time, UINT64_MAX: all. */
void store_truncate(struct namespace *ns, unsigned set, uint64_t before_2010_ms);
/* Once a second: take out expired and truncated records, some at a time. */
void store_sweep(void);
void store_close(void);

/* Taking a record apart and making one. */
struct bin {
	struct span name;
	struct value v;
};
#define BINS_MAX 32767
/* All bins as an array from the arena, spans into the record; NULL when the arena is full. */
struct bin *stored_bins(const struct stored *r, struct arena *mem);
struct value stored_bin(const struct stored *r, struct span name);
struct value stored_key(const struct stored *r);
/* Do these bytes, read from somewhere, hang together as one record? */
bool stored_valid(const struct stored *r, size_t size);
/* A new record; bins with particle 0 are left out; malloc'ed, NULL when memory is out. */
struct stored *stored_new(const uint8_t digest[DIGEST_SIZE], const struct value *key, const struct bin *bins, unsigned n);

/* Changes, for whoever ships them or indexes them: called by store_put and store_delete, before the old record is freed. Either may be
 * NULL. */
typedef void store_hook(struct namespace *ns, const struct stored *old, const struct stored *new, bool durable_delete);
void store_on_change(store_hook *hook);

uint64_t now_2010_ms(void);
uint32_t now_2010(void);

#endif
