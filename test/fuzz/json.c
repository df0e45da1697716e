/* SPDX-License-Identifier: Apache-2.0 */
#include "base64.h"
#include "fuzz.h"
#include "json.h"

#include <math.h>

/* A string written again reads the same. */
static void check_string(struct span raw)
{
	struct buf scratch = { 0 }, again = { 0 }, second = { 0 };
	struct span text = json_text(raw, &scratch), back;

	if (text.p) {
		MUST(utf8_valid(text));
		json_put_string(&again, text);
		back = json_text(buf_as_span(&again), &second);
		MUST(span_eq(text, back));
	}
	buf_free(&scratch);
	buf_free(&again);
	buf_free(&second);
}

static void check_number(struct span raw)
{
	struct buf b = { 0 };
	double d, back;
	int64_t i, again;
	uint64_t u;

	if (json_int64(raw, &i)) {
		json_put_int64(&b, i);
		MUST(json_int64(buf_as_span(&b), &again) && i == again);
		MUST(json_uint64(raw, &u) == (i >= 0));
	}
	if (json_double(raw, &d)) {
		buf_reset(&b);
		json_put_double(&b, d);
		MUST(json_type_of(buf_as_span(&b)) == JSON_NUMBER && !json_int64(buf_as_span(&b), &i));
		MUST(json_double(buf_as_span(&b), &back) && memcmp(&d, &back, sizeof(d)) == 0);
		MUST(isfinite(d));
	}
	buf_free(&b);
}

/* By hand into everything, with each value skipped as well. */
static void walk(struct json *j)
{
	struct json ahead = *j;
	struct json_member m;
	struct span raw;
	enum json_type type = json_value(&ahead, &raw);

	switch (json_peek(j)) {
	case JSON_OBJECT:
		for (json_object(j); json_member(j, &m);) {
			json_key_is(&m, "id");
			check_string((struct span){ m.key.p - 1, m.key.n + 2 });
			walk(j);
		}
		break;
	case JSON_ARRAY:
		for (json_array(j); json_element(j);)
			walk(j);
		break;
	default:
		json_value(j, NULL);
	}
	MUST((type == JSON_BAD) == (j->error != NULL));
	MUST(ahead.p == j->p && ahead.depth + (type == JSON_BAD ? j->depth - ahead.depth : 0) == j->depth);
	if (type == JSON_STRING)
		check_string(raw);
	else if (type == JSON_NUMBER)
		check_number(raw);
}

static void check_any_bytes(struct span bytes)
{
	struct buf b = { 0 }, back = { 0 };
	struct json j;

	json_put_lossy(&b, bytes, 1 << 20);
	json_open(&j, buf_as_span(&b));
	MUST(json_value(&j, NULL) == JSON_STRING && json_done(&j));
	buf_reset(&b);
	base64_encode(&b, bytes.p, bytes.n);
	MUST(base64_decode(&back, buf_as_span(&b)) && span_eq(buf_as_span(&back), bytes));
	buf_reset(&b);
	buf_reset(&back);
	if (base64_decode(&b, bytes)) {
		base64_encode(&back, b.p, b.n);
		MUST(span_eq(buf_as_span(&back), bytes));
	}
	if (utf8_valid(bytes)) {
		buf_reset(&b);
		json_put_string(&b, bytes);
		check_string(buf_as_span(&b));
	}
	buf_free(&b);
	buf_free(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { (const char *)data, size };
	struct json skipped, walked;

	if (size > 4096)	/* walking looks at each level again */
		return 0;
	json_open(&skipped, text);
	json_value(&skipped, NULL);
	json_open(&walked, text);
	walk(&walked);
	MUST(json_done(&skipped) == json_done(&walked));
	MUST(skipped.p == walked.p && skipped.error == walked.error);
	MUST(!skipped.error || json_offset(&skipped) <= size);
	MUST(skipped.error || utf8_valid(text));
	check_any_bytes(text);
	return 0;
}
