/* SPDX-License-Identifier: Apache-2.0 */
#include "bytes.h"
#include "digest.h"
#include "expr_eval.h"
#include "store.h"

/* What an expression asks of the record (codes 64 to 82), and operations called on values (127). */

enum { DIGEST_MODULO = 64, DEVICE_SIZE, LAST_UPDATE, SINCE_UPDATE, VOID_TIME, TTL, SET_NAME, KEY_EXISTS, IS_TOMBSTONE, MEMORY_SIZE,
	RECORD_SIZE, KEY = 80, BIN, BIN_TYPE };

static const uint8_t particle_of[] = { [TERM_NIL] = PARTICLE_NULL, [TERM_BOOL] = PARTICLE_BOOL, [TERM_INT] = PARTICLE_INTEGER,
	[TERM_STRING] = PARTICLE_STRING, [TERM_LIST] = PARTICLE_LIST, [TERM_MAP] = PARTICLE_MAP, [TERM_BLOB] = PARTICLE_BLOB,
	[TERM_FLOAT] = PARTICLE_FLOAT, [TERM_GEO] = PARTICLE_GEOJSON, [TERM_HLL] = PARTICLE_HLL };

static struct term digest_modulo(struct expr_run *x, uint32_t n)
{
	int64_t by = n == 1 ? expr_int(x) : 0;
	uint32_t last;

	if (by <= 0)
		return expr_bad(x);
	memcpy(&last, x->env->digest + 16, sizeof(last));
	return term_int((int64_t)last % by);
}

static struct term typed(struct expr_run *x, const struct value *v, int64_t type)
{
	if (type < 0 || type > TERM_HLL)
		return expr_bad(x);
	return v->particle && v->particle == particle_of[type] ? term_of_value(v, x->env->mem) : TERM_U;
}

static struct term key(struct expr_run *x, uint32_t n)
{
	return n == 1 ? typed(x, &x->env->key, expr_int(x)) : expr_bad(x);
}

static struct term bin(struct expr_run *x, uint32_t n)
{
	int64_t type;
	struct value v;
	struct span name;

	if (n != 2)
		return expr_bad(x);
	type = expr_int(x);
	name = expr_bare(x);
	if (x->bad)
		return TERM_U;
	v = x->env->bin(x->env->ctx, name);
	return typed(x, &v, type);
}

static struct term bin_type(struct expr_run *x, uint32_t n)
{
	struct span name = n == 1 ? expr_bare(x) : (struct span){ NULL, 0 };

	return name.p ? term_int(x->env->bin(x->env->ctx, name).particle) : expr_bad(x);
}

static struct term fact(const struct expr_env *env, int64_t code)
{
	uint64_t void_ms = ((uint64_t)env->void_time + EPOCH_2010) * 1000;

	switch (code) {
	case LAST_UPDATE: return term_int((int64_t)env->last_update_ms * 1000000);
	case SINCE_UPDATE: return term_int((int64_t)(env->now_ms - env->last_update_ms));
	case VOID_TIME: return term_int(env->void_time ? (int64_t)void_ms * 1000000 : -1);
	case TTL: return term_int(env->void_time ? (int64_t)(void_ms - env->now_ms) / 1000 : -1);
	case SET_NAME: return (struct term){ .type = TERM_STRING, .s = env->set };
	case KEY_EXISTS: return term_bool(env->key.particle);
	case IS_TOMBSTONE: return term_bool(false);
	default: return term_int(env->record_size);
	}
}

bool expr_record_code(struct expr_run *x, int64_t code, uint32_t n, struct term *t)
{
	switch (code) {
	case DIGEST_MODULO: *t = digest_modulo(x, n); return true;
	case DEVICE_SIZE:
	case LAST_UPDATE:
	case SINCE_UPDATE:
	case VOID_TIME:
	case TTL:
	case SET_NAME:
	case KEY_EXISTS:
	case IS_TOMBSTONE:
	case MEMORY_SIZE:
	case RECORD_SIZE:
		*t = n ? expr_bad(x) : fact(x->env, code);
		return true;
	case KEY: *t = key(x, n); return true;
	case BIN: *t = bin(x, n); return true;
	case BIN_TYPE: *t = bin_type(x, n); return true;
	}
	return false;
}

/* The call with its arguments' values in their places: arguments may be expressions, contexts are taken as they stand. */
static bool build_call(struct expr_run *x, struct buf *out, uint32_t n, bool *unknown)
{
	struct mp_item it;

	for (uint32_t i = 0; i < n; i++) {
		const char *start = (const char *)x->m.p;
		struct mp at = x->m;
		struct term t;
		struct span e;

		if (!mp_next(&at, &it))
			return false;
		if (it.kind != MP_ARRAY) {
			if (!mp_skip(&x->m))
				return false;
			buf_put(out, start, (size_t)((const char *)x->m.p - start));
			continue;
		}
		t = expr_term(x);
		if (x->bad)
			return false;
		if (t.type == TERM_UNKNOWN) {
			*unknown = true;
			continue;
		}
		if (!term_to_element(&t, x->env->mem, &e))
			return false;
		buf_span(out, e);
	}
	return true;
}

static bool read_call(struct expr_run *x, struct buf *out, bool *unknown)
{
	struct mp_item it, first;
	struct mp at;

	if (!mp_next(&x->m, &it) || it.kind != MP_ARRAY || it.n == 0)
		return false;
	at = x->m;
	element_put_list(out, it.n, 0);
	if (!mp_next(&at, &first) || first.kind != MP_INT)
		return false;
	if (first.i == 255 && it.n == 3) {	/* [255, context, [code, arguments]] */
		const char *start = (const char *)x->m.p;

		if (!mp_skip(&x->m) || !mp_skip(&x->m))
			return false;
		buf_put(out, start, (size_t)((const char *)x->m.p - start));
		if (!mp_next(&x->m, &it) || it.kind != MP_ARRAY)
			return false;
		element_put_list(out, it.n, 0);
	}
	return build_call(x, out, it.n, unknown);
}

static int run(int64_t system, struct value *v, struct span call, struct arena *mem, struct value *result)
{
	switch (system) {
	case 0x00: return cdt_read(v, call, mem, result);
	case 0x01: return bits_read(v, call, mem, result);
	case 0x02: return hll_read(v, call, mem, result);
	case 0x40: return cdt_modify(v, call, mem, result);
	case 0x41: return bits_modify(v, call, mem, result);
	case 0x42: return hll_modify(v, call, mem, result);
	default: return RESULT_PARAMETER;
	}
}

/* [127, result type, system, [code, arguments ...], value] */
struct term expr_call(struct expr_run *x, uint32_t n)
{
	struct arena *mem = x->env->mem;
	struct buf b = { 0 };
	struct value v, result = { 0 };
	bool unknown = false;
	struct span call;
	struct term t;
	int64_t system;
	int code;

	if (n != 4)
		return expr_bad(x);
	expr_int(x);
	system = expr_int(x);
	if (!read_call(x, &b, &unknown)) {
		buf_free(&b);
		return expr_bad(x);
	}
	call = arena_copy(mem, buf_as_span(&b));
	buf_free(&b);
	t = expr_term(x);
	if (x->bad || t.type == TERM_UNKNOWN || unknown || !call.p || !term_to_value(&t, mem, &v))
		return TERM_U;
	code = run(system, &v, call, mem, &result);
	if (code == RESULT_PARAMETER)
		return expr_bad(x);
	if (code != RESULT_OK)
		return TERM_U;
	return term_of_value(system & 0x40 ? &v : &result, mem);
}
