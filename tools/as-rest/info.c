/* SPDX-License-Identifier: Apache-2.0 */
#include "handlers.h"
#include "gateway_value.h"
#include "info.h"
#include "info_call.h"
#include "result.h"

#include <stddef.h>

/* ---- asking nodes: what index.c and truncate.c use, too ---- */

static void on_done(struct client_request *db, const struct client_reply *reply)
{
	struct request *r = (struct request *)((char *)db - offsetof(struct request, db));

	r->done(r, reply);
}

void info_ask(struct request *r, struct span commands, const char *node, bool write, void (*done)(struct request *r, const struct client_reply *reply))
{
	const bool info = r->route->params & PARAM_INFO;
	const uint32_t ms = info ? (r->p.info_ms > 0 ? (uint32_t)r->p.info_ms : 0) : rest_total_ms(r);

	command_info(&r->unit, commands);
	if (r->unit.full) {
		rest_fail(r, 413, "The request is too large");
		return;
	}
	r->done = done;
	r->db = (struct client_request){
		.unit = buf_as_span(&r->unit), .kind = CLIENT_INFO, .node = node, .write = write, .idempotent = true,
		.retries = write ? -1 : 0, .total_ms = ms, .done = on_done,
	};
	client_submit(r->client, &r->db);
}

bool info_name(struct span name)
{
	for (size_t i = 0; i < name.n; i++)
		if ((unsigned char)name.p[i] < 0x20 || memchr(":;=,", name.p[i], 4))
			return false;
	return name.n > 0;
}

/* ---- /v1/info ---- */

static unsigned count_answers(struct span body)
{
	struct span rest = body, name, value;
	unsigned n = 0;

	while (info_next(&rest, &name, &value))
		n += value.n > 0;
	return n;
}

static void told(struct request *r, const struct client_reply *reply)
{
	struct answer *a = &r->answer;
	struct span rest = reply->body, name, value;

	if (reply->code != RESULT_OK) {
		rest_fail_reply(r, reply);
		return;
	}
	answer_map(a, count_answers(rest));
	while (info_next(&rest, &name, &value))
		if (value.n) {
			answer_key(a, name);
			answer_text(a, value);
		}
	answer_map_end(a);
	rest_answer(r);
}

/* One command is one line: what could end it, or is none, is refused. */
static bool take_command(struct request *r, struct buf *lines, const struct tree *command)
{
	bool good = command->kind == TREE_STRING && command->text.n > 0;

	for (size_t i = 0; good && i < command->text.n; i++)
		good = (unsigned char)command->text.p[i] >= 0x20;
	if (!good) {
		rest_fail(r, 400, "Info commands must be strings of one line");
		return false;
	}
	buf_span(lines, command->text);
	buf_byte(lines, '\n');
	return true;
}

static void ask(struct request *r, const char *node)
{
	struct tree_reader t = { .mem = &r->arena };
	const struct tree *body = r->takes == MEDIA_MSGPACK ? tree_msgpack(&t, r->body) : tree_json(&t, r->body);
	struct buf lines = { .max = 16 << 20 };
	bool good = body && body->kind == TREE_LIST;

	if (!body)
		rest_fail(r, 400, "Invalid body: %s at byte %zu", t.why, t.offset);
	else if (!good)
		rest_fail(r, 400, "Info commands must be a list of strings, got %s", tree_kind_text(body));
	tree_reader_free(&t);
	for (uint32_t i = 0; good && i < body->n; i++)
		good = take_command(r, &lines, &body->items[i]);
	if (good && body->n == 0) {
		answer_map(&r->answer, 0);
		answer_map_end(&r->answer);
		rest_answer(r);
	} else if (good) {
		r->unit.full |= lines.full;
		info_ask(r, buf_as_span(&lines), node, false, told);
	}
	buf_free(&lines);
}

void info_any(struct request *r)
{
	ask(r, NULL);
}

void info_node(struct request *r)
{
	struct client_node nodes[CLIENT_NODES];
	unsigned n = client_nodes(r->client, nodes, CLIENT_NODES);

	for (unsigned i = 0; i < n && i < CLIENT_NODES; i++)
		if (span_is(r->name, nodes[i].id)) {
			const struct span id = arena_copy(&r->arena, (struct span){ nodes[i].id, strlen(nodes[i].id) + 1 });

			ask(r, id.p);
			return;
		}
	rest_fail_as(r, 404, -3, "Error -3: Invalid node %.*s", SPAN_ARG(r->name));
}
