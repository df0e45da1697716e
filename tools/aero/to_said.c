/* SPDX-License-Identifier: Apache-2.0 */
#include "to_said.h"

static void read_object(struct span own, const struct to_sink *s)
{
	struct json_member m;
	struct json j;

	json_open(&j, own);
	for (json_object(&j); json_member(&j, &m);) {
		const struct to_member *is = s->members;

		while (is->name && !json_key_is(&m, is->name))
			is++;
		if (is->name)
			json_value(&j, is->raw);
		else if (!format_said_read(&j, &m, s->format))
			json_value(&j, NULL);
	}
}

bool to_said_read(const struct record *r, const struct to_sink *s, const char **why)
{
	struct span own;
	enum json_type type;

	*why = NULL;
	switch (record_to(r, s->name, &own)) {
	case RECORD_TO_ALL: return true;
	case RECORD_TO_US: break;
	case RECORD_TO_OTHERS: return false;
	case RECORD_TO_BAD: *why = "to is not an object"; return true;
	}
	type = json_type_of(own);
	if (type == JSON_OBJECT)
		read_object(own, s);
	else if (type == JSON_STRING)
		*s->string = own;
	else if (type != JSON_TRUE || !s->takes_true)
		*why = s->otherwise;
	return true;
}
