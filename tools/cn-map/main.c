/* SPDX-License-Identifier: Apache-2.0 */
#include "load.h"
#include "program.h"

#include "err.h"
#include "jq_values.h"
#include "line.h"
#include "log.h"
#include "metrics.h"
#include "opt.h"
#include "reader.h"
#include "record.h"
#include "sig.h"
#include "writer.h"

#include <unistd.h>

static struct {
	uint64_t lines, writes, deletes, nulls, invalid, passed, errors;
} count;

static const struct metric counters[] = {
	{ "cn_map_lines", NULL, "Lines read.", "lines", METRIC_COUNTER, &count.lines, NULL },
	{ "cn_map_writes", NULL, "Lines made into records to write.", "writes", METRIC_COUNTER, &count.writes, NULL },
	{ "cn_map_deletes", NULL, "Lines made into records to delete.", "deletes", METRIC_COUNTER, &count.deletes, NULL },
	{ "cn_map_skipped", NULL, "Lines dropped on purpose.", "skipped", METRIC_COUNTER, &count.nulls, NULL },
	{ "cn_map_invalid", NULL, "Lines dropped because they can't be mapped.", "invalid", METRIC_COUNTER, &count.invalid, NULL },
	{ "cn_map_passed", NULL, "Lines passed on as they came.", "passed", METRIC_COUNTER, &count.passed, NULL },
	{ "cn_map_errors", NULL, "Lines that became error lines.", "errors", METRIC_COUNTER, &count.errors, NULL },
	{ 0 }
};

struct run {
	struct options opt;
	struct jq_program *jq;	/* NULL with selectors */
	struct mapper mapper;
	struct kafka_line kafka;
	struct buf record;
	struct writer out;
	struct reader in;
	struct log_limit complaints;
	int status;
};

/* Where a line came from, "kafka:orders/3@991: ", for errors. */
static void put_origin(struct buf *b, const struct kafka_line *k)
{
	if (!k->topic.p || !k->partition.p || !k->offset.p)
		return;
	buf_printf(b, "kafka:%.*s/%.*s@%.*s: ", k->topic.n < 260 ? (int)k->topic.n - 2 : 258, k->topic.p + 1, SPAN_ARG(k->partition),
		SPAN_ARG(k->offset));
}

/* One event a second at most: the error lines say it all, and the source keeps them with their records. Of a line without an id
 * nobody else hears, so each of these is told. */
static void complain(struct run *p, struct span id, const char *msg, const char *why)
{
	struct buf shown = { .max = 64 }, censored = { .max = 16384 };
	uint64_t missed = 0;

	if (id.p && !log_allow(&p->complaints, 1000, &missed))
		return;
	if (p->jq) {	/* its messages have pieces of data in them */
		jq_program_censor(&censored, span_of(why));
		buf_byte(&censored, '\0');
		why = censored.full ? "(too long)" : censored.p;
	}
	buf_span(&shown, id);
	buf_byte(&shown, '\0');
	log_warn(msg, "line", log_num((int64_t)p->in.lines), "id", id.p && !shown.full ? shown.p : NULL, "why", why,
		"missed", missed ? log_num((int64_t)missed) : NULL, NULL);
	buf_free(&shown);
	buf_free(&censored);
}

static void refuse(struct run *p, struct span id, const struct kafka_line *k, struct span why)
{
	struct buf text = { .max = 8192 };

	if (k)
		put_origin(&text, k);
	buf_span(&text, why);
	buf_byte(&text, '\0');
	count.errors++;
	if (!id.p)	/* nobody hears of it downstream, so let the exit code tell */
		p->status = EX_DATAERR;
	line_error(&p->out, id, "%s", text.full ? "(too long)" : text.p);
	complain(p, id, "can't map a line", text.full ? "(too long)" : text.p);
	buf_free(&text);
}

static void refuse_line(struct run *p, const struct kafka_line *k)
{
	struct buf text = { .max = 8192 };

	buf_printf(&text, "%s at byte %zu", k->why, k->at);
	refuse(p, k->id, k, buf_as_span(&text));
	buf_free(&text);
}

/* The record is dropped, which the configuration calls `ignore`. */
static void drop(struct run *p, const struct kafka_line *k)
{
	struct buf text = { .max = 8192 };

	count.invalid++;
	put_origin(&text, k);
	buf_span(&text, buf_as_span(&p->mapper.why));
	buf_byte(&text, '\0');
	line_skip(&p->out, k->id);
	complain(p, k->id, "dropped a record that can't be mapped", text.full ? "(too long)" : text.p);
	buf_free(&text);
}

/* A record line is none of our business, but must be one. */
static void pass_record(struct run *p, struct span line)
{
	struct record r;

	if (record_parse(line, &r)) {
		line_pass(&p->out, line);
		count.passed++;
		return;
	}
	struct buf text = { .max = 1024 };
	buf_printf(&text, "not a record: %s at byte %zu", r.why, r.offset);
	refuse(p, r.id, NULL, buf_as_span(&text));
	buf_free(&text);
}

static void look_at_signals(struct run *p)
{
	if (sig_take_hup())
		load_again(&p->opt, &p->jq);
	if (sig_take_usr1())
		metrics_log(counters);
}

static enum mapped to_record(struct run *p, const struct mapping *g, struct kafka_line *k)
{
	enum mapped mapped;

	if (!p->jq)
		return map_line(&p->mapper, g, k, &p->record);
	mapped = map_program(&p->mapper, g, p->jq, k, &p->record);
	if (jq_program_broken(p->jq))
		load_anew(&p->opt, &p->jq);
	return mapped;
}

static void map(struct run *p, const struct mapping *g, struct kafka_line *k)
{
	buf_reset(&p->record);
	switch (to_record(p, g, k)) {
	case MAPPED_WRITE:
		count.writes++;
		break;
	case MAPPED_DELETE:
		count.deletes++;
		break;
	case MAPPED_SKIP:
		count.nulls++;
		line_skip(&p->out, k->id);
		return;
	case MAPPED_BAD:
		if (g->ignore_invalid)
			drop(p, k);
		else
			refuse(p, k->id, k, buf_as_span(&p->mapper.why));
		return;
	}
	line_pass(&p->out, buf_as_span(&p->record));
}

static void take_line(struct run *p, struct span line)
{
	struct kafka_line *k = &p->kafka;
	const struct mapping *g;

	if (!kafka_line_parse(k, line)) {
		refuse_line(p, k);
	} else if (k->skip || k->error.p) {
		line_pass(&p->out, line);
		count.passed++;
	} else if (k->is_record) {
		pass_record(p, line);
	} else if (!(g = topics_find(&p->opt.topics, k->topic))) {
		refuse(p, k->id, k, SPAN("the configuration does not have this topic"));
	} else {
		map(p, g, k);
	}
}

static int loop(struct run *p)
{
	struct span line;
	enum reader_result res;

	while ((res = reader_next(&p->in, &p->out, &line)) != READER_EOF) {
		look_at_signals(p);
		if (res == READER_LINE) {
			count.lines++;
			take_line(p, line);
		} else if (res == READER_TOO_LONG) {
			count.lines++;
			refuse(p, line_id(line), NULL, SPAN("the line is longer than --line-max"));
		} else if (res == READER_ERROR) {
			if (!p->out.error)	/* otherwise main tells */
				warn("can't read standard input:");
			return EX_IOERR;
		}
	}
	return p->status;
}

int main(int argc, char **argv)
{
	static struct run p;

	err_program(argv[0]);
	options_parse(&p.opt, argc, argv);
	p.jq = load_program(&p.opt);
	if (p.opt.check)
		return EX_OK;
	sig_init();
	mapper_init(&p.mapper);
	p.record.max = opt_line_max;
	reader_open(&p.in, STDIN_FILENO, opt_line_max);
	writer_open(&p.out, STDOUT_FILENO);
	int status = loop(&p);
	metrics_log(counters);
	if (writer_close(&p.out) < 0) {
		warn("can't write standard output:");
		status = EX_IOERR;
	}
	jq_program_free(p.jq);
	jq_values_free();
	reader_free(&p.in);
	mapper_free(&p.mapper);
	kafka_line_free(&p.kafka);
	buf_free(&p.record);
	options_free(&p.opt);
	return status;
}
