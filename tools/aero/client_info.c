/* SPDX-License-Identifier: Apache-2.0 */
#include "client.h"
#include "client_message.h"

#include <stdlib.h>

/* One info text to all nodes. */

struct all {
	client_info_each *each;
	client_info_done *done;
	void *ctx;
	struct buf unit;
	unsigned left, failed, n;
	struct one {
		struct client_request r;
		struct all *all;
		char node[17];
	} one[];
};

static void finish(struct all *a)
{
	if (a->done)
		a->done(a->ctx, a->n, a->failed);
	buf_free(&a->unit);
	free(a);
}

static void on_answer(struct client_request *r, const struct client_reply *reply)
{
	struct one *o = (struct one *)r;
	struct all *a = o->all;

	a->failed += reply->code != 0;
	if (a->each)
		a->each(a->ctx, o->node, reply->code, reply->body);
	if (--a->left == 0)
		finish(a);
}

bool client_info_all(struct client *c, const char *commands, uint32_t timeout_ms, client_info_each *each, client_info_done *done, void *ctx)
{
	struct client_node nodes[CLIENT_NODES];
	unsigned n = client_nodes(c, nodes, CLIENT_NODES);
	struct all *a = n ? calloc(1, sizeof(*a) + n * sizeof(*a->one)) : NULL;

	if (!a)
		return false;
	*a = (struct all){ .each = each, .done = done, .ctx = ctx, .left = n, .n = n };
	command_info(&a->unit, span_of(commands));
	if (a->unit.full) {
		buf_free(&a->unit);
		free(a);
		return false;
	}
	for (unsigned i = 0; i < n; i++) {
		struct one *o = &a->one[i];

		o->all = a;
		strcpy(o->node, nodes[i].id);
		o->r = (struct client_request){ .unit = buf_as_span(&a->unit), .node = o->node, .kind = CLIENT_INFO, .total_ms = timeout_ms,
			.done = on_answer };
		client_submit(c, &o->r);
	}
	return true;
}
