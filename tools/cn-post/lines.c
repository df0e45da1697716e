/* SPDX-License-Identifier: Apache-2.0 */
/* Records become items, and go off to the queue. */
#include "target.h"

#include "err.h"

#include <stdlib.h>

static struct outgoing out;

static void add_item(uint64_t tag)
{
	struct item *i = malloc(sizeof(*i) + out.body.n + out.target.n);

	if (!i)
		die(EX_SOFTWARE, "out of memory");
	*i = (struct item){ .dest = out.dest, .tag = tag, .key = out.key, .read = post.now, .body_n = out.body.n, .target_n = out.target.n };
	memcpy(i->text, out.body.p, out.body.n);
	if (out.target.n)
		memcpy(i->text + out.body.n, out.target.p, out.target.n);
	queue_add(i);
}

static void take_record(void *ctx, const struct record *r, uint64_t tag)
{
	(void)ctx;
	if (!outgoing_make(&out, r))
		sink_fail(&post.sink, tag, out.retry, out.why, NULL);
	else if (out.not_for_us)
		sink_skip(&post.sink, tag);
	else
		add_item(tag);
}

static bool room(void *ctx)
{
	(void)ctx;
	return queue_room();
}

bool lines_take(void)
{
	bool all = sink_take(&post.sink, &(struct sink_taker){ room, take_record, NULL });

	if (post.sink.eof)
		outgoing_free(&out);
	return all;
}
