/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCOPE_H
#define SCOPE_H

#include "buf.h"
#include "record.h"

/* Which records something holds for: those of a namespace ("shop"), of a set in it ("shop/orders"), or those in it without a set
 * ("shop/"). A namespace has no slash in its name; a set may have one. */
struct scope {
	struct span ns, set;	/* set: absent for any, empty for none */
};

/* NULL when that went well, else why not. The scope points into text. */
const char *scope_parse(struct scope *s, const char *text);
/* Whether a record is in it. scratch is for names with escapes. */
bool scope_has(const struct scope *s, const struct record *r, struct buf *scratch);

#endif
