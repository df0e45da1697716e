/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLIENT_MESSAGE_H
#define CLIENT_MESSAGE_H

#include "buf.h"
#include "message.h"

#include <stdint.h>

/* The usual requests as units for client.h, and taking answers apart. Each function appends one whole unit to out; whether it fit is seen
 * in out->full, once, at the end. Source: the wire protocol reference, sections 3 and 5. */

enum command_exists { COMMAND_ANY, COMMAND_UPDATE_ONLY, COMMAND_CREATE_ONLY, COMMAND_REPLACE, COMMAND_REPLACE_ONLY };
enum command_generation { GENERATION_ANY, GENERATION_EQUAL, GENERATION_GREATER };
/* What a read may see: all that this client has written; what anyone has; also what a replica has, which may be older; also what is there
 * while the master is not. */
enum command_strict { COMMAND_SESSION, COMMAND_LINEARIZE, COMMAND_ALLOW_REPLICA, COMMAND_ALLOW_UNAVAILABLE };
#define TTL_DEFAULT 0u			/* the namespace's */
#define TTL_NEVER UINT32_MAX
#define TTL_KEEP (UINT32_MAX - 1)

/* What a request says beside its bins. Zero where nothing is to be said. */
struct command {
	struct span ns, set;		/* set may be absent */
	const uint8_t *digest;		/* 20 bytes (digest.h) */
	uint8_t key_type;		/* particle type of the user key, to be stored with the record; 0: don't send it */
	struct span key;		/* integers as 8 bytes big endian */
	uint32_t timeout_ms;		/* the node gives up after that; 0: its default. The smaller of the request's socket and total timeouts */
	uint32_t ttl;			/* writes: seconds, or TTL_...; reads: percentage of read-touch, 0 the namespace's, TTL_NEVER none */
	uint32_t generation;		/* with generation_policy */
	uint8_t generation_policy;	/* enum command_generation */
	uint8_t exists;			/* enum command_exists; for puts and operates */
	bool durable;			/* deletes: leave a tombstone (Enterprise servers) */
	bool commit_master;		/* don't wait for the replicas */
	bool respond_all;		/* operate: one op in the answer for each op of the request */
	uint8_t strict;			/* enum command_strict: reads of namespaces of strong consistency */
	struct span filter;		/* expression; absent for none */
};

/* The record with all its bins (n_bins 0), or with some. */
void command_get(struct buf *out, const struct command *c, const struct span *bins, unsigned n_bins);
/* Only generation and void time, or RESULT_NOT_FOUND. */
void command_exists(struct buf *out, const struct command *c);
void command_delete(struct buf *out, const struct command *c);
void command_touch(struct buf *out, const struct command *c);

/* Run a function of a module of the server on the record. arguments: a list of the wire's MessagePack (wire_put.h). The answer's only bin is
 * SUCCESS or FAILURE. */
void command_udf(struct buf *out, const struct command *c, struct span package, struct span function, struct span arguments);

/* Writing and operating: begin, put the ops, end. `info1` and `info2` beyond what c says are told by the ops themselves: a read op makes
 * the request one that reads, any other one that writes. */
struct command_writer {
	struct message_writer w;
	size_t unit;
	bool reads, writes, all;
};
void command_begin(struct command_writer *w, struct buf *out, const struct command *c);
/* value: the particle's bytes as on the wire (value.h makes them of JSON). PARTICLE_NULL takes a bin away. */
void command_put(struct command_writer *w, struct span bin, uint8_t particle, struct span value);
void command_op(struct command_writer *w, uint8_t op, struct span bin, uint8_t particle, struct span value);
/* An op whose value the caller appends to out between begin and end. */
size_t command_begin_op(struct command_writer *w, uint8_t op, struct span bin, uint8_t particle);
void command_end_op(struct command_writer *w, size_t mark);
void command_read_all(struct command_writer *w);	/* an op that reads all bins */
/* Ops that were written before by a message_writer of their own (out begins with them, n_ops says how many). */
void command_ops(struct command_writer *w, struct span ops, uint16_t n, bool reads, bool writes, bool all);
void command_end(struct command_writer *w);

/* An info request: "namespaces\nbuild\n"; a line end is added when the last command has none. */
void command_info(struct buf *out, struct span commands);

/* The next row of a stream's unit: header, fields and ops as one message of its own, for message_open. False at the end, and then rest->n is
 * not 0 when what is left is no row. */
bool command_split(struct span *rest, struct span *row);
/* The same, opened. */
bool command_next_row(struct span *rest, struct message *m);

/* Seconds to live, from a void time of an answer: TTL_NEVER for 0, at least 1. unix_s: now. */
uint32_t command_ttl(uint32_t void_time, int64_t unix_s);

#endif
