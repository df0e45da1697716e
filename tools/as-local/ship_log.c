/* SPDX-License-Identifier: Apache-2.0 */
#include "ship_log.h"
#include "clock.h"
#include "disk.h"
#include "err.h"

#include <stdlib.h>

#define BUCKETS (1u << 20)
#define HOT_KEY_MS 100		/* between two shipments of one record, as the server's xdr-hotkey-time-ms */
#define RETRY_MS 1000

struct queue {
	struct change *first, *last;
};

static struct change *bucket[BUCKETS];
/* Every change is in one of these, or under way. hot: changed again while it was under way or rested. Each has one delay of its own,
 * so that each is in the order of `due`. */
static struct queue fresh, waiting, hot, retrying, resting;
static uint64_t pending;

static struct change **bucket_of(const struct namespace *ns, const uint8_t *digest)
{
	uint32_t h;

	memcpy(&h, digest + 8, sizeof(h));
	return &bucket[(h ^ ns->number) % BUCKETS];
}

static struct change *find(const struct namespace *ns, const uint8_t *digest)
{
	struct change *c = *bucket_of(ns, digest);

	while (c && (c->ns != ns || memcmp(c->digest, digest, DIGEST_SIZE) != 0))
		c = c->next_in_bucket;
	return c;
}

static void append(struct queue *q, struct change *c)
{
	c->next = NULL;
	c->prev = q->last;
	if (q->last)
		q->last->next = c;
	else
		q->first = c;
	q->last = c;
}

static void take_out(struct queue *q, struct change *c)
{
	if (c->prev)
		c->prev->next = c->next;
	else
		q->first = c->next;
	if (c->next)
		c->next->prev = c->prev;
	else
		q->last = c->prev;
}

static void note(const struct change *c, bool keep)
{
	char key[32 + DIGEST_SIZE];
	size_t n = strlen(c->ns->name) + 1;

	memcpy(key, c->ns->name, n);
	memcpy(key + n, c->digest, DIGEST_SIZE);
	disk_note("ship", (struct span){ key, n + DIGEST_SIZE },
		keep ? (struct span){ c->durable ? "D" : c->deleted ? "d" : "w", 1 } : (struct span){ NULL, 0 });
}

static struct change *add(struct namespace *ns, const uint8_t *digest)
{
	struct change **b = bucket_of(ns, digest), *c = calloc(1, sizeof(*c));

	if (!c)
		die(EX_UNAVAILABLE, "out of memory");
	c->ns = ns;
	memcpy(c->digest, digest, DIGEST_SIZE);
	c->next_in_bucket = *b;
	*b = c;
	pending++;
	return c;
}

static void forget(struct change *c)
{
	struct change **at = bucket_of(c->ns, c->digest);

	while (*at != c)
		at = &(*at)->next_in_bucket;
	*at = c->next_in_bucket;
	free(c);
}

/* Expiry and truncation are no changes for the other side, as with the server's own default. */
static void on_change(struct namespace *ns, const struct stored *old, const struct stored *new, bool durable)
{
	const uint8_t *digest = new ? new->digest : old->digest;
	struct change *c;

	if (!new && store_dead(ns, old))
		return;
	c = find(ns, digest);
	if (!c) {
		c = add(ns, digest);
		append(&fresh, c);
	} else if (c->state == CHANGE_SHIPPING) {
		c->again = true;
	} else if (c->state == CHANGE_RESTING) {	/* a hot key: at the end of its rest */
		take_out(&resting, c);
		c->state = CHANGE_WAITING;
		append(&hot, c);
		pending++;
	}
	c->deleted = !new;
	c->durable = durable;
	note(c, true);
}

static void recall(struct span key, struct span value)
{
	size_t n = strnlen(key.p, key.n) + 1;
	struct namespace *ns = key.n == n + DIGEST_SIZE ? store_namespace((struct span){ key.p, n - 1 }) : NULL;

	struct change *c;

	if (!ns || find(ns, (const uint8_t *)key.p + n))
		return;
	c = add(ns, (const uint8_t *)key.p + n);
	c->durable = value.n && value.p[0] == 'D';
	c->deleted = c->durable || (value.n && value.p[0] == 'd');
	append(&waiting, c);
}

void ship_log_open(void)
{
	disk_notes("ship", recall);
	store_on_change(on_change);
}

/* What is shipped is struck from the disk a little later and many at a time: a crash in between ships it twice, no more. */
static void end_rests(int64_t now)
{
	while (resting.first && resting.first->due <= now) {
		struct change *c = resting.first;

		take_out(&resting, c);
		note(c, false);
		forget(c);
	}
}

void ship_log_round(void)
{
	static int64_t next;
	int64_t now = clock_ms();

	if (now >= next) {
		end_rests(now);
		next = now + HOT_KEY_MS;
	}
	while (fresh.first) {
		struct change *c = fresh.first;

		take_out(&fresh, c);
		append(&waiting, c);
	}
}

static bool is_due(const struct queue *q)
{
	return q->first && q->first->due <= clock_ms();
}

struct change *ship_log_take(void)
{
	struct queue *q = is_due(&hot) ? &hot : is_due(&retrying) ? &retrying : &waiting;
	struct change *c = q->first;

	if (!c)
		return NULL;
	take_out(q, c);
	c->state = CHANGE_SHIPPING;
	c->again = false;
	return c;
}

void ship_log_done(struct change *c)
{
	c->due = clock_ms() + HOT_KEY_MS;
	if (c->again) {
		c->state = CHANGE_WAITING;
		append(&hot, c);
		return;
	}
	c->state = CHANGE_RESTING;
	append(&resting, c);
	pending--;
}

void ship_log_retry(struct change *c)
{
	c->state = CHANGE_WAITING;
	c->due = clock_ms() + RETRY_MS;
	append(&retrying, c);
}

int64_t ship_log_due(void)
{
	int64_t due = INT64_MAX;

	if (fresh.first || waiting.first)
		return 0;
	if (hot.first)
		due = hot.first->due;
	if (retrying.first && retrying.first->due < due)
		due = retrying.first->due;
	return due;
}

uint64_t ship_log_pending(void)
{
	return pending;
}

void ship_log_close(void)
{
	end_rests(INT64_MAX);
	for (unsigned i = 0; i < BUCKETS; i++)
		while (bucket[i]) {
			struct change *c = bucket[i];

			bucket[i] = c->next_in_bucket;
			free(c);
		}
}
