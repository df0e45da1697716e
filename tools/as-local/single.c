/* SPDX-License-Identifier: Apache-2.0 */
#include "expr.h"
#include "request.h"
#include "udf.h"

#include <stdlib.h>

/* One record: what reading and writing share. */

struct bin *single_bin(struct single *s, struct span name)
{
	for (unsigned i = 0; i < s->n_bins; i++)
		if (s->bins[i].v.particle && span_eq(s->bins[i].name, name))
			return &s->bins[i];
	return NULL;
}

static struct value env_bin(void *ctx, struct span name)
{
	struct bin *b = single_bin(ctx, name);

	return b ? b->v : (struct value){ 0 };
}

void single_env(struct single *s, struct expr_env *env)
{
	const struct stored *rec = s->rec;
	struct namespace *ns = s->r->ns;

	*env = (struct expr_env){ .bin = env_bin, .ctx = s, .mem = s->mem, .digest = (const uint8_t *)s->r->digest.p,
		.set = s->r->has_set ? s->r->set : SPAN(""), .now_ms = now_2010_ms() + EPOCH_2010 * 1000 };
	if (!rec) {
		env->key = s->r->key;
		env->last_update_ms = env->now_ms;
		return;
	}
	env->set = span_of(ns->set[rec->set].name);
	env->key = stored_key(rec);
	env->last_update_ms = rec->lut + EPOCH_2010 * 1000;
	env->void_time = rec->void_time;
	env->record_size = (uint32_t)sizeof(*rec) + rec->size;
}

static bool key_differs(const struct request *r, const struct stored *rec)
{
	struct value key = stored_key(rec);

	return r->has_key && key.particle && (key.particle != r->key.particle || !span_eq(key.data, r->key.data));
}

void single_found(struct single *s)
{
	s->a->generation = s->rec->generation;
	s->a->void_time = s->rec->void_time;
}

int single_check(struct single *s, bool write)
{
	const struct request *r = s->r;
	const struct set *set = &r->ns->set[s->rec->set];
	struct expr_env env;

	single_found(s);
	if ((write || (r->has_set && r->set.n)) && !span_is(r->has_set ? r->set : SPAN(""), set->name))
		return RESULT_PARAMETER;
	if (r->filter.p) {
		int code;

		single_env(s, &env);
		code = expr_filter(r->filter, &env);
		if (code != RESULT_OK)
			return code;
	}
	return key_differs(r, s->rec) ? RESULT_KEY_MISMATCH : RESULT_OK;
}

void single_reply(struct single *s, const struct message_op *op, const struct value *v)
{
	struct message_writer w = { .out = s->a->ops };
	/* In a batch all that is read comes back as plain reads. */
	bool plain = s->r->origin == ORIGIN_BATCH && !(s->r->m.info2 & INFO2_WRITE);
	size_t mark = message_begin_op(&w, plain ? OP_READ : op->op, v ? v->particle : 0, op->name);

	if (v && v->particle)
		buf_span(s->a->ops, v->data);
	message_end_op(&w, mark);
	s->a->n_ops++;
}

/* Bins that an operation left out: named only when the client wants one answer for each op. */
static void reply_or_null(struct single *s, const struct message_op *op, const struct value *v)
{
	if (v && v->particle)
		single_reply(s, op, v);
	else if (s->r->m.info2 & INFO2_RESPOND_ALL)
		single_reply(s, op, NULL);
}

static void reply_all(struct single *s)
{
	for (unsigned i = 0; i < s->n_bins; i++)
		if (s->bins[i].v.particle)
			single_reply(s, &(struct message_op){ .op = OP_READ, .name = s->bins[i].name }, &s->bins[i].v);
}

int single_read_op(struct single *s, const struct message_op *op)
{
	struct bin *b = single_bin(s, op->name);
	struct value result = { 0 };
	struct expr_env env;
	int code = RESULT_OK;

	switch (op->op) {
	case OP_READ:
		if (op->name.n == 0 && (s->r->m.info1 & INFO1_GET_ALL)) {
			reply_all(s);
			return RESULT_OK;
		}
		reply_or_null(s, op, b ? &b->v : NULL);
		return RESULT_OK;
	case OP_CDT_READ:
		code = b ? cdt_read(&b->v, op->value, s->mem, &result) : RESULT_OK;
		break;
	case OP_BITS_READ:
		code = b ? bits_read(&b->v, op->value, s->mem, &result) : RESULT_OK;
		break;
	case OP_HLL_READ:
		code = b ? hll_read(&b->v, op->value, s->mem, &result) : RESULT_OK;
		break;
	case OP_EXPR_READ:
		single_env(s, &env);
		code = expr_read(op->value, &env, &result);
		break;
	default:
		return RESULT_PARAMETER;
	}
	if (code == RESULT_OK)
		reply_or_null(s, op, &result);
	return code;
}

/* A record that is read near the end of its life gets the whole of it again, when the request (or the set, or the namespace) says at
 * which percentage. The answer still shows the old one. */
static void touch(struct single *s)
{
	const struct stored *old = s->rec;
	const struct set *set = &s->r->ns->set[old->set];
	uint32_t percent = s->r->m.ttl ? s->r->m.ttl : set->read_touch ? set->read_touch : s->r->ns->read_touch;
	uint64_t now = now_2010_ms(), end = 1000ull * old->void_time, life = end > old->lut ? end - old->lut : 0;
	struct stored *new;

	if (!old->void_time || percent == 0 || percent > 100 || end <= now || (end - now) * 100 > life * percent)
		return;
	new = malloc(sizeof(*new) + old->size);
	if (!new)
		return;
	memcpy(new, old, sizeof(*new) + old->size);
	new->void_time = (uint32_t)((now + life + 500) / 1000);
	new->lut = now;
	store_put(s->r->ns, new);
	s->rec = NULL;
}

static void read_record(struct single *s)
{
	struct message *m = &s->r->m;
	struct message_op op;

	if (m->ttl > 100 && m->ttl != UINT32_MAX) {	/* the percentage of read-touch */
		s->a->result = RESULT_PARAMETER;
		return;
	}
	if (!s->rec) {
		s->a->result = RESULT_NOT_FOUND;
		return;
	}
	s->a->result = single_check(s, false);
	if (s->a->result != RESULT_OK || (m->info1 & INFO1_NO_BINS))
		return;
	if (m->info1 & INFO1_GET_ALL) {
		reply_all(s);
		return;
	}
	if (m->n_ops == 0)
		s->a->result = RESULT_PARAMETER;
	while (s->a->result == RESULT_OK && message_next_op(m, &op))
		s->a->result = single_read_op(s, &op);
}

void read_answer(struct single *s)
{
	read_record(s);
	if (s->a->result == RESULT_OK)
		touch(s);
}

static void count(struct request *r, int result)
{
	enum outcome outcome = result == RESULT_OK ? OUTCOME_SUCCESS : result == RESULT_NOT_FOUND ? OUTCOME_NOT_FOUND :
		result == RESULT_FILTERED_OUT ? OUTCOME_FILTERED_OUT : OUTCOME_ERROR;
	enum kind kind = r->m.info2 & INFO2_DELETE ? KIND_DELETE : r->m.info2 & INFO2_WRITE ? KIND_WRITE : KIND_READ;

	r->ns->count[r->origin][kind][outcome]++;
}

/* There is no Lua: the answer of a server that can't run the module. */
static void udf_answer(const struct request *r, struct answer *a)
{
	struct message_writer w = { .out = a->ops };
	size_t mark;

	if (!r->udf_package.p || !r->udf_function.p || !r->udf_arguments.p) {
		a->result = RESULT_PARAMETER;
		return;
	}
	a->result = RESULT_UDF_FAILURE;
	mark = message_begin_op(&w, OP_READ, PARTICLE_STRING, SPAN("FAILURE"));
	buf_span(a->ops, span_of(udf_failure_text));
	message_end_op(&w, mark);
	a->n_ops = 1;
}

void record_answer(struct request *r, struct arena *mem, struct answer *a)
{
	struct single s = { .r = r, .mem = mem, .a = a };
	size_t mark = a->ops->n;

	if (r->digest.n != DIGEST_SIZE || r->bad || !(r->m.info1 & INFO1_READ || r->m.info2 & INFO2_WRITE)) {
		a->result = RESULT_PARAMETER;
		return;
	}
	if (r->has_mrt || (r->m.info4 & 7) || (r->m.info3 & 0xc0) == INFO3_LINEARIZE) {
		a->result = RESULT_ENTERPRISE_ONLY;
		return;
	}
	if (r->udf_package.p || r->udf_function.p) {
		udf_answer(r, a);
		count(r, a->result);
		return;
	}
	s.rec = store_get(r->ns, (const uint8_t *)r->digest.p);
	if (s.rec) {
		s.bins = stored_bins(s.rec, mem);
		s.n_bins = s.rec->n_bins;
		s.cap_bins = s.n_bins;
		if (!s.bins) {
			a->result = RESULT_SERVER_ERROR;
			return;
		}
	}
	if (r->m.info2 & INFO2_WRITE)
		write_answer(&s);
	else
		read_answer(&s);
	if (mem->full)
		a->result = RESULT_SERVER_ERROR;
	count(r, a->result);
	if (a->result != RESULT_OK) {
		a->ops->n = mark;
		a->n_ops = 0;
	}
}
