/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UDF_H
#define UDF_H

#include "buf.h"
#include "span.h"

/* Modules of user-defined functions: they can be registered, listed, fetched and removed, so that what rolls out an application runs
 * here too; there is no Lua to run them (RESULT_UDF_FAILURE, udf_failure_text). */

void udf_open(void);		/* brings back what the disk knows */
/* base64: the content, kept as it came. False when there is no room for one more. */
bool udf_put(struct span name, struct span base64);
void udf_remove(struct span name);
struct span udf_get(struct span name);	/* its base64; absent when there is none */
void udf_list(struct buf *out);
extern const char udf_failure_text[];

#endif
