/* SPDX-License-Identifier: Apache-2.0 */
#include "iso_date.h"

#include <stdlib.h>

#define MS INT64_C(1000000)

struct scan {
	const char *p, *end;
	bool bad;
};

static int digits(struct scan *s, int n)
{
	int v = 0;

	for (; n; n--, s->p++) {
		if (s->p == s->end || *s->p < '0' || *s->p > '9') {
			s->bad = true;
			return 0;
		}
		v = v * 10 + (*s->p - '0');
	}
	return v;
}

static bool take(struct scan *s, char c)
{
	if (s->p == s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

static void must(struct scan *s, char c)
{
	s->bad |= !take(s, c);
}

/* Milliseconds of ".123456789"; 1 to 9 digits. */
static int fraction(struct scan *s)
{
	int ms = 0, n = 0;

	for (; s->p < s->end && *s->p >= '0' && *s->p <= '9'; s->p++, n++)
		if (n < 3)
			ms = ms * 10 + (*s->p - '0');
	s->bad |= n < 1 || n > 9;
	for (; n < 3; n++)
		ms *= 10;
	return ms;
}

/* Seconds east of UTC. */
static int offset(struct scan *s)
{
	int sign, hours, minutes = 0, seconds = 0;

	if (take(s, 'Z') || take(s, 'z'))
		return 0;
	sign = take(s, '+') ? 1 : -1;
	if (sign < 0)
		must(s, '-');
	hours = digits(s, 2);
	if (take(s, ':')) {
		minutes = digits(s, 2);
		if (take(s, ':'))
			seconds = digits(s, 2);
	}
	s->bad |= hours > 18 || minutes > 59 || seconds > 59 || hours * 3600 + minutes * 60 + seconds > 18 * 3600;
	return sign * (hours * 3600 + minutes * 60 + seconds);
}

static int64_t days_before(int64_t year, int month, int day)
{
	/* Days of the civil calendar, counted in eras of 400 years that begin in March. */
	const int64_t y = year - (month <= 2), era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
	const int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int month_days(int year, int month)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return month < 1 || month > 12 ? 0 : days[month - 1] + (month == 2 && leap);
}

bool iso_date(struct span text, int64_t *ns)
{
	struct scan s = { text.p, text.p + text.n, false };
	int year, month, day, hour, minute, second = 0, ms = 0;
	int64_t t;

	year = digits(&s, 4);
	must(&s, '-');
	month = digits(&s, 2);
	must(&s, '-');
	day = digits(&s, 2);
	if (!take(&s, 't'))
		must(&s, 'T');
	hour = digits(&s, 2);
	must(&s, ':');
	minute = digits(&s, 2);
	if (take(&s, ':')) {
		second = digits(&s, 2);
		if (take(&s, '.'))
			ms = fraction(&s);
	}
	if (s.bad || day < 1 || day > month_days(year, month) || hour > 23 || minute > 59 || second > 59)
		return false;
	t = days_before(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset(&s);
	if (__builtin_mul_overflow(t * 1000 + ms, MS, ns))
		*ns = t < 0 ? INT64_MIN : INT64_MAX;
	return !s.bad && s.p == s.end;
}
