/* SPDX-License-Identifier: Apache-2.0 */
/* Records become entries of the queue. */
#include "clock.h"
#include "kinesis.h"

static void enqueue(struct kinesis *k, uint64_t tag)
{
	const struct outgoing *out = &k->out;
	int64_t now = clock_ms();
	struct entry *e = queue_add(&k->queue, out->stream, out->key, out->hash_key, out->data, now);

	if (!e) {
		sink_fail(&k->sink, tag, true, "out of memory, or too many streams at a time", NULL);
		return;
	}
	e->tag = tag;
	e->deadline = now + k->options.deadline;
}

static void take_record(void *ctx, const struct record *r, uint64_t tag)
{
	struct kinesis *k = ctx;

	if (!outgoing_make(&k->out, r, &k->options))
		sink_fail(&k->sink, tag, k->out.retry, k->out.why, NULL);
	else if (k->out.not_for_us)
		sink_skip(&k->sink, tag);
	else
		enqueue(k, tag);
}

static bool room(void *ctx)
{
	const struct kinesis *k = ctx;

	return !queue_full(&k->queue);
}

bool lines_take(struct kinesis *k)
{
	return sink_take(&k->sink, &(struct sink_taker){ room, take_record, k });
}
