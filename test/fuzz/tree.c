/* SPDX-License-Identifier: Apache-2.0 */
/* A request body, the first byte says whether as MessagePack or as JSON: what is read as a tree can be printed, read again and printed the
 * same; and its values become particles that can be answered. */
#include "fuzz.h"
#include "gateway_value.h"

static struct arena mem, again_mem;
static struct tree_reader reader = { .mem = &mem, .nodes_max = 100000 }, again_reader = { .mem = &again_mem };
static struct buf text, again, bytes, answered;

static void there_and_back(const struct tree *v)
{
	struct answer a = { .out = &answered };
	struct gateway_error e = { "" };
	uint8_t particle;

	buf_reset(&bytes);
	buf_reset(&answered);
	if (!gateway_bin(&bytes, &particle, SPAN("b"), v, true, &e)) {
		MUST(bytes.n == 0 && e.text[0]);
		return;
	}
	MUST(gateway_answer(&a, particle, buf_as_span(&bytes), &e));
	if (tree_put_json(&text, v)) {
		arena_reset(&again_mem);
		MUST(tree_json(&again_reader, buf_as_span(&answered)));
	}
	buf_reset(&answered);
	a.msgpack = true;
	MUST(gateway_answer(&a, particle, buf_as_span(&bytes), &e));
	arena_reset(&again_mem);
	MUST(tree_msgpack(&again_reader, buf_as_span(&answered)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct tree *t, *u;
	struct span body;

	if (size < 1)
		return 0;
	body = (struct span){ (const char *)data + 1, size - 1 };
	arena_reset(&mem);
	arena_reset(&again_mem);
	t = data[0] & 1 ? tree_msgpack(&reader, body) : tree_json(&reader, body);
	if (!t) {
		MUST(reader.why && reader.offset <= body.n);
		return 0;
	}
	buf_reset(&text);
	buf_reset(&again);
	if (tree_put_json(&text, t)) {
		u = tree_json(&again_reader, buf_as_span(&text));
		MUST(u && tree_put_json(&again, u) && span_eq(buf_as_span(&text), buf_as_span(&again)));
	} else {
		MUST(text.n == 0 && data[0] & 1);
	}
	there_and_back(t);
	return 0;
}
