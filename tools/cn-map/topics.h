/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPICS_H
#define TOPICS_H

#include "mapping.h"

/* Which mapping is for which topic. Owns the mappings. */
#define TOPICS_KNOWN 64

struct topics {
	struct mapping *mapping;
	size_t n;
	struct topic_known {
		struct buf raw;		/* the topic as it stands in lines, empty for a free slot */
		const struct mapping *mapping;
	} known[TOPICS_KNOWN];
	struct buf text;
};

/* A new mapping behind the others, zeroed. Moves the others. */
struct mapping *topics_add(struct topics *t);
/* The first mapping that fits; raw: the topic as JSON text, absent for none. NULL when there is none. */
const struct mapping *topics_find(struct topics *t, struct span raw);
void topics_free(struct topics *t);

#endif
