/* SPDX-License-Identifier: Apache-2.0 */
#include "record.h"

static bool refuse(struct record *r, struct json *j, const char *why)
{
	r->why = j->error ? j->error : why;
	r->offset = json_offset(j);
	/* A number at the very end of a line that was cut may have lost digits: it would be another record's id. */
	if (r->id.p && r->id.p + r->id.n == j->end)
		r->id = (struct span){ NULL, 0 };
	return false;
}

static const char twice[] = "a member stands there twice";

/* Read a value; what is null counts as absent. One that is there twice would mean one thing to one program and another to the next. */
static void take(struct json *j, struct span *to)
{
	struct span value;
	enum json_type t = json_value(j, &value);

	if (t == JSON_BAD || t == JSON_NULL)
		return;
	if (to->p)
		json_fail(j, twice);
	else
		*to = value;
}

/* Where a member of metadata belongs; NULL for one that we don't know. */
static struct span *place(struct record *r, const struct json_member *m)
{
	return json_key_is(m, "namespace") ? &r->ns : json_key_is(m, "set") ? &r->set : json_key_is(m, "userKey") ? &r->user_key :
		json_key_is(m, "digest") ? &r->digest : json_key_is(m, "msg") ? &r->msg : json_key_is(m, "gen") ? &r->gen :
		json_key_is(m, "lut") ? &r->lut : json_key_is(m, "exp") ? &r->exp : json_key_is(m, "durable") ? &r->durable : NULL;
}

static void metadata(struct json *j, struct record *r)
{
	struct json_member m;

	if (r->metadata.p)
		json_fail(j, twice);
	json_peek(j);	/* over white space */
	r->metadata.p = j->p;
	for (json_object(j); json_member(j, &m);) {
		struct span *to = place(r, &m);

		if (to)
			take(j, to);
		else
			json_value(j, NULL);
	}
	r->metadata.n = (size_t)(j->p - r->metadata.p);
}

static bool is(struct span raw, enum json_type t)
{
	return !raw.p || json_type_of(raw) == t;
}

static const char *complaint(struct record *r)
{
	if (!r->metadata.p)
		return "no metadata, so not a record";
	if (!r->ns.p || !is(r->ns, JSON_STRING))
		return "metadata.namespace must be a string";
	if (!is(r->set, JSON_STRING) || !is(r->digest, JSON_STRING))
		return "metadata.set and metadata.digest must be strings";
	if (!is(r->bins, JSON_OBJECT) || !is(r->types, JSON_OBJECT))
		return "bins and types must be objects";
	if (!is(r->put, JSON_OBJECT) || !is(r->operate, JSON_ARRAY))
		return "put must be an object, operate an array";
	r->is_delete = span_is(r->msg, "\"delete\"");
	if (!r->is_delete && !span_is(r->msg, "\"write\""))
		return "metadata.msg must be \"write\" or \"delete\"";
	return NULL;
}

/* To be replaced, it must be known where it stands even when it is null. */
static void take_to(struct json *j, struct record *r)
{
	struct span value;
	enum json_type t = json_value(j, &value);

	if (r->old_to.p)
		json_fail(j, twice);
	r->old_to = value;
	if (t != JSON_NULL)
		r->to = value;
}

static void member(struct json *j, struct json_member *m, struct record *r)
{
	if (json_key_is(m, "metadata") && json_peek(j) == JSON_OBJECT)
		metadata(j, r);
	else if (json_key_is(m, "id"))
		take(j, &r->id);
	else if (json_key_is(m, "bins"))
		take(j, &r->bins);
	else if (json_key_is(m, "types"))
		take(j, &r->types);
	else if (json_key_is(m, "operate"))
		take(j, &r->operate);
	else if (json_key_is(m, "put"))
		take(j, &r->put);
	else if (json_key_is(m, "to"))
		take_to(j, r);
	else if (json_key_is(m, "error") && json_peek(j) == JSON_STRING)
		json_value(j, &r->error);
	else if (json_key_is(m, "skip"))
		r->skip = json_value(j, NULL) == JSON_TRUE;
	else
		json_value(j, NULL);
}

bool record_parse(struct span line, struct record *r)
{
	struct json_member m;
	struct json j;
	const char *why;

	*r = (struct record){ .line = line };
	json_open(&j, line);
	for (json_object(&j); json_member(&j, &m);)
		member(&j, &m, r);
	if (!json_done(&j))
		return refuse(r, &j, "not JSON");
	if (r->skip || r->error.p)
		return true;
	why = complaint(r);
	return why ? refuse(r, &j, why) : true;
}

enum record_to record_to(const struct record *r, const char *sink, struct span *own)
{
	enum json_type type = JSON_NULL;
	struct json_member m;
	struct json j;

	*own = (struct span){ NULL, 0 };
	if (!r->to.p)
		return RECORD_TO_ALL;
	if (json_type_of(r->to) != JSON_OBJECT)
		return RECORD_TO_BAD;
	json_open(&j, r->to);
	for (json_object(&j); json_member(&j, &m);) {
		if (json_key_is(&m, sink))
			type = json_value(&j, own);
		else
			json_value(&j, NULL);
	}
	if (type != JSON_NULL && type != JSON_FALSE)
		return RECORD_TO_US;
	*own = (struct span){ NULL, 0 };
	return RECORD_TO_OTHERS;
}

/* The raw value of a member of an object that is known to be valid. */
static struct span lookup(struct span object, struct span name)
{
	struct span value = { NULL, 0 }, found = { NULL, 0 };
	struct buf scratch = { 0 };
	struct json_member m;
	struct json j;

	if (!object.p)
		return found;
	json_open(&j, object);
	for (json_object(&j); json_member(&j, &m);) {
		struct span key = m.key;

		if (m.escaped) {
			buf_reset(&scratch);
			key = json_text((struct span){ key.p - 1, key.n + 2 }, &scratch);
		}
		json_value(&j, &value);
		if (key.p && span_eq(key, name)) {
			found = value;
			break;
		}
	}
	buf_free(&scratch);
	return found;
}

struct span record_bin(const struct record *r, struct span name)
{
	return lookup(r->bins, name);
}

struct span record_type(const struct record *r, const char *pointer)
{
	struct span raw = lookup(r->types, span_of(pointer));

	if (raw.n < 2 || raw.p[0] != '"')
		return (struct span){ NULL, 0 };
	return (struct span){ raw.p + 1, raw.n - 2 };
}
