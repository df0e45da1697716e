/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TO_SAID_H
#define TO_SAID_H

#include "format_said.h"

/* What a record's `to` says to one sink: an object with members of the sink's own and those of format_said.h, or a string, the sink's most
 * important word. */
struct to_member {
	const char *name;
	struct span *raw;	/* becomes its raw value, null too; stays as it is without one */
};

struct to_sink {
	const char *name;		/* of the sink's member in `to` */
	const struct to_member *members;	/* ends with a row without a name; other members are ignored */
	struct format_said *format;
	struct span *string;		/* as raw above */
	bool takes_true;		/* true is as good as an empty object */
	const char *otherwise;		/* the complaint about any other type */
};

/* False when the record is for other sinks. *why: NULL, or the complaint. */
bool to_said_read(const struct record *r, const struct to_sink *s, const char **why);

#endif
