/* SPDX-License-Identifier: Apache-2.0 */
#include "conf_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	conf_check_reader(conf_yaml, (struct span){ (const char *)data, size });
	return 0;
}
