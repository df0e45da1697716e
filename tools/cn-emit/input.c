/* SPDX-License-Identifier: Apache-2.0 */
#include "emit.h"

#include "err.h"
#include "line.h"
#include "log.h"
#include "opt.h"
#include "reader.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static const struct options *opt;
static struct acks *acks;
static struct reader in;
static struct generator maker;
static struct buf made;
static struct log_limit complaints;
static bool ended;

void input_open(const struct options *o, struct acks *a)
{
	opt = o;
	acks = a;
	if (o->generate)
		generate_open(&maker, o->seed, o->mix[0], o->mix[1]);
	else
		reader_open(&in, STDIN_FILENO, opt_line_max);
}

int input_fd(void)
{
	return ended || opt->generate ? -1 : in.fd;
}

bool input_ended(void)
{
	return ended;
}

void input_stop(void)
{
	ended = true;
}

void input_close(void)
{
	buf_free(&made);
	if (!opt->generate)
		reader_free(&in);
}

/* This record can never succeed. */
static void refuse(bool has_id, uint64_t id, const char *why)
{
	uint64_t missed = 0;

	stats.refused++;
	if (has_id)
		acks_fail(acks, id, false, "%s", why);
	if (!has_id || log_allow(&complaints, 1000, &missed))
		log_error("record refused", "error", why, "line", log_num((int64_t)(opt->generate ? stats.records : in.lines)),
			"not_shown", missed ? log_num((int64_t)missed) : NULL, NULL);
}

static uint64_t hash(uint64_t h, struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * UINT64_C(0x100000001b3);
	return h;
}

/* What keeps versions of a record in order: its digest, or else what that is made from. */
static uint64_t key_of(const struct record *r)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	if (r->digest.p)
		h = hash(h, r->digest);
	else if (r->user_key.p)
		h = hash(hash(h, r->set), r->user_key);
	else
		return 0;
	return h ? h : 1;
}

static void take_line(struct span line)
{
	struct record r;
	struct job *j;
	uint64_t id = 0;
	bool parsed = record_parse(line, &r), has_id = line_id_number(r.id, &id);
	const char *why = NULL;

	stats.records++;
	if (!parsed) {
		char text[128];

		snprintf(text, sizeof(text), "not a record: %s at byte %zu", r.why, r.offset);
		refuse(has_id, id, text);
		return;
	}
	if (r.skip) {
		stats.skipped++;
		if (has_id)
			acks_ok(acks, id);
		return;
	}
	if (r.error.p) {
		struct buf scratch = { 0 };
		struct span text = json_text(r.error, &scratch);

		stats.refused++;
		if (has_id)
			acks_fail(acks, id, false, "%.*s", SPAN_ARG(text));
		buf_free(&scratch);
		return;
	}
	j = jobs_new();
	j->body.max = opt_line_max + 65536;
	if (!format_write(&j->body, &r, opt->as, &opt->format, &why)) {
		jobs_drop(j);
		refuse(has_id, id, why);
		return;
	}
	j->has_id = has_id;
	j->id = id;
	j->key = key_of(&r);
	jobs_add(j);
}

static bool take_made(void)
{
	while (!ended && jobs_room()) {
		if (maker.made == opt->count) {
			ended = true;
			break;
		}
		buf_reset(&made);
		generate_line(&maker, &made, opt->first_id ? opt->first_id + maker.made : 0);
		take_line(buf_as_span(&made));
	}
	return false;
}

bool input_take(void)
{
	enum reader_result got;
	struct span line;
	uint64_t id = 0;

	if (opt->generate)
		return take_made();
	while (!ended && jobs_room()) {
		got = reader_take(&in, &line);
		if (got == READER_AGAIN)
			return true;
		if (got == READER_LINE) {
			if (line.n)
				take_line(line);
		} else if (got == READER_TOO_LONG) {
			bool has_id = line_id_number(line_id(line), &id);

			stats.records++;
			refuse(has_id, id, "line too long (see --line-max)");
		} else {
			ended = true;
		}
	}
	return false;
}

void input_read(void)
{
	if (!ended && reader_fill(&in) < 0 && errno != EAGAIN && errno != EINTR)
		die(EX_IOERR, "can't read standard input:");
}
