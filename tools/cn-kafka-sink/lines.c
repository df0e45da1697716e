/* SPDX-License-Identifier: Apache-2.0 */
/* Lines in: what each is, and off to the producer. */
#include "sink.h"

#include <stdio.h>

static const char *topic_text(const struct sink *s, char text[256])
{
	snprintf(text, 256, "%.*s", SPAN_ARG(s->out.topic));
	return text;
}

/* False when the queue is full; then the message is held. */
static bool put(struct sink *s, void *opaque)
{
	rd_kafka_resp_err_t err = producer_put(&s->producer, &s->out, opaque);
	char text[256];

	s->held = err == RD_KAFKA_RESP_ERR__QUEUE_FULL;
	if (s->held) {
		s->held_id = opaque;
		s->count.queue_full++;
		return false;
	}
	if (err)
		report_error(s, opaque, topic_text(s, text), err);
	return true;
}

static void bad_line(struct sink *s, void *opaque, const char *why, size_t offset)
{
	char text[256];

	snprintf(text, sizeof(text), "not a record: %s at byte %zu", why, offset);
	report_failure(s, opaque, NULL, false, text);
}

/* An error line: what another stage could not do. */
static void pass_error(struct sink *s, void *opaque, struct span raw)
{
	struct buf scratch = { 0 };
	struct span text = json_text(raw, &scratch);
	char why[2048];

	snprintf(why, sizeof(why), "%.*s", text.n < sizeof(why) ? (int)text.n : (int)sizeof(why) - 1, text.p ? text.p : "?");
	buf_free(&scratch);
	report_failure(s, opaque, NULL, false, why);
}

static bool take_line(struct sink *s, struct span line)
{
	struct record r;
	bool good = record_parse(line, &r);
	void *opaque = opaque_of(r.id);

	if (!good) {
		bad_line(s, opaque, r.why, r.offset);
	} else if (r.error.p) {
		pass_error(s, opaque, r.error);
	} else if (r.skip) {
		s->count.skipped++;
		report_done(s, opaque);
	} else if (!outgoing_make(&s->out, &r, &s->options)) {
		report_failure(s, opaque, NULL, s->out.retry, s->out.why);
	} else if (s->out.not_for_us) {
		s->count.skipped++;
		report_done(s, opaque);
	} else {
		return put(s, opaque);
	}
	return true;
}

static void too_long(struct sink *s, struct span start)
{
	report_failure(s, opaque_of(line_id(start)), NULL, false, "the line is longer than --line-max");
}

bool lines_take(struct sink *s)
{
	struct span line;

	if (s->held && !put(s, s->held_id))
		return false;
	while (!s->fatal && !s->change) {
		enum reader_result got = reader_take(&s->in, &line);
		bool room = true;

		if (got != READER_LINE && got != READER_TOO_LONG) {
			s->eof = got == READER_EOF;
			return true;
		}
		s->count.lines++;
		s->line = s->in.lines;
		if (got == READER_TOO_LONG)
			too_long(s, line);
		else
			room = take_line(s, line);
		s->line = 0;
		if (!room)
			return false;
	}
	return false;
}
