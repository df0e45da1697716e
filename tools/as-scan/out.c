/* SPDX-License-Identifier: Apache-2.0 */
/* Lines wait for their turn and for the reader; when too many wait, the scan does. */
#include "clock.h"
#include "err.h"
#include "scan.h"

#include <unistd.h>

#define TEXT_MAX ((size_t)1 << 30)	/* far above OUT_HIGH and all that one unit of a node can become */
#define WRITER_HIGH ((size_t)1 << 20)
#define LATE_NS INT64_C(50000000)	/* what --rate makes up for */

void out_open(struct scanner *s)
{
	writer_open(&s->out, STDOUT_FILENO);
	writer_nonblock(&s->out, 8 * WRITER_HIGH);
	s->text.max = TEXT_MAX;
}

/* A scan that is to be slow does not run far ahead either. */
size_t out_high(const struct scanner *s)
{
	return s->options.rate ? OUT_HIGH / 16 : OUT_HIGH;
}

size_t out_waiting(const struct scanner *s)
{
	return s->text.n - s->head + writer_pending(&s->out) + lut_waiting(s);
}

bool out_empty(const struct scanner *s)
{
	return s->head == s->text.n && !writer_pending(&s->out);
}

/* Without --rate: everything. */
static size_t turn(struct scanner *s)
{
	int64_t now = clock_us() * 1000, step;
	size_t at = s->head;

	if (!s->options.rate)
		return s->text.n - at;
	step = INT64_C(1000000000) / (int64_t)s->options.rate;
	if (s->turn_ns < now - LATE_NS)
		s->turn_ns = now - LATE_NS;
	while (at < s->text.n && s->turn_ns <= now) {
		at = (size_t)((char *)memchr(s->text.p + at, '\n', s->text.n - at) - s->text.p) + 1;
		s->turn_ns += step;
	}
	return at - s->head;
}

static size_t whole_lines(const char *p, size_t n)
{
	const char *nl = n > WRITER_HIGH ? memrchr(p, '\n', WRITER_HIGH) : NULL;

	if (n > WRITER_HIGH && !nl)
		nl = memchr(p, '\n', n);
	return nl ? (size_t)(nl - p) + 1 : n;
}

static void to_writer(struct scanner *s)
{
	size_t n = writer_pending(&s->out) < WRITER_HIGH ? turn(s) : 0;

	/* In pieces of whole lines: what the writer holds is bounded, too. */
	while (n && writer_pending(&s->out) < WRITER_HIGH) {
		size_t piece = whole_lines(s->text.p + s->head, n);

		writer_put(&s->out, s->text.p + s->head, piece);
		writer_flush(&s->out);
		s->count.bytes += piece;
		s->head += piece;
		n -= piece;
	}
	if (s->head == s->text.n) {
		s->head = 0;
		buf_reset(&s->text);
		if (s->text.cap > 2 * OUT_HIGH)
			buf_free(&s->text);
		s->text.max = TEXT_MAX;
	} else if (s->head > s->text.n / 2) {
		memmove(s->text.p, s->text.p + s->head, s->text.n - s->head);
		s->text.n -= s->head;
		s->head = 0;
	}
}

void out_pump(struct scanner *s)
{
	if (s->text.full)
		die(EX_SOFTWARE, "no memory for the lines of one answer");
	to_writer(s);
	if (writer_flush(&s->out) < 0)
		die(EX_IOERR, "can't write records to standard output:");
	if (s->paused && out_waiting(s) < out_high(s) / 4) {
		s->paused = false;
		if (s->running)
			client_scan_resume(&s->scan);
	}
}

void out_drop(struct scanner *s)
{
	s->text.n = s->head;
}

int64_t out_due(const struct scanner *s)
{
	if (!s->options.rate || s->head == s->text.n || writer_pending(&s->out) >= WRITER_HIGH)
		return INT64_MAX;
	return s->turn_ns / 1000000 + 1;
}

void out_close(struct scanner *s)
{
	if (writer_close(&s->out) < 0)
		die(EX_IOERR, "can't write records to standard output:");
	buf_free(&s->text);
}
