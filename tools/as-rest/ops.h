/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_H
#define OPS_H

#include "answer.h"
#include "arena.h"
#include "client_message.h"
#include "tree.h"

#include <stdint.h>

/* The catalogue of operations: one table (ops_table.c), from which come parsing and validation of both versions' JSON and MessagePack, encoding, and the
 * documents. v1 says {"operation": NAME, "opValues": {"bin": ..., members}}, v2 {"type": NAME, "binName": ..., members}. */

/* ---- the table ---- */

enum op_kind {
	KIND_VALUE,		/* any */
	KIND_TEXT,		/* string, or bytes */
	KIND_INT, KIND_LONG,	/* of 32 and 64 bits */
	KIND_NUMBER,		/* integer or double */
	KIND_BOOL,
	KIND_LIST, KIND_MAP,
	KIND_BYTES, KIND_BYTES_LIST,	/* base64; in MessagePack bytes, too */
	KIND_WORD, KIND_WORDS,	/* one of the words, a list of them */
	KIND_LIST_POLICY, KIND_MAP_POLICY,
};

/* How a member goes into the call. */
enum op_put {
	PUT_NOTHING,		/* another member looks at it */
	PUT_VALUE,		/* as it is; nothing when it is absent */
	PUT_VALUE_OR_NIL,
	PUT_INT,		/* nothing when it is absent */
	PUT_INT_OR,		/* the default when it is absent */
	PUT_BOOL, PUT_BYTES, PUT_HLLS,
	PUT_RETURN,		/* return type, with what `inverted` says */
	PUT_WORD, PUT_WORDS,	/* number of the word, sum of the words' numbers */
	PUT_LIST_POLICY,	/* order and write flags; nothing when it is absent */
	PUT_LIST_FLAGS,		/* write flags; nothing when it is absent */
	PUT_MAP_POLICY,		/* order, and write flags if there are any */
	PUT_MAP_ORDER,
	PUT_SIGNED,		/* 1; nothing when it is absent or false */
	PUT_OVERFLOW,		/* what to do at an overflow, with what `signed` says */
	PUT_ZERO,		/* no member: flags that this API doesn't have */
};

struct op_word {
	const char *text;
	int value;
};

struct op_member {
	const char *name, *name2;	/* of v1 and v2; NULL name2: the same; NULL name: none */
	enum op_kind kind;
	enum op_put put;
	int standard;			/* PUT_INT_OR */
	const struct op_word *words;	/* end with a NULL text */
};

enum { OP_CONTEXT = 1,		/* takes ctx */
	OP_CREATES = 2,		/* the path's last step is created */
	OP_INVERTED = 4,	/* takes inverted in v2 */
	OP_NO_BIN = 8, OP_BIN_OPTIONAL = 16,
	OP_ALL_RESULTS = 32,	/* a request with such an operation wants one result for each */
};
enum { MEMBER_OPTIONAL = 0x80, MEMBER_V2 = 0x40, MEMBER_INDEX = 0x3f };
#define OP_MEMBERS 6

struct operation {
	const char *name, *name2;	/* NULL name2: the same */
	uint8_t op, code;		/* of the wire; code: of a call (OP_CDT_READ ... OP_HLL_MODIFY) */
	uint8_t flags;
	uint8_t members[OP_MEMBERS];	/* in the order of the call's arguments: index into op_members, or-ed with MEMBER_...; 0 ends */
	const char *help;		/* what it does and gives */
};
extern const struct operation operations[];	/* end with a NULL name */
extern const struct op_member op_members[];	/* from index 1 on */
/* The words of policies. */
extern const struct op_word op_list_orders[], op_map_orders[], op_list_flags[], op_map_flags[], op_map_modes[];

enum ops_version { OPS_V1 = 1, OPS_V2 = 2 };
const char *op_name(const struct operation *op, enum ops_version v);
const char *op_member_name(const struct op_member *m, enum ops_version v);
/* NULL when there is none of this name. */
const struct operation *op_find(struct span name, enum ops_version v);
bool op_reads(const struct operation *op);

/* ---- requests ---- */

struct ops {
	struct buf bytes;	/* the ops as they stand in a request; the caller's, ops_free or a buf of the caller's own */
	unsigned n;
	bool reads, writes, all, header, all_results;
	/* When it was refused: why, and the result code it stands for, 0 for none. */
	char why[300];
	int code;
	bool unreadable;	/* it was no list of known operations at all */
};

/* A list of operations. Appends to o->bytes; zero o before. False: why is set. bool_bins: as in gateway_particle. */
bool ops_read(struct ops *o, const struct tree *list, enum ops_version v, bool bool_bins);
/* A whole body: v1's list, or v2's object with opsList. msgpack: where it came from, for the words of an error. */
bool ops_read_body(struct ops *o, const struct tree *body, enum ops_version v, bool msgpack, bool bool_bins);
void ops_free(struct ops *o);
/* A unit of one record with these operations: command_begin to command_end, or an exists for those that only look at the header. respond_all of c is set
 * as the operations want it. */
void ops_unit(const struct ops *o, struct buf *unit, struct command *c);
/* The path that a `ctx` says: [type, value ...], with create flags or-ed into the last step. Nothing for a context of no steps; *n: steps. */
bool ops_path(struct buf *out, const struct tree *ctx, uint32_t create, unsigned *n, char *why, size_t why_size);

/* ---- documents ---- */

/* Members of OpenAPI's components/schemas: Operations, OperationsV2, each operation, policies, context. */
void ops_schemas(struct answer *a);
/* The operations as an mdoc list, on stdout. */
void ops_print(void);

/* ---- answers ---- */

/* {"generation", "ttl", "bins"} of an answer that message_open has just opened. Several results of one bin become a list in the order of the operations;
 * no ops at all make bins null. False when the answer makes no sense; a->out is then cut back. */
bool ops_record(struct answer *a, struct arena *mem, struct message *m, int64_t unix_s);

#endif
