/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"
#include "line.h"

#include <fcntl.h>

static struct writer out;
static const struct span value = { "{\"kafka\":{\"topic\":\"o\"}}", 23 };

/* The last "to" of an object and how many other members it has; false when it is no object. */
static bool look(struct span line, struct span *to, size_t *others)
{
	struct json_member m;
	struct span raw;
	struct json j;

	*to = (struct span){ NULL, 0 };
	*others = 0;
	json_open(&j, line);
	for (json_object(&j); json_member(&j, &m);) {
		json_value(&j, &raw);
		if (json_key_is(&m, "to"))
			*to = raw;
		else
			++*others;
	}
	return json_done(&j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span line = { (const char *)data, size }, old, to, put;
	size_t before, after;

	if (!out.buf)
		writer_open(&out, open("/dev/null", O_WRONLY));
	if (size > 100000 || (size && memchr(data, '\n', size)) || !look(line, &old, &before))
		return 0;
	line_put(&out, line, old, "to", value);
	put = (struct span){ out.buf, out.n - 1 };
	out.n = 0;
	MUST(put.p[put.n] == '\n' && !memchr(put.p, '\n', put.n));
	MUST(look(put, &to, &after) && span_eq(to, value) && before == after);
	/* Everything else is where it was. */
	if (old.p)
		MUST(put.n == line.n - old.n + value.n && memcmp(put.p, line.p, (size_t)(old.p - line.p)) == 0);
	return 0;
}
