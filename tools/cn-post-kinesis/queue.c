/* SPDX-License-Identifier: Apache-2.0 */
#include "queue.h"
#include "err.h"

#include <stdlib.h>
#include <string.h>

#define STREAMS_MAX 256

void queue_open(struct queue *q)
{
	q->buckets = 64;
	while (q->buckets < q->entries_max)
		q->buckets *= 2;
	q->bucket = xcalloc(q->buckets, sizeof(struct key *));
	q->heap = xcalloc(q->entries_max + 1, sizeof(struct key *));
}

/* --- waiting keys: a binary heap by time */

static void heap_put(struct queue *q, size_t at, struct key *k)
{
	q->heap[at] = k;
	k->heap_at = at;
}

static void heap_up(struct queue *q, size_t at)
{
	struct key *k = q->heap[at];

	for (; at > 0 && q->heap[(at - 1) / 2]->ready_at > k->ready_at; at = (at - 1) / 2)
		heap_put(q, at, q->heap[(at - 1) / 2]);
	heap_put(q, at, k);
}

static void heap_down(struct queue *q, size_t at)
{
	struct key *k = q->heap[at];

	for (;;) {
		size_t child = 2 * at + 1;

		if (child + 1 < q->waiting && q->heap[child + 1]->ready_at < q->heap[child]->ready_at)
			child++;
		if (child >= q->waiting || q->heap[child]->ready_at >= k->ready_at)
			break;
		heap_put(q, at, q->heap[child]);
		at = child;
	}
	heap_put(q, at, k);
}

static void heap_take(struct queue *q, struct key *k)
{
	size_t at = k->heap_at;
	struct key *last = q->heap[--q->waiting];

	if (last == k)
		return;
	heap_put(q, at, last);
	heap_up(q, at);
	heap_down(q, last->heap_at);
}

/* --- keys and their states */

static void make_ready(struct key *k, int64_t at)
{
	struct stream *s = k->stream;

	k->state = KEY_READY;
	k->ready_at = at;
	k->next = NULL;
	*s->ready_end = k;
	s->ready_end = &k->next;
	s->n_ready++;
	s->ready_bytes += k->first->size;
}

static void make_waiting(struct queue *q, struct key *k, int64_t until)
{
	k->state = KEY_WAITING;
	k->ready_at = until;
	q->heap[q->waiting] = k;
	heap_up(q, q->waiting++);
}

static void leave_ready(struct stream *s, struct key **link)
{
	struct key *k = *link;

	*link = k->next;
	if (s->ready_end == &k->next)
		s->ready_end = link;
	s->n_ready--;
	s->ready_bytes -= k->first->size;
}

static size_t bucket_of(const struct queue *q, const struct stream *s, struct span key)
{
	uint64_t h = UINT64_C(14695981039346656037) ^ (uintptr_t)s;

	for (size_t i = 0; i < key.n; i++)
		h = (h ^ (unsigned char)key.p[i]) * UINT64_C(1099511628211);
	return (size_t)(h ^ h >> 29) & (q->buckets - 1);
}

static struct key *find_key(struct queue *q, struct stream *s, struct span text, size_t bucket)
{
	struct key *k = q->bucket[bucket];

	while (k && !(k->stream == s && span_eq(k->text, text)))
		k = k->hash_next;
	return k;
}

static struct key *new_key(struct queue *q, struct stream *s, struct span text, size_t bucket)
{
	struct key *k = calloc(1, sizeof(*k) + text.n);

	if (!k)
		return NULL;
	memcpy(k + 1, text.p, text.n);
	k->text = (struct span){ (char *)(k + 1), text.n };
	k->stream = s;
	hash_of_key(k->hash, text);
	k->hash_next = q->bucket[bucket];
	q->bucket[bucket] = k;
	q->keys++;
	return k;
}

static void forget_key(struct queue *q, struct key *k)
{
	struct key **link = &q->bucket[bucket_of(q, k->stream, k->text)];

	while (*link != k)
		link = &(*link)->hash_next;
	*link = k->hash_next;
	q->keys--;
	free(k);
}

static struct stream *find_stream(struct queue *q, struct span name)
{
	struct stream **link = &q->streams, *s;

	for (; *link; link = &(*link)->next)
		if (span_is(name, (*link)->name))
			return *link;
	if (q->n_streams == STREAMS_MAX || name.n > STREAM_NAME_MAX)
		return NULL;
	s = xcalloc(1, sizeof(*s));
	memcpy(s->name, name.p, name.n);
	s->ready_end = &s->ready;
	*link = s;
	q->n_streams++;
	return s;
}

/* --- entries */

static struct entry *new_entry(struct span hash_key, struct span data, size_t key_n)
{
	struct entry *e = calloc(1, sizeof(*e) + data.n + hash_key.n);
	char *p = (char *)(e + 1);

	if (!e)
		return NULL;
	e->data = (struct span){ p, data.n };
	if (data.n)
		memcpy(p, data.p, data.n);
	if (hash_key.p) {
		e->hash_key = (struct span){ p + data.n, hash_key.n };
		memcpy(p + data.n, hash_key.p, hash_key.n);
	}
	e->size = data.n + key_n;
	return e;
}

struct entry *queue_add(struct queue *q, struct span stream, struct span key, struct span hash_key, struct span data, int64_t now)
{
	struct stream *s = find_stream(q, stream);
	size_t bucket = s ? bucket_of(q, s, key) : 0;
	struct key *k = s ? find_key(q, s, key, bucket) : NULL;
	struct entry *e = s ? new_entry(hash_key, data, key.n) : NULL;

	if (!e || (!k && !(k = new_key(q, s, key, bucket)))) {
		free(e);
		return NULL;
	}
	e->key = k;
	e->older = q->newest;
	*(q->newest ? &q->newest->newer : &q->oldest) = e;
	q->newest = e;
	q->entries++;
	q->bytes += e->size;
	if (k->first) {
		k->last->behind = e;
		k->last = e;
	} else {
		k->first = k->last = e;
		make_ready(k, now);
	}
	return e;
}

static void unlink_entry(struct queue *q, struct entry *e)
{
	struct key *k = e->key;
	struct entry **link = &k->first, *before = NULL;

	for (; *link != e; link = &(*link)->behind)
		before = *link;
	*link = e->behind;
	if (k->last == e)
		k->last = before;
	*(e->older ? &e->older->newer : &q->oldest) = e->newer;
	*(e->newer ? &e->newer->older : &q->newest) = e->older;
	q->entries--;
	q->bytes -= e->size;
	free(e);
}

void queue_drop(struct queue *q, struct entry *e, int64_t now)
{
	struct key *k = e->key;
	bool first = k->first == e;

	if (first && k->state == KEY_READY) {
		struct key **link = &k->stream->ready;

		while (*link != k)
			link = &(*link)->next;
		leave_ready(k->stream, link);
	} else if (first && k->state == KEY_WAITING) {
		heap_take(q, k);
	}
	unlink_entry(q, e);
	if (!first)
		return;
	if (!k->first) {
		forget_key(q, k);
		return;
	}
	k->tries = 0;
	make_ready(k, now);
}

/* --- calls */

/* Waiting keys whose time has come are ready, unless their shard has to wait longer. */
static void wake(struct queue *q, int64_t now)
{
	while (q->waiting && q->heap[0]->ready_at <= now) {
		struct key *k = q->heap[0];

		heap_take(q, k);
		make_ready(k, now);
	}
}

static bool should_call(const struct queue *q, const struct stream *s, int64_t now)
{
	if (!s->ready || now < s->not_before)
		return false;
	return !s->calls || s->n_ready >= q->batch_max || s->ready_bytes >= q->batch_bytes || now - s->ready->ready_at >= q->linger;
}

static void put_entry(struct batch *b, struct entry *e)
{
	e->flying = true;
	e->key->flying++;
	b->entry[b->n++] = e;
	b->bytes += e->size;
	if (e->deadline < b->deadline)
		b->deadline = e->deadline;
}

static bool fits(const struct queue *q, const struct batch *b, const struct entry *e)
{
	if (b->n == 0)
		return true;
	return !e->alone && !b->entry[0]->alone && (size_t)b->n < q->batch_max && b->bytes + e->size <= q->batch_bytes;
}

static void fill(struct queue *q, struct stream *s, int64_t now, struct batch *b)
{
	while (s->ready) {
		struct key *k = s->ready;
		int64_t until = shards_until(&s->shards, k->hash, now);

		if (!until && !fits(q, b, k->first))
			break;
		leave_ready(s, &s->ready);
		if (until) {
			make_waiting(q, k, until);
			continue;
		}
		k->state = KEY_FLYING;
		k->ready_at = 0;
		put_entry(b, k->first);
		for (struct entry *e = k->first->behind; q->loose && e && fits(q, b, e); e = e->behind)
			put_entry(b, e);
	}
}

bool queue_take(struct queue *q, int64_t now, struct batch *b)
{
	struct stream **link = &q->streams, *s, **end;

	wake(q, now);
	while ((s = *link)) {
		*b = (struct batch){ .stream = s, .deadline = INT64_MAX };
		if (should_call(q, s, now))
			fill(q, s, now, b);
		if (b->n)
			break;
		link = &s->next;
	}
	if (!s)
		return false;
	s->calls++;
	*link = s->next;	/* its next turn comes after all others' */
	s->next = NULL;
	for (end = &q->streams; *end; end = &(*end)->next)
		;
	*end = s;
	return true;
}

int64_t queue_due(const struct queue *q, int64_t now)
{
	int64_t due = q->waiting ? q->heap[0]->ready_at : INT64_MAX;

	for (const struct stream *s = q->streams; s; s = s->next) {
		int64_t at = s->not_before;

		if (!s->ready)
			continue;
		if (at <= now && s->calls)
			at = s->ready->ready_at + q->linger;
		if (at < due)
			due = at;
	}
	return due;
}

/* The last entry of the key that was under way has come back. */
static void settle(struct queue *q, struct key *k, int64_t now)
{
	if (k->flying)
		return;
	if (!k->first)
		forget_key(q, k);
	else if (k->ready_at > now)
		make_waiting(q, k, k->ready_at);
	else
		make_ready(k, now);
}

void queue_done(struct queue *q, struct entry *e, int64_t now)
{
	struct key *k = e->key;

	k->flying--;
	k->tries = 0;
	unlink_entry(q, e);
	settle(q, k, now);
}

void queue_again(struct queue *q, struct entry *e, int64_t at, int64_t now)
{
	struct key *k = e->key;

	e->flying = false;
	k->flying--;
	k->tries++;
	if (at > k->ready_at)
		k->ready_at = at;
	settle(q, k, now);
}

struct entry *queue_expired(const struct queue *q, int64_t now)
{
	struct entry *e = q->oldest;

	while (e && e->flying)
		e = e->newer;
	return e && e->deadline <= now ? e : NULL;
}

int64_t queue_deadline(const struct queue *q)
{
	struct entry *e = q->oldest;

	while (e && e->flying)
		e = e->newer;
	return e ? e->deadline : INT64_MAX;
}

void queue_free(struct queue *q)
{
	while (q->oldest) {
		struct key *k = q->oldest->key;

		unlink_entry(q, q->oldest);
		if (!k->first)
			forget_key(q, k);
	}
	while (q->streams) {
		struct stream *s = q->streams;

		q->streams = s->next;
		shards_free(&s->shards);
		free(s);
	}
	free(q->bucket);
	free(q->heap);
}
