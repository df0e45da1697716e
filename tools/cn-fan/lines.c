/* SPDX-License-Identifier: Apache-2.0 */
/* Records become entries: which sinks each is for, and which of them have it already. */
#include "fan.h"

#include "format.h"

#include <stdio.h>

static struct buf scratch;

/* The sinks that `to` names, a bit for each; *unknown is a name that is none of them. */
static uint32_t named(struct span to, struct span *unknown)
{
	uint32_t bits = 0, bit;
	struct json_member m;
	struct json j;

	json_open(&j, to);
	for (json_object(&j); json_member(&j, &m);) {
		enum json_type type = json_value(&j, NULL);
		unsigned i = 0;

		while (i < fan.options.n && !json_key_is(&m, fan.options.names[i]))
			i++;
		bit = i < fan.options.n ? UINT32_C(1) << i : 0;
		/* Of a name that stands there twice the last one counts, as in record_to. */
		if (type == JSON_NULL || type == JSON_FALSE)
			bits &= ~bit;
		else if (bit)
			bits |= bit;
		else
			*unknown = m.key;
	}
	return bits;
}

/* False: nacked. Bits 0: for nobody. */
static bool choose(const struct record *r, uint64_t tag, uint32_t *bits)
{
	struct span unknown = { 0 };
	char why[160];

	*bits = fan.options.n == 32 ? UINT32_MAX : (UINT32_C(1) << fan.options.n) - 1;
	if (!r->to.p)
		return true;
	if (json_type_of(r->to) != JSON_OBJECT) {
		sink_fail(&fan.sink, tag, false, "to is not an object", NULL);
		return false;
	}
	*bits = named(r->to, &unknown);
	if (!unknown.p || fan.options.skip_unknown)
		return true;
	snprintf(why, sizeof(why), "to names a sink that is not here: %.*s", unknown.n < 100 ? (int)unknown.n : 100, unknown.p);
	sink_fail(&fan.sink, tag, true, why, NULL);
	return false;
}

/* Eight bytes at a time; what collides only costs a look, or a record sent twice. */
static uint64_t mix(uint64_t h, struct span text)
{
	uint64_t word;
	size_t i = 0;

	for (; i + sizeof(word) <= text.n; i += sizeof(word)) {
		memcpy(&word, text.p + i, sizeof(word));
		h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 32;
	}
	word = text.n - i;
	if (i < text.n)
		memcpy((char *)&word + 1, text.p + i, text.n - i);
	h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 29;
}

/* Namespace and digest make the key of a record; 0 when it has none. A digest that is absent is computed, so that one record has one
 * key in whatever way it is described. */
static uint64_t key_of(const struct record *r)
{
	struct span digest = { r->digest.p + 1, r->digest.n - 2 };	/* base64: no escapes */
	const char *why;
	uint64_t key;

	if (r->digest.n <= 2) {
		buf_reset(&scratch);
		if (!format_record_digest(&scratch, r, &why) || !scratch.n)
			return 0;
		digest = buf_as_span(&scratch);
	}
	key = mix(mix(1, r->ns), digest);
	return key ? key : 1;
}

/* The sinks that have this very record already: it comes again because others don't. */
static uint32_t remembered(uint64_t key, const struct record *r, uint32_t wanted)
{
	size_t head = (size_t)(r->id.p - r->line.p);
	uint32_t has;

	if (!key || !fan.memory.used)
		return 0;
	has = memory_take(&fan.memory, key, (struct span){ r->line.p, head },
		(struct span){ r->id.p + r->id.n, r->line.n - head - r->id.n }, fan.now);
	return has & wanted;
}

static void share_out(struct entry *e, uint32_t wanted, uint32_t has)
{
	e->left++;	/* until all are there */
	for (unsigned i = 0; i < fan.options.n; i++) {
		struct outlet *o = &fan.outlets[i];

		if (!(wanted >> i & 1))
			continue;
		if (has >> i & 1) {
			e->share[i].state = SHARE_DONE;
			o->count.spared++;
			fan.count.spared++;
		} else if (outlet_dead(o)) {
			e->share[i].state = SHARE_RETRY;
			o->count.retry++;
			entry_note(e, o, SHARE_RETRY, span_of(o->why), (struct span){ 0 });
		} else {
			share_add(o, e);
		}
	}
	if (--e->left == 0)
		entry_answer(e);
}

static void take_record(void *ctx, const struct record *r, uint64_t tag)
{
	struct entry *like;
	uint32_t wanted, has;
	uint64_t key;

	(void)ctx;
	if (!choose(r, tag, &wanted))
		return;
	if (!wanted) {
		sink_skip(&fan.sink, tag);
		return;
	}
	key = tag ? key_of(r) : 0;	/* nobody sends again what has no id */
	like = key ? entry_like(key, r) : NULL;
	if (like) {
		entry_repeat(like, tag);
		return;
	}
	has = remembered(key, r, wanted);
	share_out(entry_new(r, tag, key), wanted, has);
}

static bool room(void *ctx)
{
	(void)ctx;
	return entries_room();
}

bool lines_take(void)
{
	bool all = sink_take(&fan.sink, &(struct sink_taker){ room, take_record, NULL });

	if (fan.sink.eof && !fan.eof_at) {
		fan.eof_at = fan.now;
		buf_free(&scratch);
	}
	return all;
}
