/* SPDX-License-Identifier: Apache-2.0 */
#include "expr.h"
#include "bytes.h"
#include "request.h"

#include <stdlib.h>

#define TTL_MAX 315360000u	/* ten years */

#define TTL_NEVER UINT32_MAX
#define TTL_KEEP (UINT32_MAX - 1)

static bool reads(uint8_t op)
{
	return op == OP_READ || op == OP_CDT_READ || op == OP_EXPR_READ || op == OP_BITS_READ || op == OP_HLL_READ;
}

/* Replacing a record leaves nothing to modify, so only plain values go with it. */
static bool fits_replace(const struct message_op *op)
{
	return reads(op->op) || (op->op == OP_WRITE && op->particle);
}

/* What a request must be before its record is looked for; the answer to one that is not has no generation. */
static int check_request(const struct single *s)
{
	const struct message *m = &s->r->m;
	struct message ops = *m;
	struct message_op op;

	if (m->ttl > TTL_MAX && m->ttl != TTL_NEVER && m->ttl != TTL_KEEP)
		return RESULT_PARAMETER;
	if (m->ttl && m->ttl <= TTL_MAX && !s->r->ns->nsup_period && !s->r->ns->allow_ttl_without_nsup)
		return RESULT_FORBIDDEN;
	if ((m->info1 & INFO1_GET_ALL) && (m->info2 & INFO2_RESPOND_ALL))
		return RESULT_PARAMETER;
	while (message_next_op(&ops, &op)) {
		if (op.name.n > BIN_NAME_MAX || memchr(op.name.p, 0, op.name.n))
			return RESULT_BIN_NAME;
		if ((m->info3 & (INFO3_CREATE_OR_REPLACE | INFO3_REPLACE_ONLY)) && !fits_replace(&op))
			return RESULT_PARAMETER;
		if (reads(op.op) && !(m->info1 & INFO1_READ))
			return RESULT_PARAMETER;
	}
	return RESULT_OK;
}

/* What it asks of the record before anything is done to that. */
static int check_record(const struct single *s)
{
	const struct message *m = &s->r->m;
	uint32_t generation = s->rec ? s->rec->generation : 0;

	if (s->rec && (m->info2 & INFO2_CREATE_ONLY))
		return RESULT_RECORD_EXISTS;
	if (!s->rec && (m->info3 & (INFO3_UPDATE_ONLY | INFO3_REPLACE_ONLY)))
		return RESULT_NOT_FOUND;
	if ((m->info2 & INFO2_GENERATION) && m->generation != generation)
		return RESULT_GENERATION;
	if ((m->info2 & INFO2_GENERATION_GT) && m->generation <= generation)
		return RESULT_GENERATION;
	return RESULT_OK;
}

static struct bin *add_bin(struct single *s, struct span name)
{
	if (s->n_bins == s->cap_bins) {
		unsigned cap = 2 * s->cap_bins + 8;
		struct bin *bigger = arena_take(s->mem, cap * sizeof(*bigger));

		if (!bigger)
			return NULL;
		if (s->n_bins)
			memcpy(bigger, s->bins, s->n_bins * sizeof(*bigger));
		s->bins = bigger;
		s->cap_bins = cap;
	}
	s->bins[s->n_bins] = (struct bin){ .name = name };
	return &s->bins[s->n_bins++];
}

/* The bin's value, or the value of none. */
static struct value bin_value(struct single *s, struct span name)
{
	struct bin *b = single_bin(s, name);

	return b ? b->v : (struct value){ 0 };
}

static int set_bin(struct single *s, struct span name, struct value v)
{
	struct bin *b = single_bin(s, name);

	if (!b && v.particle)
		b = add_bin(s, name);
	if (!b)
		return v.particle ? RESULT_SERVER_ERROR : RESULT_OK;
	if (v.particle)
		b->v = v;
	else	/* the last bin takes the place of one that goes: the order in which clients see them */
		*b = s->bins[--s->n_bins];
	return RESULT_OK;
}

static int increment(struct single *s, const struct message_op *op)
{
	struct value v = bin_value(s, op->name), by = { op->particle, op->value };
	char *sum = arena_take(s->mem, 8);
	int code;

	if (by.particle != PARTICLE_INTEGER && by.particle != PARTICLE_FLOAT)
		return RESULT_PARAMETER;
	code = value_store(&by, s->mem);
	if (code != RESULT_OK)
		return code;
	if (v.particle && v.particle != by.particle)
		return RESULT_BIN_TYPE;
	if (!sum)
		return RESULT_SERVER_ERROR;
	if (!v.particle)
		return set_bin(s, op->name, by);
	if (by.particle == PARTICLE_INTEGER) {
		put_be64(sum, get_be64(v.data.p) + get_be64(by.data.p));
	} else {
		union { uint64_t u; double d; } x = { get_be64(v.data.p) }, y = { get_be64(by.data.p) };

		x.d += y.d;
		put_be64(sum, x.u);
	}
	return set_bin(s, op->name, (struct value){ by.particle, { sum, 8 } });
}

static int append(struct single *s, const struct message_op *op)
{
	struct value v = bin_value(s, op->name);
	struct span first, second;
	char *both;

	if (op->particle != PARTICLE_STRING && op->particle != PARTICLE_BLOB)
		return RESULT_PARAMETER;
	if (!v.particle)
		return set_bin(s, op->name, (struct value){ op->particle, op->value });
	if (v.particle != op->particle)
		return RESULT_BIN_TYPE;
	first = op->op == OP_APPEND ? v.data : op->value;
	second = op->op == OP_APPEND ? op->value : v.data;
	both = arena_take(s->mem, first.n + second.n);
	if (!both)
		return RESULT_SERVER_ERROR;
	memcpy(both, first.p, first.n);
	memcpy(both + first.n, second.p, second.n);
	return set_bin(s, op->name, (struct value){ v.particle, { both, first.n + second.n } });
}

/* Lists, maps, bits, sketches and expressions: a value goes in, a value comes out, and perhaps a result. */
static int modify(struct single *s, const struct message_op *op, struct value *result)
{
	struct value v = bin_value(s, op->name);
	struct expr_env env;
	int code;

	switch (op->op) {
	case OP_CDT_MODIFY: code = cdt_modify(&v, op->value, s->mem, result); break;
	case OP_BITS_MODIFY: code = bits_modify(&v, op->value, s->mem, result); break;
	case OP_HLL_MODIFY: code = hll_modify(&v, op->value, s->mem, result); break;
	default:
		single_env(s, &env);
		code = expr_modify(op->value, &env, &v);
	}
	return code == RESULT_OK ? set_bin(s, op->name, v) : code;
}

static int write_op(struct single *s, const struct message_op *op, struct value *result)
{
	struct value v = { op->particle, op->value };
	int code;

	switch (op->op) {
	case OP_WRITE:
		code = v.particle ? value_store(&v, s->mem) : RESULT_OK;
		return code == RESULT_OK ? set_bin(s, op->name, v) : code;
	case OP_INCREMENT: return increment(s, op);
	case OP_APPEND:
	case OP_PREPEND: return append(s, op);
	case OP_CDT_MODIFY:
	case OP_BITS_MODIFY:
	case OP_HLL_MODIFY:
	case OP_EXPR_MODIFY: return modify(s, op, result);
	default: return RESULT_PARAMETER;
	}
}

static int run_op(struct single *s, const struct message_op *op)
{
	struct value result = { 0 };
	int code;

	if (reads(op->op))
		return single_read_op(s, op);
	if (op->op == OP_TOUCH)
		return s->rec ? RESULT_OK : RESULT_NOT_FOUND;
	if (op->op == OP_DELETE_ALL) {
		s->n_bins = 0;
		return RESULT_OK;
	}
	code = write_op(s, op, &result);
	if (code == RESULT_OK && (result.particle || (s->r->m.info2 & INFO2_RESPOND_ALL)))
		single_reply(s, op, &result);
	return code;
}

static uint32_t void_time(const struct single *s, const struct set *set)
{
	uint32_t ttl = s->r->m.ttl;

	if (ttl == TTL_KEEP) {
		if (s->rec)
			return s->rec->void_time;
		ttl = 0;
	}
	if (ttl == 0)
		ttl = set->default_ttl ? set->default_ttl : s->r->ns->default_ttl;
	return ttl == 0 || ttl == TTL_NEVER ? 0 : now_2010() + ttl;
}

/* The working copy becomes the record. */
static int keep(struct single *s)
{
	struct value key = s->r->has_key ? s->r->key : s->rec ? stored_key(s->rec) : (struct value){ 0 };
	int set = store_set(s->r->ns, s->r->has_set ? s->r->set : SPAN(""), true);
	struct stored *new;

	if (set < 0)
		return RESULT_PARAMETER;
	if (s->n_bins > BINS_MAX)
		return RESULT_PARAMETER;
	new = stored_new((const uint8_t *)s->r->digest.p, &key, s->bins, s->n_bins);
	if (!new)
		return RESULT_SERVER_ERROR;
	if (new->size > s->r->ns->record_max) {
		free(new);
		return RESULT_RECORD_TOO_BIG;
	}
	new->set = (uint16_t)set;
	new->generation = s->rec && s->rec->generation < UINT16_MAX ? s->rec->generation + 1 : 1;
	new->void_time = void_time(s, &s->r->ns->set[set]);
	new->lut = now_2010_ms();
	s->a->generation = new->generation;
	s->a->void_time = new->void_time;
	store_put(s->r->ns, new);
	return RESULT_OK;
}

static int delete(struct single *s)
{
	s->a->generation = s->a->void_time = 0;
	store_delete(s->r->ns, (const uint8_t *)s->r->digest.p, false);
	return RESULT_OK;
}

static int delete_record(struct single *s)
{
	int code;

	if (s->r->m.info2 & INFO2_DURABLE_DELETE)
		return RESULT_ENTERPRISE_ONLY;
	if (!s->rec)
		return RESULT_NOT_FOUND;
	code = check_request(s);
	if (code == RESULT_OK)
		code = check_record(s);
	if (code == RESULT_OK)
		code = single_check(s, true);
	if (code == RESULT_OK)
		return delete(s);
	s->a->generation = s->a->void_time = 0;	/* not even of a record that stays */
	return code;
}

static int update(struct single *s)
{
	struct message *m = &s->r->m;
	struct message_op op;
	int code;

	if (m->n_ops == 0)
		return RESULT_PARAMETER;
	code = check_request(s);
	if (code != RESULT_OK)
		return code;
	if (s->rec)
		single_found(s);
	code = check_record(s);
	if (code == RESULT_OK && s->rec)
		code = single_check(s, true);
	if (code == RESULT_OK && (m->info3 & (INFO3_CREATE_OR_REPLACE | INFO3_REPLACE_ONLY)))
		s->n_bins = 0;
	while (code == RESULT_OK && message_next_op(m, &op))
		code = run_op(s, &op);
	if (code != RESULT_OK)
		return code;
	if (s->n_bins)
		return keep(s);
	return s->rec ? delete(s) : RESULT_NOT_FOUND;
}

void write_answer(struct single *s)
{
	s->a->result = s->r->m.info2 & INFO2_DELETE ? delete_record(s) : update(s);
}
