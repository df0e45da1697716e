/* SPDX-License-Identifier: Apache-2.0 */
#include "memo.h"

#include "jq_values.h"

#define TRIES 1024	/* after so many ... */
#define WORTH 4		/* ... one in so many must have been known, */
#define PAUSE 65536	/* or it rests for so many records */

static uint32_t hash_of(struct span s)
{
	uint64_t h = s.n * UINT64_C(0x9e3779b97f4a7c15), part;
	size_t i = 0;

	for (; i + 8 <= s.n; i += 8) {
		memcpy(&part, s.p + i, 8);
		h = (h ^ part) * UINT64_C(0xc2b2ae3d27d4eb4f);
		h ^= h >> 29;
	}
	part = 0;
	memcpy(&part, s.p + i, s.n - i);
	h = (h ^ part) * UINT64_C(0x9e3779b97f4a7c15);
	return (uint32_t)(h >> 32);
}

static bool resting(struct memo *m)
{
	if (m->pause) {
		m->pause--;
		return true;
	}
	if (m->tries == TRIES) {
		if (m->hits < TRIES / WORTH)
			m->pause = PAUSE;
		m->tries = m->hits = 0;
	}
	m->tries++;
	return false;
}

bool memo_find(struct memo *m, const struct jq_sight *sight, struct span line, enum verdict *verdict, struct span *text)
{
	m->usable = false;
	if (sight->all || sight->impure || resting(m))
		return false;
	buf_reset(&m->seen);
	if (!jq_values_seen(&m->seen, line, sight) || m->seen.full || m->seen.n > MEMO_KEY_MAX)
		return false;
	struct span seen = buf_as_span(&m->seen);
	m->hash = hash_of(seen);
	m->usable = true;
	struct memo_slot *s = &m->slots[m->hash % MEMO_SLOTS];
	if (!s->used || s->hash != m->hash || !span_eq(buf_as_span(&s->seen), seen))
		return false;
	m->hits++;
	*verdict = s->verdict;
	*text = buf_as_span(&s->text);
	return true;
}

void memo_keep(struct memo *m, enum verdict verdict, struct span text)
{
	if (!m->usable || text.n > 4096)
		return;
	struct memo_slot *s = &m->slots[m->hash % MEMO_SLOTS];
	buf_reset(&s->seen);
	buf_reset(&s->text);
	buf_span(&s->seen, buf_as_span(&m->seen));
	buf_span(&s->text, text);
	s->hash = m->hash;
	s->verdict = verdict;
	s->used = !s->seen.full && !s->text.full;
}

void memo_free(struct memo *m)
{
	for (size_t i = 0; i < MEMO_SLOTS; i++) {
		buf_free(&m->slots[i].seen);
		buf_free(&m->slots[i].text);
	}
	buf_free(&m->seen);
}
