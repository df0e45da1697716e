/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SINDEX_MATCH_H
#define SINDEX_MATCH_H

#include "request.h"
#include "sindex.h"

/* What a query looks for (field 22), the index that serves it, and whether a record holds it. */
struct predicate {
	struct span bin;
	uint8_t particle;
	int64_t low, high;		/* of bvals: both ends belong to it */
	struct span value;		/* string, blob, shape */
	struct geo *shape;
};

/* The predicate of a request, spans into it, and its index. RESULT_OK or the code to answer. predicate_free in any case. */
int predicate_parse(const struct request *r, struct predicate *w, struct sindex **x);
void predicate_free(struct predicate *w);
bool predicate_holds(const struct predicate *w, const struct sindex *x, const struct stored *rec, struct arena *mem);

#endif
