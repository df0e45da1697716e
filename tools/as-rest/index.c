/* SPDX-License-Identifier: Apache-2.0 */
#include "handlers.h"
#include "gateway_value.h"
#include "info.h"
#include "info_call.h"
#include "params.h"
#include "result.h"

#include <strings.h>

/* /v1/index: secondary indexes, by info commands, whose words differ between releases. */

#define TYPES "NUMERIC STRING GEO2DSPHERE BLOB"
#define COLLECTIONS "DEFAULT LIST MAPKEYS MAPVALUES"

static bool new_words(const struct request *r)
{
	return client_build(r->client) >= INFO_BUILD(8, 1, 0, 0);
}

static bool name_fits(struct request *r, struct span name, const char *what)
{
	if (info_name(name))
		return true;
	rest_fail(r, 400, "Invalid %s: %.*s", what, SPAN_ARG(name));
	return false;
}

static void send(struct request *r, struct buf *command, bool write, void (*done)(struct request *r, const struct client_reply *reply))
{
	r->unit.full |= command->full;
	info_ask(r, buf_as_span(command), NULL, write, done);
	buf_free(command);
}

/* "ns_type=unknown" is how some commands say that there is no such namespace. */
static bool refused(struct request *r, const struct client_reply *reply, struct span *value)
{
	struct span rest = reply->body, name, words = { NULL, 0 };
	int code = reply->code;

	*value = (struct span){ "", 0 };
	if (code != RESULT_OK) {
		rest_fail_reply(r, reply);
		return true;
	}
	if (info_next(&rest, &name, value))
		code = span_starts(*value, "ns_type=unknown") ? RESULT_NAMESPACE : info_error(*value, &words);
	else
		code = info_error(reply->body, &words);
	if (!code)
		return false;
	if (code == RESULT_SERVER_ERROR || words.n == 0)
		rest_fail_code(r, code, false, reply->node);
	else
		rest_fail_as(r, code_status(code), code_number(code), "Error %d: %s: %.*s", code_number(code), code_text(code),
			(int)(words.n > 200 ? 200 : words.n), words.p);
	return true;
}

/* ---- the list ---- */

struct row {
	struct span ns, set, name, bin, type, collection;
};

static bool absent(struct span s)
{
	return !s.p || (s.n == 4 && strncasecmp(s.p, "null", 4) == 0);
}

static struct row read_row(struct span text)
{
	struct row row = { 0 };
	struct span key, value;

	while (info_pair(&text, ':', &key, &value)) {
		if (span_is(key, "ns"))
			row.ns = value;
		else if (span_is(key, "set"))
			row.set = value;
		else if (span_is(key, "indexname"))
			row.name = value;
		else if (span_is(key, "bin") || span_is(key, "bins"))
			row.bin = value;
		else if (span_is(key, "type"))
			row.type = value;
		else if (span_is(key, "indextype"))
			row.collection = value;
	}
	return row;
}

static void put(struct answer *a, const char *name, struct span text)
{
	answer_key(a, span_of(name));
	answer_text(a, text);
}

/* The word in the API's spelling; what it doesn't know stays in capitals. */
static void put_word(struct answer *a, const char *name, struct span word, bool collection)
{
	char text[32];
	size_t n = word.n < sizeof(text) ? word.n : sizeof(text) - 1;

	for (size_t i = 0; i < n; i++)
		text[i] = (char)(word.p[i] >= 'a' && word.p[i] <= 'z' ? word.p[i] - 32 : word.p[i]);
	text[n] = '\0';
	if (!collection && (strcmp(text, "GEOJSON") == 0 || strcmp(text, "GEO2DSPHERE") == 0))
		strcpy(text, "GEO2DSPHERE");
	else if (!collection && strcmp(text, "TEXT") == 0)
		strcpy(text, "STRING");
	else if (collection && (n == 0 || strcmp(text, "NONE") == 0))
		strcpy(text, "DEFAULT");
	put(a, name, span_of(text));
}

static void put_row(struct answer *a, const struct row *row)
{
	const bool set = !absent(row->set);

	answer_map(a, 5 + set);
	put(a, "namespace", row->ns);
	if (set)
		put(a, "set", row->set);
	put(a, "name", row->name);
	put(a, "bin", row->bin);
	put_word(a, "type", row->type, false);
	put_word(a, "collection_type", row->collection, true);
	answer_map_end(a);
}

static void listed(struct request *r, const struct client_reply *reply)
{
	struct answer *a = &r->answer;
	struct span value, rest, one;
	uint32_t n = 0;

	if (refused(r, reply, &value))
		return;
	for (rest = value; info_part(&rest, ';', &one);)
		n += one.n > 0;
	answer_list(a, n);
	for (rest = value; info_part(&rest, ';', &one);)
		if (one.n) {
			const struct row row = read_row(one);

			put_row(a, &row);
		}
	answer_list_end(a);
	rest_answer(r);
}

void index_list(struct request *r)
{
	struct buf command = { .max = 4096 };

	if (!r->p.ns.n) {
		buf_lit(&command, "sindex");
	} else {
		if (!name_fits(r, r->p.ns, "namespace"))
			return;
		buf_printf(&command, "sindex/%.*s", SPAN_ARG(r->p.ns));
	}
	send(r, &command, false, listed);
}

/* ---- statistics ---- */

static void measured(struct request *r, const struct client_reply *reply)
{
	struct answer *a = &r->answer;
	struct span value, rest, name, text;
	uint32_t n = 0;

	if (refused(r, reply, &value))
		return;
	for (rest = value; info_pair(&rest, ';', &name, &text);)
		n++;
	answer_map(a, n);
	for (rest = value; info_pair(&rest, ';', &name, &text);) {
		answer_key(a, name);
		answer_text(a, text.p ? text : SPAN(""));
	}
	answer_map_end(a);
	rest_answer(r);
}

void index_stats(struct request *r)
{
	struct buf command = { .max = 4096 };

	if (!name_fits(r, r->ns, "namespace") || !name_fits(r, r->name, "index name"))
		return;
	if (!client_has_namespace(r->client, r->ns)) {	/* not all releases tell it from an unknown index */
		rest_fail_code(r, RESULT_NAMESPACE, false, NULL);
		return;
	}
	if (new_words(r))
		buf_printf(&command, "sindex-stat:namespace=%.*s;indexname=%.*s", SPAN_ARG(r->ns), SPAN_ARG(r->name));
	else
		buf_printf(&command, "sindex/%.*s/%.*s", SPAN_ARG(r->ns), SPAN_ARG(r->name));
	send(r, &command, false, measured);
}

/* ---- making and dropping ---- */

static void ordered(struct request *r, const struct client_reply *reply)
{
	struct span value;

	if (!refused(r, reply, &value))
		rest_answer(r);
}

static bool text_of(struct request *r, const struct tree *body, const char *name, bool needed, struct span *out)
{
	const struct tree *t = tree_member(body, name);

	*out = (struct span){ NULL, 0 };
	if (!t || t->kind == TREE_NIL) {
		if (needed)
			rest_fail(r, 400, "Index must contain the \"%s\" field", name);
		return !needed;
	}
	if (t->kind != TREE_STRING) {
		rest_fail(r, 400, "Index field \"%s\" must be a string, got %s", name, tree_kind_text(t));
		return false;
	}
	*out = t->text;
	return name_fits(r, t->text, name);
}

static bool word_of(struct request *r, struct span text, const char *words, const char *name)
{
	if (!text.p || param_word(words, text) >= 0)
		return true;
	rest_fail(r, 400, "Invalid %s: %.*s, valid choices are %s", name, SPAN_ARG(text), words);
	return false;
}

static bool read_index(struct request *r, const struct tree *body, struct row *row)
{
	static const char *const members[] = { "namespace", "set", "name", "bin", "type", "collection_type", NULL };
	const struct tree *unknown;

	if (body->kind != TREE_MAP) {
		rest_fail(r, 400, "Index must be an object, got %s", tree_kind_text(body));
		return false;
	}
	unknown = tree_unknown(body, members);
	if (unknown) {
		rest_fail(r, 400, "Unknown field of an index: %.*s", SPAN_ARG(unknown->kind == TREE_STRING ? unknown->text : SPAN("?")));
		return false;
	}
	return text_of(r, body, "namespace", true, &row->ns) && text_of(r, body, "set", false, &row->set) &&
		text_of(r, body, "name", true, &row->name) && text_of(r, body, "bin", true, &row->bin) &&
		text_of(r, body, "type", true, &row->type) && word_of(r, row->type, TYPES, "type") &&
		text_of(r, body, "collection_type", false, &row->collection) && word_of(r, row->collection, COLLECTIONS, "collection_type");
}

void index_create(struct request *r)
{
	struct tree_reader t = { .mem = &r->arena };
	const struct tree *body = r->takes == MEDIA_MSGPACK ? tree_msgpack(&t, r->body) : tree_json(&t, r->body);
	struct buf command = { .max = 4096 };
	struct row row = { 0 };
	bool good;

	if (!body)
		rest_fail(r, 400, "Invalid body: %s at byte %zu", t.why, t.offset);
	tree_reader_free(&t);
	good = body && read_index(r, body, &row);
	if (!good)
		return;
	buf_printf(&command, "sindex-create:%s=%.*s", new_words(r) ? "namespace" : "ns", SPAN_ARG(row.ns));
	if (row.set.n)
		buf_printf(&command, ";set=%.*s", SPAN_ARG(row.set));
	buf_printf(&command, ";indexname=%.*s", SPAN_ARG(row.name));
	if (row.collection.n && !span_is(row.collection, "DEFAULT"))
		buf_printf(&command, ";indextype=%.*s", SPAN_ARG(row.collection));
	if (new_words(r))
		buf_printf(&command, ";bin=%.*s;type=%.*s", SPAN_ARG(row.bin), SPAN_ARG(row.type));
	else
		buf_printf(&command, ";indexdata=%.*s,%.*s", SPAN_ARG(row.bin), SPAN_ARG(row.type));
	send(r, &command, true, ordered);
}

void index_drop(struct request *r)
{
	struct buf command = { .max = 4096 };

	if (!name_fits(r, r->ns, "namespace") || !name_fits(r, r->name, "index name"))
		return;
	buf_printf(&command, "sindex-delete:%s=%.*s;indexname=%.*s", new_words(r) ? "namespace" : "ns", SPAN_ARG(r->ns), SPAN_ARG(r->name));
	send(r, &command, true, ordered);
}
