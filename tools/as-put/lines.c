/* SPDX-License-Identifier: Apache-2.0 */
/* Lines in: what each is, and off to the cluster. */
#include "clock.h"
#include "line.h"
#include "put.h"

#include <stdio.h>

static void bad_line(struct put *p, bool has_id, uint64_t id, const struct record *r)
{
	char text[256];

	snprintf(text, sizeof(text), "not a record: %s at byte %zu", r->why, r->offset);
	report_failure(p, has_id, id, false, text);
}

/* An error line: what another stage could not do. */
static void pass_error(struct put *p, bool has_id, uint64_t id, struct span raw)
{
	struct buf scratch = { 0 };
	struct span text = json_text(raw, &scratch);
	char why[2048];

	snprintf(why, sizeof(why), "%.*s", text.n < sizeof(why) ? (int)text.n : (int)sizeof(why) - 1, text.p ? text.p : "?");
	buf_free(&scratch);
	report_failure(p, has_id, id, false, why);
}

static void put_record(struct put *p, bool has_id, uint64_t id, const struct record *r)
{
	struct job *j = job_new(p);
	enum made made;

	j->has_id = has_id;
	j->id = id;
	made = make(p, j, r);
	if (made == MADE_REQUEST) {
		job_start(j);
		return;
	}
	job_drop(j);
	if (made == MADE_BAD) {
		report_failure(p, has_id, id, false, p->maker.why);
		return;
	}
	if (made == MADE_NOT_FOR_US)
		p->count.skipped++;
	report_done(p, has_id, id, (struct span){ 0 });
}

static void take_line(struct put *p, struct span line)
{
	struct record r;
	bool good = record_parse(line, &r);
	uint64_t id = 0;
	bool has_id = line_id_number(r.id, &id);

	if (!good) {
		bad_line(p, has_id, id, &r);
	} else if (r.error.p) {
		pass_error(p, has_id, id, r.error);
	} else if (r.skip) {
		p->count.skipped++;
		report_done(p, has_id, id, (struct span){ 0 });
	} else {
		put_record(p, has_id, id, &r);
	}
}

static void too_long(struct put *p, struct span start)
{
	uint64_t id = 0;
	bool has_id = line_id_number(line_id(start), &id);

	report_failure(p, has_id, id, false, "the line is longer than --line-max");
}

bool lines_take(struct put *p)
{
	struct span line;

	while (jobs_room(p)) {
		switch (reader_take(&p->in, &line)) {
		case READER_LINE:
			p->count.lines++;
			take_line(p, line);
			break;
		case READER_TOO_LONG:
			p->count.lines++;
			too_long(p, line);
			break;
		case READER_EOF:
			p->eof = true;
			return true;
		default:
			return true;
		}
	}
	return false;
}
