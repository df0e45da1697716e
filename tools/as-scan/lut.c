/* SPDX-License-Identifier: Apache-2.0 */
/* --lut. Rows of a scan don't tell the last-update time, and reading a record gives either all bins or an expression. So the lines of some
 * rows wait, without it, until a batch of expression reads has told it. The generation must be the row's: else the record was written
 * meanwhile, the time is that of another version, and the line goes without. */
#include "bytes.h"
#include "client_batch.h"
#include "client_message.h"
#include "err.h"
#include "expression.h"
#include "json.h"
#include "particle.h"
#include "result.h"
#include "scan.h"

#include <stdlib.h>

#define TEXT_MAX ((size_t)1 << 30)
#define ROWS_GROW 512

struct lut_row {
	uint8_t digest[DIGEST_SIZE];
	uint32_t generation;
	size_t end, hole;		/* in text */
	int64_t lut;			/* ms since 1970; 0: not known */
};

struct lut_set {
	struct buf text;
	struct lut_row *row;
	size_t n, cap;
};

struct lut {
	struct client_batch batch;	/* first: the client's pointer is ours */
	struct scanner *scanner;
	struct lut_set filling, asked;
	struct batch_row *rows;
	size_t rows_cap;
	struct buf units, value;
	bool under_way;
	int code;			/* why a row could not be asked for */
};

void lut_open(struct scanner *s)
{
	if (!s->options.lut)
		return;
	s->lut = xcalloc(1, sizeof(*s->lut));
	s->lut->scanner = s;
	s->lut->filling.text.max = s->lut->asked.text.max = TEXT_MAX;
	s->lut->units.max = TEXT_MAX;
	expression_read_last_update(&s->lut->value);
}

bool lut_empty(const struct scanner *s)
{
	return !s->lut || (!s->lut->under_way && !s->lut->filling.n);
}

size_t lut_waiting(const struct scanner *s)
{
	return s->lut ? s->lut->filling.text.n + s->lut->asked.text.n : 0;
}

void lut_row(struct scanner *s, const struct scan_row *row)
{
	struct lut_set *f = &s->lut->filling;
	struct lut_row *r;

	if (f->n == f->cap) {
		r = realloc(f->row, (f->cap + f->cap / 2 + ROWS_GROW) * sizeof(*r));
		if (!r)
			die(EX_SOFTWARE, "no memory for the rows of one answer");
		f->row = r;
		f->cap += f->cap / 2 + ROWS_GROW;
	}
	r = &f->row[f->n++];
	*r = (struct lut_row){ .generation = row->generation };
	memcpy(r->digest, row->digest.p, DIGEST_SIZE);
	rows_put(s, &f->text, row, &r->hole);
	r->end = f->text.n;
}

static void take_answer(struct client_batch *b, unsigned i, int code, bool in_doubt, struct span body)
{
	struct lut *l = (struct lut *)b;
	struct lut_row *r = &l->asked.row[i];
	struct message_op op;
	struct message m;

	(void)in_doubt;
	if (code == RESULT_OK && message_open(&m, body.p, body.n)) {
		if (m.generation == r->generation && message_next_op(&m, &op) && op.particle == PARTICLE_INTEGER && op.value.n == 8)
			r->lut = (int64_t)get_be64(op.value.p) / 1000000;
		else if (m.generation != r->generation)
			l->scanner->count.changed++;
	} else if (code == RESULT_NOT_FOUND) {
		l->scanner->count.changed++;
	} else if (!l->code) {
		l->code = code ? code : CLIENT_BAD_REPLY;
	}
}

static void put_lines(struct lut *l, struct buf *out)
{
	size_t at = 0;

	for (size_t i = 0; i < l->asked.n; i++) {
		const struct lut_row *r = &l->asked.row[i];

		if (r->lut > 0) {
			buf_put(out, l->asked.text.p + at, r->hole - at);
			buf_lit(out, ",\"lut\":");
			json_put_int64(out, r->lut);
			at = r->hole;
		}
		buf_put(out, l->asked.text.p + at, r->end - at);
		at = r->end;
	}
}

/* A line without the time that was asked for would be a lie about all later ones: the scan ends here, and these lines are not written. */
static void answered(struct client_batch *b)
{
	struct lut *l = (struct lut *)b;
	struct scanner *s = l->scanner;

	l->under_way = false;
	if (!l->code) {
		put_lines(l, &s->text);
	} else if (!s->code) {
		s->code = l->code;
		if (s->running)
			client_scan_cancel(&s->scan);
		s->running = false;
		l->filling.n = 0;
		buf_reset(&l->filling.text);
	}
	l->asked.n = 0;
	buf_reset(&l->asked.text);
}

static void encode(struct lut *l)
{
	const struct options *o = &l->scanner->options;
	struct command c = { .ns = span_of(o->ns), .ttl = TTL_NEVER, .timeout_ms = (uint32_t)o->timeout };
	struct lut_set *a = &l->asked;

	buf_reset(&l->units);
	for (size_t i = 0; i < a->n; i++) {
		struct command_writer w;
		size_t start = l->units.n;

		c.digest = a->row[i].digest;
		command_begin(&w, &l->units, &c);
		command_op(&w, OP_EXPR_READ, SPAN("lut"), PARTICLE_BLOB, buf_as_span(&l->value));
		command_end(&w);
		l->rows[i] = (struct batch_row){ .unit = { NULL, l->units.n - start } };
	}
	/* Only now does the buffer stay where it is. */
	for (size_t i = 0, at = 0; i < a->n; at += l->rows[i].unit.n, i++)
		l->rows[i].unit.p = l->units.p + at;
}

void lut_send(struct scanner *s)
{
	struct lut *l = s->lut;
	struct lut_set empty;

	if (!l || l->under_way || !l->filling.n)
		return;
	empty = l->asked;
	l->asked = l->filling;
	l->filling = empty;
	if (l->rows_cap < l->asked.n) {
		free(l->rows);
		l->rows_cap = l->asked.cap;
		l->rows = xcalloc(l->rows_cap, sizeof(*l->rows));
	}
	encode(l);
	if (l->asked.text.full || l->units.full)
		die(EX_SOFTWARE, "no memory for the lines of one answer");
	l->batch = (struct client_batch){ .rows = l->rows, .n = (unsigned)l->asked.n, .retries = 10, .socket_ms = (uint32_t)s->options.timeout,
		.total_ms = (uint32_t)s->options.timeout, .row = take_answer, .done = answered };
	l->under_way = true;
	client_batch(s->client, &l->batch);
}

void lut_free(struct scanner *s)
{
	struct lut *l = s->lut;

	if (!l)
		return;
	if (l->under_way)
		client_batch_cancel(&l->batch);
	buf_free(&l->filling.text);
	buf_free(&l->asked.text);
	buf_free(&l->units);
	buf_free(&l->value);
	free(l->filling.row);
	free(l->asked.row);
	free(l->rows);
	free(l);
	s->lut = NULL;
}
