/* SPDX-License-Identifier: Apache-2.0 */
#include "query.h"

void sindex_query(struct connection *c, struct request *r) { (void)r; reply_code(&c->out, RESULT_INDEX_NOT_FOUND, 0, 0); }
