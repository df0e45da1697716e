/* SPDX-License-Identifier: Apache-2.0 */
#include "values.h"

#include "json.h"

#include <float.h>
#include <math.h>

static void write_string(struct buf *out, jv s)
{
	json_put_string(out, (struct span){ jv_string_value(s), (size_t)jv_string_length_bytes(jv_copy(s)) });
}

static void write_number(struct buf *out, double d)
{
	if (isnan(d))
		buf_lit(out, "null");
	else if (fabs(d) <= 9007199254740992.0 && d == (double)(int64_t)d)
		json_put_int64(out, (int64_t)d);
	else
		json_put_double(out, isinf(d) ? copysign(DBL_MAX, d) : d);
}

static bool write_value(struct buf *out, jv v, unsigned depth);

static bool write_object(struct buf *out, jv v, unsigned depth)
{
	const char *before = "{";

	for (int i = jv_object_iter(v); jv_object_iter_valid(v, i); i = jv_object_iter_next(v, i)) {
		jv key = jv_object_iter_key(v, i), value = jv_object_iter_value(v, i);

		buf_byte(out, *before);
		before = ",";
		write_string(out, key);
		buf_byte(out, ':');
		bool ok = write_value(out, value, depth);
		jv_free(key);
		jv_free(value);
		if (!ok)
			return false;
	}
	if (*before == '{')
		buf_byte(out, '{');
	buf_byte(out, '}');
	return true;
}

static bool write_array(struct buf *out, jv v, unsigned depth)
{
	int n = jv_array_length(jv_copy(v));

	buf_byte(out, '[');
	for (int i = 0; i < n; i++) {
		jv element = jv_array_get(jv_copy(v), i);

		if (i)
			buf_byte(out, ',');
		bool ok = write_value(out, element, depth);
		jv_free(element);
		if (!ok)
			return false;
	}
	buf_byte(out, ']');
	return true;
}

static bool write_value(struct buf *out, jv v, unsigned depth)
{
	switch (jv_get_kind(v)) {
	case JV_KIND_FALSE:
		buf_lit(out, "false");
		return true;
	case JV_KIND_TRUE:
		buf_lit(out, "true");
		return true;
	case JV_KIND_NUMBER:
		write_number(out, jv_number_value(v));
		return true;
	case JV_KIND_STRING:
		write_string(out, v);
		return true;
	case JV_KIND_ARRAY:
		return depth < JSON_DEPTH_MAX && write_array(out, v, depth + 1);
	case JV_KIND_OBJECT:
		return depth < JSON_DEPTH_MAX && write_object(out, v, depth + 1);
	default:
		buf_lit(out, "null");
		return true;
	}
}

bool values_write(struct buf *out, jv v)
{
	size_t mark = out->n;

	/* It becomes a member of the line, one level down. */
	if (write_value(out, v, 1))
		return true;
	out->n = mark;
	return false;
}
