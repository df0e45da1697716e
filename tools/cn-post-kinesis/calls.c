/* SPDX-License-Identifier: Apache-2.0 */
/* Calls: out of the queue to Kinesis, and what the answers mean for the records. */
#include "clock.h"
#include "err.h"
#include "kinesis.h"

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

static struct curl_slist *gateway_headers(const struct kinesis *k, const struct batch *b)
{
	const struct options *o = &k->options;
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

static void prepare_gateway(struct kinesis *k, struct call *c)
{
	c->request.headers = gateway_headers(k, &c->batch);
	c->request.body = c->batch.entry[0]->data;
}

static void prepare_api(struct kinesis *k, struct call *c)
{
	const struct credentials *key = &k->credentials;
	struct curl_slist *list = NULL;		/* not fetch_headers(): see fetch.h of signed requests */

	header(&list, "Content-Type", SPAN("application/x-amz-json-1.1"));
	header(&list, "X-Amz-Target", SPAN("Kinesis_20131202.PutRecords"));
	if (key->token)
		header(&list, "X-Amz-Security-Token", span_of(key->token));
	snprintf(c->sigv4, sizeof(c->sigv4), "aws:amz:%s:kinesis", k->options.region);
	snprintf(c->userpwd, sizeof(c->userpwd), "%s:%s", key->id, key->secret);
	buf_reset(&c->body);
	if (!putrecords_body(&c->body, &c->batch))
		die(EX_SOFTWARE, "out of memory");
	c->generation = k->generation;
	c->request.headers = list;
	c->request.body = buf_as_span(&c->body);
	c->request.sigv4 = c->sigv4;
	c->request.userpwd = c->userpwd;
}

static void start(struct kinesis *k, struct call *c, int64_t now)
{
	int64_t left = c->batch.deadline - now;

	c->request = (struct fetch_request){ .done = answered, .ctx = c };
	c->request.timeout = left < k->options.call_timeout ? left : k->options.call_timeout;
	if (c->request.timeout < 1)
		c->request.timeout = 1;
	if (k->options.gateway)
		prepare_gateway(k, c);
	else
		prepare_api(k, c);
	k->count.calls++;
	fetch_start(k->endpoint, &c->request);
}

/* --- what comes back */

static void fail(struct kinesis *k, uint64_t tag, const char *stream, bool retry, const char *why)
{
	sink_fail(&k->sink, tag, retry, why, &(struct sink_more){ .key = "stream", .value = stream });
}

/* Give a record back for another try later. Those behind it in its key go back with it, so that none overtakes. */
static void give_back(struct kinesis *k, struct entry *e, bool flying, const char *why, int64_t now)
{
	const char *stream = e->key->stream->name;

	while (e->behind && !e->behind->flying) {
		char text[400];

		snprintf(text, sizeof(text), "behind a record of the same key that failed: %.300s", why);
		fail(k, e->behind->tag, stream, true, text);
		queue_drop(&k->queue, e->behind, now);
	}
	fail(k, e->tag, stream, true, why);
	if (flying)
		queue_done(&k->queue, e, now);
	else
		queue_drop(&k->queue, e, now);
}

static void refuse(struct kinesis *k, struct entry *e, const char *why, int64_t now)
{
	fail(k, e->tag, e->key->stream->name, false, why);
	queue_done(&k->queue, e, now);
}

static void delivered(struct kinesis *k, struct entry *e, const struct put_result *r, int64_t now)
{
	struct stream *stream = e->key->stream;
	char to[400];

	k->count.bytes += e->data.n;
	if (r->shard.n && !e->hash_key.p)
		shards_learn(&stream->shards, e->key->hash, r->shard);
	if (k->options.verbose)
		snprintf(to, sizeof(to), "kinesis:%s/%.*s@%.*s", stream->name, r->shard.n < 64 ? (int)r->shard.n : 64,
			r->shard.p ? r->shard.p : "", r->sequence.n < 200 ? (int)r->sequence.n : 200, r->sequence.p);
	sink_done_to(&k->sink, e->tag, span_of(k->options.verbose ? to : NULL));
	queue_done(&k->queue, e, now);
}

/* Again, when its key may; but keys of a busy shard wait together, to go in one call. */
static void again(struct kinesis *k, struct entry *e, enum verdict v, struct span message, int64_t now)
{
	int64_t at = now + back_off(e->key->tries, BACK_OFF_BASE, BACK_OFF_MAX), shard = 0;

	k->count.repeated++;
	if (v == VERDICT_THROTTLED) {
		k->count.throttled++;
		if (!e->hash_key.p)
			shard = shards_throttled(&e->key->stream->shards, e->key->hash, message, now);
	}
	queue_again(&k->queue, e, shard ? shard : at, now);
}

/* One record of an answered PutRecords. */
static void one_result(struct kinesis *k, struct entry *e, const struct put_result *r, int64_t now)
{
	struct verdict_text text = { r->error, r->message };
	enum verdict v;
	char why[450];

	if (r->sequence.n) {
		delivered(k, e, r, now);
		return;
	}
	v = verdict_of_type(r->error);
	verdict_say(why, sizeof(why), 200, &text);
	switch (v) {
	case VERDICT_NEVER: refuse(k, e, why, now); break;
	case VERDICT_CONFIG: case VERDICT_QUOTA: case VERDICT_CREDENTIALS: give_back(k, e, true, why, now); break;
	default:
		snprintf(k->reason, sizeof(k->reason), "%.300s", why);
		again(k, e, v, r->message, now);
	}
}

static void reached(struct kinesis *k, struct stream *stream)
{
	stream->tries = 0;
	stream->not_before = 0;
	k->suspect = false;
	if (k->down)
		log_info(k->options.gateway ? "the gateway answers again" : "Kinesis answers again", NULL);
	k->down = false;
}

/* False: the answer does not fit the call. */
static bool all_results(struct kinesis *k, struct call *c, struct span body, int64_t now)
{
	struct batch *b = &c->batch;

	if (k->options.gateway)
		putrecord_answer(body, k->results);
	else if (!putrecords_answer(body, b->n, k->results))
		return false;
	reached(k, b->stream);
	for (int i = 0; i < b->n; i++) {
		if (k->options.gateway)	/* what counted as a success is one, whatever the answer looks like */
			delivered(k, b->entry[i], &k->results[i], now);
		else
			one_result(k, b->entry[i], &k->results[i], now);
	}
	return true;
}

/* After a call that failed as a whole the stream waits, longer each time; many calls that fail at once count as one. Through the
 * gateway a call is but one record: it takes several in a row. */
static int64_t slow_down(struct kinesis *k, struct stream *stream, enum verdict v, int64_t retry_after, int64_t now)
{
	unsigned patience = k->options.gateway && v == VERDICT_AGAIN ? GATEWAY_PATIENCE : 0;
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

static void failed_one(struct kinesis *k, struct entry *e, enum verdict v, bool alone, const char *why, struct span message, int64_t now)
{
	switch (v) {
	case VERDICT_NEVER:
		if (alone) {
			refuse(k, e, why, now);
			break;
		}
		e->alone = true;	/* one of them is to blame: find out which */
		k->count.repeated++;
		queue_again(&k->queue, e, 0, now);
		break;
	case VERDICT_QUOTA:
	case VERDICT_CONFIG:
		give_back(k, e, true, why, now);
		break;
	default:
		/* That a whole call was too fast says nothing of shards, but for the gateway's single one. */
		again(k, e, k->options.gateway ? v : VERDICT_AGAIN, message, now);
	}
}

static void failed(struct kinesis *k, struct call *c, enum verdict v, const char *why, struct span message, int64_t retry_after, int64_t now)
{
	struct batch *b = &c->batch;
	bool shard_only = k->options.gateway && v == VERDICT_THROTTLED && memmem(why, strlen(why), "ProvisionedThroughput", 21);
	uint64_t missed = 0;

	k->count.failed_calls++;
	snprintf(k->reason, sizeof(k->reason), "%.300s", why);
	if (v == VERDICT_CREDENTIALS)
		v = !k->options.gateway && tickets_refused(k, c->generation) ? VERDICT_AGAIN : VERDICT_CONFIG;
	if (v != VERDICT_NEVER && !shard_only)
		slow_down(k, b->stream, v, retry_after, now);
	if (v != VERDICT_NEVER && v != VERDICT_THROTTLED && log_allow(&k->troubles, 1000, &missed))
		log_warn("call failed", "stream", b->stream->name, "error", why, "more", missed ? log_num((int64_t)missed) : NULL, NULL);
	if (v == VERDICT_NEVER && k->options.batch > 1 && b->n > 1)
		log_warn("a call was refused: sending its records one by one", "stream", b->stream->name, "error", why, NULL);
	for (int i = 0; i < b->n; i++)
		failed_one(k, b->entry[i], v, b->n == 1, why, message, now);
}

static void read_answer(struct kinesis *k, struct call *c, const struct fetch_response *a, int64_t now)
{
	struct verdict_text text;
	enum verdict v;
	char why[450];

	/* A PutRecords answer is a success whatever it counts: each record has its own word in it. */
	if (!k->options.gateway && a->status == 200 && !a->cut && all_results(k, c, a->body, now))
		return;
	v = verdict_of_answer(a->status, a->error_type, a->body, &text);
	if (k->options.gateway && v == VERDICT_OK && all_results(k, c, a->body, now))
		return;
	if (v == VERDICT_OK) {
		v = VERDICT_AGAIN;
		text.message = SPAN("the answer does not fit the call");
	}
	verdict_say(why, sizeof(why), a->status, &text);
	failed(k, c, v, why, text.message, a->retry_after, now);
}

static void answered(struct fetch_request *r, const struct fetch_response *a)
{
	struct call *c = r->ctx;
	struct kinesis *k = c->kinesis;
	int64_t now = clock_ms();
	char why[400], before[sizeof(k->reason)];

	c->batch.stream->calls--;
	if (a->status) {
		read_answer(k, c, a, now);
	} else {
		snprintf(why, sizeof(why), "%s%.200s: %.150s", a->refused ? "can't reach " : "", k->options.url, a->error);
		if (!k->down)
			log_warn(k->options.gateway ? "the gateway does not answer" : "Kinesis does not answer", "reason", why, NULL);
		k->down = true;
		memcpy(before, k->reason, sizeof(before));
		failed(k, c, VERDICT_AGAIN, why, (struct span){ 0 }, -1, now);
		/* A last try that had little time left says less than the one before. */
		if (before[0] && r->timeout < k->options.call_timeout && a->took / 1000 + 10 >= r->timeout)
			memcpy(k->reason, before, sizeof(before));
	}
	curl_slist_free_all(r->headers);
	c->next = k->unused;
	k->unused = c;
}

/* --- the whole */

static void expire(struct kinesis *k, int64_t now)
{
	struct entry *e;
	char why[450];

	while ((e = queue_expired(&k->queue, now))) {
		const char *reason = k->reason[0] ? k->reason : k->credentials.why;

		snprintf(why, sizeof(why), "not in Kinesis within --deadline%s%.300s", *reason ? ": " : "", reason);
		give_back(k, e, false, why, now);
	}
}

void calls_run(struct kinesis *k)
{
	int64_t now = clock_ms();
	bool ready = k->options.gateway || tickets_ready(k);

	expire(k, now);
	while (ready && k->unused && fetch_room(k->endpoint)) {
		struct call *c = k->unused;

		if (!queue_take(&k->queue, now, &c->batch))
			break;
		k->unused = c->next;
		start(k, c, now);
	}
	k->in_flight = k->queue.entries;
}

int calls_wait(const struct kinesis *k)
{
	int64_t now = clock_ms(), due = queue_deadline(&k->queue), at;
	bool ready = k->options.gateway || (k->credentials.id[0] && (!k->credentials.expires || k->credentials.expires > clock_unix_ms()));

	if (ready && k->unused && fetch_room(k->endpoint) && (at = queue_due(&k->queue, now)) < due)
		due = at;
	if (!k->options.gateway && (at = tickets_due(k)) < due)
		due = at;
	if (due == INT64_MAX)
		return -1;
	if (due <= now)
		return 0;
	return due - now < 60000 ? (int)(due - now) : 60000;
}

void calls_open(struct kinesis *k)
{
	const struct options *o = &k->options;

	k->fetch = fetch_open(&(struct fetch_options){ .http2 = false, .connections = (unsigned)o->connections,
		.connect_timeout = o->connect_timeout, .call_timeout = o->call_timeout, .connection_ttl = o->connection_ttl,
		.body_max = BODY_MAX, .ca = o->ca });
	k->endpoint = fetch_endpoint(k->fetch, o->url, (unsigned)o->connections);
	k->queue = (struct queue){ .entries_max = o->queue, .bytes_max = o->queue_bytes, .batch_max = o->batch,
		.batch_bytes = o->batch_bytes, .loose = o->loose, .linger = o->batch > 1 ? o->linger : 0 };
	queue_open(&k->queue);
	k->results = xcalloc(BATCH_MAX, sizeof(*k->results));
	k->calls = xcalloc(o->connections, sizeof(*k->calls));
	for (size_t i = 0; i < o->connections; i++) {
		k->calls[i].kinesis = k;
		k->calls[i].next = k->unused;
		k->unused = &k->calls[i];
	}
	if (!o->gateway)
		tickets_open(k);
}

void calls_close(struct kinesis *k)
{
	fetch_close(k->fetch);
	for (size_t i = 0; i < k->options.connections; i++)
		buf_free(&k->calls[i].body);
	free(k->calls);
	free(k->results);
	queue_free(&k->queue);
	if (!k->options.gateway)
		credentials_free(&k->credentials);
}
