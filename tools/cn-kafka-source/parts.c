/* SPDX-License-Identifier: Apache-2.0 */
#include "source.h"
#include "err.h"

#include <stdlib.h>

struct part *parts_find(struct source *s, const char *topic, int32_t partition)
{
	for (struct part *p = s->parts; p; p = p->next)
		if (p->partition == partition && span_is(p->topic, topic))
			return p;
	return NULL;
}

struct part *parts_add(struct source *s, const char *topic, int32_t partition)
{
	struct part *p = parts_find(s, topic, partition);

	if (p) {	/* it never went */
		p->again = true;
		return p;
	}
	p = xcalloc(1, sizeof(*p));
	p->topic = span_of(xstrdup(topic));
	p->partition = partition;
	p->end = p->eof = p->stored = p->committed = -1;
	p->tried = -2;
	prefix_init(&p->prefix);
	p->next = s->parts;
	s->parts = p;
	s->n_parts++;
	return p;
}

/* Messages of one partition come in runs. */
struct part *parts_of_message(struct source *s, const rd_kafka_message_t *m)
{
	struct part *p = s->part_last;

	if (p && p->rkt == m->rkt && p->partition == m->partition)
		return p;
	for (p = s->parts; p; p = p->next)
		if (p->rkt == m->rkt && p->partition == m->partition)
			break;
	if (!p && (p = parts_find(s, rd_kafka_topic_name(m->rkt), m->partition)))
		p->rkt = m->rkt;
	s->part_last = p;
	return p;
}

void parts_forget(struct source *s, struct part *p)
{
	const size_t n = p->prefix.n;

	for (size_t i = 0; i < n; i++) {
		struct record *r = prefix_at(&p->prefix, i)->what;

		if (r->state == RECORD_FLIGHT)
			window_take(s->window, r->id);
		r->part = NULL;
		s->held--;
		s->held_bytes -= r->size;
		if (r->state != RECORD_DEAD)
			record_free(s, r);
	}
	prefix_free(&p->prefix);
	p->in_pipe = p->redo_next = 0;
}

void parts_remove(struct source *s, struct part *p)
{
	struct part **at = &s->parts;

	parts_forget(s, p);
	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	s->n_parts--;
	s->part_last = NULL;
	free((void *)(uintptr_t)p->topic.p);
	free(p);
}

bool parts_first_time(struct source *s, const char *topic, int32_t partition)
{
	for (size_t i = 0; i < s->n_seen; i++)
		if (s->seen[i].partition == partition && strcmp(s->seen[i].topic, topic) == 0)
			return false;
	s->seen = realloc(s->seen, (s->n_seen + 1) * sizeof(*s->seen));
	if (!s->seen)
		die(EX_SOFTWARE, "out of memory");
	s->seen[s->n_seen].topic = xstrdup(topic);
	s->seen[s->n_seen++].partition = partition;
	return true;
}
