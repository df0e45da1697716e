/* SPDX-License-Identifier: Apache-2.0 */
/* A body of operations, the first byte says of which version and form: what is taken is a request that a server can read, with as many ops; what is
 * refused has a reason. */
#include "fuzz.h"
#include "json.h"
#include "msgpack_read.h"
#include "ops.h"

static struct arena mem;
static struct tree_reader reader = { .mem = &mem, .nodes_max = 100000 };
static struct buf unit;

static void check(const struct ops *o)
{
	static const uint8_t digest[20];
	struct command c = { .ns = { "test", 4 }, .digest = digest };
	struct message m;
	struct message_op op;
	struct mp mp;
	unsigned n = 0;

	buf_reset(&unit);
	ops_unit(o, &unit, &c);
	if (unit.full)
		return;
	MUST(message_open(&m, unit.p + PROTO_SIZE, unit.n - PROTO_SIZE));
	while (message_next_op(&m, &op)) {
		n++;
		MUST(op.name.n <= BIN_NAME_MAX);
		if (op.op == OP_CDT_READ || op.op == OP_CDT_MODIFY || (op.op >= OP_BITS_READ && op.op != OP_DELETE_ALL)) {
			mp_open(&mp, op.value);
			MUST(op.particle == 4 && mp_skip(&mp) && mp_left(&mp) == 0);
		}
	}
	MUST(!m.error && n == o->n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct tree *t;
	struct ops o = { 0 };
	struct span body;

	if (size < 1)
		return 0;
	body = (struct span){ (const char *)data + 1, size - 1 };
	arena_reset(&mem);
	t = data[0] & 1 ? tree_msgpack(&reader, body) : tree_json(&reader, body);
	if (t) {
		if (ops_read_body(&o, t, data[0] & 2 ? OPS_V2 : OPS_V1, data[0] & 1, data[0] & 4))
			check(&o);
		else
			MUST(o.why[0]);
		ops_free(&o);
	}
	return 0;
}
