/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEAD_FILE_H
#define DEAD_FILE_H

#include "buf.h"

/* The dead-letter file of a source: lines that can never succeed, appended for good. Several processes may share one file. */
struct dead_file {
	const char *path;
	int fd;
};

/* Opens it, or makes it; dies (EX_CANTCREAT) when it can't. Keeps the path. */
void dead_file_open(struct dead_file *d, const char *path);
/* For SIGHUP: the file may have been moved away. When it can't be opened again, that is logged and the old one goes on. */
void dead_file_reopen(struct dead_file *d);

/* One round of lines: begin, put as often as there are lines (the buffer is taken and emptied when it holds enough), end. All or
 * nothing: when end fails (-1, errno) nothing of the round is in the file; 0: all of it is on disk. */
struct dead_round {
	struct dead_file *file;
	struct buf lines;
	long long start;	/* size of the file before */
	int error;		/* errno of what failed first */
};
void dead_round_begin(struct dead_round *r, struct dead_file *d);
void dead_round_put(struct dead_round *r);	/* r->lines has one line more */
int dead_round_end(struct dead_round *r);

#endif
