/* SPDX-License-Identifier: Apache-2.0 */
/* Records become requests, and go off to the cluster. */
#include "put.h"

static void take_record(void *ctx, const struct record *r, uint64_t tag)
{
	struct put *p = ctx;
	struct job *j = job_new(p);
	enum made made;

	j->tag = tag;
	made = make(p, j, r);
	if (made == MADE_REQUEST) {
		job_start(j);
		return;
	}
	job_drop(j);
	if (made == MADE_BAD)
		sink_fail(&p->sink, tag, false, p->maker.why, NULL);
	else if (made == MADE_NOT_FOR_US)
		sink_skip(&p->sink, tag);
	else
		sink_done(&p->sink, tag);
}

static bool room(void *ctx)
{
	return jobs_room(ctx);
}

bool lines_take(struct put *p)
{
	return sink_take(&p->sink, &(struct sink_taker){ room, take_record, p });
}
