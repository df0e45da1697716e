/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PARAMS_H
#define PARAMS_H

#include "arena.h"
#include "span.h"

#include <stdint.h>

/* Query parameters: one table (params.c) of names, groups, types, defaults, words and messages. */

enum {
	PARAM_BASE = 1,		/* P: timeouts, replica, filter ... */
	PARAM_WRITE = 2,	/* W, beside P */
	PARAM_BATCH = 4,	/* B, beside P */
	PARAM_SCAN = 8,		/* S, beside P */
	PARAM_QUERY = 16,	/* Q, beside P */
	PARAM_INFO = 32,	/* I */
	PARAM_KEYTYPE = 64,	/* K */
	PARAM_BINS = 128,	/* recordBins */
	PARAM_KEYS = 256,	/* key, of operate/read */
	PARAM_DATE = 512,	/* date, of truncate */
	PARAM_NAMESPACE = 1024,	/* namespace, of the index list */
};

enum { KEYTYPE_STRING, KEYTYPE_INTEGER, KEYTYPE_BYTES, KEYTYPE_DIGEST };
enum { REPLICA_MASTER, REPLICA_MASTER_PROLES, REPLICA_SEQUENCE, REPLICA_PREFER_RACK, REPLICA_RANDOM };
enum { SC_SESSION, SC_LINEARIZE, SC_ALLOW_REPLICA, SC_ALLOW_UNAVAILABLE };
enum { AP_ONE, AP_ALL };
enum { COMMIT_ALL, COMMIT_MASTER };

struct param_list {
	struct span *item;	/* in the arena */
	unsigned n, cap;
};

/* Numbers are as the caller wrote them, negative ones too. */
struct policy {
	/* P */
	bool send_key, compress;
	bool send_key_set;		/* the caller said it: scans send keys unless told not to */
	uint8_t replica, read_sc, read_ap;
	int32_t total_ms, socket_ms, sleep_ms;
	int32_t max_retries;
	bool max_retries_set;		/* the caller said it */
	struct span filter;		/* the expression's bytes, absent for none */
	/* W */
	int32_t expiration, generation;
	uint8_t generation_policy;	/* enum command_generation */
	uint8_t exists;			/* enum command_exists; begins as the route says */
	uint8_t commit;
	bool durable, respond_all;
	/* B */
	bool allow_inline, allow_inline_ssd, respond_all_keys;
	int32_t max_threads;
	/* S, Q */
	int64_t max_records;
	int32_t records_per_second, nodes_at_once, queue_size;
	bool concurrent_nodes, bin_data, fail_on_change, short_query, get_token;
	struct span from, index_name;
	/* the others */
	int32_t info_ms;
	uint8_t keytype;
	struct param_list bins, keys;
	struct span date, ns;		/* absent when not given */
};

/* What is wrong: the text of an error 400, in the arena; NULL when all is well. query: raw, without "?", absent for none. */
const char *params_parse(struct policy *p, struct arena *arena, unsigned groups, struct span query);
/* The defaults of a route with these groups (writes are not repeated, scans have no time limit ...). */
void params_default(struct policy *p, unsigned groups);

/* The table's rows, for documents. */
enum param_type { PARAM_BOOL, PARAM_INT, PARAM_LONG, PARAM_ENUM, PARAM_TEXT, PARAM_FILTER, PARAM_LIST };
struct param {
	const char *name;
	unsigned groups;	/* read by routes that have one of these */
	enum param_type type;
	size_t at;		/* offset in struct policy */
	const char *words;	/* PARAM_ENUM: by index, blanks between */
	const char *wrong;	/* what stands before ": VALUE" in the error's message; NULL: by type */
	const char *standard;	/* the default as text, NULL when there is none to tell */
	const char *help;
};
extern const struct param param_table[];	/* ends with a row whose name is NULL */

/* A filter expression as it comes over the wire of this API, base64url of filter text or of a compiled expression: the compiled one's bytes in *filter.
 * False: not to be decoded, or text with a fault, which *why then tells. */
bool param_filter(struct arena *arena, struct span text, struct span *filter, const char **why);
/* One of the words of an enumeration, by index; -1: none. */
int param_word(const char *words, struct span text);
/* base64url, padding optional, into the arena; absent when it is none. */
struct span param_base64url(struct arena *arena, struct span text);
/* Decimal, with or without a sign. */
bool param_integer(struct span text, int64_t min, int64_t max, int64_t *n);

#endif
