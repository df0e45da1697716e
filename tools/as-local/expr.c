/* SPDX-License-Identifier: Apache-2.0 */
#include "expr.h"

int expr_filter(struct span expr, const struct expr_env *env) { (void)expr; (void)env; return RESULT_UNSUPPORTED; }
int expr_value(struct span expr, const struct expr_env *env, struct value *result, bool *known) { (void)expr; (void)env; (void)result; (void)known; return RESULT_UNSUPPORTED; }
int expr_read(struct span call, const struct expr_env *env, struct value *result) { (void)call; (void)env; (void)result; return RESULT_UNSUPPORTED; }
int expr_modify(struct span call, const struct expr_env *env, struct value *bin) { (void)call; (void)env; (void)bin; return RESULT_UNSUPPORTED; }
