/* SPDX-License-Identifier: Apache-2.0 */
/* A template, a line end, a record line. */
#include "fuzz.h"
#include "template.h"

#include <string.h>

static bool url_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("-._~%", c));
}

static void fill(const struct template *t, const struct record *r, enum template_use use)
{
	struct buf out = { 0 };
	const char *why;
	bool retry = false;

	buf_lit(&out, "kept");
	if (template_write(&out, t, r, use, &retry, &why))
		MUST(!why && out.n >= 4);
	else
		MUST(why && *why && out.n == 4);
	buf_free(&out);
}

/* One place alone: what comes out has no byte that could end or divide a URL. */
static void alone(const struct record *r)
{
	static const char *const places[] = { "{namespace}", "{set|use-digest}", "{userKey|ignore}", "{digest}", "{bin:a|fail}", "{lut}" };

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		const char *why;
		size_t offset;
		bool retry;
		struct template *t = template_parse(span_of(places[i]), TEMPLATE_FAIL, &why, &offset);
		struct buf out = { 0 };

		MUST(t && !template_fixed(t));
		if (template_write(&out, t, r, TEMPLATE_URL, &retry, &why)) {
			MUST(out.n);
			for (size_t k = 0; k < out.n; k++)
				MUST(url_byte(out.p[k]));
			MUST(!span_is(buf_as_span(&out), ".") && !span_is(buf_as_span(&out), ".."));
		}
		buf_free(&out);
		template_free(t);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
	struct span text = { (const char *)data, end ? (size_t)(end - data) : size };
	struct template *t;
	struct record r;
	const char *why;
	size_t offset;

	t = template_parse(text, TEMPLATE_USE_DIGEST, &why, &offset);
	if (!t)
		MUST(why && offset <= text.n);
	if (end && record_parse((struct span){ text.p + text.n + 1, size - text.n - 1 }, &r) && !r.skip && !r.error.p) {
		alone(&r);
		if (t) {
			fill(t, &r, TEMPLATE_URL);
			fill(t, &r, TEMPLATE_TEXT);
		}
	}
	template_free(t);
	return 0;
}
