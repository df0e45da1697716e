/* SPDX-License-Identifier: Apache-2.0 */
#include "listen.h"
#include "notification.h"

#include <errno.h>
#include <string.h>

void dead_open(struct server *s)
{
	s->dead_file.fd = -1;
	queue_init(&s->dead);
	if (s->opt.dead_letter)
		dead_file_open(&s->dead_file, s->opt.dead_letter);
}

/* SIGHUP: the file may have been moved away. */
void dead_reopen(struct server *s)
{
	if (s->opt.dead_letter)
		dead_file_reopen(&s->dead_file);
}

/* The notification line once more, with one member behind its others: it can be fed to the pipeline again as it is. */
static void put(struct buf *b, const struct request *r)
{
	const struct notification n = {
		.id = r->id, .at = r->at, .path = request_path(r), .type = request_type(r), .body = buf_as_span(&r->body)
	};

	notification_line(b, &n);
	if (b->full)
		return;
	b->n -= 2;	/* "}\n" */
	buf_lit(b, ",\"reason\":");
	if (r->reason.n && !r->reason.full)
		buf_span(b, buf_as_span(&r->reason));
	else
		buf_lit(b, "\"the sink gave none\"");
	buf_lit(b, "}\n");
}

static bool write_round(struct server *s)
{
	struct dead_round round;

	dead_round_begin(&round, &s->dead_file);
	for (const struct request *r = s->dead.first; r && !round.error; r = r->next) {
		put(&round.lines, r);
		dead_round_put(&round);
	}
	return dead_round_end(&round) == 0;
}

void dead_flush(struct server *s)
{
	static struct log_limit limit;
	struct request *r;
	uint64_t missed;
	bool ok;

	if (!s->dead.n)
		return;
	ok = write_round(s);
	if (!ok && log_allow(&limit, 1000, &missed))
		log_error("can't write the dead-letter file: answered 503", "file", s->opt.dead_letter, "reason", strerror(errno),
			"records", log_num((int64_t)s->dead.n), "also", missed ? log_num((int64_t)missed) : NULL, NULL);
	while ((r = queue_take(&s->dead))) {
		if (ok)
			s->count.dead_letters++;
		else
			s->count.dead_letter_errors++;
		flight_finish(s, r, ok ? 200 : 503);
	}
}
