/* SPDX-License-Identifier: Apache-2.0 */
#include "since.h"
#include "tap.h"

#define NOW INT64_C(1770000000123)

int main(void)
{
	static const struct { const char *text; int64_t ms; } good[] = { { "0", 0 }, { "1700000000123", 1700000000123 }, { "0s", NOW },
		{ "250ms", NOW - 250 }, { "90s", NOW - 90000 }, { "10m", NOW - 600000 }, { "24h", NOW - 86400000 }, { "7d", NOW - 604800000 },
		{ "1970-01-01", 0 }, { "2026-01-31", 1769817600000 }, { "2024-02-29T23:59:59Z", 1709251199000 },
		{ "2026-01-31T12:00:00Z", 1769860800000 }, { "2026-01-31 12:00:00z", 1769860800000 }, { "2026-01-31T12:00:00.25Z", 1769860800250 },
		{ "2026-01-31T12:00:00.123456789Z", 1769860800123 }, { "2026-01-31T12:00:00+02:00", 1769853600000 },
		{ "2026-01-31T12:00:00.5-05:30", 1769880600500 } };
	static const char *const bad[] = { "", "now", "-1", "+5", " 5", "5 ", "1.5h", "5w", "5hh", "99999999999999999999", "9223372036854775807d",
		"999999d", "2026", "2026-1-31", "2026-13-01", "2026-02-30", "2023-02-29", "2026-01-31T", "2026-01-31T12:00Z", "2026-01-31T24:00:00Z",
		"2026-01-31T12:00:00", "2026-01-31T12:00:00.Z", "2026-01-31T12:00:00+2:00", "2026-01-31T12:00:00+02:00x", "1969-12-31", "2026-01-31Z" };

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		const char *why;
		int64_t ms = -1;

		ok(since_parse(good[i].text, NOW, &ms, &why), "%s is a time", good[i].text);
		is_int(ms, good[i].ms, "%s", good[i].text);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		const char *why = "";
		int64_t ms;
		bool taken = since_parse(bad[i], NOW, &ms, &why);

		/* A number without a unit is one of milliseconds. */
		ok(strcmp(bad[i], "2026") == 0 ? taken && ms == 2026 : !taken && *why, "\"%s\"", bad[i]);
	}
	return tap_end();
}
