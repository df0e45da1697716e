/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JOBS_H
#define JOBS_H

#include "buf.h"

#include <stdint.h>

/* The records that are held: read, and not yet done with. Two records with the same key are never under way at once; the later one
 * follows when the earlier one is done. */
struct job {
	struct buf body;	/* what is posted */
	bool has_id;
	uint64_t id;
	uint64_t key;		/* hash of the record's identity, 0 for none; two keys that collide only wait for one another */
	unsigned tries;
	int64_t sent;		/* when the try under way began, in microseconds */
	/* private */
	int64_t place;		/* in the order of the input */
	int64_t rank;		/* in the heap where it stands: its place, or when it is due */
	struct job *next, *same_bucket, *first_follower, *last_follower;
};

/* capacity: records held at most; bytes: of all bodies together, though one record is always let in. */
void jobs_open(size_t capacity, size_t bytes);
void jobs_close(void);
bool jobs_room(void);
size_t jobs_held(void);
/* An empty job to be filled; then jobs_add, or jobs_drop. Only while there is room. */
struct job *jobs_new(void);
void jobs_add(struct job *j);
void jobs_drop(struct job *j);
/* The next one to post, the first of the input that is ready; NULL when none is. It is under way until jobs_again or jobs_done. */
struct job *jobs_next(void);
bool jobs_ready(void);
void jobs_again(struct job *j, int64_t due);
void jobs_done(struct job *j);
/* Make ready whose time has come. Returns when the next one is due, INT64_MAX for none. */
int64_t jobs_wake(int64_t now);
/* Any job that is not under way, to be given up; NULL when there is none. It is out of the queues then: jobs_done ends it. */
struct job *jobs_take_idle(void);

#endif
