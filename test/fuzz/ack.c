/* SPDX-License-Identifier: Apache-2.0 */
#include "ack.h"
#include "fuzz.h"
#include "line.h"

#include <fcntl.h>
#include <limits.h>

static struct writer out;

static struct span put(void)
{
	struct span line = { out.buf, out.n };

	out.n = 0;
	MUST(line.n > 0 && line.n <= PIPE_BUF && line.p[line.n - 1] == '\n' && !memchr(line.p, '\n', line.n - 1));
	line.n--;
	return line;
}

/* What a sink says of any error text and any id comes out as it went in. */
static void check_writing(struct span text, uint64_t id, bool retry)
{
	struct acks a;
	struct ack back;

	acks_open(&a, &out);
	acks_fail(&a, id, retry, "%.*s", text.n > 1 << 20 ? 0 : (int)text.n, text.p);
	MUST(ack_parse(put(), &back) && !back.ok && back.retry == retry && back.first == id && back.last == id && back.error.p);
	acks_ok_to(&a, id, text);
	MUST(ack_parse(put(), &back) && back.ok && back.first == id && back.last == id);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span line = { (const char *)data, size }, id;
	uint64_t n = 17;
	struct ack a;

	if (!out.buf)
		writer_open(&out, open("/dev/null", O_WRONLY));
	if (ack_parse(line, &a)) {
		MUST(a.first <= a.last && a.last <= ACK_ID_MAX);
		MUST(!a.error.p || json_type_of(a.error) == JSON_STRING);
		n = a.last;
	} else {
		MUST(a.why && *a.why);
	}
	id = line_id(line);
	MUST(!id.p || (id.p >= line.p && id.p + id.n < line.p + line.n));
	line_id_number(id, &n);
	check_writing(line, n, size & 1);
	return 0;
}
