/* SPDX-License-Identifier: Apache-2.0 */
#include "bin.h"

int hll_read(const struct value *bin, struct span call, struct arena *mem, struct value *result)
{
	(void)bin; (void)call; (void)mem; (void)result;
	return RESULT_UNSUPPORTED;
}

int hll_modify(struct value *bin, struct span call, struct arena *mem, struct value *result)
{
	(void)bin; (void)call; (void)mem; (void)result;
	return RESULT_UNSUPPORTED;
}
