/* SPDX-License-Identifier: Apache-2.0 */
#include "since.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* So many digits, no sign and no blank, from low to high. */
static bool digits(const char **p, unsigned n, int low, int high, int *out)
{
	int v = 0;

	for (unsigned i = 0; i < n; i++) {
		char c = (*p)[i];

		if (c < '0' || c > '9')
			return false;
		v = v * 10 + (c - '0');
	}
	*p += n;
	*out = v;
	return v >= low && v <= high;
}

static bool is(const char **p, const char *set)
{
	if (!**p || !strchr(set, **p))
		return false;
	++*p;
	return true;
}

static bool fraction(const char **p, int *ms)
{
	int scale = 100;

	*ms = 0;
	if (!is(p, "."))
		return true;
	if (**p < '0' || **p > '9')
		return false;
	for (; **p >= '0' && **p <= '9'; ++*p, scale /= 10)
		*ms += (**p - '0') * scale;
	return true;
}

/* Minutes east of UTC. */
static bool zone(const char **p, int *minutes)
{
	int h, m, sign = **p == '-' ? -1 : 1;

	*minutes = 0;
	if (is(p, "Zz"))
		return true;
	if (!is(p, "+-") || !digits(p, 2, 0, 23, &h) || !is(p, ":") || !digits(p, 2, 0, 59, &m))
		return false;
	*minutes = sign * (h * 60 + m);
	return true;
}

static bool date(const char *p, int64_t *out)
{
	struct tm t = { 0 };
	int year, month, day, ms = 0, east = 0;

	if (!digits(&p, 4, 1970, 9999, &year) || !is(&p, "-") || !digits(&p, 2, 1, 12, &month) || !is(&p, "-") || !digits(&p, 2, 1, 31, &day))
		return false;
	t.tm_year = year - 1900;
	t.tm_mon = month - 1;
	t.tm_mday = day;
	if (*p && (!is(&p, "Tt ") || !digits(&p, 2, 0, 23, &t.tm_hour) || !is(&p, ":") || !digits(&p, 2, 0, 59, &t.tm_min) || !is(&p, ":") ||
	    !digits(&p, 2, 0, 60, &t.tm_sec) || !fraction(&p, &ms) || !zone(&p, &east)))
		return false;
	*out = ((int64_t)timegm(&t) - east * 60) * 1000 + ms;
	return !*p && t.tm_mday == day;		/* there is no 30th of February */
}

static int64_t unit_ms(const char *unit)
{
	static const struct { const char *name; int64_t ms; } units[] = { { "", 0 }, { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 },
		{ "d", 86400000 } };

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (strcmp(units[i].name, unit) == 0)
			return units[i].ms;
	return -1;
}

bool since_parse(const char *text, int64_t now_ms, int64_t *ms, const char **why)
{
	unsigned long long n;
	int64_t unit;
	char *end;

	*why = "not a time: 24h (ago), 2026-01-31T12:00:00Z, or milliseconds since 1970";
	if (*text < '0' || *text > '9')
		return false;
	if (strchr(text, '-'))
		return date(text, ms);
	errno = 0;
	n = strtoull(text, &end, 10);
	unit = unit_ms(end);
	if (unit < 0)
		return false;
	*why = "too long ago, or too far away";
	if (errno || n > (unsigned long long)(unit ? INT64_MAX / unit : INT64_MAX))
		return false;
	*ms = unit ? now_ms - (int64_t)n * unit : (int64_t)n;
	return *ms >= 0;
}
