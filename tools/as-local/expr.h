/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EXPR_H
#define EXPR_H

#include "bin.h"

/* Filter and operation expressions (wire reference 6.8). */

/* What an expression can ask of the record at hand. */
struct expr_env {
	struct value (*bin)(void *ctx, struct span name);	/* particle 0 when there is none */
	void *ctx;
	struct arena *mem;
	const uint8_t *digest;
	struct span set;		/* empty for none */
	struct value key;		/* particle 0 when not stored */
	uint64_t last_update_ms;	/* Unix */
	uint32_t void_time;		/* seconds since 2010, 0 never */
	uint64_t now_ms;		/* Unix */
	uint32_t record_size;		/* bytes */
};

/* RESULT_OK when true, RESULT_FILTERED_OUT when false or unknown, RESULT_PARAMETER when it is malformed or no boolean. */
int expr_filter(struct span expr, const struct expr_env *env);
/* The value as a particle. *known is false when it is unknown (the caller applies its flags); RESULT_PARAMETER when malformed. A nil
 * result is particle 0 with *known true. */
int expr_value(struct span expr, const struct expr_env *env, struct value *result, bool *known);

/* Ops 7 and 8. call: MessagePack [expression, flags]. expr_modify changes *bin (particle 0 before: missing; after: the bin goes away)
 * by the flags of the reference, 6.8. */
int expr_read(struct span call, const struct expr_env *env, struct value *result);
int expr_modify(struct span call, const struct expr_env *env, struct value *bin);

#endif
