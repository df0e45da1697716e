/* SPDX-License-Identifier: Apache-2.0 */
#include "decode.h"

#include "base64.h"
#include "clock.h"
#include "json.h"
#include "line.h"
#include "record.h"

/* The members of a line that decide what it is, raw. Null counts as absent. */
struct parts {
	struct span id, at, path, type, body, body64;	/* of a notification */
	struct span skip, error, msg;
	bool metadata;		/* an object of the name that flat-json wants, or of the record line's own */
	bool key;		/* an array: json */
	unsigned strangers;
};

static bool is(struct span raw, enum json_type type)
{
	return raw.p && json_type_of(raw) == type;
}

#define NAMED(m, literal) ((m)->key.n == sizeof(literal) - 1 && memcmp((m)->key.p, literal, sizeof(literal) - 1) == 0)

/* Where a member's value belongs, NULL when it is none of ours. Written with escapes, a name is a stranger's. */
static struct span *place(struct parts *p, const struct json_member *m)
{
	switch (m->key.n) {
	case 2:
		return NAMED(m, "id") ? &p->id : NAMED(m, "at") ? &p->at : NULL;
	case 3:
		return NAMED(m, "msg") ? &p->msg : NULL;
	case 4:
		return NAMED(m, "path") ? &p->path : NAMED(m, "type") ? &p->type : NAMED(m, "body") ? &p->body :
			NAMED(m, "skip") ? &p->skip : NULL;
	case 5:
		return NAMED(m, "error") ? &p->error : NULL;
	case 6:
		return NAMED(m, "body64") ? &p->body64 : NULL;
	}
	return NULL;
}

static bool take_parts(const struct decoder *d, struct parts *p, struct span line, struct json *j)
{
	struct json_member m;
	struct span value;

	*p = (struct parts){ 0 };
	json_open(j, line);
	for (json_object(j); json_member(j, &m);) {
		struct span *to = place(p, &m);
		enum json_type type = json_value(j, &value);

		if (to) {
			*to = type == JSON_NULL ? (struct span){ NULL, 0 } : value;
			continue;
		}
		p->strangers++;
		if (type == JSON_OBJECT)
			p->metadata |= NAMED(&m, "metadata") || json_key_is(&m, d->notify.metadata_key);
		else if (type == JSON_ARRAY)
			p->key |= NAMED(&m, "key");
	}
	return json_done(j);
}

static bool is_stranger(const struct json_member *m)
{
	struct parts unused;
	struct span *to = place(&unused, m);

	return !to || to == &unused.skip || to == &unused.error || to == &unused.msg;
}

/* What the notification line had beside its own members goes on behind the record's. */
static void put_strangers(struct buf *out, struct span line)
{
	struct json_member m;
	struct span value;
	struct json j;

	json_open(&j, line);
	for (json_object(&j); json_member(&j, &m);) {
		json_value(&j, &value);
		if (!is_stranger(&m))
			continue;
		buf_lit(out, ",\"");
		buf_span(out, m.key);
		buf_lit(out, "\":");
		buf_span(out, value);
	}
}

/* The id that a line without one gets, in d->text; absent when lines are not numbered. */
static struct span new_id(struct decoder *d)
{
	if (!d->number)
		return (struct span){ NULL, 0 };
	buf_reset(&d->text);
	json_put_uint64(&d->text, d->next_id++);
	return buf_as_span(&d->text);
}

static void begin(struct decoder *d, struct span id)
{
	buf_reset(&d->record);
	buf_byte(&d->record, '{');
	if (!id.p)
		return;
	buf_lit(&d->record, "\"id\":");
	buf_span(&d->record, id);
	buf_byte(&d->record, ',');
}

static void end(struct decoder *d, struct span id)
{
	buf_lit(&d->record, "}\n");
	if (d->record.full) {
		decode_refuse(d, id, "record line would be longer than --line-max");
		return;
	}
	writer_span(&d->out, buf_as_span(&d->record));
	count.decoded++;
}

/* The body as bytes, and what it is. */
static enum notify_format open_body(struct decoder *d, const struct parts *p, struct span *body)
{
	struct span type = { NULL, 0 };

	if (p->body.p) {
		*body = p->body;
		return notify_json_kind(&d->notify, *body);
	}
	buf_reset(&d->body);
	buf_reset(&d->text);
	*body = json_text(p->body64, &d->text);
	if (!body->p || !base64_decode(&d->body, *body)) {
		d->notify.why = "body64 is no base64";
		d->notify.offset = 0;
		return NOTIFY_UNKNOWN;
	}
	*body = buf_as_span(&d->body);
	if (p->type.p)
		type = json_text(p->type, &d->text);
	return notify_format_of(&d->notify, type, *body);
}

static void decode_notification(struct decoder *d, const struct parts *p, struct span line)
{
	enum notify_format f;
	struct span body;
	int64_t at;

	f = open_body(d, p, &body);
	if (f == NOTIFY_UNKNOWN) {
		decode_refuse_body(d, p->id, f);
		return;
	}
	if (!p->at.p || !json_int64(p->at, &at))
		at = clock_unix_ms();
	begin(d, p->id);
	if (!notify_decode(&d->notify, &d->record, f, body, at)) {
		decode_refuse_body(d, p->id, f);
		return;
	}
	if (p->path.p && !span_is(p->path, "\"/\"")) {
		buf_lit(&d->record, ",\"path\":");
		buf_span(&d->record, p->path);
	}
	if (p->strangers || p->msg.p)
		put_strangers(&d->record, line);
	end(d, p->id);
}

/* A message of an official format that stands in the line itself. In flat-json all members but one are bins, so also id. */
static void decode_message(struct decoder *d, enum notify_format f, struct span id, struct span line)
{
	if (!id.p)
		id = new_id(d);
	begin(d, id);
	if (notify_decode(&d->notify, &d->record, f, line, 0))
		end(d, id);
	else
		decode_refuse_body(d, id, f);
}

static void pass(struct decoder *d, struct span id, struct span line)
{
	struct span given = { NULL, 0 };

	if (!id.p)
		given = new_id(d);
	if (given.p)
		line_put(&d->out, line, id, "id", given);
	else
		line_pass(&d->out, line);
	count.passed++;
}

void decode_line(struct decoder *d, struct span line)
{
	struct record rec;
	struct parts p;
	struct json j;

	if (!take_parts(d, &p, line, &j)) {
		decode_refuse(d, line_id(line), "not a line of JSON: byte %zu: %s", json_offset(&j), j.error);
		return;
	}
	if (p.metadata) {
		if (record_parse(line, &rec) && (rec.bins.p || rec.is_delete))
			pass(d, rec.id, line);
		else
			decode_message(d, NOTIFY_FLAT_JSON, (struct span){ NULL, 0 }, line);
	} else if (is(p.msg, JSON_STRING) && p.key) {
		decode_message(d, NOTIFY_JSON, p.id, line);
	} else if (is(p.body64, JSON_STRING) || p.body.p) {
		decode_notification(d, &p, line);
	} else if (is(p.skip, JSON_TRUE) || is(p.error, JSON_STRING)) {
		line_pass(&d->out, line);
		count.passed++;
	} else {
		decode_refuse(d, p.id, "neither a notification nor a record");
	}
}
