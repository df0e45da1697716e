/* SPDX-License-Identifier: Apache-2.0 */
#include "load.h"
#include "program.h"

#include "err.h"
#include "filter.h"
#include "jq_values.h"
#include "opt.h"
#include "record.h"
#include "sig.h"

static struct filter io;

static struct {
	uint64_t writes, deletes, nulls, invalid, passed;
} count;

static const struct metric counters[] = {
	{ "cn_map_lines", NULL, "Lines read.", "lines", METRIC_COUNTER, &io.lines, NULL },
	{ "cn_map_writes", NULL, "Lines made into records to write.", "writes", METRIC_COUNTER, &count.writes, NULL },
	{ "cn_map_deletes", NULL, "Lines made into records to delete.", "deletes", METRIC_COUNTER, &count.deletes, NULL },
	{ "cn_map_skipped", NULL, "Lines dropped on purpose.", "skipped", METRIC_COUNTER, &count.nulls, NULL },
	{ "cn_map_invalid", NULL, "Lines dropped because they can't be mapped.", "invalid", METRIC_COUNTER, &count.invalid, NULL },
	{ "cn_map_passed", NULL, "Lines passed on as they came.", "passed", METRIC_COUNTER, &count.passed, NULL },
	{ "cn_map_errors", NULL, "Lines that became error lines.", "errors", METRIC_COUNTER, &io.errors, NULL },
	{ 0 }
};

struct run {
	struct options opt;
	struct jq_program *jq;	/* NULL with selectors */
	struct mapper mapper;
	struct kafka_line kafka;
	struct buf record;
};

/* Where a line came from, "kafka:orders/3@991: ", for errors. */
static void put_origin(struct buf *b, const struct kafka_line *k)
{
	if (!k->topic.p || !k->partition.p || !k->offset.p)
		return;
	buf_printf(b, "kafka:%.*s/%.*s@%.*s: ", k->topic.n < 260 ? (int)k->topic.n - 2 : 258, k->topic.p + 1, SPAN_ARG(k->partition),
		SPAN_ARG(k->offset));
}

static void complain(struct run *p, struct span id, const char *msg, const char *why)
{
	struct buf censored = { .max = 16384 };

	if (!filter_may_log(&io, id))
		return;
	if (p->jq) {	/* its messages have pieces of data in them */
		jq_program_censor(&censored, span_of(why));
		buf_byte(&censored, '\0');
		why = censored.full ? "(too long)" : censored.p;
	}
	filter_log(&io, id, msg, why);
	buf_free(&censored);
}

static void refuse(struct run *p, struct span id, const struct kafka_line *k, struct span why)
{
	struct buf text = { .max = 8192 };

	if (k)
		put_origin(&text, k);
	buf_span(&text, why);
	buf_byte(&text, '\0');
	filter_refuse(&io, id, span_of(text.full ? "(too long)" : text.p));
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
	line_skip(&io.out, k->id);
	complain(p, k->id, "dropped a record that can't be mapped", text.full ? "(too long)" : text.p);
	buf_free(&text);
}

/* A record line is none of our business, but must be one. */
static void pass_record(struct run *p, struct span line)
{
	struct record r;

	if (record_parse(line, &r)) {
		line_pass(&io.out, line);
		count.passed++;
		return;
	}
	struct buf text = { .max = 1024 };
	buf_printf(&text, "not a record: %s at byte %zu", r.why, r.offset);
	refuse(p, r.id, NULL, buf_as_span(&text));
	buf_free(&text);
}

static void reload(void *run)
{
	struct run *p = run;

	load_again(&p->opt, &p->jq);
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
		line_skip(&io.out, k->id);
		return;
	case MAPPED_BAD:
		if (g->ignore_invalid)
			drop(p, k);
		else
			refuse(p, k->id, k, buf_as_span(&p->mapper.why));
		return;
	}
	line_pass(&io.out, buf_as_span(&p->record));
}

static void take_line(void *run, struct span line)
{
	struct run *p = run;
	struct kafka_line *k = &p->kafka;
	const struct mapping *g;

	if (!kafka_line_parse(k, line)) {
		refuse_line(p, k);
	} else if (k->skip || k->error.p) {
		line_pass(&io.out, line);
		count.passed++;
	} else if (k->is_record) {
		pass_record(p, line);
	} else if (!(g = topics_find(&p->opt.topics, k->topic))) {
		refuse(p, k->id, k, SPAN("the configuration does not have this topic"));
	} else {
		map(p, g, k);
	}
}

static void refuse_unread(void *run, struct span id, const char *why)
{
	refuse(run, id, NULL, span_of(why));
}

int main(int argc, char **argv)
{
	static struct run p;
	const struct filter_calls calls = { .line = take_line, .refuse = refuse_unread, .reload = reload, .metrics = counters, .ctx = &p };
	int status;

	err_program(argv[0]);
	options_parse(&p.opt, argc, argv);
	p.jq = load_program(&p.opt);
	if (p.opt.check)
		return EX_OK;
	sig_init();
	mapper_init(&p.mapper);
	p.record.max = opt_line_max;
	filter_open(&io);
	status = filter_run(&io, &calls);
	jq_program_free(p.jq);
	jq_values_free();
	mapper_free(&p.mapper);
	kafka_line_free(&p.kafka);
	buf_free(&p.record);
	options_free(&p.opt);
	return status;
}
