/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWINS_H
#define TWINS_H

#include "json.h"

/* Does an object in there have two members of one name? Then the types speak of two values at once. */
static inline bool has_twins(struct span raw)
{
	struct json_member m, other;
	struct span value;
	struct json j, ahead;

	json_open(&j, raw);
	if (json_type_of(raw) == JSON_ARRAY)
		for (json_array(&j); json_element(&j);) {
			json_value(&j, &value);
			if (has_twins(value))
				return true;
		}
	else if (json_type_of(raw) == JSON_OBJECT)
		for (json_object(&j); json_member(&j, &m);) {
			json_value(&j, &value);
			if (has_twins(value))
				return true;
			for (ahead = j; json_member(&ahead, &other); json_value(&ahead, NULL))
				if (span_eq(m.key, other.key))
					return true;
		}
	return false;
}

#endif
