/* SPDX-License-Identifier: Apache-2.0 */
/* Lines under way: found by the id that the sinks see and by the key of the record, answered when all sinks have answered. */
#include "fan.h"

#include "err.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define BYTES_MAX ((size_t)128 << 20)	/* of all lines under way, though one is always let in */
#define NOTE_MAX 2048			/* of what all sinks say of a line */
#define TEXT_MAX 1000			/* and of what one does */

static struct entry **by_wire, **by_key;
static size_t mask;
static uint64_t private_id = ACK_ID_MAX;	/* for lines without one of their own: from the far end of the range */

void entries_open(void)
{
	size_t buckets = 64;

	while (buckets < fan.options.window)
		buckets *= 2;
	mask = buckets - 1;
	by_wire = xcalloc(buckets, sizeof(struct entry *));
	by_key = xcalloc(buckets, sizeof(struct entry *));
}

void entries_close(void)
{
	free(by_wire);
	free(by_key);
}

bool entries_room(void)
{
	return fan.entries < fan.options.window && (fan.bytes < BYTES_MAX || !fan.entries);
}

static struct entry **wire_bucket(uint64_t wire)
{
	return &by_wire[wire & mask];		/* ids mostly come one after the other */
}

struct entry *entry_of(uint64_t wire)
{
	struct entry *e = *wire_bucket(wire);

	while (e && e->wire != wire)
		e = e->wire_next;
	return e;
}

static struct span head_of(const struct entry *e)
{
	return (struct span){ e->text, e->id_at };
}

static struct span tail_of(const struct entry *e)
{
	return (struct span){ e->text + e->id_at + e->id_n, e->n - e->id_at - e->id_n - 1 };
}

/* The youngest under way. */
static struct entry *entry_of_key(uint64_t key)
{
	struct entry *e = by_key[key & mask];

	while (e && e->key != key)
		e = e->key_next;
	return e;
}

struct entry *entry_like(uint64_t key, const struct record *r)
{
	struct entry *e = entry_of_key(key);
	size_t head = (size_t)(r->id.p - r->line.p);

	if (!e || !e->versioned || e->superseded || !span_eq(head_of(e), (struct span){ r->line.p, head }) ||
	    !span_eq(tail_of(e), (struct span){ r->id.p + r->id.n, r->line.n - head - r->id.n }))
		return NULL;
	return e;
}

void entry_repeat(struct entry *e, uint64_t tag)
{
	struct twin *t = malloc(sizeof(*t));

	if (!t)
		die(EX_SOFTWARE, "out of memory");
	*t = (struct twin){ .next = e->twins, .tag = tag };
	e->twins = t;
	fan.entries++;
	fan.count.twins++;
}

/* The source's, if it can be told from all others under way; else one of ours, which goes into the line instead. */
static uint64_t choose_wire(uint64_t tag)
{
	if (tag && !entry_of(tag - 1))
		return tag - 1;
	do {
		if (!--private_id)
			private_id = ACK_ID_MAX;
	} while (entry_of(private_id));
	return private_id;
}

/* The line as the sinks get it: with this id instead of the old one, which may be absent. */
static void copy_line(struct entry *e, struct span line, struct span old, struct span id)
{
	size_t head, tail;
	const char *rest;
	char *p = e->text;

	if (old.p) {
		head = (size_t)(old.p - line.p);
		rest = old.p + old.n;
		memcpy(p, line.p, head);
	} else {
		rest = (const char *)memchr(line.p, '{', line.n) + 1;
		head = sizeof("{\"id\":") - 1;
		memcpy(p, "{\"id\":", head);
	}
	memcpy(p + head, id.p, id.n);
	e->id_at = head;
	e->id_n = id.n;
	p += head + id.n;
	if (!old.p)
		*p++ = ',';	/* a record has other members */
	tail = (size_t)(line.p + line.n - rest);
	memcpy(p, rest, tail);
	p[tail] = '\n';
	e->n = (size_t)(p + tail + 1 - e->text);
}

struct entry *entry_new(const struct record *r, uint64_t tag, uint64_t key)
{
	size_t shares = sizeof(struct entry) + fan.options.n * sizeof(struct share);
	uint64_t wire = choose_wire(tag);
	struct span old = r->id.p ? r->id : line_id(r->line), id = old;	/* null is as good as none, but there */
	struct entry *e, **b;
	char number[24];

	if (!tag || wire != tag - 1)
		id = (struct span){ number, (size_t)snprintf(number, sizeof(number), "%" PRIu64, wire) };
	e = malloc(shares + r->line.n + id.n + sizeof("{\"id\":,\n"));
	if (!e)
		die(EX_SOFTWARE, "out of memory");
	memset(e, 0, shares);
	e->tag = tag;
	e->wire = wire;
	e->key = key;
	e->versioned = r->gen.p || r->lut.p;
	e->text = (char *)e + shares;
	copy_line(e, r->line, old, id);
	b = wire_bucket(wire);
	e->wire_next = *b;
	*b = e;
	if (key) {
		struct entry *older = entry_of_key(key);

		if (older)
			older->superseded = true;
		b = &by_key[key & mask];
		e->key_next = *b;
		*b = e;
	}
	fan.entries++;
	fan.bytes += e->n;
	return e;
}

void share_add(struct outlet *o, struct entry *e)
{
	struct share *s = &e->share[o->index];

	s->state = SHARE_WAITING;
	s->older = o->last;
	if (o->last)
		o->last->share[o->index].newer = e;
	else
		o->first = e;
	o->last = e;
	if (!o->cursor)
		o->cursor = e;
	o->waiting++;
	e->left++;
}

void share_settle(struct outlet *o, struct entry *e, enum share_state state)
{
	struct share *s = &e->share[o->index];

	if (o->cursor == e) {
		o->cursor = s->newer;
		o->part = 0;
	}
	if (s->older)
		s->older->share[o->index].newer = s->newer;
	else
		o->first = s->newer;
	if (s->newer)
		s->newer->share[o->index].older = s->older;
	else
		o->last = s->older;
	o->waiting--;
	s->state = state;
	if (--e->left == 0)
		entry_answer(e);
}

void entry_note(struct entry *e, const struct outlet *o, enum share_state of, struct span text, struct span members)
{
	struct notes *n = e->notes;

	if (!n) {
		n = e->notes = xcalloc(1, sizeof(*n));
		n->text.max = n->members.max = NOTE_MAX;
		n->of = of;
	}
	if (of < n->of)
		return;
	if (of > n->of) {	/* the worse wins */
		buf_reset(&n->text);
		n->of = of;
	}
	if (n->text.n && text.n)
		buf_put(&n->text, of == SHARE_DONE ? " " : "; ", of == SHARE_DONE ? 1 : 2);
	if (of != SHARE_DONE)
		buf_printf(&n->text, "%s: ", o->name);
	if (text.n > TEXT_MAX)
		text.n = TEXT_MAX;
	buf_span(&n->text, text);
	if (members.n) {
		if (n->members.n)
			buf_byte(&n->members, ',');
		buf_printf(&n->members, "\"%s\":{%.*s}", o->name, SPAN_ARG(members));
	}
}

static void reply(uint64_t tag, enum share_state outcome, const struct notes *n)
{
	struct span members = n && n->members.n ? buf_as_span(&n->members) : (struct span){ 0 };
	struct span text = n && n->of == outcome ? buf_as_span(&n->text) : (struct span){ 0 };
	char why[NOTE_MAX + 1];

	if (outcome == SHARE_DONE) {
		sink_done_with(&fan.sink, tag, fan.options.verbose ? text : (struct span){ 0 }, members);
		return;
	}
	snprintf(why, sizeof(why), "%.*s", SPAN_ARG(text));
	sink_fail(&fan.sink, tag, outcome == SHARE_RETRY, why, &(struct sink_more){ .members = members });
}

static void take_out(struct entry *e)
{
	struct entry **link = wire_bucket(e->wire);

	while (*link != e)
		link = &(*link)->wire_next;
	*link = e->wire_next;
	if (!e->key)
		return;
	link = &by_key[e->key & mask];
	while (*link != e)
		link = &(*link)->key_next;
	*link = e->key_next;
}

void entry_answer(struct entry *e)
{
	enum share_state outcome = SHARE_DONE;
	uint32_t has = 0;

	for (unsigned i = 0; i < fan.options.n; i++) {
		if (e->share[i].state > outcome)
			outcome = e->share[i].state;
		if (e->share[i].state == SHARE_DONE)
			has |= UINT32_C(1) << i;
	}
	/* Again it will come, and those that have it need it no more; unless they have got another version since. */
	if (outcome == SHARE_RETRY && has && !e->superseded)
		memory_put(&fan.memory, e->key, head_of(e), tail_of(e), has, fan.now);
	reply(e->tag, outcome, e->notes);
	while (e->twins) {
		struct twin *t = e->twins;

		e->twins = t->next;
		reply(t->tag, outcome, e->notes);
		free(t);
		fan.entries--;
	}
	take_out(e);
	if (e->notes) {
		buf_free(&e->notes->text);
		buf_free(&e->notes->members);
		free(e->notes);
	}
	fan.entries--;
	fan.bytes -= e->n;
	free(e);
}
