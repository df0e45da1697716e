/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DISK_H
#define DISK_H

#include "store.h"

/* The store's copy on disk (LMDB), when there is a data directory; without one every call does nothing. Changes gather in one write
 * transaction, which disk_commit ends (with fsync). A failing disk ends the program (EX_IOERR): it never answers for what it could
 * not keep. */

/* Open or create; calls load for every record of the known namespaces, sets and truncations having been read before. */
void disk_open(const char *dir, void (*load)(struct namespace *ns, struct stored *r));
void disk_put(struct namespace *ns, const struct stored *r);
void disk_delete(struct namespace *ns, const uint8_t digest[DIGEST_SIZE]);
/* A set is new, or its truncation time has changed; set 0 stands for the namespace's own. */
void disk_set(struct namespace *ns, int set);
/* Small things kept by name: index definitions, the digest log of who ships. value absent: delete. */
void disk_note(const char *kind, struct span key, struct span value);
void disk_notes(const char *kind, void (*each)(struct span key, struct span value));
void disk_commit(void);
bool disk_changed(void);
void disk_close(void);

#endif
