/* SPDX-License-Identifier: Apache-2.0 */
#include "cdt.h"
#include "element.h"
#include "fuzz.h"
#include "expr.h"

/* Operations on a bin's value: a byte says which, then comes the value and then the call, both MessagePack. Whatever was changed must
 * be in stored form, and what comes back must be a value. */

static struct arena mem;

static struct value env_bin(void *ctx, struct span name)
{
	const struct value *bin = ctx;

	return name.n ? *bin : (struct value){ 0 };
}

static int run(uint8_t kind, struct value *bin, struct span call, struct value *result)
{
	static const uint8_t digest[20];
	struct value before = *bin;
	struct expr_env env = { .bin = env_bin, .ctx = &before, .mem = &mem, .digest = digest, .set = { "demo", 4 },
		.last_update_ms = 1700000000000, .now_ms = 1700000001000 };

	*result = (struct value){ 0 };
	switch (kind) {
	case 0: return cdt_read(bin, call, &mem, result);
	case 1: return cdt_modify(bin, call, &mem, result);
	case 2: return bin->particle ? bits_read(bin, call, &mem, result) : RESULT_OK;
	case 3: return bits_modify(bin, call, &mem, result);
	case 4: return bin->particle ? hll_read(bin, call, &mem, result) : RESULT_OK;
	case 5: return hll_modify(bin, call, &mem, result);
	case 6: return expr_filter(call, &env);
	case 7: return expr_read(call, &env, result);
	case 8: return expr_modify(call, &env, bin);
	default:
		*bin = (struct value){ kind & 1 ? PARTICLE_LIST : PARTICLE_MAP, call };
		return value_store(bin, &mem);
	}
}

static void check(const struct value *v)
{
	struct span e, again;

	if (!v->particle)
		return;
	MUST(value_to_element(v, &mem, &e));
	if (v->particle == PARTICLE_LIST || v->particle == PARTICLE_MAP)
		MUST(cdt_normalise(v->data, true, &mem, &again) && span_eq(v->data, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct value bin = { 0 }, result;
	struct span e;
	struct mp m;
	char *exact;

	if (size < 1)
		return 0;
	arena_reset(&mem);
	mem.max = 64 << 20;
	mp_open(&m, (struct span){ (const char *)data + 1, size - 1 });
	if (!mp_skip(&m))
		return 0;
	size = mp_left(&m);
	exact = malloc(size + 1);
	memcpy(exact, m.p, size);
	if (cdt_normalise((struct span){ (const char *)m.start, mp_offset(&m) }, true, &mem, &e) && element_to_value(e, &mem, &bin) &&
	    run(data[0] % 11, &bin, (struct span){ exact, size }, &result) == RESULT_OK && !mem.full) {
		check(&bin);
		if (result.particle) {
			MUST(value_to_element(&result, &mem, &e));
			MUST(cdt_compare(e, e) == 0 || memchr(e.p, 0xcb, e.n) || memchr(e.p, 0xca, e.n));
		}
	}
	free(exact);
	return 0;
}
