/* SPDX-License-Identifier: Apache-2.0 */
/* A particle, its type in the first byte: what is answered is JSON, and MessagePack, and what can be
 * MessagePack can be JSON (which looks into keys that are containers no further). */
#include "fuzz.h"
#include "gateway_value.h"
#include "json.h"

static struct arena mem;
static struct tree_reader reader = { .mem = &mem };
static struct buf out;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct answer a = { .out = &out };
	struct gateway_error e = { "" };
	struct json j;
	bool good;

	if (size < 1)
		return 0;
	buf_reset(&out);
	good = gateway_answer(&a, data[0], (struct span){ (const char *)data + 1, size - 1 }, &e);
	MUST(good || (out.n == 0 && e.text[0]));
	if (good) {
		json_open(&j, buf_as_span(&out));
		MUST(json_value(&j, NULL) != JSON_BAD && json_done(&j));
	}
	buf_reset(&out);
	a = (struct answer){ .out = &out, .msgpack = true };
	if (!gateway_answer(&a, data[0], (struct span){ (const char *)data + 1, size - 1 }, &e))
		return 0;
	MUST(good);
	arena_reset(&mem);
	/* HLL objects nest deeper than their elements do. */
	MUST(tree_msgpack(&reader, buf_as_span(&out)) || !strcmp(reader.why, "nested too deeply"));
	return 0;
}
