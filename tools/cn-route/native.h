/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NATIVE_H
#define NATIVE_H

#include "dest.h"
#include "record.h"
#include "transform.h"
#include "verdict.h"

/* The connectors' own routing modes, without jq: a fixed destination, or a name found in the record, transformed. The same names come
 * again and again, so what was found out about one is kept in a small table. */
enum native_by { NATIVE_STATIC, NATIVE_SKIP, NATIVE_NAMESPACE, NATIVE_SET, NATIVE_BIN, NATIVE_PATH };

#define NATIVE_TRANSFORMS_MAX 32
#define NATIVE_STATIC_MAX 32
#define NATIVE_CACHE 256
#define NATIVE_KEEP_MAX 256	/* longest raw value that is kept, bytes */
#define NATIVE_NAME_MAX 4096	/* bytes of a name before and after its transforms */

struct native {
	enum native_by by;
	struct span bin;		/* NATIVE_BIN: its name ... */
	struct buf pointer;		/* ... and its JSON Pointer in types */
	enum dest_kind sink;		/* what a name found in the record is for */
	struct native_dest {
		enum dest_kind kind;
		struct span name;
	} statics[NATIVE_STATIC_MAX], other;
	size_t n_statics;
	struct buf fixed;		/* NATIVE_STATIC: the `to` object */
	bool has_fallback, fallback_skip;
	struct buf fallback;		/* the `to` object for records without the name */
	struct buf more;		/* members for every destination, as JSON text */
	struct transform transforms[NATIVE_TRANSFORMS_MAX];
	size_t n_transforms;
	struct native_known {
		bool used;
		struct buf raw, type;	/* the raw value, and what types says of it: the key */
		enum verdict verdict;
		struct buf text;
	} cache[NATIVE_CACHE], uncached;
	struct buf name, scratch;
};

/* Before all others: a route without a destination. */
void native_init(struct native *n);
/* Set up from what options say; each returns NULL, or why not (good until the next call). */
const char *native_add_static(struct native *n, const char *dest);	/* KIND:NAME, skip alone */
const char *native_set_by(struct native *n, const char *mode);		/* namespace, set, bin=NAME, path */
const char *native_set_fallback(struct native *n, const char *dest);	/* KIND:NAME or skip */
const char *native_add_transform(struct native *n, const char *text);
const char *native_add_more(struct native *n, const char *text);	/* NAME=VALUE, JSON or else text */
/* When all has been said. */
void native_ready(struct native *n);
void native_free(struct native *n);

/* Where this record goes. For VERDICT_TO *text is the `to` object, for VERDICT_ERROR the reason; good until the next call. */
enum verdict native_route(struct native *n, const struct record *r, struct span *text);

#endif
