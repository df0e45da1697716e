/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka_line.h"

#include "err.h"

#include <stdlib.h>

static const char twice[] = "a member stands there twice";

static struct span none(void)
{
	return (struct span){ NULL, 0 };
}

static void take(struct json *j, struct span *to)
{
	struct span value;
	enum json_type type = json_value(j, &value);

	if (type == JSON_BAD || type == JSON_NULL)
		return;
	if (to->p)
		json_fail(j, twice);
	else
		*to = value;
}

/* A key as plain text. Written with escapes it is undone in a buffer that can't move any more: it holds the whole line. */
static struct span plain_name(struct kafka_line *k, struct json *j, const struct json_member *m)
{
	struct span name = m->key;

	if (!m->escaped)
		return name;
	if (!k->names.n && !buf_reserve(&k->names, k->line.n)) {
		json_fail(j, "the names of the fields are too long");
		return none();
	}
	name = json_text((struct span){ m->key.p - 1, m->key.n + 2 }, &k->names);
	if (!name.p)
		json_fail(j, "a lone surrogate in a key");
	return name;
}

static struct field *field_new(struct kafka_line *k, struct json *j)
{
	size_t cap = k->cap ? k->cap * 2 : 64;
	struct field *more;

	if (k->n_fields < k->cap)
		return &k->field[k->n_fields++];
	more = k->n_fields < FIELDS_MAX ? reallocarray(k->field, cap, sizeof(*more)) : NULL;
	if (!more) {
		json_fail(j, "a value with more than 65536 fields");
		return NULL;
	}
	k->field = more;
	k->cap = cap;
	return &k->field[k->n_fields++];
}

/* The value is most of the line, so its fields are noted while it is checked. */
static void take_value(struct kafka_line *k, struct json *j)
{
	struct json_member m;

	if (json_peek(j) != JSON_OBJECT || k->value.p) {
		take(j, &k->value);
		return;
	}
	k->value_is_object = true;
	k->value.p = j->p;
	for (json_object(j); json_member(j, &m);) {
		struct field *f = field_new(k, j);
		struct span raw;
		enum json_type type;

		if (!f)
			break;
		f->name = plain_name(k, j, &m);
		type = json_value(j, &raw);
		f->raw = raw;
		f->type = type;
	}
	k->value.n = (size_t)(j->p - k->value.p);
}

bool kafka_line_enter(struct kafka_line *k, struct span object)
{
	struct json j;

	k->value = (struct span){ NULL, 0 };
	k->n_fields = 0;
	json_open(&j, object);
	take_value(k, &j);
	k->why = j.error;
	return !j.error;
}

static void take_kafka(struct kafka_line *k, struct json *j)
{
	struct json_member m;

	if (json_peek(j) != JSON_OBJECT || k->kafka.p) {
		take(j, &k->kafka);
		return;
	}
	k->kafka.p = j->p;
	for (json_object(j); json_member(j, &m);) {
		if (json_key_is(&m, "topic"))
			take(j, &k->topic);
		else if (json_key_is(&m, "partition"))
			take(j, &k->partition);
		else if (json_key_is(&m, "offset"))
			take(j, &k->offset);
		else if (json_key_is(&m, "timestamp"))
			take(j, &k->timestamp);
		else if (json_key_is(&m, "headers"))
			take(j, &k->headers);
		else
			json_value(j, NULL);
	}
	k->kafka.n = (size_t)(j->p - k->kafka.p);
}

static void member(struct kafka_line *k, struct json *j, const struct json_member *m)
{
	struct span unused = none();

	if (json_key_is(m, "value"))
		take_value(k, j);
	else if (json_key_is(m, "kafka"))
		take_kafka(k, j);
	else if (json_key_is(m, "key"))
		take(j, &k->key);
	else if (json_key_is(m, "id"))
		take(j, &k->id);
	else if (json_key_is(m, "key64"))
		take(j, &k->key64);
	else if (json_key_is(m, "value64"))
		take(j, &k->value64);
	else if (json_key_is(m, "types"))
		take(j, &k->types);
	else if (json_key_is(m, "metadata"))
		k->is_record |= json_value(j, NULL) == JSON_OBJECT;
	else if (json_key_is(m, "error") && json_peek(j) == JSON_STRING)
		json_value(j, &k->error);
	else if (json_key_is(m, "skip"))
		k->skip = json_value(j, NULL) == JSON_TRUE;
	else
		take(j, &unused);
}

static bool is(struct span raw, enum json_type type)
{
	return !raw.p || json_type_of(raw) == type;
}

static const char *complaint(const struct kafka_line *k)
{
	int64_t n;

	if (!k->kafka.p && !k->key.p && !k->key64.p && !k->value.p && !k->value64.p)
		return "neither a Kafka line nor a record";
	if (!is(k->kafka, JSON_OBJECT) || !is(k->headers, JSON_OBJECT) || !is(k->types, JSON_OBJECT))
		return "kafka, kafka.headers and types must be objects";
	if (!is(k->topic, JSON_STRING) || !is(k->key64, JSON_STRING) || !is(k->value64, JSON_STRING))
		return "kafka.topic, key64 and value64 must be strings";
	if ((k->partition.p && !json_int64(k->partition, &n)) || (k->offset.p && !json_int64(k->offset, &n)) ||
		(k->timestamp.p && !json_int64(k->timestamp, &n)))
		return "kafka.partition, offset and timestamp must be integers";
	if ((k->key.p && k->key64.p) || (k->value.p && k->value64.p))
		return "a key and a value come in one form";
	return NULL;
}

static bool refuse(struct kafka_line *k, const struct json *j, const char *why)
{
	k->why = j->error ? j->error : why;
	k->at = json_offset(j);
	/* A number at the very end of a line that was cut may have lost digits: it would be another record's id. */
	if (k->id.p && k->id.p + k->id.n == j->end)
		k->id = none();
	return false;
}

bool kafka_line_parse(struct kafka_line *k, struct span line)
{
	struct json_member m;
	struct json j;
	const char *why;

	*k = (struct kafka_line){ .line = line, .field = k->field, .cap = k->cap, .names = k->names };
	buf_reset(&k->names);
	json_open(&j, line);
	for (json_object(&j); json_member(&j, &m);)
		member(k, &j, &m);
	if (!json_done(&j))
		return refuse(k, &j, "not JSON");
	if (k->skip || k->error.p || k->is_record)
		return true;
	why = complaint(k);
	return why ? refuse(k, &j, why) : true;
}

void kafka_line_free(struct kafka_line *k)
{
	free(k->field);
	buf_free(&k->names);
	*k = (struct kafka_line){ 0 };
}

static int compare_names(const void *a, const void *b)
{
	const struct field *x = *(const struct field *const *)a, *y = *(const struct field *const *)b;
	int c = memcmp(x->name.p, y->name.p, x->name.n < y->name.n ? x->name.n : y->name.n);

	return c ? c : (x->name.n > y->name.n) - (x->name.n < y->name.n);
}

/* For values with very many fields. */
static const struct field *twin_by_sorting(const struct kafka_line *k)
{
	const struct field **sorted = xmalloc(k->n_fields * sizeof(struct field *)), *twin = NULL;

	for (size_t i = 0; i < k->n_fields; i++)
		sorted[i] = &k->field[i];
	qsort(sorted, k->n_fields, sizeof(struct field *), compare_names);
	for (size_t i = 1; i < k->n_fields && !twin; i++)
		if (span_eq(sorted[i - 1]->name, sorted[i]->name))
			twin = sorted[i];
	free(sorted);
	return twin;
}

/* A name's first bytes and its length; names that differ in these are different. */
static uint64_t tag_of(struct span name)
{
	uint64_t tag = 0;

	memcpy(&tag, name.p, name.n < 7 ? name.n : 7);
	return tag << 8 | (name.n & 0xff);
}

#define FEW 64

const struct field *kafka_line_twin(struct kafka_line *k)
{
	uint64_t tags[FEW];

	if (k->n_fields > FEW)
		return twin_by_sorting(k);
	for (size_t i = 0; i < k->n_fields; i++) {
		tags[i] = tag_of(k->field[i].name);
		for (size_t n = 0; n < i; n++)
			if (tags[n] == tags[i] && span_eq(k->field[n].name, k->field[i].name))
				return &k->field[i];
	}
	return NULL;
}

const struct field *kafka_line_field(const struct kafka_line *k, struct span name)
{
	for (size_t i = 0; i < k->n_fields; i++)
		if (k->field[i].name.n == name.n && memcmp(k->field[i].name.p, name.p, name.n) == 0)
			return &k->field[i];
	return NULL;
}
