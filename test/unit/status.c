/* SPDX-License-Identifier: Apache-2.0 */
#include "status.h"
#include "tap.h"

static unsigned count(const char *text)
{
	struct status_set s;
	unsigned n = 0;

	if (!status_set_parse(&s, text))
		return 9999;
	for (long i = -5; i < 1000; i++)
		n += status_set_has(&s, i);
	return n;
}

int main(void)
{
	static const char *const bad[] = { "abc", "20", "2000", "200-", "-200", "200,", ",200", "299-200", "600", "099", "2xX", "2x", "200;201",
		"200 201", "2xx-1xx", "NONE" };
	struct status_policy p;
	struct status_set s;

	is_int(count("none"), 0, "none");
	is_int(count(""), 0, "nothing");
	is_int(count("200"), 1, "one");
	is_int(count("200,202,200"), 2, "a list");
	is_int(count("200-299"), 100, "a range");
	is_int(count("2xx"), 100, "a class");
	is_int(count("200-202, 204 ,5xx"), 104, "all of it, with blanks");
	is_int(count("4xx-5XX"), 200, "a range of classes");
	is_int(count("100-599"), 500, "everything");
	status_set_parse(&s, "100,599");
	ok(status_set_has(&s, 100) && status_set_has(&s, 599) && !status_set_has(&s, 101), "the ends");
	ok(!status_set_has(&s, 0) && !status_set_has(&s, 100000) && !status_set_has(&s, -100), "no status is in no set");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		is_int(count(bad[i]), 9999, "\"%s\" is refused", bad[i]);
	status_set_parse(&p.ok, "2xx,404");
	status_set_parse(&p.permanent, "4xx");
	status_set_parse(&p.temporary, "408,429,404");
	is_int(status_meaning(&p, 201), STATUS_OK, "in the success set");
	is_int(status_meaning(&p, 404), STATUS_OK, "success goes first");
	is_int(status_meaning(&p, 429), STATUS_TEMPORARY, "temporary goes before permanent");
	is_int(status_meaning(&p, 400), STATUS_PERMANENT, "permanent");
	is_int(status_meaning(&p, 503), STATUS_TEMPORARY, "the rest may pass");
	is_int(status_meaning(&p, 0), STATUS_TEMPORARY, "and no answer");
	return tap_end();
}
