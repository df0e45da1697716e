/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"
#include "json.h"
#include "kafka_line.h"

/* The first byte says which format and whether it is a key; the rest are the bytes of a record's key or value. What comes out is a line
 * of valid JSON, whatever went in. */
static void check_line(struct span line)
{
	struct json j;
	struct span raw;

	MUST(line.n && line.p[line.n - 1] == '\n' && memchr(line.p, '\n', line.n) == line.p + line.n - 1);
	json_open(&j, line);
	MUST(json_value(&j, &raw) == JSON_OBJECT && json_done(&j));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct connect *connect;
	const struct kafka_header header = { { (const char *)data, size > 9 ? 9 : size }, { (const char *)data, size } };
	struct kafka_lines l = { .max = 20000 };
	struct kafka_record r = { .topic = SPAN("t"), .headers = &header, .n_headers = size % 2 };
	struct buf out = { 0 };
	struct span bytes;
	const char *why;

	if (size < 1 || size > 4096)
		return 0;
	if (!connect)
		connect = connect_new();
	bytes = (struct span){ (const char *)data + 1, size - 1 };
	l.key = (struct kafka_reader){ .key = true, .format = data[0] % 9, .decimal = data[0] / 9 % 3, .connect = connect };
	l.value = l.key;
	l.value.key = false;
	if (l.key.format == KAFKA_AVRO)
		l.key.format = l.value.format = KAFKA_AUTO;
	if (data[0] & 0x80)
		r.key = bytes;
	else
		r.value = bytes;
	kafka_line(&l, &out, 1, &r, &why);
	check_line(buf_as_span(&out));
	buf_reset(&out);
	kafka_line_dead(&l, &out, 1, &r, SPAN("\"why\""));
	check_line(buf_as_span(&out));
	buf_free(&out);
	kafka_lines_free(&l);
	return 0;
}
