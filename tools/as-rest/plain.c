/* SPDX-License-Identifier: Apache-2.0 */
#include "handlers.h"
#include "server.h"

/* What needs no cluster. */

void plain_root(struct request *r)
{
	rest_answer_status(r, 200);
}

void plain_health(struct request *r)
{
	answer_map(&r->answer, 1);
	answer_key(&r->answer, SPAN("status"));
	answer_text(&r->answer, SPAN("UP"));
	answer_map_end(&r->answer);
	rest_answer(r);
}

/* JSON, whatever Accept prefers: it is a document. */
void plain_api(struct request *r)
{
	r->exchange->type = "application/json";
	buf_span(&r->out, docs_api(r->server->opt.prefix));
	rest_answer(r);
}

void plain_swagger(struct request *r)
{
	struct buf b = { .max = 4096 };

	buf_printf(&b, "%s/v3/api-docs", r->server->opt.prefix);
	buf_byte(&b, '\0');
	r->exchange->location = arena_copy(&r->arena, buf_as_span(&b)).p;
	buf_free(&b);
	rest_answer_status(r, 302);
}
