/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs.h"

#include "err.h"

#include <stdlib.h>

#define BODY_KEPT 65536		/* larger bodies give their memory back */

struct heap {
	struct job **job;
	size_t n;
};

static struct job *all, *unused;
static struct job **bucket;	/* by key: the one whose turn it is */
static size_t buckets, capacity, held, bytes, bytes_max;
static struct heap ready;	/* by their place in the input */
static struct heap waiting;	/* by the time when they are due */
static int64_t places;

void jobs_open(size_t count, size_t byte_count)
{
	for (buckets = 16; buckets < count * 2;)
		buckets *= 2;
	bucket = xcalloc(buckets, sizeof(*bucket));
	ready.job = xcalloc(count, sizeof(*ready.job));
	waiting.job = xcalloc(count, sizeof(*waiting.job));
	all = xcalloc(count, sizeof(*all));
	capacity = count;
	bytes_max = byte_count;
	for (size_t i = count; i-- > 0;) {
		all[i].next = unused;
		unused = &all[i];
	}
}

void jobs_close(void)
{
	for (size_t i = 0; i < capacity; i++)
		buf_free(&all[i].body);
	free(all);
	free(bucket);
	free(ready.job);
	free(waiting.job);
}

bool jobs_room(void)
{
	return held < capacity && (bytes < bytes_max || held == 0);
}

size_t jobs_held(void)
{
	return held;
}

struct job *jobs_new(void)
{
	struct job *j = unused;

	unused = j->next;
	held++;
	buf_reset(&j->body);
	*j = (struct job){ .body = j->body };
	return j;
}

void jobs_drop(struct job *j)
{
	if (j->body.cap > BODY_KEPT)
		buf_free(&j->body);
	j->next = unused;
	unused = j;
	held--;
}

static void push(struct heap *h, struct job *j, int64_t rank)
{
	size_t i = h->n++;

	j->rank = rank;
	while (i > 0 && h->job[(i - 1) / 2]->rank > rank) {
		h->job[i] = h->job[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	h->job[i] = j;
}

static struct job *pop(struct heap *h)
{
	struct job *top = h->job[0], *last = h->job[--h->n];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < h->n) {
		if (child + 1 < h->n && h->job[child + 1]->rank < h->job[child]->rank)
			child++;
		if (h->job[child]->rank >= last->rank)
			break;
		h->job[i] = h->job[child];
		i = child;
	}
	h->job[i] = last;
	return top;
}

static struct job **turn_of(uint64_t key)
{
	struct job **p = &bucket[(key ^ key >> 32) & (buckets - 1)];

	while (*p && (*p)->key != key)
		p = &(*p)->same_bucket;
	return p;
}

void jobs_add(struct job *j)
{
	struct job **head;

	bytes += j->body.n;
	j->place = places++;
	if (j->key) {
		head = turn_of(j->key);
		if (*head) {
			j->next = NULL;
			if ((*head)->last_follower)
				(*head)->last_follower->next = j;
			else
				(*head)->first_follower = j;
			(*head)->last_follower = j;
			return;
		}
		*head = j;
	}
	push(&ready, j, j->place);
}

bool jobs_ready(void)
{
	return ready.n;
}

struct job *jobs_next(void)
{
	return ready.n ? pop(&ready) : NULL;
}

void jobs_done(struct job *j)
{
	struct job *follower = j->first_follower;

	bytes -= j->body.n;
	if (j->key) {
		struct job **head = turn_of(j->key);

		if (follower) {
			follower->same_bucket = j->same_bucket;
			follower->first_follower = follower->next;
			follower->last_follower = follower->next ? j->last_follower : NULL;
			*head = follower;
			push(&ready, follower, follower->place);
		} else {
			*head = j->same_bucket;
		}
	}
	jobs_drop(j);
}

void jobs_again(struct job *j, int64_t due)
{
	push(&waiting, j, due);
}

int64_t jobs_wake(int64_t now)
{
	while (waiting.n && waiting.job[0]->rank <= now) {
		struct job *j = pop(&waiting);

		push(&ready, j, j->place);
	}
	return waiting.n ? waiting.job[0]->rank : INT64_MAX;
}

struct job *jobs_take_idle(void)
{
	return ready.n ? pop(&ready) : waiting.n ? pop(&waiting) : NULL;
}
