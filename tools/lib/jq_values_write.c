/* SPDX-License-Identifier: Apache-2.0 */
#include "jq_values.h"

#include "jq_values_read.h"
#include "json.h"

#include <float.h>
#include <math.h>

static const char too_deep[] = "is nested too deep";

static void write_string(struct buf *out, jv s)
{
	json_put_string(out, (struct span){ jv_string_value(s), (size_t)jv_string_length_bytes(jv_copy(s)) });
}

/* An integer that a double can't hold is written as it stood in the line. */
static const char *write_number(struct buf *out, double d, bool exact)
{
	struct span raw;

	if (exact && fabs(d) >= JQ_EXACT_MAX && jq_values_noted(d, &raw)) {
		if (!raw.p)
			return "has an integer past 2^53 that jq can't tell from another one of the line";
		buf_span(out, raw);
		return NULL;
	}
	if (isnan(d))
		buf_lit(out, "null");
	else if (fabs(d) <= 9007199254740992.0 && d == (double)(int64_t)d)
		json_put_int64(out, (int64_t)d);
	else
		json_put_double(out, isinf(d) ? copysign(DBL_MAX, d) : d);
	return NULL;
}

static const char *write_value(struct buf *out, jv v, unsigned depth, bool exact);

static const char *write_object(struct buf *out, jv v, unsigned depth, bool exact)
{
	const char *before = "{";

	for (int i = jv_object_iter(v); jv_object_iter_valid(v, i); i = jv_object_iter_next(v, i)) {
		jv key = jv_object_iter_key(v, i), value = jv_object_iter_value(v, i);

		buf_byte(out, *before);
		before = ",";
		write_string(out, key);
		buf_byte(out, ':');
		const char *wrong = write_value(out, value, depth, exact);
		jv_free(key);
		jv_free(value);
		if (wrong)
			return wrong;
	}
	if (*before == '{')
		buf_byte(out, '{');
	buf_byte(out, '}');
	return NULL;
}

static const char *write_array(struct buf *out, jv v, unsigned depth, bool exact)
{
	int n = jv_array_length(jv_copy(v));

	buf_byte(out, '[');
	for (int i = 0; i < n; i++) {
		jv element = jv_array_get(jv_copy(v), i);

		if (i)
			buf_byte(out, ',');
		const char *wrong = write_value(out, element, depth, exact);
		jv_free(element);
		if (wrong)
			return wrong;
	}
	buf_byte(out, ']');
	return NULL;
}

static const char *write_value(struct buf *out, jv v, unsigned depth, bool exact)
{
	struct span raw;

	switch (jv_get_kind(v)) {
	case JV_KIND_FALSE:
		buf_lit(out, "false");
		return NULL;
	case JV_KIND_TRUE:
		buf_lit(out, "true");
		return NULL;
	case JV_KIND_NUMBER:
		return write_number(out, jv_number_value(v), exact);
	case JV_KIND_STRING:
		write_string(out, v);
		return NULL;
	case JV_KIND_ARRAY:
		if (exact && jq_values_kept(v, &raw)) {
			buf_span(out, raw);
			return NULL;
		}
		return depth < JSON_DEPTH_MAX ? write_array(out, v, depth + 1, exact) : too_deep;
	case JV_KIND_OBJECT:
		if (exact && jq_values_kept(v, &raw)) {
			buf_span(out, raw);
			return NULL;
		}
		return depth < JSON_DEPTH_MAX ? write_object(out, v, depth + 1, exact) : too_deep;
	default:
		buf_lit(out, "null");
		return NULL;
	}
}

static const char *write_member(struct buf *out, jv v, bool exact)
{
	size_t mark = out->n;
	/* It becomes a member of the line, one level down. */
	const char *wrong = write_value(out, v, 1, exact);

	if (wrong)
		out->n = mark;
	return wrong;
}

const char *jq_values_write(struct buf *out, jv v)
{
	return write_member(out, v, true);
}

const char *jq_values_print(struct buf *out, jv v)
{
	return write_member(out, v, false);
}
