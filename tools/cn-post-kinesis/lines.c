/* SPDX-License-Identifier: Apache-2.0 */
/* Lines in: what each is, and off to the queue. */
#include "sink.h"
#include "clock.h"

#include <stdio.h>

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

static void enqueue(struct sink *s, void *opaque)
{
	const struct outgoing *out = &s->out;
	int64_t now = clock_ms();
	struct entry *e = queue_add(&s->queue, out->stream, out->key, out->hash_key, out->data, now);

	if (!e) {
		report_failure(s, opaque, NULL, true, "out of memory, or too many streams at a time");
		return;
	}
	e->opaque = opaque;
	e->deadline = now + s->options.deadline;
}

static void take_line(struct sink *s, struct span line)
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
		report_done(s, opaque, NULL);
	} else if (!outgoing_make(&s->out, &r, &s->options)) {
		report_failure(s, opaque, NULL, s->out.retry, s->out.why);
	} else if (s->out.not_for_us) {
		s->count.skipped++;
		report_done(s, opaque, NULL);
	} else {
		enqueue(s, opaque);
	}
}

void lines_take(struct sink *s)
{
	struct span line;

	while (!queue_full(&s->queue)) {
		switch (reader_take(&s->in, &line)) {
		case READER_LINE:
			s->count.lines++;
			take_line(s, line);
			break;
		case READER_TOO_LONG:
			s->count.lines++;
			report_failure(s, opaque_of(line_id(line)), NULL, false, "the line is longer than --line-max");
			break;
		case READER_EOF:
			s->eof = true;
			return;
		default:
			return;
		}
	}
}
