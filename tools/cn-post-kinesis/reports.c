/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of lines: acks, nacks, and the log. */
#include "sink.h"

static bool opaque_id(const void *opaque, uint64_t *id)
{
	*id = (uint64_t)(uintptr_t)opaque - 1;
	return opaque != NULL;
}

void report_done(struct sink *s, const void *opaque, const char *to)
{
	uint64_t id;

	s->count.acked++;
	if (!opaque_id(opaque, &id))
		return;
	if (to)
		acks_ok_to(&s->acks, id, span_of(to));
	else
		acks_ok(&s->acks, id);
}

void report_failure(struct sink *s, const void *opaque, const char *stream, bool retry, const char *why)
{
	uint64_t id, missed = 0;
	bool has_id = opaque_id(opaque, &id);

	if (retry)
		s->count.retry++;
	else
		s->count.never++;
	if (has_id)
		acks_fail(&s->acks, id, retry, "%s", why);
	/* With an id the source knows, and may well say; without one, this is the only word of it. */
	if (!has_id || log_allow(&s->failures, 1000, &missed))
		log_warn("record failed", "id", has_id ? log_num((int64_t)id) : NULL, "stream", stream, "error", why,
			"retry", retry ? "true" : "false", "more", missed ? log_num((int64_t)missed) : NULL, NULL);
}
