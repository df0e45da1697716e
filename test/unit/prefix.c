/* SPDX-License-Identifier: Apache-2.0 */
#include "prefix.h"
#include "tap.h"

#define RECORDS 200000

static int thing;

static void order(void)
{
	struct prefix p;
	uint64_t seq[5];

	prefix_init(&p);
	is_int(prefix_next(&p), -1, "nothing to commit at the start");
	ok(!prefix_pop(&p), "nothing to pop");
	for (int i = 0; i < 5; i++)	/* 10, 12, 15, 19, 24: gaps are normal */
		prefix_add(&p, 10 + i * (i + 3) / 2, &thing, &seq[i]);
	prefix_mark(&p, seq[1], true);
	prefix_mark(&p, seq[2], true);
	ok(!prefix_pop(&p), "the second and third are done, the first is not");
	is_int(prefix_next(&p), -1, "so nothing may be committed");
	prefix_mark(&p, seq[0], true);
	while (prefix_pop(&p))
		;
	is_int(prefix_next(&p), 16, "all three: behind the third");
	prefix_mark(&p, seq[4], true);
	ok(!prefix_pop(&p), "the last one waits for the fourth");
	prefix_mark(&p, seq[4], false);
	prefix_mark(&p, seq[3], true);
	while (prefix_pop(&p))
		;
	is_int(prefix_next(&p), 20, "done can be taken back");
	prefix_mark(&p, seq[0], true);
	ok(!prefix_pop(&p), "marking what has been popped does nothing");
	ok(!prefix_add(&p, 24, &thing, &seq[0]) && !prefix_add(&p, 3, &thing, &seq[0]), "an offset that came before is refused");
	prefix_end(&p, 30);
	is_int(prefix_next(&p), 20, "the end does not count while something is open");
	prefix_mark(&p, seq[4], true);
	prefix_pop(&p);
	prefix_end(&p, 30);
	is_int(prefix_next(&p), 30, "and does then: transaction markers stand there");
	prefix_end(&p, 29);
	is_int(prefix_next(&p), 30, "it never goes back");
	ok(!prefix_add(&p, 29, &thing, &seq[0]) && prefix_add(&p, 30, &thing, &seq[0]), "and goes on from there");
	prefix_free(&p);
}

/* Against the simplest way to say the same. */
static void random_acks(void)
{
	static int64_t offsets[RECORDS];
	static uint64_t seqs[RECORDS], open_seq[1000];
	static bool done[RECORDS];
	static uint32_t open_at[1000];
	uint64_t state = 7;
	struct prefix p;
	size_t n_open = 0, added = 0, first = 0, bad = 0;
	int64_t last = -1;

	prefix_init(&p);
	while (first < RECORDS) {
		if (added < RECORDS && n_open < 1000 && (n_open == 0 || tap_random(&state) % 2)) {
			last += 1 + (int64_t)(tap_random(&state) % 3);
			offsets[added] = last;
			bad += !prefix_add(&p, last, &offsets[added], &seqs[added]);
			open_seq[n_open] = seqs[added];
			open_at[n_open++] = (uint32_t)added++;
		} else {
			size_t i = tap_random(&state) % n_open;

			prefix_mark(&p, open_seq[i], true);
			done[open_at[i]] = true;
			open_seq[i] = open_seq[--n_open];
			open_at[i] = open_at[n_open];
		}
		for (const int64_t *what; (what = prefix_pop(&p));) {
			bad += !done[first] || *what != offsets[first];
			first++;
		}
		bad += first < added && done[first];
		bad += prefix_next(&p) != (first ? offsets[first - 1] + 1 : -1);
		bad += p.n != added - first;
	}
	is_int((int64_t)bad, 0, "%d records acked in random order", RECORDS);
	ok(p.cap < RECORDS / 4, "memory is bounded by what is open");
	prefix_free(&p);
}

int main(void)
{
	order();
	random_acks();
	return tap_end();
}
