/* SPDX-License-Identifier: Apache-2.0 */
/* Any path, type and body make one valid line that holds them. Input: length of path, length of type, path, type, body. */
#include "base64.h"
#include "json.h"
#include "notification.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void check_body(struct json *j, const struct json_member *m, struct span body)
{
	struct buf back = { 0 };
	struct span raw, text;

	json_value(j, &raw);
	if (json_key_is(m, "body64")) {
		text = json_text(raw, &back);
		back.n = 0;
		if (!base64_decode(&back, text) || !span_eq(buf_as_span(&back), body))
			abort();
	} else if (raw.n > body.n) {
		abort();
	}
	buf_free(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct notification note = { .id = 17, .at = 1700000000123 };
	const char *text = (const char *)p + 2;
	struct buf line = { 0 };
	struct json_member m;
	bool body = false;
	struct json j;
	size_t path, type;

	if (n < 2)
		return 0;
	n -= 2;
	path = p[0] < n ? p[0] : n;
	type = p[1] < n - path ? p[1] : n - path;
	note.path = (struct span){ text, path };
	note.type = (struct span){ type ? text + path : NULL, type };
	note.body = (struct span){ text + path + type, n - path - type };
	notification_line(&line, &note);
	if (line.full || line.n > notification_size_max(&note) || memchr(line.p, '\n', line.n) != line.p + line.n - 1)
		abort();
	json_open(&j, (struct span){ line.p, line.n - 1 });
	for (json_object(&j); json_member(&j, &m);) {
		if (json_key_is(&m, "body") || json_key_is(&m, "body64")) {
			body = true;
			check_body(&j, &m, note.body);
		} else {
			json_value(&j, NULL);
		}
	}
	if (!json_done(&j) || !body)
		abort();
	buf_free(&line);
	return 0;
}
