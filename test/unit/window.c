/* SPDX-License-Identifier: Apache-2.0 */
#include "tap.h"
#include "window.h"

#include <time.h>

static char things[64];

static void basics(void)
{
	struct window *w = window_new(3, 100);
	uint64_t id = 7, first, last;
	int64_t time = 7;

	ok(!window_count(w) && !window_full(w) && !window_oldest(w, &id, &time) && id == 7 && time == 7, "empty");
	first = 0, last = 1000;
	ok(!window_clamp(w, &first, &last), "no id can be in flight");
	is_int((int64_t)window_add(w, things, 10), 100, "the first id");
	is_int((int64_t)window_add(w, things + 1, 11), 101, "the second");
	is_int((int64_t)window_add(w, things + 2, 11), 102, "the third");
	ok(window_full(w) && window_add(w, things, 12) == 0 && window_count(w) == 3, "full");
	ok(window_oldest(w, &id, &time) == things && id == 100 && time == 10, "the oldest");
	ok(window_oldest(w, NULL, NULL) == things, "without asking for more");
	ok(window_take(w, 101) == things + 1 && window_take(w, 101) == NULL, "an id is taken once");
	ok(window_take(w, 99) == NULL && window_take(w, 103) == NULL && window_take(w, 0) == NULL && window_take(w, UINT64_MAX) == NULL,
		"foreign ids");
	ok(window_knows(w, 100) && window_knows(w, 101) && window_knows(w, 102) && !window_knows(w, 99) && !window_knows(w, 103), "ids it knows");
	first = 0, last = UINT64_MAX;
	ok(window_clamp(w, &first, &last) && first == 100 && last == 102, "clamp to what is in flight");
	first = 101, last = 101;
	ok(window_clamp(w, &first, &last) && first == 101 && last == 101, "what fits stays");
	first = 103, last = 200;
	ok(!window_clamp(w, &first, &last), "all above");
	first = 1, last = 99;
	ok(!window_clamp(w, &first, &last), "all below");
	is_int((int64_t)window_add(w, things + 3, 20), 103, "ids are not used again");
	ok(window_take(w, 100) == things && window_oldest(w, &id, &time) == things + 2 && id == 102 && time == 11, "the next oldest");
	ok(window_take(w, 103) == things + 3 && window_take(w, 102) == things + 2 && window_count(w) == 0, "empty again");
	ok(window_knows(w, 100) && window_knows(w, 103), "it still knows them");
	window_free(w);
	window_free(NULL);
	w = window_new(1, 9007199254740991);
	ok(window_add(w, things, 0) == 9007199254740991 && window_full(w) && window_take(w, 9007199254740991) == things, "a window of one");
	window_free(w);
}

/* Against a plain array, with the access patterns of a ring: mostly in order, some late, some expired from the oldest. */
static void model(size_t capacity, uint64_t first_id, uint64_t seed)
{
	enum { STEPS = 200000 };
	struct window *w = window_new(capacity, first_id);
	unsigned char *in_flight = calloc(1, STEPS + 1);
	size_t count = 0, oldest = 0, next = 0;
	unsigned bad = 0, adds = 0, takes = 0, expired = 0;

	for (unsigned step = 0; step < STEPS; step++) {
		uint64_t id, what = tap_random(&seed) % 10;

		if (what < 5) {
			void *p = things + next % 64;
			uint64_t want = count < capacity ? first_id + next : 0;

			bad += window_add(w, p, (int64_t)next) != want;
			if (want) {
				in_flight[next++] = 1;
				count++;
				adds++;
			}
		} else if (what < 9) {
			/* One near the oldest or anywhere, perhaps taken before. */
			size_t n = what < 8 ? oldest + tap_random(&seed) % 4 : next ? tap_random(&seed) % (next + 2) : 0;
			void *want = n < next && in_flight[n] ? things + n % 64 : NULL;

			bad += window_take(w, first_id + n) != want;
			if (want) {
				in_flight[n] = 0;
				count--;
				takes++;
			}
		} else {
			int64_t time = -1;
			void *p = window_oldest(w, &id, &time);

			if (p) {
				bad += id != first_id + oldest || (size_t)time != oldest || window_take(w, id) != p;
				in_flight[oldest] = 0;
				count--;
				expired++;
			} else {
				bad += count != 0;
			}
		}
		while (oldest < next && !in_flight[oldest])
			oldest++;
		bad += window_count(w) != count || window_full(w) != (count == capacity);
		if (count) {
			bad += !window_oldest(w, &id, NULL) || id != first_id + oldest;
		} else {
			bad += window_oldest(w, NULL, NULL) != NULL;
		}
	}
	ok(bad == 0, "capacity %zu: %u added, %u taken, %u expired", capacity, adds, takes, expired);
	free(in_flight);
	window_free(w);
}

/* One record that is never answered while many others are: the case that breaks tables indexed by id. */
static void straggler(void)
{
	struct window *w = window_new(16, 1);
	unsigned bad = 0;
	uint64_t first, last;

	window_add(w, things, 0);
	for (uint64_t i = 2; i < 100000; i++) {
		bad += window_add(w, things + 1, 0) != i;
		bad += window_take(w, i) != things + 1;
	}
	is_int(bad, 0, "a hundred thousand pass one that stays");
	first = 0, last = UINT64_MAX;
	ok(window_clamp(w, &first, &last) && first == 1 && last == 1, "clamped to that one");
	ok(window_take(w, 1) == things, "and it is still there");
	window_free(w);
}

/* Nanoseconds for an entry that comes when the oldest goes, in a window that stays full. */
static double turn(size_t capacity)
{
	enum { TURNS = 200000 };
	struct window *w = window_new(capacity, UINT64_C(1700000000000000));
	struct timespec begin, end;
	uint64_t id;

	for (size_t i = 0; i < capacity; i++)
		window_add(w, things, 0);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
	for (unsigned i = 0; i < TURNS; i++) {
		window_oldest(w, &id, NULL);
		window_take(w, id);
		window_add(w, things, 0);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	window_free(w);
	return ((double)(end.tv_sec - begin.tv_sec) * 1e9 + (double)(end.tv_nsec - begin.tv_nsec)) / TURNS;
}

/* Caches make a large one slower, but not by the number of its entries. */
static void constant_time(void)
{
	double small = turn(64), large = turn(65536);

	ok(large < 40 * small, "65536 in flight: %.0f ns a turn; 64: %.0f ns", large, small);
}

int main(void)
{
	basics();
	model(1, 1, 1);
	model(2, 1000, 2);
	model(3, 7, 3);
	model(7, 1, 4);
	model(8, UINT64_C(1700000000000000), 5);
	model(100, 63, 6);
	model(32768, 1, 7);
	straggler();
	constant_time();
	return tap_end();
}
