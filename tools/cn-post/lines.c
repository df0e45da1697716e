/* SPDX-License-Identifier: Apache-2.0 */
/* Lines in: what each is, and off to the queue. */
#include "target.h"

#include "err.h"

#include <stdio.h>
#include <stdlib.h>

static struct outgoing out;

static void fail(struct span raw_id, bool retry, const char *why)
{
	uint64_t id = 0;
	bool has_id = line_id_number(raw_id, &id);

	report_failure(has_id, id, retry, why, "");
}

static void bad_line(const struct record *r)
{
	char text[256];

	snprintf(text, sizeof(text), "not a record: %s at byte %zu", r->why, r->offset);
	fail(r->id, false, text);
}

/* An error line: what another stage could not do. */
static void pass_error(const struct record *r)
{
	struct buf scratch = { 0 };
	struct span text = json_text(r->error, &scratch);
	char why[2048];

	snprintf(why, sizeof(why), "%.*s", text.n < sizeof(why) ? (int)text.n : (int)sizeof(why) - 1, text.p ? text.p : "?");
	buf_free(&scratch);
	fail(r->id, false, why);
}

static void add_item(const struct record *r)
{
	struct item *i = malloc(sizeof(*i) + out.body.n + out.target.n);

	if (!i)
		die(EX_SOFTWARE, "out of memory");
	*i = (struct item){ .dest = out.dest, .key = out.key, .read = post.now, .body_n = out.body.n, .target_n = out.target.n };
	i->has_id = line_id_number(r->id, &i->id);
	memcpy(i->text, out.body.p, out.body.n);
	if (out.target.n)
		memcpy(i->text + out.body.n, out.target.p, out.target.n);
	queue_add(i);
}

static void take_line(struct span line)
{
	struct record r;

	if (!record_parse(line, &r)) {
		bad_line(&r);
	} else if (r.error.p) {
		pass_error(&r);
	} else if (r.skip) {
		post.count.skipped++;
		report_done(r.id);
	} else if (!outgoing_make(&out, &r)) {
		fail(r.id, out.retry, out.why);
	} else if (out.not_for_us) {
		post.count.skipped++;
		report_done(r.id);
	} else {
		add_item(&r);
	}
}

bool lines_take(void)
{
	struct span line;

	while (queue_room()) {
		switch (reader_take(&post.in, &line)) {
		case READER_LINE:
			post.count.lines++;
			take_line(line);
			break;
		case READER_TOO_LONG:
			post.count.lines++;
			fail(line_id(line), false, "the line is longer than --line-max");
			break;
		case READER_EOF:
			post.eof = true;
			outgoing_free(&out);
			return true;
		default:
			return true;
		}
	}
	return false;
}
