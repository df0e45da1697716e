/* SPDX-License-Identifier: Apache-2.0 */
/* Many items put into a list or a map by one call: the same as one by one, and in a time that does not grow with their square. */
#include "tap.h"

#include "arena.h"
#include "bytes.h"
#include "cdt.h"
#include "clock.h"
#include "element.h"
#include "particle.h"
#include "result.h"

static struct arena mem;

enum { APPEND = 1, APPEND_ITEMS = 2, INSERT = 3, INSERT_ITEMS = 4, PUT = 67, PUT_ITEMS = 68 };
enum { UNIQUE = 1, CREATE_ONLY = 1, UPDATE_ONLY = 2, NO_FAIL = 4, PARTIAL = 8 };

struct target {
	struct value bin;
	int code;
	int64_t size;		/* what the last call said */
};

/* The call [code, args...], whose n elements are in `args`. */
static void run(struct target *t, int code, unsigned n, struct buf *args)
{
	struct buf b = { 0 };
	struct value result;

	element_put_list(&b, n + 1, 0);
	element_put_int(&b, code);
	buf_span(&b, buf_as_span(args));
	t->code = cdt_modify(&t->bin, arena_copy(&mem, buf_as_span(&b)), &mem, &result);
	if (t->code == RESULT_OK && result.particle == PARTICLE_INTEGER)
		t->size = (int64_t)get_be64(result.data.p);
	buf_free(&b);
	buf_reset(args);
}

static struct buf args;

static void append(struct target *t, int value, int order, int flags)
{
	element_put_int(&args, value);
	element_put_int(&args, order);
	element_put_int(&args, flags);
	run(t, APPEND, 3, &args);
}

static void insert(struct target *t, int64_t at, int value, int flags)
{
	element_put_int(&args, at);
	element_put_int(&args, value);
	element_put_int(&args, flags);
	run(t, INSERT, 3, &args);
}

static void put(struct target *t, int key, int value, int flags)
{
	element_put_int(&args, key);
	element_put_int(&args, value);
	element_put_int(&args, 1);
	element_put_int(&args, flags);
	run(t, PUT, 4, &args);
}

static void put_list(const int *item, unsigned n)
{
	element_put_list(&args, n, 0);
	for (unsigned i = 0; i < n; i++)
		element_put_int(&args, item[i]);
}

static bool same(const struct target *a, const struct target *b)
{
	return a->bin.particle == b->bin.particle && span_eq(a->bin.data, b->bin.data) && a->size == b->size;
}

static void random_items(int *item, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		item[i] = rand() % 30;
}

static void appended(int order, int flags)
{
	unsigned wrong = 0;

	for (unsigned turn = 0; turn < 1000; turn++) {
		struct target one = { 0 }, all;
		unsigned n = 1 + (unsigned)rand() % 12;
		int item[12], code = RESULT_OK;

		arena_reset(&mem);
		for (unsigned i = (unsigned)rand() % 8 + 1; i; i--)
			append(&one, rand() % 30, order, 0);
		all = one;
		random_items(item, n);
		for (unsigned i = 0; i < n && code == RESULT_OK; i++) {
			append(&one, item[i], order, flags);
			code = one.code;
		}
		put_list(item, n);
		element_put_int(&args, order);
		element_put_int(&args, flags);
		run(&all, APPEND_ITEMS, 3, &args);
		wrong += all.code != code || (code == RESULT_OK && !same(&one, &all));
	}
	is_int(wrong, 0, "append_items is many an append: order %d, flags %d", order, flags);
}

static void inserted(int flags)
{
	unsigned wrong = 0;

	for (unsigned turn = 0; turn < 1000; turn++) {
		struct target one = { 0 }, all;
		unsigned n = 1 + (unsigned)rand() % 12;
		int64_t at, first;
		int item[12];

		arena_reset(&mem);
		for (unsigned i = (unsigned)rand() % 8 + 1; i; i--)
			append(&one, rand() % 30, 0, 0);
		at = first = rand() % (one.size + 1);
		all = one;
		random_items(item, n);
		for (unsigned i = 0; i < n; i++) {
			int64_t was = one.size;

			insert(&one, at, item[i], flags);
			at += one.size > was;
		}
		element_put_int(&args, first);
		put_list(item, n);
		element_put_int(&args, flags);
		run(&all, INSERT_ITEMS, 3, &args);
		wrong += all.code != RESULT_OK || !same(&one, &all);
	}
	is_int(wrong, 0, "insert_items is many an insert: flags %d", flags);
}

static void mapped(int flags)
{
	unsigned wrong = 0;

	for (unsigned turn = 0; turn < 1000; turn++) {
		struct target one = { 0 }, all;
		int first = rand() % 10, step = 1 + rand() % 3, n = 1 + rand() % 12, code = RESULT_OK;

		arena_reset(&mem);
		for (int i = 1 + rand() % 8; i; i--)
			put(&one, rand() % 30, -1, 0);
		all = one;
		for (int i = 0; i < n && code == RESULT_OK; i++) {
			put(&one, first + i * step, i, flags);
			code = one.code;
		}
		element_put_map(&args, (uint32_t)n, 0);
		for (int i = 0; i < n; i++) {
			element_put_int(&args, first + i * step);
			element_put_int(&args, i);
		}
		element_put_int(&args, 1);
		element_put_int(&args, flags);
		run(&all, PUT_ITEMS, 3, &args);
		wrong += all.code != code || (code == RESULT_OK && !same(&one, &all));
	}
	is_int(wrong, 0, "put_items is many a put: flags %d", flags);
}

/* What is done item by item, each looked for among all, takes minutes for so many. */
static void in_time(int code, int order, int flags, const char *what)
{
	enum { MANY = 200000 };
	struct target t = { 0 };
	int64_t start = clock_ms();

	arena_reset(&mem);
	for (int half = 0; half < 2; half++) {
		if (code == PUT_ITEMS)
			element_put_map(&args, MANY, 0);
		else
			element_put_list(&args, MANY, 0);
		/* From the last to the first; the second half overlaps the first. */
		for (int i = MANY; i; i--) {
			element_put_int(&args, i + half * MANY / 2);
			if (code == PUT_ITEMS)
				element_put_int(&args, i);
		}
		element_put_int(&args, order);
		element_put_int(&args, flags);
		run(&t, code, 3, &args);
	}
	is_int((long)t.size, code == PUT_ITEMS || flags ? MANY / 2 * 3 : MANY * 2, "%s", what);
	ok(clock_ms() - start < 30000, "in %d ms", (int)(clock_ms() - start));
}

int main(void)
{
	mem.max = (size_t)1 << 30;
	for (int order = 0; order < 2; order++) {
		appended(order, 0);
		appended(order, UNIQUE);
		appended(order, UNIQUE | NO_FAIL | PARTIAL);
	}
	inserted(0);
	inserted(UNIQUE | NO_FAIL | PARTIAL);
	mapped(0);
	mapped(CREATE_ONLY);
	mapped(UPDATE_ONLY);
	mapped(CREATE_ONLY | NO_FAIL | PARTIAL);
	mapped(UPDATE_ONLY | NO_FAIL | PARTIAL);
	in_time(APPEND_ITEMS, 0, UNIQUE | NO_FAIL | PARTIAL, "400,000 items into an unordered list, each once");
	in_time(APPEND_ITEMS, 1, UNIQUE | NO_FAIL | PARTIAL, "into an ordered one, each once");
	in_time(APPEND_ITEMS, 1, 0, "into an ordered one");
	in_time(PUT_ITEMS, 1, 0, "400,000 pairs into a map");
	buf_free(&args);
	arena_free(&mem);
	return tap_end();
}
