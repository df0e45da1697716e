/* SPDX-License-Identifier: Apache-2.0 */
#include "ops.h"

#include "cdt_request.h"

/* Source: REST gateway reference, section 4; codes and arguments: wire protocol reference, section 6. */

static const struct op_word list_returns[] = { { "COUNT", RETURN_COUNT }, { "INDEX", RETURN_INDEX }, { "EXISTS", RETURN_EXISTS },
	{ "NONE", RETURN_NONE }, { "RANK", RETURN_RANK }, { "REVERSE_INDEX", RETURN_REVERSE_INDEX }, { "REVERSE_RANK", RETURN_REVERSE_RANK },
	{ "VALUE", RETURN_VALUE }, { NULL, 0 } };
static const struct op_word map_returns[] = { { "COUNT", RETURN_COUNT }, { "INDEX", RETURN_INDEX }, { "KEY", RETURN_KEY },
	{ "KEY_VALUE", RETURN_KEY_VALUE }, { "NONE", RETURN_NONE }, { "RANK", RETURN_RANK }, { "REVERSE_INDEX", RETURN_REVERSE_INDEX },
	{ "REVERSE_RANK", RETURN_REVERSE_RANK }, { "VALUE", RETURN_VALUE }, { "EXISTS", RETURN_EXISTS },
	{ "UNORDERED_MAP", RETURN_UNORDERED_MAP }, { "ORDERED_MAP", RETURN_ORDERED_MAP }, { NULL, 0 } };
const struct op_word op_list_orders[] = { { "UNORDERED", 0 }, { "ORDERED", 1 }, { NULL, 0 } };
const struct op_word op_map_orders[] = { { "UNORDERED", 0 }, { "KEY_ORDERED", 1 }, { "KEY_VALUE_ORDERED", 3 }, { NULL, 0 } };
const struct op_word op_list_flags[] = { { "DEFAULT", 0 }, { "ADD_UNIQUE", 1 }, { "INSERT_BOUNDED", 2 }, { "NO_FAIL", 4 }, { "PARTIAL", 8 },
	{ NULL, 0 } };
const struct op_word op_map_flags[] = { { "DEFAULT", 0 }, { "CREATE_ONLY", 1 }, { "UPDATE_ONLY", 2 }, { "NO_FAIL", 4 }, { "PARTIAL", 8 },
	{ NULL, 0 } };
const struct op_word op_map_modes[] = { { "UPDATE", 0 }, { "CREATE_ONLY", 1 }, { "UPDATE_ONLY", 2 }, { NULL, 0 } };
static const struct op_word sort_flags[] = { { "DEFAULT", 0 }, { "DROP_DUPLICATES", 2 }, { NULL, 0 } };
static const struct op_word overflows[] = { { "FAIL", 0 }, { "SATURATE", 2 }, { "WRAP", 4 }, { NULL, 0 } };

enum member { VALUE = 1, VALUE_BEGIN, VALUE_END, VALUES, KEY, KEY_BEGIN, KEY_END, KEYS, MAP, NEW_VALUE, TEXT_VALUE, INCR, STEP, INDEX, RANK, COUNT,
	LIST_RETURN, MAP_RETURN, LIST_POLICY, LIST_FLAGS, MAP_POLICY, NEW_MAP_POLICY, LIST_ORDER, NEW_LIST_ORDER, PAD, MAP_ORDER, SORT_FLAGS,
	BYTE_SIZE, BYTE_OFFSET, BIT_SIZE, BIT_OFFSET, RESIZE_FLAGS, SHIFT, BIT_VALUE, INT_VALUE, BOOL_VALUE, SIGNED, IS_SIGNED, OVERFLOW,
	INDEX_BITS, MAY_INDEX_BITS, MINHASH_BITS, HLLS, ZERO };

const struct op_member op_members[] = {
	[VALUE] = { "value", NULL, KIND_VALUE, PUT_VALUE, 0, NULL },
	[VALUE_BEGIN] = { "valueBegin", NULL, KIND_VALUE, PUT_VALUE_OR_NIL, 0, NULL },
	[VALUE_END] = { "valueEnd", NULL, KIND_VALUE, PUT_VALUE, 0, NULL },
	[VALUES] = { "values", NULL, KIND_LIST, PUT_VALUE, 0, NULL },
	[KEY] = { "key", NULL, KIND_VALUE, PUT_VALUE, 0, NULL },
	[KEY_BEGIN] = { "keyBegin", NULL, KIND_VALUE, PUT_VALUE_OR_NIL, 0, NULL },
	[KEY_END] = { "keyEnd", NULL, KIND_VALUE, PUT_VALUE, 0, NULL },
	[KEYS] = { "keys", NULL, KIND_LIST, PUT_VALUE, 0, NULL },
	[MAP] = { "map", NULL, KIND_MAP, PUT_VALUE, 0, NULL },
	[NEW_VALUE] = { "value", NULL, KIND_VALUE, PUT_VALUE, 0, NULL },
	[TEXT_VALUE] = { "value", NULL, KIND_TEXT, PUT_VALUE, 0, NULL },
	[INCR] = { "incr", NULL, KIND_NUMBER, PUT_VALUE, 0, NULL },
	[STEP] = { "incr", NULL, KIND_NUMBER, PUT_INT_OR, 1, NULL },
	[INDEX] = { "index", NULL, KIND_INT, PUT_INT, 0, NULL },
	[RANK] = { "rank", NULL, KIND_INT, PUT_INT, 0, NULL },
	[COUNT] = { "count", NULL, KIND_INT, PUT_INT, 0, NULL },
	[LIST_RETURN] = { "listReturnType", NULL, KIND_WORD, PUT_RETURN, 0, list_returns },
	[MAP_RETURN] = { "mapReturnType", NULL, KIND_WORD, PUT_RETURN, 0, map_returns },
	[LIST_POLICY] = { "listPolicy", NULL, KIND_LIST_POLICY, PUT_LIST_POLICY, 0, NULL },
	[LIST_FLAGS] = { "listPolicy", NULL, KIND_LIST_POLICY, PUT_LIST_FLAGS, 0, NULL },
	[MAP_POLICY] = { "mapPolicy", NULL, KIND_MAP_POLICY, PUT_MAP_POLICY, 0, NULL },
	[NEW_MAP_POLICY] = { "mapPolicy", NULL, KIND_MAP_POLICY, PUT_MAP_ORDER, 0, NULL },
	[LIST_ORDER] = { "listOrder", NULL, KIND_WORD, PUT_WORD, 0, op_list_orders },
	[NEW_LIST_ORDER] = { "listOrder", "order", KIND_WORD, PUT_WORD, 0, op_list_orders },
	[PAD] = { "pad", NULL, KIND_BOOL, PUT_NOTHING, 0, NULL },
	[MAP_ORDER] = { "mapOrder", NULL, KIND_WORD, PUT_WORD, 0, op_map_orders },
	[SORT_FLAGS] = { "listSortFlags", "sortFlags", KIND_WORDS, PUT_WORDS, 0, sort_flags },
	[BYTE_SIZE] = { "byteSize", NULL, KIND_INT, PUT_INT, 0, NULL },
	[BYTE_OFFSET] = { "byteOffset", NULL, KIND_INT, PUT_INT, 0, NULL },
	[BIT_SIZE] = { "bitSize", NULL, KIND_INT, PUT_INT, 0, NULL },
	[BIT_OFFSET] = { "bitOffset", NULL, KIND_INT, PUT_INT, 0, NULL },
	[RESIZE_FLAGS] = { "resizeFlags", NULL, KIND_INT, PUT_INT_OR, 0, NULL },
	[SHIFT] = { "shift", NULL, KIND_INT, PUT_INT, 0, NULL },
	[BIT_VALUE] = { "value", NULL, KIND_BYTES, PUT_BYTES, 0, NULL },
	[INT_VALUE] = { "value", NULL, KIND_LONG, PUT_INT, 0, NULL },
	[BOOL_VALUE] = { "value", NULL, KIND_BOOL, PUT_BOOL, 0, NULL },
	[SIGNED] = { "signed", NULL, KIND_BOOL, PUT_NOTHING, 0, NULL },
	[IS_SIGNED] = { "signed", NULL, KIND_BOOL, PUT_SIGNED, 0, NULL },
	[OVERFLOW] = { "bitOverflowAction", "action", KIND_WORD, PUT_OVERFLOW, 0, overflows },
	[INDEX_BITS] = { "indexBitCount", NULL, KIND_INT, PUT_INT, 0, NULL },
	[MAY_INDEX_BITS] = { "indexBitCount", NULL, KIND_INT, PUT_INT_OR, -1, NULL },
	[MINHASH_BITS] = { "minHashBitCount", NULL, KIND_INT, PUT_INT_OR, -1, NULL },
	[HLLS] = { "values", NULL, KIND_BYTES_LIST, PUT_HLLS, 0, NULL },
	[ZERO] = { NULL, NULL, KIND_INT, PUT_ZERO, 0, NULL },
};

#define MAY(m) ((m) | MEMBER_OPTIONAL)
#define MAY2(m) ((m) | MEMBER_OPTIONAL | MEMBER_V2)
#define LIST_READ(name, name2, code, more, ...) { name, name2, OP_CDT_READ, code, OP_CONTEXT | (more), __VA_ARGS__ }
#define LIST_WRITE(name, name2, code, more, ...) { name, name2, OP_CDT_MODIFY, code, OP_CONTEXT | (more), __VA_ARGS__ }
#define MAP_READ(name, name2, code, more, ...) { name, name2, OP_CDT_READ, code, OP_CONTEXT | OP_ALL_RESULTS | (more), __VA_ARGS__ }
#define MAP_WRITE(name, name2, code, more, ...) { name, name2, OP_CDT_MODIFY, code, OP_CONTEXT | OP_ALL_RESULTS | (more), __VA_ARGS__ }
#define BIT_READ(name, code, ...) { name, NULL, OP_BITS_READ, code, OP_ALL_RESULTS, __VA_ARGS__ }
#define BIT_WRITE(name, code, ...) { name, NULL, OP_BITS_MODIFY, code, OP_ALL_RESULTS, __VA_ARGS__ }
#define HLL_READ(name, code, ...) { name, NULL, OP_HLL_READ, code, OP_ALL_RESULTS, __VA_ARGS__ }
#define HLL_WRITE(name, code, ...) { name, NULL, OP_HLL_MODIFY, code, OP_ALL_RESULTS, __VA_ARGS__ }

const struct operation operations[] = {
	{ "ADD", NULL, OP_INCREMENT, 0, 0, { INCR }, "Adds to an integer or a double. Gives nothing." },
	{ "APPEND", NULL, OP_APPEND, 0, 0, { TEXT_VALUE }, "Puts text behind a string, bytes behind a blob. Gives nothing." },
	{ "PREPEND", NULL, OP_PREPEND, 0, 0, { TEXT_VALUE }, "Puts text before a string, bytes before a blob. Gives nothing." },
	{ "PUT", NULL, OP_WRITE, 0, 0, { NEW_VALUE }, "Writes a bin; null (v2) takes it away. Gives nothing." },
	{ "GET", NULL, OP_READ, 0, OP_BIN_OPTIONAL, { 0 }, "Gives one bin, or all bins." },
	{ "READ", NULL, OP_READ, 0, 0, { 0 }, "Gives one bin." },
	{ "GET_HEADER", NULL, OP_READ, 0, OP_NO_BIN, { 0 }, "Gives only generation and time to live." },
	{ "TOUCH", NULL, OP_TOUCH, 0, OP_NO_BIN, { 0 }, "Renews the time to live. Gives nothing." },
	{ "DELETE", NULL, OP_DELETE_ALL, 0, OP_NO_BIN, { 0 }, "Deletes the record. Gives nothing." },

	LIST_WRITE("LIST_APPEND", NULL, LIST_APPEND, 0, { VALUE, MAY2(LIST_POLICY) }, "Adds an item. Gives the size."),
	LIST_WRITE("LIST_APPEND_ITEMS", NULL, LIST_APPEND_ITEMS, 0, { VALUES, MAY(LIST_POLICY) }, "Adds items. Gives the size."),
	LIST_WRITE("LIST_CREATE", NULL, LIST_SET_TYPE, OP_CREATES, { NEW_LIST_ORDER, MAY(PAD) }, "Creates a list. Gives nothing."),
	LIST_WRITE("LIST_CLEAR", NULL, LIST_CLEAR, 0, { 0 }, "Removes all items. Gives nothing."),
	LIST_READ("LIST_GET", NULL, LIST_GET, 0, { INDEX }, "Gives an item."),
	LIST_READ("LIST_GET_RANGE", NULL, LIST_GET_RANGE, 0, { INDEX, MAY(COUNT) }, "Gives items."),
	LIST_READ("LIST_GET_BY_INDEX", NULL, LIST_GET_BY_INDEX, OP_INVERTED, { LIST_RETURN, INDEX }, "Selects an item by index."),
	LIST_READ("LIST_GET_BY_INDEX_RANGE", NULL, LIST_GET_BY_INDEX_RANGE, OP_INVERTED, { LIST_RETURN, INDEX, MAY(COUNT) },
		"Selects items by index."),
	LIST_READ("LIST_GET_BY_RANK", NULL, LIST_GET_BY_RANK, OP_INVERTED, { LIST_RETURN, RANK }, "Selects an item by rank."),
	LIST_READ("LIST_GET_BY_RANK_RANGE", NULL, LIST_GET_BY_RANK_RANGE, OP_INVERTED, { LIST_RETURN, RANK, MAY(COUNT) },
		"Selects items by rank."),
	LIST_READ("LIST_GET_BY_VALUE", NULL, LIST_GET_ALL_BY_VALUE, OP_INVERTED, { LIST_RETURN, VALUE }, "Selects all items of a value."),
	LIST_READ("LIST_GET_BY_VALUE_RANGE", NULL, LIST_GET_BY_VALUE_INTERVAL, OP_INVERTED,
		{ LIST_RETURN, MAY(VALUE_BEGIN), MAY(VALUE_END) }, "Selects items from a value on, up to another one, which is not included."),
	LIST_READ("LIST_GET_BY_VALUE_LIST", NULL, LIST_GET_BY_VALUE_LIST, OP_INVERTED, { LIST_RETURN, VALUES }, "Selects items of these values."),
	LIST_READ("LIST_GET_BY_VALUE_REL_RANK_RANGE", "LIST_GET_BY_VALUE_RELATIVE_RANK_RANGE", LIST_GET_BY_VALUE_REL_RANK_RANGE, OP_INVERTED,
		{ LIST_RETURN, VALUE, RANK, MAY(COUNT) }, "Selects items by rank, counted from a value."),
	LIST_WRITE("LIST_INCREMENT", NULL, LIST_INCREMENT, 0, { INDEX, MAY(STEP), MAY(LIST_POLICY) }, "Adds to an item. Gives its value."),
	LIST_WRITE("LIST_INSERT", NULL, LIST_INSERT, 0, { INDEX, VALUE, MAY(LIST_FLAGS) }, "Inserts an item. Gives the size."),
	LIST_WRITE("LIST_INSERT_ITEMS", NULL, LIST_INSERT_ITEMS, 0, { INDEX, VALUES, MAY(LIST_FLAGS) }, "Inserts items. Gives the size."),
	LIST_WRITE("LIST_POP", NULL, LIST_POP, 0, { INDEX }, "Removes an item and gives it."),
	LIST_WRITE("LIST_POP_RANGE", NULL, LIST_POP_RANGE, 0, { INDEX, MAY(COUNT) }, "Removes items and gives them."),
	LIST_WRITE("LIST_REMOVE", NULL, LIST_REMOVE, 0, { INDEX }, "Removes an item. Gives how many were removed."),
	LIST_WRITE("LIST_REMOVE_RANGE", NULL, LIST_REMOVE_RANGE, 0, { INDEX, MAY(COUNT) }, "Removes items. Gives how many were removed."),
	LIST_WRITE("LIST_REMOVE_BY_INDEX", NULL, LIST_REMOVE_BY_INDEX, OP_INVERTED, { LIST_RETURN, INDEX }, "Removes an item by index."),
	LIST_WRITE("LIST_REMOVE_BY_INDEX_RANGE", NULL, LIST_REMOVE_BY_INDEX_RANGE, OP_INVERTED, { LIST_RETURN, INDEX, MAY(COUNT) },
		"Removes items by index."),
	LIST_WRITE("LIST_REMOVE_BY_RANK", NULL, LIST_REMOVE_BY_RANK, OP_INVERTED, { LIST_RETURN, RANK }, "Removes an item by rank."),
	LIST_WRITE("LIST_REMOVE_BY_RANK_RANGE", NULL, LIST_REMOVE_BY_RANK_RANGE, OP_INVERTED, { LIST_RETURN, RANK, MAY(COUNT) },
		"Removes items by rank."),
	LIST_WRITE("LIST_REMOVE_BY_VALUE", NULL, LIST_REMOVE_ALL_BY_VALUE, OP_INVERTED, { LIST_RETURN, VALUE }, "Removes all items of a value."),
	LIST_WRITE("LIST_REMOVE_BY_VALUE_RANGE", NULL, LIST_REMOVE_BY_VALUE_INTERVAL, OP_INVERTED,
		{ LIST_RETURN, MAY(VALUE_BEGIN), MAY(VALUE_END) }, "Removes items from a value on, up to another one, which is not included."),
	LIST_WRITE("LIST_REMOVE_BY_VALUE_LIST", NULL, LIST_REMOVE_BY_VALUE_LIST, OP_INVERTED, { LIST_RETURN, VALUES },
		"Removes items of these values."),
	LIST_WRITE("LIST_REMOVE_BY_VALUE_REL_RANK_RANGE", "LIST_REMOVE_BY_VALUE_RELATIVE_RANK_RANGE", LIST_REMOVE_BY_VALUE_REL_RANK_RANGE,
		OP_INVERTED, { LIST_RETURN, VALUE, RANK, MAY(COUNT) }, "Removes items by rank, counted from a value."),
	LIST_WRITE("LIST_SET", NULL, LIST_SET, 0, { INDEX, VALUE, MAY(LIST_FLAGS) }, "Replaces an item. Gives nothing."),
	LIST_WRITE("LIST_SET_ORDER", NULL, LIST_SET_TYPE, 0, { LIST_ORDER }, "Sets the order. Gives nothing."),
	LIST_READ("LIST_SIZE", NULL, LIST_SIZE, 0, { 0 }, "Gives the number of items."),
	LIST_WRITE("LIST_SORT", NULL, LIST_SORT, 0, { MAY(SORT_FLAGS) }, "Sorts. Gives nothing."),
	LIST_WRITE("LIST_TRIM", NULL, LIST_TRIM, 0, { INDEX, COUNT }, "Removes all items but a range. Gives how many were removed."),

	MAP_WRITE("MAP_CREATE", NULL, MAP_SET_TYPE, OP_CREATES, { MAP_ORDER }, "Creates a map. Gives null."),
	MAP_WRITE("MAP_CLEAR", NULL, MAP_CLEAR, 0, { 0 }, "Removes all entries. Gives null."),
	MAP_READ("MAP_SIZE", NULL, MAP_SIZE, 0, { 0 }, "Gives the number of entries."),
	MAP_WRITE("MAP_SET_MAP_POLICY", "MAP_SET_POLICY", MAP_SET_TYPE, 0, { NEW_MAP_POLICY }, "Sets the order. Gives null."),
	MAP_WRITE("MAP_PUT", NULL, MAP_PUT, 0, { KEY, VALUE, MAY(MAP_POLICY) }, "Writes an entry. Gives the size."),
	MAP_WRITE("MAP_PUT_ITEMS", NULL, MAP_PUT_ITEMS, 0, { MAP, MAY(MAP_POLICY) }, "Writes entries. Gives the size."),
	MAP_WRITE("MAP_INCREMENT", NULL, MAP_INCREMENT, 0, { KEY, INCR, MAY(MAP_POLICY) }, "Adds to a value. Gives the value."),
	MAP_READ("MAP_GET_BY_KEY", NULL, MAP_GET_BY_KEY, OP_INVERTED, { MAP_RETURN, KEY }, "Selects an entry by key."),
	MAP_READ("MAP_GET_BY_KEY_LIST", NULL, MAP_GET_BY_KEY_LIST, OP_INVERTED, { MAP_RETURN, KEYS }, "Selects entries of these keys."),
	MAP_READ("MAP_GET_BY_KEY_RANGE", NULL, MAP_GET_BY_KEY_INTERVAL, OP_INVERTED, { MAP_RETURN, MAY(KEY_BEGIN), MAY(KEY_END) },
		"Selects entries from a key on, up to another one, which is not included."),
	MAP_READ("MAP_GET_BY_KEY_REL_INDEX_RANGE", "MAP_GET_BY_KEY_RELATIVE_INDEX_RANGE", MAP_GET_BY_KEY_REL_INDEX_RANGE, OP_INVERTED,
		{ MAP_RETURN, VALUE, INDEX, MAY(COUNT) }, "Selects entries by index, counted from a key, which stands in value."),
	MAP_READ("MAP_GET_BY_INDEX", NULL, MAP_GET_BY_INDEX, OP_INVERTED, { MAP_RETURN, INDEX }, "Selects an entry by index."),
	MAP_READ("MAP_GET_BY_INDEX_RANGE", NULL, MAP_GET_BY_INDEX_RANGE, OP_INVERTED, { MAP_RETURN, INDEX, MAY(COUNT) },
		"Selects entries by index."),
	MAP_READ("MAP_GET_BY_RANK", NULL, MAP_GET_BY_RANK, OP_INVERTED, { MAP_RETURN, RANK }, "Selects an entry by the rank of its value."),
	MAP_READ("MAP_GET_BY_RANK_RANGE", NULL, MAP_GET_BY_RANK_RANGE, OP_INVERTED, { MAP_RETURN, RANK, MAY(COUNT) },
		"Selects entries by the rank of their values."),
	MAP_READ("MAP_GET_BY_VALUE", NULL, MAP_GET_ALL_BY_VALUE, OP_INVERTED, { MAP_RETURN, VALUE }, "Selects all entries of a value."),
	MAP_READ("MAP_GET_BY_VALUE_RANGE", NULL, MAP_GET_BY_VALUE_INTERVAL, OP_INVERTED, { MAP_RETURN, MAY(VALUE_BEGIN), MAY(VALUE_END) },
		"Selects entries from a value on, up to another one, which is not included."),
	MAP_READ("MAP_GET_BY_VALUE_LIST", NULL, MAP_GET_BY_VALUE_LIST, OP_INVERTED, { MAP_RETURN, VALUES }, "Selects entries of these values."),
	MAP_READ("MAP_GET_BY_VALUE_REL_RANK_RANGE", "MAP_GET_BY_VALUE_RELATIVE_RANK_RANGE", MAP_GET_BY_VALUE_REL_RANK_RANGE, OP_INVERTED,
		{ MAP_RETURN, VALUE, RANK, MAY(COUNT) }, "Selects entries by rank, counted from a value."),
	MAP_WRITE("MAP_REMOVE_BY_KEY", NULL, MAP_REMOVE_BY_KEY, OP_INVERTED, { MAP_RETURN, KEY }, "Removes an entry by key."),
	MAP_WRITE("MAP_REMOVE_BY_KEY_RANGE", NULL, MAP_REMOVE_BY_KEY_INTERVAL, OP_INVERTED, { MAP_RETURN, MAY(KEY_BEGIN), MAY(KEY_END) },
		"Removes entries from a key on, up to another one, which is not included."),
	MAP_WRITE("MAP_REMOVE_BY_KEY_REL_INDEX_RANGE", "MAP_REMOVE_BY_KEY_RELATIVE_INDEX_RANGE", MAP_REMOVE_BY_KEY_REL_INDEX_RANGE, OP_INVERTED,
		{ MAP_RETURN, VALUE, INDEX, MAY(COUNT) }, "Removes entries by index, counted from a key, which stands in value."),
	MAP_WRITE("MAP_REMOVE_BY_INDEX", NULL, MAP_REMOVE_BY_INDEX, OP_INVERTED, { MAP_RETURN, INDEX }, "Removes an entry by index."),
	MAP_WRITE("MAP_REMOVE_BY_INDEX_RANGE", NULL, MAP_REMOVE_BY_INDEX_RANGE, OP_INVERTED, { MAP_RETURN, INDEX, MAY(COUNT) },
		"Removes entries by index."),
	MAP_WRITE("MAP_REMOVE_BY_RANK", NULL, MAP_REMOVE_BY_RANK, OP_INVERTED, { MAP_RETURN, RANK }, "Removes an entry by the rank of its value."),
	MAP_WRITE("MAP_REMOVE_BY_RANK_RANGE", NULL, MAP_REMOVE_BY_RANK_RANGE, OP_INVERTED, { MAP_RETURN, RANK, MAY(COUNT) },
		"Removes entries by the rank of their values."),
	MAP_WRITE("MAP_REMOVE_BY_VALUE", NULL, MAP_REMOVE_ALL_BY_VALUE, OP_INVERTED, { MAP_RETURN, VALUE }, "Removes all entries of a value."),
	MAP_WRITE("MAP_REMOVE_BY_VALUE_RANGE", NULL, MAP_REMOVE_BY_VALUE_INTERVAL, OP_INVERTED, { MAP_RETURN, MAY(VALUE_BEGIN), MAY(VALUE_END) },
		"Removes entries from a value on, up to another one, which is not included."),
	MAP_WRITE("MAP_REMOVE_BY_VALUE_LIST", NULL, MAP_REMOVE_BY_VALUE_LIST, OP_INVERTED, { MAP_RETURN, VALUES }, "Removes entries of these values."),
	MAP_WRITE("MAP_REMOVE_BY_VALUE_REL_RANK_RANGE", "MAP_REMOVE_BY_VALUE_RELATIVE_RANK_RANGE", MAP_REMOVE_BY_VALUE_REL_RANK_RANGE,
		OP_INVERTED, { MAP_RETURN, VALUE, RANK, MAY(COUNT) }, "Removes entries by rank, counted from a value."),

	BIT_WRITE("BIT_RESIZE", BIT_RESIZE, { BYTE_SIZE, ZERO, MAY(RESIZE_FLAGS) }, "Makes the blob shorter or longer. Gives null."),
	BIT_WRITE("BIT_INSERT", BIT_INSERT, { BYTE_OFFSET, BIT_VALUE, ZERO }, "Inserts bytes. Gives null."),
	BIT_WRITE("BIT_REMOVE", BIT_REMOVE, { BYTE_OFFSET, BYTE_SIZE, ZERO }, "Removes bytes. Gives null."),
	BIT_WRITE("BIT_SET", BIT_SET, { BIT_OFFSET, BIT_SIZE, BIT_VALUE, ZERO }, "Sets bits. Gives null."),
	BIT_WRITE("BIT_OR", BIT_OR, { BIT_OFFSET, BIT_SIZE, BIT_VALUE, ZERO }, "Or. Gives null."),
	BIT_WRITE("BIT_XOR", BIT_XOR, { BIT_OFFSET, BIT_SIZE, BIT_VALUE, ZERO }, "Exclusive or. Gives null."),
	BIT_WRITE("BIT_AND", BIT_AND, { BIT_OFFSET, BIT_SIZE, BIT_VALUE, ZERO }, "And. Gives null."),
	BIT_WRITE("BIT_NOT", BIT_NOT, { BIT_OFFSET, BIT_SIZE, ZERO }, "Turns bits round. Gives null."),
	BIT_WRITE("BIT_LSHIFT", BIT_LSHIFT, { BIT_OFFSET, BIT_SIZE, SHIFT, ZERO }, "Shifts to the left. Gives null."),
	BIT_WRITE("BIT_RSHIFT", BIT_RSHIFT, { BIT_OFFSET, BIT_SIZE, SHIFT, ZERO }, "Shifts to the right. Gives null."),
	BIT_WRITE("BIT_ADD", BIT_ADD, { BIT_OFFSET, BIT_SIZE, INT_VALUE, ZERO, MAY(SIGNED), MAY(OVERFLOW) }, "Adds to an integer. Gives null."),
	BIT_WRITE("BIT_SUBTRACT", BIT_SUBTRACT, { BIT_OFFSET, BIT_SIZE, INT_VALUE, ZERO, MAY(SIGNED), MAY(OVERFLOW) },
		"Subtracts from an integer. Gives null."),
	BIT_WRITE("BIT_SET_INT", BIT_SET_INT, { BIT_OFFSET, BIT_SIZE, INT_VALUE, ZERO }, "Sets an integer. Gives null."),
	BIT_READ("BIT_GET", BIT_GET, { BIT_OFFSET, BIT_SIZE }, "Gives bits as bytes."),
	BIT_READ("BIT_COUNT", BIT_COUNT, { BIT_OFFSET, BIT_SIZE }, "Gives the number of bits that are set."),
	BIT_READ("BIT_LSCAN", BIT_LSCAN, { BIT_OFFSET, BIT_SIZE, MAY(BOOL_VALUE) }, "Gives the place of the first bit of a value."),
	BIT_READ("BIT_RSCAN", BIT_RSCAN, { BIT_OFFSET, BIT_SIZE, MAY(BOOL_VALUE) }, "Gives the place of the last bit of a value."),
	BIT_READ("BIT_GET_INT", BIT_GET_INT, { BIT_OFFSET, BIT_SIZE, MAY(IS_SIGNED) }, "Gives an integer."),

	HLL_WRITE("HLL_INIT", HLL_INIT, { INDEX_BITS, MAY(MINHASH_BITS), ZERO }, "Creates or empties. Gives null."),
	HLL_WRITE("HLL_ADD", HLL_ADD, { VALUES, MAY(MAY_INDEX_BITS), MAY(MINHASH_BITS), ZERO }, "Adds values. Gives the number of changed registers."),
	HLL_WRITE("HLL_SET_UNION", HLL_SET_UNION, { HLLS, ZERO }, "Becomes the union with others. Gives null."),
	HLL_WRITE("HLL_SET_COUNT", HLL_SET_COUNT, { 0 }, "Renews the count that is kept, and gives it."),
	HLL_WRITE("HLL_FOLD", HLL_FOLD, { INDEX_BITS }, "Folds to fewer index bits. Gives null."),
	HLL_READ("HLL_COUNT", HLL_COUNT, { 0 }, "Gives the count."),
	HLL_READ("HLL_UNION", HLL_UNION, { HLLS }, "Gives the union with others."),
	HLL_READ("HLL_UNION_COUNT", HLL_UNION_COUNT, { HLLS }, "Gives the count of the union with others."),
	HLL_READ("HLL_INTERSECT_COUNT", HLL_INTERSECT_COUNT, { HLLS }, "Gives the count of the intersection with others."),
	HLL_READ("HLL_SIMILARITY", HLL_SIMILARITY, { HLLS }, "Gives the similarity with others, from 0 to 1."),
	HLL_READ("HLL_DESCRIBE", HLL_DESCRIBE, { 0 }, "Gives index bits and min-hash bits."),
	{ NULL, NULL, 0, 0, 0, { 0 }, NULL },
};

const char *op_name(const struct operation *op, enum ops_version v)
{
	return v == OPS_V2 && op->name2 ? op->name2 : op->name;
}

const char *op_member_name(const struct op_member *m, enum ops_version v)
{
	return v == OPS_V2 && m->name2 ? m->name2 : m->name;
}

const struct operation *op_find(struct span name, enum ops_version v)
{
	for (const struct operation *op = operations; op->name; op++) {
		if (span_is(name, op_name(op, v)))
			return op;
	}
	return NULL;
}

bool op_reads(const struct operation *op)
{
	return op->op == OP_READ || op->op == OP_CDT_READ || op->op == OP_BITS_READ || op->op == OP_HLL_READ;
}
