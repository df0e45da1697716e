/* SPDX-License-Identifier: Apache-2.0 */
#include "native.h"

#include "base64.h"
#include "json.h"

#include <stdint.h>

#define SHOWN_MAX 80	/* bytes of a bad name in an error */

void native_init(struct native *n)
{
	*n = (struct native){ .name = { .max = NATIVE_NAME_MAX } };
}

const char *native_add_static(struct native *n, const char *text)
{
	struct native_dest d;
	const char *why;

	if (n->by == NATIVE_SKIP || (n->n_statics && strcmp(text, "skip") == 0))
		return "skip goes alone";
	if (strcmp(text, "skip") == 0) {
		n->by = NATIVE_SKIP;
		return NULL;
	}
	why = dest_parse(text, &d.kind, &d.name);
	if (why)
		return why;
	for (size_t i = 0; i < n->n_statics; i++)
		if (n->statics[i].kind == d.kind && (d.kind != DEST_SINK || span_eq(n->statics[i].name, d.name)))
			return "there is one of this kind already";
	if (n->n_statics == NATIVE_STATIC_MAX)
		return "too many destinations";
	n->statics[n->n_statics++] = d;
	n->by = NATIVE_STATIC;
	return NULL;
}

const char *native_add_more(struct native *n, const char *text)
{
	const char *equals = strchr(text, '=');
	struct span name, value;
	struct json j;

	if (!equals || equals == text)
		return "not of the form NAME=VALUE";
	name = (struct span){ text, (size_t)(equals - text) };
	value = span_of(equals + 1);
	if (!utf8_valid(span_of(text)))
		return "not UTF-8";
	if (n->more.n)
		buf_byte(&n->more, ',');
	json_put_string(&n->more, name);
	buf_byte(&n->more, ':');
	json_open(&j, value);
	if (json_value(&j, NULL) != JSON_BAD && json_done(&j) && !memchr(value.p, '\n', value.n))
		buf_span(&n->more, value);
	else
		json_put_string(&n->more, value);
	return NULL;
}

void native_ready(struct native *n)
{
	struct span more = buf_as_span(&n->more);

	for (size_t i = 0; i < n->n_statics; i++) {
		buf_byte(&n->fixed, i ? ',' : '{');
		dest_put(&n->fixed, n->statics[i].kind, n->statics[i].name, more);
	}
	buf_byte(&n->fixed, '}');
	if (!n->has_fallback || n->fallback_skip)
		return;
	buf_byte(&n->fallback, '{');
	dest_put(&n->fallback, n->other.kind, n->other.name, more);
	buf_byte(&n->fallback, '}');
}

const char *native_set_by(struct native *n, const char *mode)
{
	if (strcmp(mode, "namespace") == 0) {
		n->by = NATIVE_NAMESPACE;
	} else if (strcmp(mode, "set") == 0) {
		n->by = NATIVE_SET;
	} else if (strcmp(mode, "path") == 0) {
		n->by = NATIVE_PATH;
	} else if (strncmp(mode, "bin=", 4) == 0 && mode[4]) {
		n->by = NATIVE_BIN;
		n->bin = span_of(mode + 4);
		buf_reset(&n->pointer);
		buf_byte(&n->pointer, '/');
		for (const char *p = mode + 4; *p; p++) {	/* RFC 6901 */
			if (*p == '~')
				buf_lit(&n->pointer, "~0");
			else if (*p == '/')
				buf_lit(&n->pointer, "~1");
			else
				buf_byte(&n->pointer, *p);
		}
		buf_byte(&n->pointer, '\0');
	} else {
		return "must be namespace, set, bin=NAME or path";
	}
	return NULL;
}

const char *native_set_fallback(struct native *n, const char *dest)
{
	n->has_fallback = true;
	n->fallback_skip = strcmp(dest, "skip") == 0;
	return n->fallback_skip ? NULL : dest_parse(dest, &n->other.kind, &n->other.name);
}

const char *native_add_transform(struct native *n, const char *text)
{
	if (n->n_transforms == NATIVE_TRANSFORMS_MAX)
		return "too many transforms";
	const char *why = transform_parse(&n->transforms[n->n_transforms], text);
	if (!why)
		n->n_transforms++;
	return why;
}

/* The last segment of the path that the notification came on: "orders" of "/aerospike/kafka/publish/orders?x". */
static struct span last_segment(struct span path)
{
	const char *query = memchr(path.p, '?', path.n);

	if (query)
		path.n = (size_t)(query - path.p);
	while (path.n && path.p[path.n - 1] == '/')
		path.n--;
	const char *slash = memrchr(path.p, '/', path.n);
	if (slash) {
		path.n -= (size_t)(slash + 1 - path.p);
		path.p = slash + 1;
	}
	return path;
}

static struct span find_path(struct span line)
{
	struct json_member m;
	struct span path = { NULL, 0 };
	struct json j;

	json_open(&j, line);
	for (json_object(&j); json_member(&j, &m);) {
		if (!json_key_is(&m, "path")) {
			json_value(&j, NULL);
			continue;
		}
		return json_value(&j, &path) == JSON_STRING ? path : (struct span){ NULL, 0 };
	}
	return path;
}

static const char *field_name(const struct native *n)
{
	return n->by == NATIVE_NAMESPACE ? "namespace" : n->by == NATIVE_SET ? "set" : n->by == NATIVE_PATH ? "path" : "bin";
}

/* Put the plain name into n->name. NULL, or why this value is no name. */
static const char *read_name(struct native *n, struct span raw, struct span type)
{
	int64_t number;

	if (json_type_of(raw) == JSON_NUMBER) {
		if (!json_int64(raw, &number))
			return "is a number, but no 64-bit integer";
		json_put_int64(&n->name, number);
		return NULL;
	}
	if (json_type_of(raw) != JSON_STRING || (type.p && !span_is(type, "blob")))
		return "is neither a string, nor an integer, nor a blob";
	buf_reset(&n->scratch);
	struct span text = json_text(raw, &n->scratch);
	if (!text.p)
		return "has a lone surrogate";
	if (n->by == NATIVE_PATH)
		text = last_segment(text);
	if (text.n > 4 * NATIVE_NAME_MAX / 3)
		return "is too long for a name";
	if (!type.p)
		buf_span(&n->name, text);
	else if (!base64_decode(&n->name, text))
		return "is a blob, but not in base64";
	else if (!utf8_valid(buf_as_span(&n->name)))
		return "is a blob that holds no text";
	return NULL;
}

static enum verdict missing(const struct native *n, struct buf *text)
{
	if (n->fallback_skip)
		return VERDICT_SKIP;
	if (n->has_fallback) {
		buf_span(text, buf_as_span(&n->fallback));
		return VERDICT_TO;
	}
	if (n->by == NATIVE_BIN)
		buf_printf(text, "the record has no bin \"%.*s\", and there is no --default", SPAN_ARG(n->bin));
	else
		buf_printf(text, "the record has no %s, and there is no --default", field_name(n));
	return VERDICT_ERROR;
}

/* Find out where a raw value leads. */
static enum verdict work_out(struct native *n, struct span raw, struct span type, struct buf *text)
{
	buf_reset(&n->name);
	const char *why = read_name(n, raw, type);
	if (why) {
		buf_printf(text, "%s%s%.*s%s %s", field_name(n), n->by == NATIVE_BIN ? " \"" : "",
			SPAN_ARG(n->by == NATIVE_BIN ? n->bin : SPAN("")), n->by == NATIVE_BIN ? "\"" : "", why);
		return VERDICT_ERROR;
	}
	if (n->name.n == 0)
		return missing(n, text);
	for (size_t i = 0; i < n->n_transforms; i++)
		transform_apply(&n->transforms[i], &n->name);
	struct span name = buf_as_span(&n->name);
	why = dest_check(n->sink, name);
	if (why || n->name.full) {
		buf_printf(text, "%s:%.*s%s: %s", dest_kind_name(n->sink), (int)(name.n > SHOWN_MAX ? SHOWN_MAX : name.n), name.p,
			name.n > SHOWN_MAX ? "..." : "", why ? why : "the name is too long");
		return VERDICT_ERROR;
	}
	buf_byte(text, '{');
	dest_put(text, n->sink, name, buf_as_span(&n->more));
	buf_byte(text, '}');
	return VERDICT_TO;
}

static uint32_t hash(struct span s, uint32_t h)
{
	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 16777619u;
	return h;
}

static struct native_known *look_up(struct native *n, struct span raw, struct span type)
{
	struct native_known *k = &n->uncached;
	bool keep = raw.n <= NATIVE_KEEP_MAX && type.n <= NATIVE_KEEP_MAX;

	if (keep) {
		k = &n->cache[(hash(type, hash(raw, 2166136261u)) * 2654435761u >> 16) % NATIVE_CACHE];
		if (k->used && span_eq(buf_as_span(&k->raw), raw) && span_eq(buf_as_span(&k->type), type))
			return k;
		buf_reset(&k->raw);
		buf_reset(&k->type);
		buf_span(&k->raw, raw);
		buf_span(&k->type, type);
	}
	buf_reset(&k->text);
	k->verdict = work_out(n, raw, type, &k->text);
	k->used = keep && !k->raw.full && !k->type.full && !k->text.full;
	return k;
}

enum verdict native_route(struct native *n, const struct record *r, struct span *text)
{
	struct span raw = { NULL, 0 }, type = { NULL, 0 };

	switch (n->by) {
	case NATIVE_STATIC:
		*text = buf_as_span(&n->fixed);
		return VERDICT_TO;
	case NATIVE_SKIP:
		return VERDICT_SKIP;
	case NATIVE_NAMESPACE:
		raw = r->ns;
		break;
	case NATIVE_SET:
		raw = r->set;
		break;
	case NATIVE_BIN:
		raw = record_bin(r, n->bin);
		if (raw.p && r->types.p)
			type = record_type(r, n->pointer.p);
		break;
	case NATIVE_PATH:
		raw = find_path(r->line);
		break;
	}
	if (!raw.p || json_type_of(raw) == JSON_NULL)
		raw = SPAN("\"\"");	/* a name of no bytes is no name */
	struct native_known *k = look_up(n, raw, type);
	*text = buf_as_span(&k->text);
	return k->verdict;
}

void native_free(struct native *n)
{
	for (size_t i = 0; i < n->n_transforms; i++)
		transform_free(&n->transforms[i]);
	for (size_t i = 0; i < NATIVE_CACHE; i++) {
		buf_free(&n->cache[i].raw);
		buf_free(&n->cache[i].type);
		buf_free(&n->cache[i].text);
	}
	buf_free(&n->uncached.text);
	buf_free(&n->fixed);
	buf_free(&n->fallback);
	buf_free(&n->more);
	buf_free(&n->pointer);
	buf_free(&n->name);
	buf_free(&n->scratch);
}
