/* SPDX-License-Identifier: Apache-2.0 */
#include "program_parts.h"

#include "values.h"

#include <stdio.h>

#define MESSAGE_MAX 1024

static enum verdict fail(struct program *p, const char *message)
{
	buf_reset(&p->text);
	buf_span(&p->text, span_of(message));
	return VERDICT_ERROR;
}

/* An error's value is mostly a string, but may be anything. Takes the value. */
static enum verdict fail_with(struct program *p, jv message)
{
	buf_reset(&p->text);
	if (jv_get_kind(message) == JV_KIND_STRING)
		buf_put(&p->text, jv_string_value(message), (size_t)jv_string_length_bytes(jv_copy(message)));
	else if (!values_write(&p->text, message))
		buf_lit(&p->text, "an error with a value that is nested too deep");
	jv_free(message);
	if (p->text.n > MESSAGE_MAX)
		p->text.n = MESSAGE_MAX;
	if (p->text.n == 0)
		buf_lit(&p->text, "an error without a message");
	return VERDICT_ERROR;
}

/* The members of an output that is an object, as text. NULL, or what is wrong with it. */
static const char *write_members(struct buf *out, jv v)
{
	const char *wrong = NULL;

	for (int i = jv_object_iter(v); jv_object_iter_valid(v, i) && !wrong; i = jv_object_iter_next(v, i)) {
		jv key = jv_object_iter_key(v, i), value = jv_object_iter_value(v, i);
		jv_kind kind = jv_get_kind(value);

		buf_byte(out, out->n ? ',' : '{');
		if (strcmp(jv_string_value(key), "metadata") == 0)
			wrong = "is the record, not the place where it goes";
		else if (kind == JV_KIND_NUMBER || kind == JV_KIND_TRUE)
			wrong = "has a member that is no destination";
		else if (!values_write(out, key) || (buf_byte(out, ':'), !values_write(out, value)))
			wrong = "is nested too deep";
		jv_free(key);
		jv_free(value);
	}
	if (!wrong && out->n == 0)
		wrong = "is an object without members";
	buf_byte(out, '}');
	return wrong ? wrong : out->full ? "is too large" : NULL;
}

/* What the program put out, as `to`. Takes the value. */
static enum verdict take_output(struct program *p, jv v)
{
	const char *wrong = "is no object";
	jv_kind kind = jv_get_kind(v);

	buf_reset(&p->text);
	if (kind == JV_KIND_NULL || kind == JV_KIND_FALSE) {
		jv_free(v);
		return VERDICT_SKIP;
	}
	if (kind == JV_KIND_OBJECT)
		wrong = write_members(&p->text, v);
	jv_free(v);
	if (!wrong)
		return VERDICT_TO;
	buf_reset(&p->text);
	buf_printf(&p->text, "the program's output %s; it must be like {\"kafka\":{\"topic\":\"orders\"}}", wrong);
	return VERDICT_ERROR;
}

static enum verdict halted(struct program *p)
{
	jv message = jq_get_error_message(p->jq);

	if (jv_is_valid(message) && jv_get_kind(message) != JV_KIND_NULL)
		return fail_with(p, message);
	jv_free(message);
	return fail(p, "the program called halt, which a route can't");
}

static enum verdict run(struct program *p, struct span line)
{
	enum verdict verdict = VERDICT_SKIP;

	jq_start(p->jq, values_read_record(line, &p->sight), 0);
	jv v = jq_next(p->jq);
	if (jv_is_valid(v)) {
		verdict = take_output(p, v);
		v = jq_next(p->jq);
		if (jv_is_valid(v) && verdict != VERDICT_ERROR)
			verdict = fail(p, "the program gave more than one output");
	}
	if (jq_halted(p->jq))
		verdict = halted(p);
	else if (!jv_is_valid(v) && jv_invalid_has_msg(jv_copy(v)))
		return fail_with(p, jv_invalid_get_msg(v));
	jv_free(v);
	return verdict;
}

enum verdict program_run(struct program *p, struct span line, struct span *text)
{
	volatile enum verdict verdict = VERDICT_ERROR;
	enum verdict known;

	if (memo_find(&p->memo, &p->sight, line, &known, text))
		return known;
	if (sigsetjmp(program_rescue, 0) == 0) {
		program_rescued = 1;
		verdict = run(p, line);
	} else {
		p->broken = true;
		values_forget();
		fail(p, "jq gave up on this record (abort)");
	}
	program_rescued = 0;
	*text = buf_as_span(&p->text);
	if (!p->broken)
		memo_keep(&p->memo, verdict, *text);
	return verdict;
}

void program_censor(struct buf *out, struct span message)
{
	static const char *const data_kinds[] = { "null (", "boolean (", "number (", "string (", "array (", "object (", "parsing '" };
	const char *p = message.p, *end = message.p + message.n;

	while (p < end) {
		size_t k = 0, n = sizeof(data_kinds) / sizeof(*data_kinds);
		while (k < n && !span_starts((struct span){ p, (size_t)(end - p) }, data_kinds[k]))
			k++;
		if (k == n) {
			buf_byte(out, *p++);
			continue;
		}
		buf_put(out, p, strlen(data_kinds[k]));
		p += strlen(data_kinds[k]);
		char closing = p[-1] == '(' ? ')' : '\'';
		/* The piece of data may have such characters itself: take the last one before the next such piece. */
		const char *stop = memmem(p, (size_t)(end - p), " and ", 5);
		const char *close = memrchr(p, closing, (size_t)((stop ? stop : end) - p));
		buf_lit(out, "...");
		p = close ? close : end;
	}
}
