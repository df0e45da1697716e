/* SPDX-License-Identifier: Apache-2.0 */
#include "status.h"

#include <string.h>

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "404" or "4xx". */
static bool code(const char **p, unsigned *low, unsigned *high)
{
	const char *t = *p;

	if (t[0] < '1' || t[0] > '5')
		return false;
	if ((t[1] == 'x' || t[1] == 'X') && t[1] == t[2]) {
		*low = (unsigned)(t[0] - '0') * 100;
		*high = *low + 99;
	} else if (digit(t[1]) && digit(t[2])) {
		*low = *high = (unsigned)(t[0] - '0') * 100 + (unsigned)(t[1] - '0') * 10 + (unsigned)(t[2] - '0');
	} else {
		return false;
	}
	*p = t + 3;
	return true;
}

static bool parse(struct status_set *s, const char *p)
{
	unsigned low, high, low2, high2;

	for (;; p++) {
		while (*p == ' ')
			p++;
		if (!code(&p, &low, &high))
			return false;
		if (*p == '-') {
			p++;
			if (!code(&p, &low2, &high2) || high2 < high)
				return false;
			high = high2;
		}
		for (unsigned i = low; i <= high; i++)
			s->bits[i / 64] |= UINT64_C(1) << (i % 64);
		while (*p == ' ')
			p++;
		if (*p == '\0')
			return true;
		if (*p != ',')
			return false;
	}
}

bool status_set_parse(struct status_set *s, const char *text)
{
	memset(s, 0, sizeof(*s));
	if (*text == '\0' || strcmp(text, "none") == 0)
		return true;
	if (parse(s, text))
		return true;
	memset(s, 0, sizeof(*s));
	return false;
}

enum status_meaning status_meaning(const struct status_policy *p, long status)
{
	if (status_set_has(&p->ok, status))
		return STATUS_OK;
	if (status_set_has(&p->temporary, status))
		return STATUS_TEMPORARY;
	return status_set_has(&p->permanent, status) ? STATUS_PERMANENT : STATUS_TEMPORARY;
}
