/* SPDX-License-Identifier: Apache-2.0 */
#include "retry.h"
#include "clock.h"

#include <sys/random.h>

void retry_open(struct retry *r, int64_t first, int64_t max, int64_t deadline)
{
	*r = (struct retry){ .first = first, .max = max, .deadline = deadline };
	if (getrandom(&r->random, sizeof(r->random), GRND_NONBLOCK) != sizeof(r->random))
		r->random = (uint64_t)clock_us();
}

/* splitmix64 */
static uint64_t next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

int64_t retry_pause(struct retry *r, unsigned tries)
{
	int64_t whole = r->first;

	for (unsigned i = 1; i < tries && whole < r->max; i++)
		whole *= 2;
	if (whole > r->max)
		whole = r->max;
	if (whole < 1)
		return 0;
	return whole / 2 + (int64_t)(next(&r->random) % (uint64_t)(whole - whole / 2 + 1));
}

int64_t retry_at(struct retry *r, unsigned tries, int64_t begun, int64_t now, int64_t asked)
{
	int64_t pause = retry_pause(r, tries), left = begun + r->deadline - now;

	if (asked > pause)
		pause = asked;
	return pause < left ? now + pause : -1;
}
