/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MEMO_H
#define MEMO_H

#include "buf.h"
#include "jq_sight.h"
#include "verdict.h"

#include <stdint.h>

/* What a program said before. When it sees only some members of a record (jq_sight.h) and looks at nothing else, records in which these
 * are the same, byte for byte, go the same way: so it need not run again. For a program that sees what is new in every record
 * (a key, a digest) this is of no use, and soon stops trying. */
#define MEMO_SLOTS 512
#define MEMO_KEY_MAX 512	/* bytes */

struct memo {
	struct memo_slot {
		bool used;
		uint32_t hash;
		enum verdict verdict;
		struct buf seen, text;
	} slots[MEMO_SLOTS];
	struct buf seen;		/* of the record at hand ... */
	uint32_t hash;
	bool usable;			/* ... when it can be told */
	unsigned tries, hits, pause;
};

/* True when the answer is known: then *verdict and *text, which is good until the next call. Else memo_keep may follow. */
bool memo_find(struct memo *m, const struct jq_sight *sight, struct span line, enum verdict *verdict, struct span *text);
void memo_keep(struct memo *m, enum verdict verdict, struct span text);
void memo_free(struct memo *m);

#endif
