/* SPDX-License-Identifier: Apache-2.0 */
/* Calls: out of the queue to Kinesis, and what the answers mean for the records. */
#include "sink.h"
#include "clock.h"
#include "err.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define BACK_OFF_BASE 100	/* ms, after a call that failed */
#define BACK_OFF_MAX 2000
#define QUOTA_PAUSE 5000	/* ms */
#define RETRY_AFTER_MAX 5000
#define GATEWAY_PATIENCE 3	/* calls that may fail in a row before all others wait too */
#define BODY_MAX (1 << 20)	/* of an answer: 500 results have a quarter of that */

static void answered(struct fetch_request *r, const struct fetch_response *a);

/* --- making calls */

static void header(struct curl_slist **list, const char *name, struct span value)
{
	if (!fetch_header_add(list, span_of(name), value))
		die(EX_SOFTWARE, "out of memory");
}

static bool is_content_type(const char *line)
{
	return strncasecmp(line, "content-type:", 13) == 0;
}

static struct curl_slist *gateway_headers(const struct sink *s, const struct batch *b)
{
	const struct options *o = &s->options;
	struct curl_slist *list = fetch_headers();
	bool type = false;

	for (int i = 0; i < o->n_headers; i++)
		type |= is_content_type(o->header[i]);
	if (!type)
		header(&list, "content-type", SPAN("application/json"));
	header(&list, "streamname", span_of(b->stream->name));
	header(&list, "aerospike-digest", b->entry[0]->key->text);
	if (o->api_key)
		header(&list, "x-api-key", span_of(o->api_key));
	for (int i = 0; i < o->n_headers; i++) {
		const char *colon = strchr(o->header[i], ':');

		fetch_header_add(&list, (struct span){ o->header[i], (size_t)(colon - o->header[i]) }, span_of(colon + 1));
	}
	return list;
}

static void prepare_gateway(struct sink *s, struct call *c)
{
	c->request.headers = gateway_headers(s, &c->batch);
	c->request.body = c->batch.entry[0]->data;
}

static void prepare_api(struct sink *s, struct call *c)
{
	const struct credentials *k = &s->credentials;
	struct curl_slist *list = NULL;		/* not fetch_headers(): see fetch.h of signed requests */

	header(&list, "Content-Type", SPAN("application/x-amz-json-1.1"));
	header(&list, "X-Amz-Target", SPAN("Kinesis_20131202.PutRecords"));
	if (k->token)
		header(&list, "X-Amz-Security-Token", span_of(k->token));
	snprintf(c->sigv4, sizeof(c->sigv4), "aws:amz:%s:kinesis", s->options.region);
	snprintf(c->userpwd, sizeof(c->userpwd), "%s:%s", k->id, k->secret);
	buf_reset(&c->body);
	if (!putrecords_body(&c->body, &c->batch))
		die(EX_SOFTWARE, "out of memory");
	c->generation = s->generation;
	c->request.headers = list;
	c->request.body = buf_as_span(&c->body);
	c->request.sigv4 = c->sigv4;
	c->request.userpwd = c->userpwd;
}

static void start(struct sink *s, struct call *c, int64_t now)
{
	int64_t left = c->batch.deadline - now;

	c->request = (struct fetch_request){ .done = answered, .ctx = c };
	c->request.timeout = left < s->options.call_timeout ? left : s->options.call_timeout;
	if (c->request.timeout < 1)
		c->request.timeout = 1;
	if (s->options.gateway)
		prepare_gateway(s, c);
	else
		prepare_api(s, c);
	s->count.calls++;
	fetch_start(s->endpoint, &c->request);
}

/* --- what comes back */

/* Give a record back for another try later. Those behind it in its key go back with it, so that none overtakes. */
static void give_back(struct sink *s, struct entry *e, bool flying, const char *why, int64_t now)
{
	const char *stream = e->key->stream->name;

	while (e->behind && !e->behind->flying) {
		char text[400];

		snprintf(text, sizeof(text), "behind a record of the same key that failed: %.300s", why);
		report_failure(s, e->behind->opaque, stream, true, text);
		queue_drop(&s->queue, e->behind, now);
	}
	report_failure(s, e->opaque, stream, true, why);
	if (flying)
		queue_done(&s->queue, e, now);
	else
		queue_drop(&s->queue, e, now);
}

static void refuse(struct sink *s, struct entry *e, const char *why, int64_t now)
{
	report_failure(s, e->opaque, e->key->stream->name, false, why);
	queue_done(&s->queue, e, now);
}

static void delivered(struct sink *s, struct entry *e, const struct put_result *r, int64_t now)
{
	struct stream *stream = e->key->stream;
	char to[400];

	s->count.bytes += e->data.n;
	if (r->shard.n && !e->hash_key.p)
		shards_learn(&stream->shards, e->key->hash, r->shard);
	if (s->options.verbose)
		snprintf(to, sizeof(to), "kinesis:%s/%.*s@%.*s", stream->name, r->shard.n < 64 ? (int)r->shard.n : 64,
			r->shard.p ? r->shard.p : "", r->sequence.n < 200 ? (int)r->sequence.n : 200, r->sequence.p);
	report_done(s, e->opaque, s->options.verbose ? to : NULL);
	queue_done(&s->queue, e, now);
}

/* Again, when its key may; but keys of a busy shard wait together, to go in one call. */
static void again(struct sink *s, struct entry *e, enum verdict v, struct span message, int64_t now)
{
	int64_t at = now + back_off(e->key->tries, BACK_OFF_BASE, BACK_OFF_MAX), shard = 0;

	s->count.repeated++;
	if (v == VERDICT_THROTTLED) {
		s->count.throttled++;
		if (!e->hash_key.p)
			shard = shards_throttled(&e->key->stream->shards, e->key->hash, message, now);
	}
	queue_again(&s->queue, e, shard ? shard : at, now);
}

/* One record of an answered PutRecords. */
static void one_result(struct sink *s, struct entry *e, const struct put_result *r, int64_t now)
{
	struct verdict_text text = { r->error, r->message };
	enum verdict v;
	char why[450];

	if (r->sequence.n) {
		delivered(s, e, r, now);
		return;
	}
	v = verdict_of_type(r->error);
	verdict_say(why, sizeof(why), 200, &text);
	switch (v) {
	case VERDICT_NEVER: refuse(s, e, why, now); break;
	case VERDICT_CONFIG: case VERDICT_QUOTA: case VERDICT_CREDENTIALS: give_back(s, e, true, why, now); break;
	default:
		snprintf(s->reason, sizeof(s->reason), "%.300s", why);
		again(s, e, v, r->message, now);
	}
}

static void reached(struct sink *s, struct stream *stream)
{
	stream->tries = 0;
	stream->not_before = 0;
	s->suspect = false;
	if (s->down)
		log_info(s->options.gateway ? "the gateway answers again" : "Kinesis answers again", NULL);
	s->down = false;
}

/* False: the answer does not fit the call. */
static bool all_results(struct sink *s, struct call *c, struct span body, int64_t now)
{
	struct batch *b = &c->batch;

	if (s->options.gateway)
		putrecord_answer(body, s->results);
	else if (!putrecords_answer(body, b->n, s->results))
		return false;
	reached(s, b->stream);
	for (int i = 0; i < b->n; i++) {
		if (s->options.gateway)	/* what counted as a success is one, whatever the answer looks like */
			delivered(s, b->entry[i], &s->results[i], now);
		else
			one_result(s, b->entry[i], &s->results[i], now);
	}
	return true;
}

/* After a call that failed as a whole the stream waits, longer each time; many calls that fail at once count as one. Through the
 * gateway a call is but one record: it takes several in a row. */
static int64_t slow_down(struct sink *s, struct stream *stream, enum verdict v, int64_t retry_after, int64_t now)
{
	unsigned patience = s->options.gateway && v == VERDICT_AGAIN ? GATEWAY_PATIENCE : 0;
	int64_t pause = v == VERDICT_QUOTA ? QUOTA_PAUSE : 0;

	if (now < stream->not_before)
		return stream->not_before;
	if (stream->tries++ >= patience && !pause)
		pause = back_off(stream->tries - 1 - patience, BACK_OFF_BASE, BACK_OFF_MAX);
	if (retry_after > pause)
		pause = retry_after < RETRY_AFTER_MAX ? retry_after : RETRY_AFTER_MAX;
	if (pause)
		stream->not_before = now + pause;
	return stream->not_before;
}

static void failed_one(struct sink *s, struct entry *e, enum verdict v, bool alone, const char *why, struct span message, int64_t now)
{
	switch (v) {
	case VERDICT_NEVER:
		if (alone) {
			refuse(s, e, why, now);
			break;
		}
		e->alone = true;	/* one of them is to blame: find out which */
		s->count.repeated++;
		queue_again(&s->queue, e, 0, now);
		break;
	case VERDICT_QUOTA:
	case VERDICT_CONFIG:
		give_back(s, e, true, why, now);
		break;
	default:
		/* That a whole call was too fast says nothing of shards, but for the gateway's single one. */
		again(s, e, s->options.gateway ? v : VERDICT_AGAIN, message, now);
	}
}

static void failed(struct sink *s, struct call *c, enum verdict v, const char *why, struct span message, int64_t retry_after, int64_t now)
{
	struct batch *b = &c->batch;
	bool shard_only = s->options.gateway && v == VERDICT_THROTTLED && memmem(why, strlen(why), "ProvisionedThroughput", 21);
	uint64_t missed = 0;

	s->count.failed_calls++;
	snprintf(s->reason, sizeof(s->reason), "%.300s", why);
	if (v == VERDICT_CREDENTIALS)
		v = !s->options.gateway && tickets_refused(s, c->generation) ? VERDICT_AGAIN : VERDICT_CONFIG;
	if (v != VERDICT_NEVER && !shard_only)
		slow_down(s, b->stream, v, retry_after, now);
	if (v != VERDICT_NEVER && v != VERDICT_THROTTLED && log_allow(&s->troubles, 1000, &missed))
		log_warn("call failed", "stream", b->stream->name, "error", why, "more", missed ? log_num((int64_t)missed) : NULL, NULL);
	if (v == VERDICT_NEVER && s->options.batch > 1 && b->n > 1)
		log_warn("a call was refused: sending its records one by one", "stream", b->stream->name, "error", why, NULL);
	for (int i = 0; i < b->n; i++)
		failed_one(s, b->entry[i], v, b->n == 1, why, message, now);
}

static void read_answer(struct sink *s, struct call *c, const struct fetch_response *a, int64_t now)
{
	struct verdict_text text;
	enum verdict v;
	char why[450];

	/* A PutRecords answer is a success whatever it counts: each record has its own word in it. */
	if (!s->options.gateway && a->status == 200 && !a->cut && all_results(s, c, a->body, now))
		return;
	v = verdict_of_answer(a->status, a->error_type, a->body, &text);
	if (s->options.gateway && v == VERDICT_OK && all_results(s, c, a->body, now))
		return;
	if (v == VERDICT_OK) {
		v = VERDICT_AGAIN;
		text.message = SPAN("the answer does not fit the call");
	}
	verdict_say(why, sizeof(why), a->status, &text);
	failed(s, c, v, why, text.message, a->retry_after, now);
}

static void answered(struct fetch_request *r, const struct fetch_response *a)
{
	struct call *c = r->ctx;
	struct sink *s = c->sink;
	int64_t now = clock_ms();
	char why[400], before[sizeof(s->reason)];

	c->batch.stream->calls--;
	if (a->status) {
		read_answer(s, c, a, now);
	} else {
		snprintf(why, sizeof(why), "%s%.200s: %.150s", a->refused ? "can't reach " : "", s->options.url, a->error);
		if (!s->down)
			log_warn(s->options.gateway ? "the gateway does not answer" : "Kinesis does not answer", "reason", why, NULL);
		s->down = true;
		memcpy(before, s->reason, sizeof(before));
		failed(s, c, VERDICT_AGAIN, why, (struct span){ 0 }, -1, now);
		/* A last try that had little time left says less than the one before. */
		if (before[0] && r->timeout < s->options.call_timeout && a->took / 1000 + 10 >= r->timeout)
			memcpy(s->reason, before, sizeof(before));
	}
	curl_slist_free_all(r->headers);
	c->next = s->unused;
	s->unused = c;
}

/* --- the whole */

static void expire(struct sink *s, int64_t now)
{
	struct entry *e;
	char why[450];

	while ((e = queue_expired(&s->queue, now))) {
		const char *reason = s->reason[0] ? s->reason : s->credentials.why;

		snprintf(why, sizeof(why), "not in Kinesis within --deadline%s%.300s", *reason ? ": " : "", reason);
		give_back(s, e, false, why, now);
	}
}

void calls_run(struct sink *s)
{
	int64_t now = clock_ms();
	bool ready = s->options.gateway || tickets_ready(s);

	expire(s, now);
	while (ready && s->unused && fetch_room(s->endpoint)) {
		struct call *c = s->unused;

		if (!queue_take(&s->queue, now, &c->batch))
			break;
		s->unused = c->next;
		start(s, c, now);
	}
	s->in_flight = s->queue.entries;
}

int calls_wait(const struct sink *s)
{
	int64_t now = clock_ms(), due = queue_deadline(&s->queue), at;
	bool ready = s->options.gateway || (s->credentials.id[0] && (!s->credentials.expires || s->credentials.expires > clock_unix_ms()));

	if (ready && s->unused && fetch_room(s->endpoint) && (at = queue_due(&s->queue, now)) < due)
		due = at;
	if (!s->options.gateway && (at = tickets_due(s)) < due)
		due = at;
	if (due == INT64_MAX)
		return -1;
	if (due <= now)
		return 0;
	return due - now < 60000 ? (int)(due - now) : 60000;
}

void calls_open(struct sink *s)
{
	const struct options *o = &s->options;

	s->fetch = fetch_open(&(struct fetch_options){ .http2 = false, .connections = (unsigned)o->connections,
		.connect_timeout = o->connect_timeout, .call_timeout = o->call_timeout, .connection_ttl = o->connection_ttl,
		.body_max = BODY_MAX, .ca = o->ca });
	s->endpoint = fetch_endpoint(s->fetch, o->url, (unsigned)o->connections);
	s->queue = (struct queue){ .entries_max = o->queue, .bytes_max = o->queue_bytes, .batch_max = o->batch,
		.batch_bytes = o->batch_bytes, .loose = o->loose, .linger = o->batch > 1 ? o->linger : 0 };
	queue_open(&s->queue);
	s->results = xcalloc(BATCH_MAX, sizeof(*s->results));
	s->calls = xcalloc(o->connections, sizeof(*s->calls));
	for (size_t i = 0; i < o->connections; i++) {
		s->calls[i].sink = s;
		s->calls[i].next = s->unused;
		s->unused = &s->calls[i];
	}
	if (!o->gateway)
		tickets_open(s);
}

void calls_close(struct sink *s)
{
	fetch_close(s->fetch);
	for (size_t i = 0; i < s->options.connections; i++)
		buf_free(&s->calls[i].body);
	free(s->calls);
	free(s->results);
	queue_free(&s->queue);
	if (!s->options.gateway)
		credentials_free(&s->credentials);
}
