/* SPDX-License-Identifier: Apache-2.0 */
/* A record line becomes a request: where it goes, what the policy says, its bins with the types that they had. */
#include "bytes.h"
#include "clock.h"
#include "client_message.h"
#include "expression.h"
#include "particle.h"
#include "put.h"
#include "value_encode.h"

#include <stdio.h>
#include <stdlib.h>

#define SET_MAX 63
#define BINS_MAX 32767

struct place {
	struct span ns, set;
	bool set_given;
};

static enum made bad(struct maker *m, const char *why)
{
	snprintf(m->why, sizeof(m->why), "%s", why);
	return MADE_BAD;
}

static enum made bad_bin(struct maker *m, struct span name, const char *why)
{
	snprintf(m->why, sizeof(m->why), "bin %.*s: %s", name.n < 64 ? (int)name.n : 64, name.p, why);
	return MADE_BAD;
}

static const char *find_place(struct maker *m, struct place *at, const struct record *r, const struct options *o)
{
	buf_reset(&m->ns_text);
	buf_reset(&m->set_text);
	at->ns = o->ns ? span_of(o->ns) : json_text(r->ns, &m->ns_text);
	at->set = (struct span){ 0 };
	if (r->set.p) {
		at->set = json_text(r->set, &m->set_text);
		if (!at->set.p)
			return "metadata.set is not a string";
	}
	if (o->set) {
		at->set_given = !span_is(at->set, o->set);
		at->set = span_of(o->set);
	}
	if (!at->ns.p || !at->ns.n || at->ns.n > NAME_MAX_NS || memchr(at->ns.p, 0, at->ns.n))
		return "metadata.namespace is not a name of 1 to 31 bytes";
	return at->set.n <= SET_MAX ? NULL : "metadata.set has more than 63 bytes";
}

/* metadata.exp is a time; the wire wants what is left of it. *over: nothing is. */
static const char *time_to_live(uint32_t *ttl, bool *over, const struct record *r, const struct policy *o)
{
	int64_t exp, left;

	if (o->ttl_given || !r->exp.p) {
		*ttl = o->ttl_given ? o->ttl : TTL_DEFAULT;
		return NULL;
	}
	if (!json_int64(r->exp, &exp) || exp < -1 || exp > UINT32_MAX)
		return "metadata.exp is not in seconds since 1970";
	left = exp - clock_unix_ms() / 1000;
	*ttl = exp <= 0 ? TTL_NEVER : (uint32_t)left;
	*over = exp > 0 && left <= 0;
	return NULL;
}

static const char *generation(uint32_t *out, const struct record *r, const struct options *o)
{
	int64_t n = 0;

	if (o->generation == GENERATION_ANY)
		return NULL;
	if (!r->gen.p)
		return "--generation needs metadata.gen";
	if (!json_int64(r->gen, &n) || n < 0 || n > UINT32_MAX)
		return "metadata.gen is no generation";
	*out = (uint32_t)n;
	return NULL;
}

static enum made put_bins(struct maker *m, struct command_writer *w, const struct record *r, bool *nested)
{
	struct json_member member;
	unsigned n = 0;
	struct json j;

	json_open(&j, r->bins);
	for (json_object(&j); json_member(&j, &member); n++) {
		struct span raw, name = member.key;
		uint8_t particle;

		json_value(&j, &raw);
		if (member.escaped) {
			buf_reset(&m->name_text);
			name = json_text((struct span){ member.key.p - 1, member.key.n + 2 }, &m->name_text);
		}
		if (!name.p || !name.n || name.n > BIN_NAME_MAX)
			return bad_bin(m, name.p ? name : member.key, "a name has 1 to 15 bytes");
		if (n == BINS_MAX)
			return bad(m, "more than 32767 bins");
		buf_reset(&m->value);
		particle = value_encode_particle(&m->pack, name, raw);
		*nested |= particle == PARTICLE_LIST || particle == PARTICLE_MAP;
		if (m->pack.why || m->value.full)
			return bad_bin(m, name, m->pack.why ? m->pack.why : "value too large");
		command_put(w, name, particle, buf_as_span(&m->value));
	}
	return n ? MADE_REQUEST : bad(m, "a write without bins");
}

/* --if-newer: what the record must be like, and what it keeps for the next time. */
static const char *guard(struct maker *m, struct command *c, int64_t *lut, const struct record *r, const struct options *o)
{
	if (o->newer == NEWER_OFF)
		return NULL;
	if (!r->lut.p)
		return "--if-newer needs metadata.lut";
	if (!json_int64(r->lut, lut) || *lut <= 0)
		return "metadata.lut is not in milliseconds since 1970";
	buf_reset(&m->filter);
	if (o->newer == NEWER_LUT)
		expression_last_update(&m->filter, EXPRESSION_LT, *lut);
	else
		expression_bin_missing_or(&m->filter, o->newer_bin, EXPRESSION_LT, *lut);
	c->filter = buf_as_span(&m->filter);
	return NULL;
}

static void keep_lut(struct command_writer *w, const struct options *o, int64_t lut)
{
	uint8_t bytes[8];

	if (o->newer != NEWER_BIN)
		return;
	put_be64(bytes, (uint64_t)lut);
	command_put(w, o->newer_bin, PARTICLE_INTEGER, (struct span){ (char *)bytes, sizeof(bytes) });
}

static void say_where(struct job *j, const struct place *at)
{
	struct buf *b = &j->to;

	buf_printf(b, "aerospike:%s/%.*s/", j->ns, SPAN_ARG(at->set));
	json_put_base64(b, j->digest, DIGEST_SIZE);
	if (!b->full) {		/* a string with quotes: take them off */
		char *quote = memchr(b->p, '"', b->n);

		memmove(quote, quote + 1, DIGEST_SIZE * 4 / 3 + 2);
		b->n -= 2;
	}
}

static enum made put_ops(struct put *p, struct job *j, struct command *c, const struct record *r, int64_t lut)
{
	struct operate *ops = &p->maker.operate;
	enum made made = MADE_REQUEST;
	struct command_writer w;

	ops->pack = &p->maker.pack;
	ops->value = &p->maker.value;
	command_begin(&w, &j->unit, c);
	if (r->bins.p || !r->operate.p)
		made = r->bins.p ? put_bins(&p->maker, &w, r, &j->nested) : bad(&p->maker, "a write without bins");
	j->nested |= r->operate.p != NULL;
	if (made == MADE_REQUEST && r->operate.p) {
		if (!operate_put(ops, &w, r->operate))
			made = bad(&p->maker, ops->why);
		else if (!ops->n)
			made = bad(&p->maker, "operate is empty");
	}
	keep_lut(&w, &p->options, lut);
	command_end(&w);
	j->once = r->operate.p && !ops->repeatable && p->options.newer != NEWER_BIN;
	return made;
}

/* A second time does no harm, and tells no lies about the first. */
static bool idempotent(const struct job *j, const struct options *o)
{
	return o->generation == GENERATION_ANY && !j->once && (j->is_delete || j->policy.exists != COMMAND_CREATE_ONLY);
}

static enum made put_request(struct put *p, struct job *j, struct command *c, const struct record *r, int64_t lut)
{
	enum made made = MADE_REQUEST;

	if (j->is_delete) {
		c->durable = j->policy.durable_delete;
		command_delete(&j->unit, c);
	} else {
		c->exists = j->policy.exists;
		made = put_ops(p, j, c, r, lut);
	}
	j->idempotent = idempotent(j, &p->options);
	if (made == MADE_REQUEST && j->unit.full)
		return bad(&p->maker, "the record is too large");
	return made;
}

/* Whether it is for us at all, and what it says of itself. */
static enum made look_at(struct put *p, struct job *j, const struct record *r)
{
	struct maker *m = &p->maker;
	const char *why = NULL;
	struct span own;

	switch (record_to(r, "aerospike", &own)) {
	case RECORD_TO_ALL: case RECORD_TO_US: break;
	case RECORD_TO_OTHERS: return MADE_NOT_FOR_US;
	case RECORD_TO_BAD: return bad(m, "to is not an object");
	}
	j->policy = p->options.policy;
	if (r->put.p)
		why = policy_of_line(&j->policy, r->put);
	if (!why && !types_open(&m->types, r->types))
		why = m->types.why;
	if (!why)
		pack_open(&m->pack, &m->value, &m->types, true);
	return why ? bad(m, why) : MADE_REQUEST;
}

enum made make(struct put *p, struct job *j, const struct record *r)
{
	const struct options *o = &p->options;
	enum made made = look_at(p, j, r);
	struct maker *m = &p->maker;
	struct place at = { 0 };
	struct command c = { .timeout_ms = (uint32_t)(job_patience(o) / 3), .generation_policy = o->generation };
	bool over = false;
	struct key key;
	const char *why;
	int64_t lut = 0;

	if (made != MADE_REQUEST)
		return made;
	why = find_place(m, &at, r, o);
	if (!why)
		why = key_make(m, &key, j->digest, r, at.set, at.set_given);
	if (!why)
		why = generation(&c.generation, r, o);
	if (!why)
		why = guard(m, &c, &lut, r, o);
	if (!why && !r->is_delete)
		why = time_to_live(&c.ttl, &over, r, &j->policy);
	if (why)
		return bad(m, why);
	j->is_delete = r->is_delete || over;
	j->setless = r->is_delete && !at.set.n && !r->user_key.p;
	p->count.expired += over;
	if (over && (r->operate.p || j->policy.exists == COMMAND_CREATE_ONLY))
		return MADE_EXPIRED;
	/* What is over deletes what was there before, which may live longer. */
	if (j->is_delete)
		c.ttl = 0;
	snprintf(j->ns, sizeof(j->ns), "%.*s", SPAN_ARG(at.ns));
	c.ns = at.ns;
	c.set = at.set;
	c.digest = j->digest;
	if (j->policy.send_key && !j->is_delete) {
		c.key_type = key.particle;
		c.key = key.bytes;
	}
	if (o->verbose)
		say_where(j, &at);
	return put_request(p, j, &c, r, lut);
}

void maker_free(struct maker *m)
{
	types_free(&m->types);
	pack_free(&m->pack);
	buf_free(&m->value);
	buf_free(&m->ns_text);
	buf_free(&m->set_text);
	buf_free(&m->name_text);
	buf_free(&m->digest_text);
	buf_free(&m->key_text);
	buf_free(&m->filter);
	buf_free(&m->operate.name);
}
