/* SPDX-License-Identifier: Apache-2.0 */
/* What waits, and in which order it goes.
 *
 * Order: the records of one key (digest) have a lane. The message that holds the key may be open, ready, pausing or under way; as
 * long as there is one, further records of the key wait in the lane, unless they can join the message while it is open. So of
 * one key never two are under way, and the later never goes first. Keys do not wait for one another.
 *
 * An item is in exactly one place: in a lane, or in a message that is in the destination's open or ready list, in the heap of those
 * that pause, or under way. */
#include "post.h"

#include "err.h"

#include <stdlib.h>

#define BUCKETS 16384
#define BYTES_MAX ((size_t)256 << 20)	/* of all items held, though one is always let in */
#define OPEN_MAX 64			/* open messages per destination: each has another target */

struct lane {
	struct lane *next;		/* in its bucket */
	uint64_t key;
	struct message *holder;
	unsigned held;			/* items in it */
	struct item *first, **last;	/* that wait */
};

static struct lane *buckets[BUCKETS];
static struct message **heap;		/* of those that pause, by due */
static size_t heap_n, heap_cap;

/* ---- pauses */

static void heap_put(size_t i, struct message *m)
{
	for (; i && heap[(i - 1) / 2]->due > m->due; i = (i - 1) / 2)
		heap[i] = heap[(i - 1) / 2];
	heap[i] = m;
}

static struct message *heap_take(void)
{
	struct message *first = heap[0], *m = heap[--heap_n];
	size_t i = 0, child;

	for (; (child = 2 * i + 1) < heap_n; i = child) {
		if (child + 1 < heap_n && heap[child + 1]->due < heap[child]->due)
			child++;
		if (heap[child]->due >= m->due)
			break;
		heap[i] = heap[child];
	}
	if (heap_n)
		heap[i] = m;
	return first;
}

void queue_again(struct message *m, int64_t due)
{
	if (heap_n == heap_cap) {
		heap_cap = heap_cap ? heap_cap * 2 : 256;
		heap = reallocarray(heap, heap_cap, sizeof(*heap));
		if (!heap)
			die(EX_SOFTWARE, "out of memory");
	}
	m->due = due;
	m->tried = 0;
	m->dest->waiting += m->n;
	heap_put(heap_n++, m);
}

/* ---- messages */

static void make_ready(struct message *m)
{
	m->next = NULL;
	*m->dest->ready_last = m;
	m->dest->ready_last = &m->next;
}

static void first_in_line(struct message *m)
{
	struct dest *d = m->dest;

	m->next = d->ready;
	if (!d->ready)
		d->ready_last = &m->next;
	d->ready = m;
}

void queue_at_once(struct message *m)
{
	m->dest->waiting += m->n;
	first_in_line(m);
}

static void close_message(struct message *m)
{
	struct dest *d = m->dest;
	struct message **p = &d->open;

	while (*p != m)
		p = &(*p)->next;
	*p = m->next;
	if (!*p)
		d->open_last = p;
	m->open = false;
	make_ready(m);
}

static struct span target(const struct item *i)
{
	return (struct span){ i->text + i->body_n, i->target_n };
}

static bool fits(const struct message *m, const struct item *i)
{
	return m->open && m->dest == i->dest && span_eq(target(m->items), target(i));
}

static struct message *open_message(struct item *i)
{
	struct dest *d = i->dest;
	struct message *m;
	unsigned count = 0;

	if (post.options.batch > 1) {
		for (m = d->open; m; m = m->next, count++)
			if (fits(m, i))
				return m;
		if (count >= OPEN_MAX)
			close_message(d->open);
	}
	m = calloc(1, sizeof(*m));
	if (!m)
		die(EX_SOFTWARE, "out of memory");
	m->dest = d;
	m->last = &m->items;
	m->begun = i->read;
	m->due = post.now + post.options.linger;
	if (post.options.batch > 1) {
		m->open = true;
		*d->open_last = m;
		d->open_last = &m->next;
	} else {
		make_ready(m);
	}
	return m;
}

static void join(struct message *m, struct item *i)
{
	i->next = NULL;
	*m->last = i;
	m->last = &i->next;
	m->n++;
	m->bytes += i->body_n;
	if (i->read < m->begun)
		m->begun = i->read;
	if (i->lane) {
		i->lane->holder = m;
		i->lane->held++;
	}
	if (m->open && (m->n >= post.options.batch || m->bytes >= post.options.batch_bytes))
		close_message(m);
}

/* ---- lanes */

static struct lane *lane_of(uint64_t key)
{
	struct lane **p = &buckets[key % BUCKETS];

	while (*p && (*p)->key != key)
		p = &(*p)->next;
	if (!*p) {
		*p = calloc(1, sizeof(**p));
		if (!*p)
			die(EX_SOFTWARE, "out of memory");
		(*p)->key = key;
		(*p)->last = &(*p)->first;
	}
	return *p;
}

static void lane_drop(struct lane *l)
{
	struct lane **p = &buckets[l->key % BUCKETS];

	while (*p != l)
		p = &(*p)->next;
	*p = l->next;
	free(l);
}

/* The key is free, or its holder still takes items: let in what waits. */
static void lane_advance(struct lane *l)
{
	while (l->first && (!l->held || fits(l->holder, l->first))) {
		struct item *i = l->first;

		l->first = i->next;
		if (!l->first)
			l->last = &l->first;
		join(l->held ? l->holder : open_message(i), i);
	}
	if (!l->first && !l->held)
		lane_drop(l);
}

void queue_add(struct item *i)
{
	i->dest->waiting++;
	post.held++;
	post.bytes += i->body_n + i->target_n;
	if (!i->key) {
		join(open_message(i), i);
		return;
	}
	i->lane = lane_of(i->key);
	i->next = NULL;
	*i->lane->last = i;
	i->lane->last = &i->next;
	lane_advance(i->lane);
}

static void item_free(struct item *i)
{
	struct lane *l = i->lane;

	post.held--;
	post.bytes -= i->body_n + i->target_n;
	free(i);
	if (l && --l->held == 0)
		lane_advance(l);
}

struct item *queue_next_item(struct message *m)
{
	struct item *i = m->items;

	m->items = i->next;
	m->n--;
	item_free(i);
	return m->items;
}

void queue_done(struct message *m)
{
	send_forget(m);
	while (m->items)
		queue_next_item(m);
	free(m);
}

/* ---- sending */

void message_fail(const struct message *m, bool retry, const char *why)
{
	for (const struct item *i = m->items; i; i = i->next)
		sink_fail(&post.sink, i->tag, retry, why, &(struct sink_more){ .detail = m->detail });
}

bool queue_room(void)
{
	if (post.held && post.bytes >= BYTES_MAX)
		return false;
	for (struct dest *d = post.dests; d; d = d->next)
		if (d->waiting >= post.options.queue * d->n)
			return false;
	return post.loose.waiting < post.options.queue;
}

/* No endpoint is healthy: what is too old is given back. */
static int64_t give_up(struct dest *d)
{
	struct message *m;

	while ((m = d->ready) && m->begun + post.options.deadline <= post.now) {
		d->ready = m->next;
		if (!d->ready)
			d->ready_last = &d->ready;
		d->waiting -= m->n;
		message_fail(m, true, m->error[0] ? m->error : "no endpoint is healthy");
		queue_done(m);
	}
	return m ? m->begun + post.options.deadline : INT64_MAX;
}

/* Batches go when they are full, or when there is room for them and they have lingered. */
static int64_t close_lingering(struct dest *d)
{
	while (d->open && !d->ready && d->open->due <= post.now)
		close_message(d->open);
	return d->open && !d->ready ? d->open->due : INT64_MAX;
}

static int64_t send_ready(struct dest *d)
{
	for (;;) {
		int64_t due = close_lingering(d);
		struct message *m = d->ready;
		struct endpoint *e;
		bool hopeless;

		if (!m)
			return due;
		e = dest_choose(d, m, &hopeless);
		if (!e)
			return hopeless ? give_up(d) : INT64_MAX;
		d->ready = m->next;
		if (!d->ready)
			d->ready_last = &d->ready;
		d->waiting -= m->n;
		send_message(m, e);
	}
}

int64_t queue_run(void)
{
	int64_t due, first = INT64_MAX;

	while (heap_n && heap[0]->due <= post.now) {
		struct message *m = heap_take();

		first_in_line(m);
	}
	for (struct dest *d = post.dests; d; d = d->next) {
		due = send_ready(d);
		first = due < first ? due : first;
	}
	due = send_ready(&post.loose);
	first = due < first ? due : first;
	if (heap_n && heap[0]->due < first)
		first = heap[0]->due;
	if (!post.held) {
		free(heap);
		heap = NULL;
		heap_cap = 0;
	}
	return first;
}
