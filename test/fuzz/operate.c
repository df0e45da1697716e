/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"
#include "operate.h"
#include "particle.h"
#include "msgpack_read.h"
#include "record.h"

/* A line's operations become as many ops as there are, each whole, or are refused with a reason. */
static struct buf unit, value;
static struct types types;
static struct packer pack;
static struct operate o = { .pack = &pack, .value = &value };

static void check_op(const struct message_op *op)
{
	struct mp m;

	MUST(op->name.n <= BIN_NAME_MAX);
	if (op->op != OP_CDT_MODIFY)
		return;
	mp_open(&m, op->value);
	MUST(op->particle == PARTICLE_BLOB && mp_skip(&m) && mp_left(&m) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t digest[20] = { 0 };
	struct command c = { .ns = SPAN("test"), .digest = digest };
	struct command_writer w;
	struct message_op op;
	struct message m;
	struct record r;
	unsigned n = 0;

	if (size > 100000 || !record_parse((struct span){ (const char *)data, size }, &r) || !r.operate.p || !types_open(&types, r.types))
		return 0;
	buf_reset(&unit);
	pack_open(&pack, &value, &types, true);
	command_begin(&w, &unit, &c);
	if (!operate_put(&o, &w, r.operate)) {
		MUST(*o.why);
		return 0;
	}
	command_end(&w);
	MUST(!unit.full && message_open(&m, unit.p + PROTO_SIZE, unit.n - PROTO_SIZE));
	for (; message_next_op(&m, &op); n++)
		check_op(&op);
	MUST(!m.error && n == o.n);
	return 0;
}
