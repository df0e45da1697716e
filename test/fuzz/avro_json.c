/* SPDX-License-Identifier: Apache-2.0 */
#include "avro_json.h"
#include "fuzz.h"
#include "json.h"

/* A schema in the first line, what it should read behind it. */
static void check(struct typed *t)
{
	struct buf all = { 0 };
	struct json j;

	buf_printf(&all, "{\"value\":");
	buf_span(&all, buf_as_span(t->out));
	buf_printf(&all, ",\"types\":{");
	buf_span(&all, buf_as_span(t->types));
	buf_printf(&all, "}}");
	json_open(&j, buf_as_span(&all));
	MUST(json_value(&j, NULL) == JSON_OBJECT && json_done(&j));
	MUST(!memchr(all.p, '\n', all.n));
	buf_free(&all);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *nl = memchr(text, '\n', size);
	struct buf out = { .max = 20000 }, types = { .max = 20000 };
	struct avro_json *a;
	char why[300];
	struct typed t = { .out = &out, .types = &types, .why = why, .why_size = sizeof(why), .decimal = size % 3 };

	if (!nl || size > 4096)
		return 0;
	a = avro_json_open((struct span){ text, (size_t)(nl - text) }, why, sizeof(why));
	MUST(a || why[0]);
	if (!a)
		return 0;
	typed_open(&t, "/value");
	if (!avro_json_put(a, (struct span){ nl + 1, size - 1 - (size_t)(nl - text) }, &t))
		MUST(why[0]);
	else if (!types.full)
		check(&t);
	typed_close(&t);
	avro_json_close(a);
	buf_free(&out);
	buf_free(&types);
	return 0;
}
