/* SPDX-License-Identifier: Apache-2.0 */
#include "jq_program_parts.h"

#include "jq_values.h"

#define MESSAGE_MAX 1024

static int fail(struct jq_program *p, const char *message)
{
	buf_reset(&p->text);
	buf_span(&p->text, span_of(message));
	return JQ_ERROR;
}

/* An error's value is mostly a string, but may be anything. Takes the value. */
static int fail_with(struct jq_program *p, jv message)
{
	buf_reset(&p->text);
	if (jv_get_kind(message) == JV_KIND_STRING)
		buf_put(&p->text, jv_string_value(message), (size_t)jv_string_length_bytes(jv_copy(message)));
	else if (jq_values_print(&p->text, message))
		buf_lit(&p->text, "an error with a value that can't be told");
	jv_free(message);
	if (p->text.n > MESSAGE_MAX)
		p->text.n = MESSAGE_MAX;
	if (p->text.n == 0)
		buf_lit(&p->text, "an error without a message");
	return JQ_ERROR;
}

static int halted(struct jq_program *p)
{
	jv message = jq_get_error_message(p->jq);

	if (jv_is_valid(message) && jv_get_kind(message) != JV_KIND_NULL)
		return fail_with(p, message);
	jv_free(message);
	return fail(p, "the program called halt, which it can't here");
}

static int run(struct jq_program *p, struct span line, jq_take *take, void *ctx)
{
	int result = JQ_NOTHING;

	jq_start(p->jq, jq_values_read_record(line, &p->sight), 0);
	jv v = jq_next(p->jq);
	if (jv_is_valid(v)) {
		buf_reset(&p->text);
		result = take(ctx, &p->text, v);
		v = jq_next(p->jq);
		if (jv_is_valid(v) && result != JQ_ERROR)
			result = fail(p, "the program gave more than one output");
	}
	if (jq_halted(p->jq))
		result = halted(p);
	else if (!jv_is_valid(v) && jv_invalid_has_msg(jv_copy(v)))
		return fail_with(p, jv_invalid_get_msg(v));
	jv_free(v);
	return result;
}

int jq_program_run(struct jq_program *p, struct span line, jq_take *take, void *ctx, struct span *text)
{
	volatile int result = JQ_ERROR;

	if (sigsetjmp(jq_program_rescue, 0) == 0) {
		jq_program_rescued = 1;
		result = run(p, line, take, ctx);
	} else {
		p->broken = true;
		jq_values_forget();
		fail(p, "jq gave up on this record (abort)");
	}
	jq_program_rescued = 0;
	*text = buf_as_span(&p->text);
	return result;
}

void jq_program_censor(struct buf *out, struct span message)
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
