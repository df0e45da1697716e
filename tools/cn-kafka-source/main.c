/* SPDX-License-Identifier: Apache-2.0 */
/* cn-kafka-source: Kafka records in, lines out, acks in, offsets committed. See source.h. */
#include "source.h"
#include "err.h"
#include "opt.h"
#include "sig.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define RETRY_FIRST_MS 300
#define RETRY_MAX_MS 10000
#define SLACK ((size_t)1 << 20)	/* what a line may have beside the longest one */

static struct source source;

static bool is_ready(void *ctx)
{
	const struct source *s = ctx;

	return s->phase == PHASE_RUN && s->n_parts > 0;
}

static void manage(struct source *s)
{
	char address[300];

	if (!s->opt.manage)
		return;
	s->manage = (struct http_manage){ .metrics = s->metrics, .refresh = counters_refresh, .ready = is_ready, .ctx = s };
	http_manage_start(&s->manage, s->opt.manage_host, &s->opt.manage_port);
	snprintf(address, sizeof(address), "%s:%u", s->opt.manage_host ? s->opt.manage_host : "127.0.0.1", s->opt.manage_port);
	log_info("listening", "manage", address, NULL);
}

static void lines_open(struct source *s)
{
	struct connect *connect = connect_new();
	struct schemas *schemas = s->opt.schemas ? schemas_open(s->opt.schemas) : NULL;
	const struct kafka_reader both = { .decimal = s->opt.decimal, .connect = connect, .schemas = schemas };

	s->lines.key = s->lines.value = both;
	s->lines.key.key = true;
	s->lines.key.format = s->opt.key_format;
	s->lines.value.format = s->opt.value_format;
	s->lines.max = opt_line_max;
	s->line.max = opt_line_max + SLACK;
	if ((s->opt.key_format == KAFKA_AVRO || s->opt.value_format == KAFKA_AVRO) && !schemas_one(schemas))
		die(EX_USAGE, "the format avro needs a file with --schemas, not a directory");
}

static void lines_close(struct source *s)
{
	connect_free(s->lines.key.connect);
	schemas_free(s->lines.key.schemas);
	kafka_lines_free(&s->lines);
	buf_free(&s->line);
}

static void start(struct source *s)
{
	lines_open(s);
	s->window = window_new(s->opt.window, s->opt.first_id);
	retry_open(&s->pauses, RETRY_FIRST_MS, RETRY_MAX_MS, 0);
	counters_init(s);
	dead_open(s);
	acks_start(s);
	writer_open(&s->out, STDOUT_FILENO);
	writer_nonblock(&s->out, s->line.max + ((size_t)4 << 20));
	s->out.keep_epipe = true;
	manage(s);
	consumer_open(s);
}

static void end(struct source *s)
{
	counters_log(s);
	while (s->parts)
		parts_remove(s, s->parts);
	consumer_close(s);
	dead_topic_close(s);
	if (s->manage.daemon)
		MHD_stop_daemon(s->manage.daemon);
	window_free(s->window);
	if (!s->no_acks)
		reader_free(&s->acks);
	lines_close(s);
}

int main(int argc, char **argv)
{
	err_program(argv[0]);
	options_parse(&source.opt, argc, argv);
	sig_init();
	signal(SIGXFSZ, SIG_IGN);	/* a dead-letter file at its size limit is an error to handle, not an end */
	start(&source);
	loop_run(&source);
	end(&source);
	return source.exit_code;
}
