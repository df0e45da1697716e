/* SPDX-License-Identifier: Apache-2.0 */
/* Acks and nacks. */
#include "post.h"

#include "err.h"

#include <stdlib.h>

/* Answers come in any order; sorted they make long ranges. */
static uint64_t ids[4096];
static size_t n_ids;

static int by_id(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void put_acks(void)
{
	qsort(ids, n_ids, sizeof(*ids), by_id);
	for (size_t i = 0; i < n_ids; i++)
		acks_ok(&post.acks, ids[i]);
	n_ids = 0;
}

static void ack(uint64_t id)
{
	if (n_ids == sizeof(ids) / sizeof(*ids))
		put_acks();
	ids[n_ids++] = id;
}

void report_done(struct span raw_id)
{
	uint64_t id;

	post.count.acked++;
	if (line_id_number(raw_id, &id))
		ack(id);
}

void report_ok(const struct item *i, struct span to)
{
	post.count.acked++;
	if (!i->has_id)
		return;
	if (to.n)
		acks_ok_to(&post.acks, i->id, to);
	else
		ack(i->id);
}

void report_failure(bool has_id, uint64_t id, bool retry, const char *why, const char *detail)
{
	uint64_t missed = 0;

	if (retry)
		post.count.retry++;
	else
		post.count.never++;
	if (has_id)
		acks_fail(&post.acks, id, retry, "%s%s%s", why, *detail ? ": " : "", detail);
	/* With an id the source knows, and may well say; without one, this is the only word of it. */
	if (!has_id || log_allow(&post.failures, 1000, &missed))
		log_warn("record failed", "id", has_id ? log_num((int64_t)id) : NULL, "error", why, "retry", retry ? "true" : "false",
			"more", missed ? log_num((int64_t)missed) : NULL, NULL);
}

void report_message(const struct message *m, bool retry, const char *why)
{
	for (const struct item *i = m->items; i; i = i->next)
		report_failure(i->has_id, i->id, retry, why, m->detail);
}

void reports_flush(void)
{
	put_acks();
	if (acks_flush(&post.acks) < 0)
		die(EX_IOERR, "can't write acks to standard output:");
}
