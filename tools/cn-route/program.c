/* SPDX-License-Identifier: Apache-2.0 */
#include "program.h"

#include "err.h"
#include "jq_values.h"

#include <stdlib.h>

struct program {
	struct jq_program *jq;
	struct memo memo;
};

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
		else if (!(wrong = jq_values_write(out, key))) {
			buf_byte(out, ':');
			wrong = jq_values_write(out, value);
		}
		jv_free(key);
		jv_free(value);
	}
	if (!wrong && out->n == 0)
		wrong = "is an object without members";
	buf_byte(out, '}');
	return wrong ? wrong : out->full ? "is too large" : NULL;
}

/* What the program put out, as `to`; the answer is a verdict. */
static int take_output(void *ctx, struct buf *text, jv v)
{
	const char *wrong = "is no object";
	jv_kind kind = jv_get_kind(v);

	(void)ctx;
	if (kind == JV_KIND_NULL || kind == JV_KIND_FALSE) {
		jv_free(v);
		return VERDICT_SKIP;
	}
	if (kind == JV_KIND_OBJECT)
		wrong = write_members(text, v);
	jv_free(v);
	if (!wrong)
		return VERDICT_TO;
	buf_reset(text);
	buf_printf(text, "the program's output %s; it must be like {\"kafka\":{\"topic\":\"orders\"}}", wrong);
	return VERDICT_ERROR;
}

struct program *program_load(const struct jq_program_source *s, struct buf *why)
{
	struct jq_program *jq = jq_program_load(s, why);
	struct program *p;

	if (!jq)
		return NULL;
	p = xcalloc(1, sizeof(*p));
	p->jq = jq;
	return p;
}

void program_free(struct program *p)
{
	if (!p)
		return;
	jq_program_free(p->jq);
	memo_free(&p->memo);
	free(p);
}

enum verdict program_run(struct program *p, struct span line, struct span *text)
{
	enum verdict verdict;
	int result;

	if (memo_find(&p->memo, jq_program_sight(p->jq), line, &verdict, text))
		return verdict;
	result = jq_program_run(p->jq, line, take_output, NULL, text);
	verdict = result == JQ_ERROR ? VERDICT_ERROR : result == JQ_NOTHING ? VERDICT_SKIP : (enum verdict)result;
	if (!jq_program_broken(p->jq))
		memo_keep(&p->memo, verdict, *text);
	return verdict;
}

bool program_broken(const struct program *p)
{
	return jq_program_broken(p->jq);
}
