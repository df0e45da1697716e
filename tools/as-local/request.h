/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REQUEST_H
#define REQUEST_H

#include "bin.h"
#include "message.h"
#include "server.h"
#include "store.h"

/* A message with its fields taken apart (last one wins where a type is repeated). Spans into the request. */
struct request {
	struct message m;		/* m.p stands at the ops */
	struct namespace *ns;		/* NULL: no such namespace, or no field */
	bool has_ns, has_set, has_key, has_digest;
	struct span ns_name, set, digest;
	struct value key;
	struct span filter;		/* absent for none */
	struct span batch;		/* field 41 or 42 */
	struct span index_name, index_range, index_context, index_expression;
	struct span pids, digests, bvals;
	struct span udf_package, udf_function, udf_arguments;
	uint8_t index_type, udf_op;
	uint64_t trid, max_records;
	uint32_t rps, socket_timeout;
	bool bad;			/* a field of impossible size: RESULT_PARAMETER */
	bool has_mrt;
	enum origin origin;
};

/* Header and fields; RESULT_OK or the code to answer. Leaves m at the first op; checks that the ops consume the body exactly. */
int request_parse(struct span body, struct request *r);

/* The fields at r->m, for messages and for the rows of a batch. */
void request_fields(struct request *r);

/* One record: the whole read or write path of the reference's section 5, its checks in their order. Appends ops of the answer to
 * `ops` (in wire form, without a header) and tells how many; generation and void time for the header. Used for single-record messages
 * and for the rows of a batch alike. */
struct answer {
	int result;
	uint32_t generation, void_time;
	uint16_t n_ops;
	struct buf *ops;
};
void record_answer(struct request *r, struct arena *mem, struct answer *a);

/* Its halves, and what they share (single.c). */
struct single {
	struct request *r;
	struct arena *mem;
	struct answer *a;
	struct stored *rec;	/* NULL: missing */
	struct bin *bins;	/* the working copy; a bin with particle 0 is gone */
	unsigned n_bins, cap_bins;
};
void read_answer(struct single *s);
void write_answer(struct single *s);
struct bin *single_bin(struct single *s, struct span name);
/* There is a record: the answer's header says its generation and void time, whatever comes. */
void single_found(struct single *s);
/* The request's conditions on an existing record: its set, its key, the filter. */
int single_check(struct single *s, bool write);
struct expr_env;
void single_env(struct single *s, struct expr_env *env);
/* One read-type op on the working copy; appends to the answer. */
int single_read_op(struct single *s, const struct message_op *op);
void single_reply(struct single *s, const struct message_op *op, const struct value *v);

/* Whole messages that are answered in several units (batch.c, query.c). */
void batch_answer(struct connection *c, struct request *r);
void query_answer(struct connection *c, struct request *r);

#endif
