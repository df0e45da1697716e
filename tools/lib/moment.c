/* SPDX-License-Identifier: Apache-2.0 */
#include "moment.h"

#include <string.h>
#include <time.h>

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Exactly so many digits. */
static bool fixed(const char **p, int digits, int64_t max, int64_t *out)
{
	*out = 0;
	for (; digits; digits--, (*p)++) {
		if (!digit(**p))
			return false;
		*out = *out * 10 + (**p - '0');
	}
	return *out <= max;
}

static bool skip(const char **p, char c)
{
	if (**p != c)
		return false;
	(*p)++;
	return true;
}

/* Digits to the end of the text, or to a unit. */
static bool number(const char **p, int64_t *out)
{
	const char *start = *p;

	*out = 0;
	for (; digit(**p); (*p)++)
		if (__builtin_mul_overflow(*out, INT64_C(10), out) || __builtin_add_overflow(*out, (int64_t)(**p - '0'), out))
			return false;
	return *p > start;
}

static bool ago(const char *p, int64_t now, int64_t *ms)
{
	static const struct { const char *unit; int64_t ms; } units[] = {
		{ "", 1000 }, { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 }
	};
	int64_t n;

	if (!number(&p, &n))
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (strcmp(p, units[i].unit) == 0 && !__builtin_mul_overflow(n, units[i].ms, &n) && n <= now) {
			*ms = now - n;
			return true;
		}
	return false;
}

static bool fraction(const char **p, int64_t *ms)
{
	int64_t unit = 100;

	*ms = 0;
	if (!skip(p, '.'))
		return true;
	if (!digit(**p))
		return false;
	for (; digit(**p); (*p)++, unit /= 10)
		*ms += (**p - '0') * unit;
	return true;
}

/* "Z", "+02:00", or nothing, which is UTC: minutes. */
static bool zone(const char **p, int64_t *minutes)
{
	int64_t h, m;
	bool west = **p == '-';

	*minutes = 0;
	if (skip(p, 'Z'))
		return true;
	if (!skip(p, '+') && !skip(p, '-'))
		return true;
	if (!fixed(p, 2, 23, &h))
		return false;
	skip(p, ':');
	if (!fixed(p, 2, 59, &m))
		return false;
	*minutes = west ? -(h * 60 + m) : h * 60 + m;
	return true;
}

static bool date(const char *p, int64_t *ms)
{
	int64_t year, month, day, hour = 0, minute = 0, second = 0, milli = 0, minutes = 0;
	struct tm tm = { 0 }, back;
	time_t t;

	if (!fixed(&p, 4, 9999, &year) || !skip(&p, '-') || !fixed(&p, 2, 12, &month) || !skip(&p, '-') || !fixed(&p, 2, 31, &day))
		return false;
	if (skip(&p, 'T') || skip(&p, ' ')) {
		if (!fixed(&p, 2, 23, &hour) || !skip(&p, ':') || !fixed(&p, 2, 59, &minute))
			return false;
		if (skip(&p, ':') && (!fixed(&p, 2, 60, &second) || !fraction(&p, &milli)))
			return false;
		if (!zone(&p, &minutes))
			return false;
	}
	if (*p || year < 1970 || !month || !day)
		return false;
	tm.tm_year = (int)year - 1900;
	tm.tm_mon = (int)month - 1;
	tm.tm_mday = (int)day;
	t = timegm(&tm);
	/* The 31st of a month that has none is another day. */
	if (!gmtime_r(&t, &back) || back.tm_mday != (int)day)
		return false;
	*ms = ((int64_t)t + hour * 3600 + minute * 60 + second - minutes * 60) * 1000 + milli;
	return true;
}

bool moment_parse(const char *text, int64_t now, int64_t *ms)
{
	const char *p = text;

	if (*p == '-')
		return ago(p + 1, now, ms);
	if (number(&p, ms) && !*p)
		return true;
	return date(text, ms);
}
