/* SPDX-License-Identifier: Apache-2.0 */
/* What became of a line: acks, nacks, counters, the log. */
#include "put.h"

void report_done(struct put *p, bool has_id, uint64_t id, struct span to)
{
	p->count.acked++;
	if (!has_id)
		return;
	if (to.p)
		acks_ok_to(&p->acks, id, to);
	else
		acks_ok(&p->acks, id);
}

void report_failure(struct put *p, bool has_id, uint64_t id, bool retry, const char *why)
{
	uint64_t missed = 0;

	if (retry)
		p->count.retry++;
	else
		p->count.never++;
	if (has_id)
		acks_fail(&p->acks, id, retry, "%s", why);
	/* With an id the source knows, and may well say; without one, this is the only word of it. */
	if (!has_id || log_allow(&p->failures, 1000, &missed))
		log_warn("record failed", "id", has_id ? log_num((int64_t)id) : NULL, "error", why, "retry", retry ? "true" : "false",
			"more", missed ? log_num((int64_t)missed) : NULL, NULL);
}
