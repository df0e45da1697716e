/* SPDX-License-Identifier: Apache-2.0 */
#include "decode.h"

#include "ack.h"
#include "err.h"
#include "line.h"
#include "opt.h"
#include "sig.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>
#include <zlib.h>

struct counts count;

static const struct metric counters[] = {
	{ "cn_decode_lines", NULL, "Lines or raw messages read.", "lines", METRIC_COUNTER, &count.lines, NULL },
	{ "cn_decode_decoded", NULL, "Notifications made into records.", "decoded", METRIC_COUNTER, &count.decoded, NULL },
	{ "cn_decode_passed", NULL, "Lines passed on as they came.", "passed", METRIC_COUNTER, &count.passed, NULL },
	{ "cn_decode_errors", NULL, "Lines or messages that could not be decoded.", "errors", METRIC_COUNTER, &count.errors, NULL },
	{ 0 }
};

enum { OPT_TYPE = 'T', OPT_TTL = 't', OPT_METADATA_KEY = 'm', OPT_FIRST_ID = OPT_LONG };

static const struct opt options[] = {
	{ OPT_TYPE, "type", "FORMAT", NULL, "stdin is raw: wire (one body), json or flat-json (a message a line), msgpack (a stream)" },
	{ OPT_TTL, "ttl", "KIND", "CN_TTL", "what the ttl of binary bodies means: relative, absolute or auto [auto]" },
	{ OPT_METADATA_KEY, "metadata-key", "NAME", "CN_METADATA_KEY", "member that holds the metadata in flat-json [metadata]" },
	{ OPT_FIRST_ID, "first-id", "N", NULL, "number what has no id from N on [1 with --type, else no numbers]" },
	{ 0 }
};

static void set(void *ctx, int key, const char *value)
{
	struct decoder *d = ctx;
	int word;

	switch (key) {
	case OPT_TYPE:
		word = opt_word(value, "wire json flat-json msgpack");
		d->input = (enum input)(INPUT_WIRE + word);
		break;
	case OPT_TTL:
		d->notify.ttl = (enum notify_ttl)opt_word(value, "relative absolute auto");
		break;
	case OPT_METADATA_KEY:
		if (!*value)
			opt_bad(value, "must not be empty");
		d->notify.metadata_key = value;
		break;
	case OPT_FIRST_ID:
		d->next_id = opt_count(value, 0, ACK_ID_MAX);
		d->number = true;
		break;
	}
}

static const char *libraries(void)
{
	static char text[64];

	snprintf(text, sizeof text, "zlib %s", zlibVersion());
	return text;
}

static const struct opts usage = {
	.synopsis = "[options] <notifications >records",
	.what = "Turn change notifications into records.",
	.table = options,
	.libraries = libraries,
	.set = set,
};

/* One event a second at most: the error lines say it all, and the source keeps them with their records. Of a line without an id
 * nobody else hears, so each of these is told. */
static void complain(struct decoder *d, struct span id, const char *why)
{
	char shown[32];
	uint64_t missed = 0;

	if (id.p && !log_allow(&d->complaints, 1000, &missed))
		return;
	snprintf(shown, sizeof shown, "%.*s", (int)(id.n < sizeof shown ? id.n : 0), id.p ? id.p : "");
	log_warn("can't decode a notification", d->input == INPUT_LINES ? "line" : "message", log_num((int64_t)d->items),
		"id", *shown ? shown : NULL, "why", why, "missed", missed ? log_num((int64_t)missed) : NULL, NULL);
}

void decode_refuse(struct decoder *d, struct span id, const char *fmt, ...)
{
	char why[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	count.errors++;
	if (!id.p || d->input != INPUT_LINES)	/* nobody downstream knows of it, so let the exit code tell */
		d->status = EX_DATAERR;
	line_error(&d->out, id, "%s", why);
	complain(d, id, why);
}

void decode_refuse_body(struct decoder *d, struct span id, enum notify_format f)
{
	decode_refuse(d, id, "%s: byte %zu: %s", notify_format_name(f), d->notify.offset, d->notify.why);
}

void decode_look_at_signals(void)
{
	if (sig_take_usr1())
		metrics_log(counters);
}

static int decode_lines(struct decoder *d)
{
	enum reader_result res;
	struct span line;

	reader_open(&d->in, STDIN_FILENO, opt_line_max);
	while ((res = reader_next(&d->in, &d->out, &line)) != READER_EOF) {
		decode_look_at_signals();
		if (res == READER_ERROR) {
			if (!d->out.error)	/* otherwise main tells */
				warn("can't read standard input:");
			d->status = EX_IOERR;
			break;
		}
		count.lines++;
		d->items = d->in.lines;
		if (res == READER_LINE && line_is_cut(d->in.torn, line)) {
			line_pass_cut(&d->out, line);
			d->status = EX_TEMPFAIL;
		} else if (res == READER_LINE)
			decode_line(d, line);
		else if (res == READER_TOO_LONG)
			decode_refuse(d, line_id(line), "the line is longer than --line-max");
	}
	reader_free(&d->in);
	return d->status;
}

int main(int argc, char **argv)
{
	static struct decoder d = { .next_id = 1 };
	int status;

	err_program(argv[0]);
	notify_init(&d.notify);
	if (opt_parse(&usage, argc, argv, &d) < argc)
		die(EX_USAGE, "takes no operands: it reads standard input");
	d.record.max = opt_line_max;
	sig_init();
	writer_open(&d.out, STDOUT_FILENO);
	status = d.input == INPUT_LINES ? decode_lines(&d) : decode_raw(&d);
	metrics_log(counters);
	if (writer_close(&d.out) < 0) {
		warn("can't write standard output:");
		status = EX_IOERR;
	}
	notify_free(&d.notify);
	buf_free(&d.body);
	buf_free(&d.record);
	buf_free(&d.text);
	return status;
}
