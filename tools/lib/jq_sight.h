/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JQ_SIGHT_H
#define JQ_SIGHT_H

#include "span.h"

/* What of a record a jq program can see, found out from its text: most routes look at two or three members, and what nobody looks at
 * need not be built. For the plain part of the language (paths, literals, operators, if, select, calls of builtin functions, objects,
 * arrays, string interpolation) each path is followed from the record to where it is used; a value that is used in any other
 * way than by naming a member of it is needed whole. A program with anything else in it (def, as, reduce, include, assignments ...)
 * is taken to see everything. */
#define SIGHT_TOPS 16
#define SIGHT_SUBS 16

struct jq_sight {
	bool all;
	bool impure;			/* it looks at something else too, such as the time, or leaves a trace */
	size_t n;
	struct jq_sight_top {
		struct span name;	/* a member of the record; points into the program's text */
		bool whole;
		size_t n;
		struct span subs[SIGHT_SUBS];	/* else: which members of it */
	} tops[SIGHT_TOPS];
};

/* The text must compile (jq has the word on that), and must live as long as *s. */
void jq_sight_find(struct jq_sight *s, struct span program);

#endif
