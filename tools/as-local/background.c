/* SPDX-License-Identifier: Apache-2.0 */
#include "query.h"

void background_query(struct connection *c, struct request *r) { (void)r; reply_code(&c->out, RESULT_UNSUPPORTED, 0, 0); }
