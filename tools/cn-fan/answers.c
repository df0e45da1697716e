/* SPDX-License-Identifier: Apache-2.0 */
/* Acks and nacks of an outlet settle its shares. What they say of lines that it does not have counts for nothing. */
#include "fan.h"

#include "err.h"

#include <errno.h>

static struct buf text, members;

/* All members that are no business of ours, as text. */
static void other_members(struct span line)
{
	struct json_member m;
	struct json j;

	buf_reset(&members);
	json_open(&j, line);
	for (json_object(&j); json_member(&j, &m);) {
		struct span raw;

		json_value(&j, &raw);
		if (json_key_is(&m, "ack") || json_key_is(&m, "nack") || json_key_is(&m, "retry") || json_key_is(&m, "error") || json_key_is(&m, "to"))
			continue;
		if (members.n)
			buf_byte(&members, ',');
		buf_byte(&members, '"');
		buf_span(&members, m.key);
		buf_lit(&members, "\":");
		buf_span(&members, raw);
	}
}

/* What an answer says, taken apart: the same for all lines of a range. */
struct answer {
	enum share_state state;
	struct span text, members;
};

static void strange(struct outlet *o, const char *what, struct span line)
{
	uint64_t missed;

	o->count.strange++;
	fan.count.strange++;
	if (log_allow(&o->strange, 1000, &missed))
		log_warn(what, "sink", o->name, "bytes", log_num((int64_t)line.n), "more", missed ? log_num((int64_t)missed) : NULL, NULL);
}

static void settle(struct outlet *o, struct entry *e, const struct answer *a)
{
	switch (a->state) {
	case SHARE_DONE: o->count.acked++; break;
	case SHARE_NEVER: o->count.never++; break;
	default: o->count.retry++; break;
	}
	if (a->state != SHARE_DONE || a->text.n || a->members.n)
		entry_note(e, o, a->state, a->text, a->members);
	share_settle(o, e, a->state);
}

static bool settle_id(struct outlet *o, uint64_t id, const struct answer *a)
{
	struct entry *e = o->first;

	if (!e || e->wire != id)	/* mostly they come in order */
		e = entry_of(id);
	if (!e || e->share[o->index].state != SHARE_WRITTEN)
		return false;
	settle(o, e, a);
	return true;
}

static uint64_t settle_range(struct outlet *o, const struct ack *ack, const struct answer *a)
{
	struct entry *e, *newer;
	uint64_t n = 0;

	/* A range may be far wider than what is under way. */
	if (ack->last - ack->first <= 2 * o->waiting) {
		for (uint64_t id = ack->first; id <= ack->last; id++)
			n += settle_id(o, id, a);
		return n;
	}
	for (e = o->first; e && e->share[o->index].state == SHARE_WRITTEN; e = newer) {
		newer = e->share[o->index].newer;
		if (e->wire >= ack->first && e->wire <= ack->last) {
			settle(o, e, a);
			n++;
		}
	}
	return n;
}

static void take_answer(struct outlet *o, struct span line)
{
	struct answer a = { 0 };
	struct ack ack;
	struct span raw;

	if (!ack_parse(line, &ack)) {
		strange(o, "a line that is no ack", line);
		return;
	}
	a.state = ack.ok ? SHARE_DONE : ack.retry ? SHARE_RETRY : SHARE_NEVER;
	raw = !ack.ok ? ack.error : fan.options.verbose ? ack.to : (struct span){ 0 };
	if (raw.p) {
		buf_reset(&text);
		a.text = json_text(raw, &text);
	}
	if (ack.more && ack.first == ack.last) {
		other_members(line);
		a.members = buf_as_span(&members);
	}
	if (settle_range(o, &ack, &a) != ack.last - ack.first + 1)
		strange(o, "an ack of a line that is not under way", line);
	o->sign = fan.now;
	o->dead_since = 0;
	o->tries = 0;
	o->proven = true;
}

void answers_read(struct outlet *o)
{
	struct span line;

	if (reader_fill(&o->in) < 0 && errno != EAGAIN && errno != EINTR) {
		outlet_ended(o);
		return;
	}
	for (;;) {
		switch (reader_take(&o->in, &line)) {
		case READER_LINE: take_answer(o, line); break;
		case READER_TOO_LONG: strange(o, "a line that is no ack", line); break;
		case READER_EOF: outlet_ended(o); return;
		default: return;
		}
	}
}
