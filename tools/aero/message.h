/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MESSAGE_H
#define MESSAGE_H

#include "buf.h"
#include "span.h"

#include <stdint.h>

/* The Aerospike message (as_proto + as_msg): a decoder and an encoder as pure functions over bounded buffers. All integers are
 * big endian. Used for change notifications, by the client and by the server side alike. */

enum { PROTO_VERSION = 2, PROTO_INFO = 1, PROTO_SECURITY = 2, PROTO_MESSAGE = 3, PROTO_COMPRESSED = 4, PROTO_XDR = 5 };
#define PROTO_SIZE 8
#define MESSAGE_HEADER_SIZE 22

enum { INFO1_READ = 0x01, INFO1_GET_ALL = 0x02, INFO1_SHORT_QUERY = 0x04, INFO1_BATCH = 0x08, INFO1_XDR = 0x10, INFO1_NO_BINS = 0x20,
	INFO1_COMPRESS = 0x80 };
enum { INFO2_WRITE = 0x01, INFO2_DELETE = 0x02, INFO2_GENERATION = 0x04, INFO2_GENERATION_GT = 0x08, INFO2_DURABLE_DELETE = 0x10,
	INFO2_CREATE_ONLY = 0x20, INFO2_RESPOND_ALL = 0x80 };
enum { INFO3_LAST = 0x01, INFO3_COMMIT_MASTER = 0x02, INFO3_PARTITION_DONE = 0x04, INFO3_UPDATE_ONLY = 0x08,
	INFO3_CREATE_OR_REPLACE = 0x10, INFO3_REPLACE_ONLY = 0x20, INFO3_LINEARIZE = 0x40 };
enum { FIELD_NAMESPACE = 0, FIELD_SET = 1, FIELD_KEY = 2, FIELD_RECORD_VERSION = 3, FIELD_DIGEST = 4, FIELD_MRT_ID = 5,
	FIELD_MRT_DEADLINE = 6, FIELD_TASK_ID = 7, FIELD_SCAN_OPTIONS = 8, FIELD_SOCKET_TIMEOUT = 9, FIELD_RECORDS_PER_SECOND = 10,
	FIELD_PARTITIONS = 11, FIELD_DIGESTS = 12, FIELD_MAX_RECORDS = 13, FIELD_LAST_UPDATE = 14, FIELD_BVALS = 15,
	FIELD_INDEX_NAME = 21, FIELD_INDEX_RANGE = 22, FIELD_INDEX_CONTEXT = 23, FIELD_INDEX_EXPRESSION = 24, FIELD_INDEX_TYPE = 26,
	FIELD_UDF_PACKAGE = 30, FIELD_UDF_FUNCTION = 31, FIELD_UDF_ARGUMENTS = 32, FIELD_UDF_OP = 33, FIELD_QUERY_BINS = 40,
	FIELD_BATCH = 41, FIELD_BATCH_WITH_SET = 42, FIELD_FILTER = 43, FIELD_ERROR_DETAILS = 45 };
enum { OP_READ = 1, OP_WRITE = 2, OP_CDT_READ = 3, OP_CDT_MODIFY = 4, OP_INCREMENT = 5, OP_EXPR_READ = 7, OP_EXPR_MODIFY = 8,
	OP_APPEND = 9, OP_PREPEND = 10, OP_TOUCH = 11, OP_BITS_READ = 12, OP_BITS_MODIFY = 13, OP_DELETE_ALL = 14, OP_HLL_READ = 15,
	OP_HLL_MODIFY = 16 };
#define BIN_NAME_MAX 15

struct message {
	uint8_t info1, info2, info3, info4, result;
	uint32_t generation, ttl, timeout;
	uint16_t n_fields, n_ops;
	uint16_t fields_left, ops_left;	/* not yet read */
	const uint8_t *p, *end;		/* what is still to be read: fields, then ops */
	const uint8_t *start;		/* for offsets in errors */
	const char *error;		/* static text, NULL while all is well */
};

struct message_field {
	uint8_t type;
	struct span data;
};

struct message_op {
	uint8_t op, particle, flags;
	uint64_t lut;		/* bin's own last update time when flags bit 0 is set, else 0 */
	struct span name, value;
};

/* Read the 22-byte header at p; fields and ops then come one by one, all fields first. False at the first thing wrong, with error
 * and message_offset saying what and where; the next functions answer false after their last element, so look at error then.
 * message_next_op passes over fields that nobody asked for, and finds bytes behind the last op to be an error. */
bool message_open(struct message *m, const void *p, size_t n);
bool message_next_field(struct message *m, struct message_field *f);
bool message_next_op(struct message *m, struct message_op *op);
static inline size_t message_offset(const struct message *m) { return (size_t)(m->p - m->start); }

/* Writing the 8 bytes of as_proto in front: begin, put what follows, end fills in its size. */
size_t proto_begin(struct buf *out, uint8_t type);
void proto_end(struct buf *out, size_t mark);

/* Writing: header with counts left open, fields, ops; then close, which fills in the counts. A name of more than 255 bytes makes
 * the buffer full, like everything else that doesn't fit. */
struct message_writer {
	struct buf *out;
	size_t header;		/* offset of the as_msg header in out */
	uint16_t n_fields, n_ops;
};
void message_begin(struct message_writer *w, struct buf *out, const struct message *head);
void message_put_field(struct message_writer *w, uint8_t type, struct span data);
/* An op whose value is written by the caller: put the head, append the value to w->out, then end the op. */
size_t message_begin_op(struct message_writer *w, uint8_t op, uint8_t particle, struct span name);
void message_end_op(struct message_writer *w, size_t mark);
void message_end(struct message_writer *w);

#endif
