/* SPDX-License-Identifier: Apache-2.0 */
#include "listen.h"
#include "ack.h"
#include "notification.h"

#include <stdlib.h>

#define OUT_FULL ((size_t)1 << 20)	/* with so much output pending, no more is taken in */

void queue_init(struct queue *q)
{
	*q = (struct queue){ .end = &q->first };
}

void queue_add(struct queue *q, struct request *r)
{
	r->next = NULL;
	*q->end = r;
	q->end = &r->next;
	q->n++;
}

struct request *queue_take(struct queue *q)
{
	struct request *r = q->first;

	if (!r)
		return NULL;
	q->first = r->next;
	if (!q->first)
		q->end = &q->first;
	q->n--;
	return r;
}

static void queue_put_back(struct queue *q, struct request *r)
{
	r->next = q->first;
	q->first = r;
	if (!r->next)
		q->end = &r->next;
	q->n++;
}

static struct notification notification(const struct request *r)
{
	return (struct notification){
		.id = r->id, .at = r->at, .path = request_path(r), .type = request_type(r), .body = buf_as_span(&r->body)
	};
}

/* A line that is larger than the whole window still goes, alone. */
static bool has_room(struct server *s, const struct notification *n)
{
	const size_t size = notification_size_max(n);

	return !window_full(s->window) && writer_pending(&s->out) < OUT_FULL &&
		(s->flight_bytes + size <= s->opt.window_bytes || window_count(s->window) == 0);
}

/* Without a dead-letter file nobody needs body and head again; a full window of them would be most of our memory. */
static void line_written(struct server *s, struct request *r)
{
	if (s->dead_file.fd >= 0)
		return;
	s->body_bytes -= r->reserved;
	r->reserved = 0;
	buf_free(&r->body);
	buf_free(&r->head);
	r->path_n = 0;
	r->has_type = false;
}

/* Without a word of it, a stage that swallows lines would only show in the sender's lag. Once a second at most. */
static void answer_late(struct server *s, struct request *r, const char *what)
{
	static struct log_limit limit;
	uint64_t missed;

	s->count.expired++;
	if (log_allow(&limit, 1000, &missed))
		log_warn(what, "in_flight", log_num((int64_t)window_count(s->window)),
			"more", missed ? log_num((int64_t)missed) : NULL, NULL);
	flight_finish(s, r, 503);
}

#define NO_ACK "no ack before the deadline: answered 503"
#define NO_ROOM "no room in the window before the deadline: answered 503"

/* Give it an id and write its line, if there is room. */
static bool admit(struct server *s, struct request *r)
{
	struct notification n = notification(r);

	if (!has_room(s, &n))
		return false;
	if (s->now - r->whole >= s->opt.deadline) {	/* it waited too long: the sender gives up on it about now */
		answer_late(s, r, NO_ROOM);
		return true;
	}
	n.id = r->id = window_add(s->window, r, r->whole);
	n.at = r->at = s->now_unix;
	buf_reset(&s->line);
	notification_line(&s->line, &n);
	if (s->line.full || r->id > ACK_ID_MAX) {
		window_take(s->window, r->id);
		log_error("can't make a line of a request", "reason", s->line.full ? "memory" : "ids are used up", NULL);
		flight_finish(s, r, 503);
		return true;
	}
	writer_span(&s->out, buf_as_span(&s->line));
	s->out_total += s->line.n;
	r->out_end = s->out_total;
	r->line_size = s->line.n;
	s->flight_bytes += s->line.n;
	s->count.line_bytes += s->line.n;
	s->count.body_bytes += n.body.n;
	r->stage = STAGE_FLIGHT;
	line_written(s, r);
	return true;
}

void flight_submit(struct server *s, struct request *r)
{
	s->count.received++;
	r->whole = s->now;
	if (s->draining || s->stop) {
		flight_finish(s, r, 503);
		return;
	}
	if (s->waiting.n || !admit(s, r)) {
		r->stage = STAGE_WAIT;
		queue_add(&s->waiting, r);
	}
}

void flight_gate(struct server *s, struct request *r)
{
	r->stage = STAGE_GATE;
	r->whole = s->now;
	queue_add(&s->gate, r);
}

static void open_gate(struct server *s)
{
	struct request *r;

	while ((r = queue_take(&s->gate))) {
		if (r->gone) {
			request_free(s, r);
			continue;
		}
		if (!request_reserve(s, r)) {
			queue_put_back(&s->gate, r);
			break;
		}
		if (r->h1) {
			r->stage = STAGE_HEAD;	/* libmicrohttpd asks for its first call once more */
			h1_wake(s, r);
		} else {
			r->stage = STAGE_BODY;
			h2_wake(r);
		}
	}
}

void flight_admit(struct server *s)
{
	struct request *r;

	while ((r = queue_take(&s->waiting))) {
		if (r->gone) {
			request_free(s, r);
			continue;
		}
		if (!admit(s, r)) {
			queue_put_back(&s->waiting, r);
			break;
		}
	}
	open_gate(s);
}

void flight_finish(struct server *s, struct request *r, unsigned status)
{
	s->flight_bytes -= r->line_size;
	r->line_size = 0;
	if (status == 200)
		s->count.success++;
	else
		s->count.error++;
	histogram_add(&s->count.latency, (double)(s->now_us - r->start) / 1e6);
	r->stage = STAGE_DONE;
	r->status = status;
	if (r->gone)
		request_free(s, r);
	else if (r->h1)
		h1_wake(s, r);
	else
		h2_answer(s, r);
}

void flight_expire(struct server *s)
{
	const int64_t limit = s->now - s->opt.deadline;
	struct request *r;
	int64_t time;
	uint64_t id;

	while ((r = window_oldest(s->window, &id, &time)) && time <= limit) {
		window_take(s->window, id);
		answer_late(s, r, NO_ACK);
	}
	while ((r = s->waiting.first) && r->whole <= limit) {
		queue_take(&s->waiting);
		answer_late(s, r, NO_ROOM);
	}
	while ((r = s->gate.first) && r->whole <= limit) {
		queue_take(&s->gate);
		answer_late(s, r, NO_ROOM);
	}
}

void flight_fail_all(struct server *s)
{
	struct request *r;
	uint64_t id;

	while ((r = window_oldest(s->window, &id, NULL))) {
		window_take(s->window, id);
		flight_finish(s, r, 503);
	}
	while ((r = queue_take(&s->waiting)))
		flight_finish(s, r, 503);
	while ((r = queue_take(&s->gate)))
		flight_finish(s, r, 503);
}

int64_t flight_next_deadline(const struct server *s)
{
	int64_t first = INT64_MAX, time;

	if (window_oldest(s->window, NULL, &time))
		first = time;
	if (s->waiting.first && s->waiting.first->whole < first)
		first = s->waiting.first->whole;
	if (s->gate.first && s->gate.first->whole < first)
		first = s->gate.first->whole;
	if (first == INT64_MAX)
		return -1;
	first += s->opt.deadline - s->now;
	return first < 0 ? 0 : first;
}

void flight_written(struct server *s)
{
	const uint64_t written = s->out_total - writer_pending(&s->out);
	struct request *r;
	uint64_t id;

	while ((r = window_oldest(s->window, &id, NULL)) && r->out_end <= written) {
		window_take(s->window, id);
		flight_finish(s, r, 200);
	}
}
