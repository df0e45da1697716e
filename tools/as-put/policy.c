/* SPDX-License-Identifier: Apache-2.0 */
#include "policy.h"
#include "client_message.h"
#include "json.h"

#define TTL_MAX 315360000	/* the servers' limit: ten years */

static const char *set_exists(struct policy *p, struct span raw)
{
	const char *words = POLICY_EXISTS;

	for (uint8_t i = 0; *words; i++) {
		size_t n = strcspn(words, " ");

		if (raw.n == n + 2 && raw.p[0] == '"' && memcmp(raw.p + 1, words, n) == 0) {
			p->exists = i;
			return NULL;
		}
		words += n + (words[n] == ' ');
	}
	return "put.exists is none of its words";
}

static const char *set_ttl(struct policy *p, struct span raw)
{
	int64_t n;

	if (!json_int64(raw, &n) || n < -2 || n > TTL_MAX)
		return "put.ttl is no integer from -2 to 315360000";
	p->ttl_given = true;
	p->ttl = n == -1 ? TTL_NEVER : n == -2 ? TTL_KEEP : (uint32_t)n;
	return NULL;
}

static const char *set_ignore(struct policy *p, struct span raw)
{
	struct json j;
	int64_t code;

	if (json_type_of(raw) != JSON_ARRAY)
		return "put.ignore is no array";
	json_open(&j, raw);
	for (json_array(&j); json_element(&j);) {
		struct span item;

		json_value(&j, &item);
		if (!json_int64(item, &code) || code < 1 || code > 255)
			return "put.ignore has something that is no result code";
		policy_ignore(p, (unsigned)code);
	}
	return NULL;
}

static const char *set_bool(bool *to, enum json_type type, const char *why)
{
	*to = type == JSON_TRUE;
	return type == JSON_TRUE || type == JSON_FALSE ? NULL : why;
}

const char *policy_of_line(struct policy *p, struct span put)
{
	struct json_member m;
	const char *why = NULL;
	struct json j;

	json_open(&j, put);
	for (json_object(&j); !why && json_member(&j, &m);) {
		struct span raw;
		enum json_type type = json_value(&j, &raw);

		if (type == JSON_NULL)
			continue;
		if (json_key_is(&m, "exists"))
			why = set_exists(p, raw);
		else if (json_key_is(&m, "ttl"))
			why = set_ttl(p, raw);
		else if (json_key_is(&m, "send-key"))
			why = set_bool(&p->send_key, type, "put.send-key is neither true nor false");
		else if (json_key_is(&m, "durable-delete"))
			why = set_bool(&p->durable_delete, type, "put.durable-delete is neither true nor false");
		else if (json_key_is(&m, "ignore"))
			why = set_ignore(p, raw);
	}
	return why;
}
