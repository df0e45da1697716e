/* SPDX-License-Identifier: Apache-2.0 */
#include "source.h"

#include <errno.h>

#define AGAIN_MS 1000	/* after a dead letter could not be written */

void dead_open(struct source *s)
{
	s->dead_file.fd = -1;
	s->dead_end = &s->dead;
	if (s->opt.dead_file)
		dead_file_open(&s->dead_file, s->opt.dead_file);
	else if (s->opt.dead_topic)
		dead_topic_open(s);
}

/* SIGHUP: the file may have been moved away. */
void dead_reopen(struct source *s)
{
	if (s->opt.dead_file)
		dead_file_reopen(&s->dead_file);
}

void dead_add(struct source *s, struct record *r)
{
	r->next = NULL;
	*s->dead_end = r;
	s->dead_end = &r->next;
}

static struct record *take(struct source *s)
{
	struct record *r = s->dead;

	if (!r)
		return NULL;
	s->dead = r->next;
	if (!s->dead)
		s->dead_end = &s->dead;
	return r;
}

static void done(struct source *s, struct record *r)
{
	s->count.dead++;
	if (r->part)
		flight_done(s, r);
	else
		record_free(s, r);
}

static bool write_round(struct source *s)
{
	struct dead_round round;

	dead_round_begin(&round, &s->dead_file);
	for (const struct record *r = s->dead; r && !round.error; r = r->next) {
		if (!r->part)
			continue;
		kafka_line_dead(&s->lines, &round.lines, r->id, &r->kafka, span_of(r->reason));
		dead_round_put(&round);
	}
	return dead_round_end(&round) == 0;
}

static void flush_file(struct source *s)
{
	static struct log_limit limit;
	struct record *r;
	uint64_t missed;

	if (write_round(s)) {
		while ((r = take(s)))
			done(s, r);
		return;
	}
	s->count.dead_failures++;
	s->dead_again = s->now + AGAIN_MS;
	if (log_allow(&limit, 10000, &missed))
		log_error("can't write the dead-letter file: trying again", "file", s->opt.dead_file, "reason", strerror(errno), NULL);
}

void dead_flush(struct source *s)
{
	if (!s->dead || s->now < s->dead_again)
		return;
	if (s->opt.dead_file) {
		flush_file(s);
		return;
	}
	while (s->dead) {
		if (s->dead->part && !dead_topic_put(s, s->dead))
			return;
		if (!s->dead->part)
			record_free(s, take(s));
		else
			take(s);
	}
}
