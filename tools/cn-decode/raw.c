/* SPDX-License-Identifier: Apache-2.0 */
#include "decode.h"

#include "clock.h"
#include "err.h"
#include "json.h"
#include "msgpack_read.h"
#include "opt.h"

#include <errno.h>
#include <unistd.h>

#define BLOCK ((size_t)256 << 10)

static void decode_one(struct decoder *d, enum notify_format f, struct span body)
{
	struct span id;

	count.lines++;
	d->items++;
	buf_reset(&d->text);
	json_put_uint64(&d->text, d->next_id++);
	id = buf_as_span(&d->text);
	buf_reset(&d->record);
	buf_lit(&d->record, "{\"id\":");
	buf_span(&d->record, id);
	buf_byte(&d->record, ',');
	if (!notify_decode(&d->notify, &d->record, f, body, clock_unix_ms())) {
		decode_refuse_body(d, id, f);
		return;
	}
	buf_lit(&d->record, "}\n");
	if (d->record.full) {
		decode_refuse(d, id, "record line would be longer than --line-max");
		return;
	}
	writer_span(&d->out, buf_as_span(&d->record));
	count.decoded++;
}

/* Something went wrong that belongs to the next message, of which there is none. */
static int refuse_rest(struct decoder *d, const char *why, size_t offset)
{
	struct span id;

	count.lines++;
	d->items++;
	buf_reset(&d->text);
	json_put_uint64(&d->text, d->next_id++);
	id = buf_as_span(&d->text);
	decode_refuse(d, id, "byte %zu of the input: %s", offset, why);
	return EX_DATAERR;
}

/* More of stdin behind what is in *b: bytes, 0 at the end, -1 with errno (ENOBUFS: *b is full). */
static ssize_t read_more(struct decoder *d, struct buf *b)
{
	char *to = buf_reserve(b, BLOCK);
	ssize_t got;

	if (!to) {
		errno = ENOBUFS;
		return -1;
	}
	writer_flush(&d->out);
	do {
		decode_look_at_signals();
		got = read(STDIN_FILENO, to, BLOCK);
	} while (got < 0 && errno == EINTR);
	if (got > 0)
		b->n += (size_t)got;
	return got;
}

static int cant_read(struct decoder *d, size_t offset)
{
	if (errno == ENOBUFS)
		return refuse_rest(d, "message is longer than --line-max", offset);
	if (!d->out.error)	/* otherwise main tells */
		warn("can't read standard input:");
	return EX_IOERR;
}

/* All of stdin is one body. */
static int decode_body(struct decoder *d)
{
	struct buf in = { .max = opt_line_max + BLOCK };
	ssize_t got;

	while ((got = read_more(d, &in)) > 0)
		;
	if (got < 0)
		d->status = cant_read(d, 0);
	else
		decode_one(d, NOTIFY_WIRE, buf_as_span(&in));
	buf_free(&in);
	return d->status;
}

static bool blank(struct span line)
{
	while (line.n && (line.p[line.n - 1] == ' ' || line.p[line.n - 1] == '\t' || line.p[line.n - 1] == '\r'))
		line.n--;
	return line.n == 0;
}

static int decode_ndjson(struct decoder *d, enum notify_format f)
{
	enum reader_result res;
	struct span line;

	reader_open(&d->in, STDIN_FILENO, opt_line_max);
	while ((res = reader_next(&d->in, &d->out, &line)) != READER_EOF) {
		decode_look_at_signals();
		if (res == READER_ERROR) {
			d->status = cant_read(d, 0);
			break;
		}
		if (res == READER_TOO_LONG)
			refuse_rest(d, "line is longer than --line-max", 0);
		else if (res == READER_LINE && !blank(line))
			decode_one(d, f, line);
	}
	reader_free(&d->in);
	return d->status;
}

/* The bytes behind `head` to the front, when that costs less than it has brought. */
static void shift(struct buf *b, size_t *head)
{
	if (*head < BLOCK || *head < b->n / 2)
		return;
	memmove(b->p, b->p + *head, b->n - *head);
	b->n -= *head;
	*head = 0;
}

/* Concatenated messages. Behind a byte that is no MessagePack there is no telling where the next one begins, so that ends it. */
static int decode_stream(struct decoder *d)
{
	struct buf in = { .max = 2 * opt_line_max + 2 * BLOCK };
	struct mp_frame frame = { 0 };
	size_t head = 0, before = 0;
	ssize_t got;
	int found;

	for (;;) {
		found = mp_frame(&frame, (struct span){ in.p + head, in.n - head });
		if (found < 0 || frame.at > opt_line_max)
			break;
		if (found) {
			decode_one(d, NOTIFY_MSGPACK, (struct span){ in.p + head, frame.at });
			head += frame.at;
			before += frame.at;
			frame = (struct mp_frame){ 0 };
			continue;
		}
		shift(&in, &head);
		got = in.n - head > opt_line_max ? (errno = ENOBUFS, -1) : read_more(d, &in);
		if (got < 0) {
			d->status = cant_read(d, before);
			goto out;
		}
		if (got == 0) {
			if (in.n > head)
				refuse_rest(d, "input ends inside a message", before + (in.n - head));
			goto out;
		}
	}
	if (found < 0)
		refuse_rest(d, "no MessagePack", before + frame.at);
	else
		refuse_rest(d, "message is longer than --line-max", before);
out:
	buf_free(&in);
	return d->status;
}

int decode_raw(struct decoder *d)
{
	switch (d->input) {
	case INPUT_WIRE:
		return decode_body(d);
	case INPUT_JSON:
		return decode_ndjson(d, NOTIFY_JSON);
	case INPUT_FLAT_JSON:
		return decode_ndjson(d, NOTIFY_FLAT_JSON);
	case INPUT_MSGPACK:
		return decode_stream(d);
	case INPUT_LINES:
		break;
	}
	return EX_SOFTWARE;
}
