/* SPDX-License-Identifier: Apache-2.0 */
#include "mapping.h"

static int64_t seconds_of(char suffix)
{
	switch (suffix) {
	case 's': case 'S':
		return 1;
	case 'm': case 'M':
		return 60;
	case 'h': case 'H':
		return 3600;
	case 'd': case 'D':
		return 86400;
	}
	return 0;
}

bool ttl_parse(struct span text, int64_t *seconds)
{
	int64_t n, unit = text.n ? seconds_of(text.p[text.n - 1]) : 0;

	if (unit)
		text.n--;
	if (!json_int64(text, &n) || n < (unit ? 0 : -2) || n > TTL_MAX || (unit && text.p[0] == '-'))
		return false;
	if (__builtin_mul_overflow(n, unit ? unit : 1, &n) || n > TTL_MAX)
		return false;
	*seconds = n;
	return true;
}
