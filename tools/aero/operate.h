/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPERATE_H
#define OPERATE_H

#include "client_message.h"
#include "pack.h"

/* The member `operate` of a record line, see cn-lines(5): operations on bins, which become ops of a request in their order. */
struct operate {
	struct packer *pack;	/* open, in the wire's dialect, its out is `value`; knows the line's types */
	struct buf *value;	/* scratch */
	struct buf name;	/* scratch, the operate's own: zeroed at first, to be freed at last */
	unsigned n;		/* operations that were put */
	bool repeatable;	/* doing all of them twice is the same as once */
	char why[160];
};

/* raw: the array's JSON text. False: o->why names the operation that is wrong; what was put before it stays in w. */
bool operate_put(struct operate *o, struct command_writer *w, struct span raw);

#endif
