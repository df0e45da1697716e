/* SPDX-License-Identifier: Apache-2.0 */
#include "line.h"
#include "ack.h"
#include "log.h"

#include <stdarg.h>
#include <stdio.h>

#define ERROR_MAX 2048

void line_pass(struct writer *out, struct span line)
{
	writer_span(out, line);
	writer_lit(out, "\n");
}

bool line_is_cut(bool torn, struct span line)
{
	struct json j;

	if (!torn || line.n == 0 || line.p[0] != '{')
		return false;
	json_open(&j, line);
	json_value(&j, NULL);
	return !json_done(&j);
}

void line_pass_cut(struct writer *out, struct span line)
{
	log_warn("the input ends in the middle of a line: the stage before has died", NULL);
	writer_span(out, line);
}

void line_put(struct writer *out, struct span line, struct span old, const char *name, struct span value)
{
	size_t end = line.n;

	if (old.p) {
		const char *behind = old.p + old.n;

		writer_put(out, line.p, (size_t)(old.p - line.p));
		writer_span(out, value);
		writer_put(out, behind, (size_t)(line.p + line.n - behind));
		writer_lit(out, "\n");
		return;
	}
	while (end && line.p[end - 1] != '}')
		end--;
	if (!end)	/* no object: not ours to mend */
		return;
	end--;
	writer_put(out, line.p, end);
	while (end && strchr(" \t\r", line.p[end - 1]))
		end--;
	if (end && line.p[end - 1] == '{')
		writer_lit(out, "\"");
	else
		writer_lit(out, ",\"");
	writer_span(out, span_of(name));
	writer_lit(out, "\":");
	writer_span(out, value);
	writer_lit(out, "}\n");
}

void line_skip(struct writer *out, struct span id)
{
	if (!id.p)
		return;
	writer_lit(out, "{\"id\":");
	writer_span(out, id);
	writer_lit(out, ",\"skip\":true}\n");
}

void line_error(struct writer *out, struct span id, const char *fmt, ...)
{
	char text[ERROR_MAX];
	struct buf b = { 0 };
	va_list ap;

	if (!id.p)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	json_put_lossy(&b, span_of(text), 6 * ERROR_MAX);
	writer_lit(out, "{\"id\":");
	writer_span(out, id);
	writer_lit(out, ",\"error\":");
	writer_span(out, buf_as_span(&b));
	writer_lit(out, "}\n");
	buf_free(&b);
}

struct span line_id(struct span text)
{
	struct span id = { NULL, 0 };
	struct json_member m;
	struct json j;

	json_open(&j, text);
	for (json_object(&j); json_member(&j, &m);) {
		if (!json_key_is(&m, "id")) {
			json_value(&j, NULL);
			continue;
		}
		/* A number at the very end of a line that was cut may have lost digits. */
		if (json_value(&j, &id) == JSON_BAD || id.p + id.n == text.p + text.n)
			return (struct span){ NULL, 0 };
		return id;
	}
	return (struct span){ NULL, 0 };
}

bool line_id_number(struct span id, uint64_t *out)
{
	uint64_t n;

	if (!id.p || !json_uint64(id, &n) || n > ACK_ID_MAX)
		return false;
	*out = n;
	return true;
}
