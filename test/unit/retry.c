/* SPDX-License-Identifier: Apache-2.0 */
#include "retry.h"
#include "tap.h"

static void pauses(void)
{
	struct retry r;
	unsigned bad = 0;
	int64_t low = INT64_MAX, high = 0;

	retry_open(&r, 50, 1000, 7500);
	for (unsigned tries = 1; tries < 40; tries++) {
		int64_t whole = tries < 6 ? INT64_C(50) << (tries - 1) : 1000;

		for (int i = 0; i < 200; i++) {
			int64_t p = retry_pause(&r, tries);

			bad += p < whole / 2 || p > whole;
		}
	}
	is_int(bad, 0, "every pause is between half and the whole of what doubling gives, at most the maximum");
	for (int i = 0; i < 1000; i++) {
		int64_t p = retry_pause(&r, 6);

		low = p < low ? p : low;
		high = p > high ? p : high;
	}
	ok(low < 550 && high > 950, "jitter takes up the whole room (%lld to %lld)", (long long)low, (long long)high);
	retry_open(&r, 0, 0, 100);
	is_int(retry_pause(&r, 5), 0, "no pause is none");
	retry_open(&r, 1, 1, 100);
	ok(retry_pause(&r, 1) <= 1, "a pause of 1 ms");
	ok(retry_pause(&r, 4000000000u) <= 1, "after very many tries");
}

static void deadlines(void)
{
	struct retry r;
	int64_t at;

	retry_open(&r, 100, 1000, 1000);
	at = retry_at(&r, 1, 5000, 5010, -1);
	ok(at >= 5060 && at <= 5110, "the first pause counts from now");
	is_int(retry_at(&r, 1, 5000, 6000, -1), -1, "none at the deadline");
	is_int(retry_at(&r, 1, 5000, 5995, -1), -1, "none when the pause would end behind it");
	is_int(retry_at(&r, 1, 5000, 5010, 400), 5410, "Retry-After is waited for");
	ok(retry_at(&r, 4, 5000, 5010, 10) >= 5410, "a short Retry-After does not shorten the pause");
	is_int(retry_at(&r, 1, 5000, 5010, 2000), -1, "a Retry-After past the deadline ends it");
	retry_open(&r, 100, 1000, 0);
	is_int(retry_at(&r, 1, 5000, 5000, -1), -1, "without a deadline there is one try");
}

int main(void)
{
	pauses();
	deadlines();
	return tap_end();
}
