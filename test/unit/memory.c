/* SPDX-License-Identifier: Apache-2.0 */
/* What cn-fan remembers of records that some sinks have, beside a model that forgets nothing. */
#include "../../tools/cn-fan/memory.c"

#include "tap.h"

#define TAIL SPAN(",\"x\":1}")

static void plain(void)
{
	struct memory m;

	memory_open(&m, 2, 1000);
	is_int(memory_take(&m, 7, SPAN("a"), TAIL, 0), 0, "nothing is known");
	memory_put(&m, 7, SPAN("a"), TAIL, 5, 0);
	is_int(memory_take(&m, 7, SPAN("a"), TAIL, 999), 5, "which sinks have it");
	is_int(memory_take(&m, 7, SPAN("a"), TAIL, 999), 0, "once");
	memory_put(&m, 7, SPAN("a"), TAIL, 5, 0);
	is_int(memory_take(&m, 7, SPAN("a"), TAIL, 1000), 0, "not for longer than its time");
	memory_put(&m, 7, SPAN("a"), TAIL, 5, 0);
	is_int(memory_take(&m, 7, SPAN("b"), TAIL, 0), 0, "another version is another one");
	is_int(memory_take(&m, 7, SPAN("a"), TAIL, 0), 0, "and makes the old one forgotten");
	memory_put(&m, 7, SPAN("a"), TAIL, 5, 0);
	memory_put(&m, 7, SPAN("b"), TAIL, 6, 0);
	is_int(memory_take(&m, 7, SPAN("a"), TAIL, 0), 0, "of a key the last version only");
	memory_put(&m, 1, SPAN("a"), TAIL, 1, 0);
	memory_put(&m, 2, SPAN("a"), TAIL, 2, 0);
	memory_put(&m, 3, SPAN("a"), TAIL, 3, 0);
	is_int(memory_take(&m, 1, SPAN("a"), TAIL, 0), 0, "the oldest makes room");
	is_int(memory_take(&m, 2, SPAN("a"), TAIL, 0), 2, "the others are there");
	is_int(memory_take(&m, 3, SPAN("a"), TAIL, 0), 3, "all of them");
	is_int((int64_t)m.used, 0, "and nothing is left");
	memory_put(&m, 0, SPAN("a"), TAIL, 1, 0);
	is_int((int64_t)m.used, 0, "what has no key is not remembered");
	memory_free(&m);
	memory_open(&m, 0, 1000);
	memory_put(&m, 1, SPAN("a"), TAIL, 1, 0);
	is_int(memory_take(&m, 1, SPAN("a"), TAIL, 0), 0, "with no room, nothing");
	memory_free(&m);
}

/* Where the id ends and the line goes on must not matter to the hash, but the text must. */
static void halves(void)
{
	struct memory m;

	memory_open(&m, 4, 1000);
	memory_put(&m, 1, SPAN("{\"id\":"), TAIL, 1, 0);
	is_int(memory_take(&m, 1, SPAN("{\"id\":"), SPAN(",\"x\":2}"), 0), 0, "the tail counts");
	memory_put(&m, 1, SPAN(""), TAIL, 1, 0);
	is_int(memory_take(&m, 1, SPAN(""), TAIL, 0), 1, "an empty head");
	memory_free(&m);
}

/* Keys that collide in their buckets, at random, with every entry within the room. */
static void random_walk(void)
{
	enum { KEYS = 40, ROOM = 64 };
	uint32_t model[KEYS + 1] = { 0 }, bad = 0;
	char text[KEYS + 1][24] = { "" };
	struct memory m;

	memory_open(&m, ROOM, 1000000);
	srandom(3);
	for (int i = 0; i < 100000; i++) {
		unsigned key = 1 + (unsigned)random() % KEYS;
		uint64_t hash = (uint64_t)key * ROOM * 4;	/* one bucket for all */

		if (random() % 2) {
			model[key] = 1 + (uint32_t)random() % 7;
			snprintf(text[key], sizeof(text[key]), "%d", i);
			memory_put(&m, hash, span_of(text[key]), TAIL, model[key], i);
		} else {
			uint32_t has = memory_take(&m, hash, span_of(text[key]), TAIL, i);

			/* A key that was put again sits in a newer slot: it may make another one go before its time, no more. */
			bad += has != model[key] && has != 0;
			model[key] = 0;
		}
	}
	is_int(bad, 0, "never what was not put");
	for (unsigned key = 1; key <= KEYS; key++)
		memory_take(&m, (uint64_t)key * ROOM * 4, SPAN("none"), TAIL, 0);
	is_int((int64_t)m.used, 0, "every entry is found by its key");
	memory_free(&m);
}

int main(void)
{
	plain();
	halves();
	random_walk();
	return tap_end();
}
