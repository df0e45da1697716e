/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PREFIX_H
#define PREFIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The records of one partition that were delivered, in their order, and how far all of them are done: that far may be committed.
 *
 * Offsets have gaps (compaction, transaction markers), so nothing is counted: an entry stands for each record that came. Entries have
 * sequence numbers, which stay when others go. Adding and marking take constant time. */
struct prefix_entry {
	int64_t offset;
	void *what;		/* the caller's */
	bool done;
};

struct prefix {
	struct prefix_entry *ring;
	size_t cap, head, n;
	uint64_t base;		/* sequence number of the first entry */
	int64_t last;		/* highest offset ever added, -1 for none */
	int64_t next;		/* see prefix_next */
};

void prefix_init(struct prefix *p);
/* The offset must be above all before it. Its sequence number goes to *seq. False when it is not, or memory is out. */
bool prefix_add(struct prefix *p, int64_t offset, void *what, uint64_t *seq);
/* Mark an entry that is still there. Marking one twice is harmless; done can be taken back as long as it has not been popped. */
void prefix_mark(struct prefix *p, uint64_t seq, bool done);
/* Take the first entry out if it is done: what it carries; NULL when it is not, or there is none. */
void *prefix_pop(struct prefix *p);
/* Everything there is has been delivered up to this offset (which is none of a record): once all is popped, it may be committed. */
void prefix_end(struct prefix *p, int64_t offset);
/* The offset to commit, which is the next one to read: behind the last entry popped. -1: nothing yet. It never goes back. */
static inline int64_t prefix_next(const struct prefix *p) { return p->next; }
/* The entry with the i-th place, from 0 to n - 1; NULL when there is none. */
static inline struct prefix_entry *prefix_at(struct prefix *p, size_t i)
{
	return i < p->n ? &p->ring[(p->head + i) & (p->cap - 1)] : NULL;
}
void prefix_free(struct prefix *p);	/* what the entries carry is the caller's to free */

#endif
