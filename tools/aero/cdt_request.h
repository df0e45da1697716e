/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CDT_REQUEST_H
#define CDT_REQUEST_H

#include "buf.h"
#include "span.h"

#include <stdint.h>

/* Operations on lists, maps, bits and HyperLogLogs as values of a request's ops: a call is a list of its code and its arguments, which the caller
 * writes with wire_put.h behind the head.
 *
 *	mark = command_begin_op(&w, OP_CDT_MODIFY, SPAN("l"), PARTICLE_BLOB);	(client_message.h)
 *	at = cdt_begin(out, NULL, 0, LIST_APPEND);
 *	wire_put_int(out, 7);
 *	cdt_end(out, at, 1);
 *	command_end_op(&w, mark);
 *
 * Source: the wire protocol reference, section 6. */

enum list_code {	/* OP_CDT_READ, OP_CDT_MODIFY */
	LIST_SET_TYPE = 0, LIST_APPEND = 1, LIST_APPEND_ITEMS = 2, LIST_INSERT = 3, LIST_INSERT_ITEMS = 4, LIST_POP = 5, LIST_POP_RANGE = 6,
	LIST_REMOVE = 7, LIST_REMOVE_RANGE = 8, LIST_SET = 9, LIST_TRIM = 10, LIST_CLEAR = 11, LIST_INCREMENT = 12, LIST_SORT = 13,
	LIST_SIZE = 16, LIST_GET = 17, LIST_GET_RANGE = 18, LIST_GET_BY_INDEX = 19, LIST_GET_BY_RANK = 21, LIST_GET_ALL_BY_VALUE = 22,
	LIST_GET_BY_VALUE_LIST = 23, LIST_GET_BY_INDEX_RANGE = 24, LIST_GET_BY_VALUE_INTERVAL = 25, LIST_GET_BY_RANK_RANGE = 26,
	LIST_GET_BY_VALUE_REL_RANK_RANGE = 27, LIST_REMOVE_BY_INDEX = 32, LIST_REMOVE_BY_RANK = 34, LIST_REMOVE_ALL_BY_VALUE = 35,
	LIST_REMOVE_BY_VALUE_LIST = 36, LIST_REMOVE_BY_INDEX_RANGE = 37, LIST_REMOVE_BY_VALUE_INTERVAL = 38, LIST_REMOVE_BY_RANK_RANGE = 39,
	LIST_REMOVE_BY_VALUE_REL_RANK_RANGE = 40,
};
enum map_code {
	MAP_SET_TYPE = 64, MAP_PUT = 67, MAP_PUT_ITEMS = 68, MAP_INCREMENT = 73, MAP_CLEAR = 75, MAP_REMOVE_BY_KEY = 76,
	MAP_REMOVE_BY_INDEX = 77, MAP_REMOVE_BY_RANK = 79, MAP_REMOVE_ALL_BY_VALUE = 82, MAP_REMOVE_BY_VALUE_LIST = 83,
	MAP_REMOVE_BY_KEY_INTERVAL = 84, MAP_REMOVE_BY_INDEX_RANGE = 85, MAP_REMOVE_BY_VALUE_INTERVAL = 86, MAP_REMOVE_BY_RANK_RANGE = 87,
	MAP_REMOVE_BY_KEY_REL_INDEX_RANGE = 88, MAP_REMOVE_BY_VALUE_REL_RANK_RANGE = 89, MAP_SIZE = 96, MAP_GET_BY_KEY = 97,
	MAP_GET_BY_INDEX = 98, MAP_GET_BY_RANK = 100, MAP_GET_ALL_BY_VALUE = 102, MAP_GET_BY_KEY_INTERVAL = 103, MAP_GET_BY_INDEX_RANGE = 104,
	MAP_GET_BY_VALUE_INTERVAL = 105, MAP_GET_BY_RANK_RANGE = 106, MAP_GET_BY_KEY_LIST = 107, MAP_GET_BY_VALUE_LIST = 108,
	MAP_GET_BY_KEY_REL_INDEX_RANGE = 109, MAP_GET_BY_VALUE_REL_RANK_RANGE = 110,
};
enum bit_code {		/* OP_BITS_READ, OP_BITS_MODIFY */
	BIT_RESIZE = 0, BIT_INSERT = 1, BIT_REMOVE = 2, BIT_SET = 3, BIT_OR = 4, BIT_XOR = 5, BIT_AND = 6, BIT_NOT = 7, BIT_LSHIFT = 8,
	BIT_RSHIFT = 9, BIT_ADD = 10, BIT_SUBTRACT = 11, BIT_SET_INT = 12, BIT_GET = 50, BIT_COUNT = 51, BIT_LSCAN = 52, BIT_RSCAN = 53,
	BIT_GET_INT = 54,
};
enum hll_code {		/* OP_HLL_READ, OP_HLL_MODIFY */
	HLL_INIT = 0, HLL_ADD = 1, HLL_SET_UNION = 2, HLL_SET_COUNT = 3, HLL_FOLD = 4, HLL_COUNT = 50, HLL_UNION = 51, HLL_UNION_COUNT = 52,
	HLL_INTERSECT_COUNT = 53, HLL_SIMILARITY = 54, HLL_DESCRIBE = 55,
};

enum cdt_return {
	RETURN_NONE = 0, RETURN_INDEX = 1, RETURN_REVERSE_INDEX = 2, RETURN_RANK = 3, RETURN_REVERSE_RANK = 4, RETURN_COUNT = 5, RETURN_KEY = 6,
	RETURN_VALUE = 7, RETURN_KEY_VALUE = 8, RETURN_EXISTS = 13, RETURN_UNORDERED_MAP = 16, RETURN_ORDERED_MAP = 17,
	RETURN_INVERTED = 0x10000,	/* or-ed: everything but what matches */
};

/* Where inside of the bin the operation works: one step for each level, outermost first. */
enum cdt_step_type {
	STEP_LIST_INDEX = 0x10, STEP_LIST_RANK = 0x11, STEP_LIST_VALUE = 0x13, STEP_MAP_INDEX = 0x20, STEP_MAP_RANK = 0x21, STEP_MAP_KEY = 0x22,
	STEP_MAP_VALUE = 0x23,
	/* Or-ed into list index and map key: what is missing is created. */
	STEP_CREATE = 0x40,		/* unordered */
	STEP_CREATE_PADDED = 0x80,	/* list: nil up to the index */
	STEP_CREATE_KEY_ORDERED = 0x80,
	STEP_CREATE_ORDERED = 0xc0,	/* list */
	STEP_CREATE_KEY_VALUE_ORDERED = 0xc0,
};
struct cdt_step {
	uint32_t type;
	struct span value;	/* index, key ... as the wire's MessagePack */
};

/* The path alone, as it also stands in index ranges: [type, value, type, value ...]. */
void cdt_path(struct buf *out, const struct cdt_step *path, unsigned n);
/* Head of a call; the arguments (14 at most) follow, then cdt_end with their number and what cdt_begin gave. */
size_t cdt_begin(struct buf *out, const struct cdt_step *path, unsigned n, uint8_t code);
void cdt_end(struct buf *out, size_t mark, unsigned args);

#endif
