/* SPDX-License-Identifier: Apache-2.0 */
#include "source.h"
#include "err.h"

static void take(void *source, void *record, const struct ack *a)
{
	if (a->ok)
		flight_done(source, record);
	else if (a->retry)
		flight_retry(source, record, a->error);
	else
		flight_never(source, record, a->error);
}

static void end(struct source *s)
{
	s->acks_ended = true;
	if (s->out_closed || (s->phase == PHASE_DRAIN && window_count(s->window) == 0))	/* the other stages have drained */
		return;
	log_error("the acks ended while the pipeline should run: a stage has died", "in_flight",
		log_num((int64_t)window_count(s->window)), NULL);
	finish_now(s, EX_TEMPFAIL);
}

void acks_read(struct source *s)
{
	const struct ack_source acks = { .in = &s->acks, .window = s->window, .count = &s->count.acks, .take = take, .ctx = s };

	if (!s->acks_ended && !s->no_acks && ack_source_read(&acks))
		end(s);
}

void acks_start(struct source *s)
{
	s->no_acks = !ack_source_open(&s->acks, "a record counts as done once its line is written");
}
